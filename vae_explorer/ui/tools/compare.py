"""AE beside VAE: a second model on the same images and at the same place, and what each makes of the prior."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.latent.plane import Lifted
from vae_explorer.services.companion import Companion
from vae_explorer.services.decoding import Decoded
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.mosaic import Tiles
from vae_explorer.services.prior_samples import PriorSamples, Samples
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState, Store, same_plane
from vae_explorer.ui import theme
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.widgets.companion_bar import CompanionBar
from vae_explorer.ui.widgets.guide import Guide
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.model_columns import ModelColumn, ModelColumns
from vae_explorer.ui.widgets.prior_marks import PriorMarks


@tools.register
class Compare(Tool):
    """The second model's plane, linked with the first's; under it both models' images and samples, side by side."""

    name = "compare"
    title = "Two models side by side"
    summary = "A second model at the same place of its latent space, and what both make of the prior: AE beside VAE"
    preferred_width = 520

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.companion = Companion(session, self)
        self._seed = 0
        self._twin: tuple[RunConfig, Path] | None = None
        """What is to be trained as a twin, and the run of the model it is the twin of."""
        self.bar = CompanionBar()
        self._sentence = label("", "warning")
        self._sentence.setObjectName("compare_sentence")
        self._sentence.setWordWrap(True)
        self.plane = PlaneView(self.companion.store)
        self.plane.setObjectName("compare_plane")
        self.plane.leave_controls()
        self.marks = PriorMarks(self.plane, lambda x, y: self.plane.viewport().point(x, y))
        self._guide = Guide(self.plane)
        self.columns = ModelColumns()
        self._lay_out()
        self._connect()
        self.columns.set_smooth(session.store.state.smooth)
        self.columns.show_seed(self._seed)
        self.columns.first.show_model(session.store.state.model)
        self._show_words()

    def shut_down(self) -> None:
        """End the second model's threads."""
        self.companion.close()

    def _lay_out(self) -> None:
        place = self.plane.sizePolicy()
        place.setRetainSizeWhenHidden(True)
        self.plane.setSizePolicy(place)
        self.plane.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.bar)
        column.addWidget(self._sentence)
        column.addWidget(self.plane, stretch=1)
        column.addWidget(self.columns)

    # Wiring

    def _connect(self) -> None:
        companion, session = self.companion, self.session
        self.seen_changed.connect(self._on_seen)
        session.ready.connect(companion.refresh)
        session.store.changed.connect(self._on_first_changed)
        companion.store.changed.connect(self._on_second_changed)
        session.image_decoded.connect(self._on_first_decoded)
        companion.image_decoded.connect(self._on_second_decoded)
        companion.listed.connect(self.bar.show_candidates)
        companion.failed.connect(self._on_failed)
        self.bar.chosen.connect(companion.open)
        self.columns.more_wanted.connect(self._on_more_wanted)
        self.columns.sample_hovered.connect(self.marks.highlight)
        self._connect_training()
        self._connect_plane()
        self._connect_samples(self.columns.first, companion.first_samples, session.store)
        self._connect_samples(self.columns.second, companion.samples, companion.store)

    def _connect_training(self) -> None:
        session = self.session
        self.bar.twin_wanted.connect(self._on_twin_wanted)
        session.training_started.connect(self._on_training_started)
        for over in (session.training_ended, session.training_failed):
            over.connect(lambda _: self._show_twin())

    def _connect_plane(self) -> None:
        plane, companion = self.plane, self.companion
        plane.tiles_wanted.connect(
            lambda request, codes: companion.mosaic.request(request, codes, plane.mosaic_epoch, request.in_sight)
        )
        plane.support_wanted.connect(self._on_support_wanted)
        plane.cloud_wanted.connect(companion.clouds.make)
        plane.selection_wanted.connect(companion.selecting.select_by)
        companion.clouds.made.connect(plane.show_cloud)
        plane.image_hovered.connect(self._on_image_hovered)
        self.session.image_pointed.connect(self._on_image_pointed)
        companion.mosaic.decoded.connect(self._on_tiles)
        companion.mosaic.outdated.connect(plane.refresh_tiles)

    def _connect_samples(self, column: ModelColumn, samples: PriorSamples, store: Store) -> None:
        def go_to(number: int) -> None:
            store.update(probe=tuple(map(float, samples.codes[number])), original=None)

        def show(drawn: Samples) -> None:
            column.samples.show_images(drawn.pixels)
            self._show_marks()

        samples.decoded.connect(show)
        samples.covered.connect(column.show_coverage)
        column.samples.chosen.connect(go_to)

    # What happens

    def _on_seen(self, seen: bool) -> None:
        # Behind another tab it would still count as visible, and ask for tiles.
        self.plane.setVisible(seen)
        self.companion.set_active(seen)

    def _on_first_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self.columns.first.show_model(new.model)
        if new.model is not old.model or new.images is not old.images:
            self._show_words()
        if new.smooth != old.smooth:
            self.columns.set_smooth(new.smooth)

    def _on_second_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self.columns.second.show_model(new.model)
            self.bar.show_model(new.model)
            self._show_words()
        if new.model is not old.model or new.layers != old.layers or not same_plane(old, new):
            self._show_marks()

    def _on_first_decoded(self, decoded: Decoded) -> None:
        self.columns.first.picture.set_pixels(decoded.pixels[0])

    def _on_second_decoded(self, decoded: Decoded) -> None:
        self.columns.second.picture.set_pixels(decoded.pixels[0])

    def _on_tiles(self, tiles: Tiles) -> None:
        self.plane.show_tiles(tiles.request, tiles.first, tiles.pixels, tiles.epoch)  # type: ignore[arg-type]

    def _on_support_wanted(self, request: object, codes: Lifted) -> None:
        self.companion.nearby.ask_support(
            codes,
            lambda support: self.plane.show_support(request, support),  # type: ignore[arg-type]
        )

    def _on_image_hovered(self, index: int | None) -> None:
        if self.companion.link.shows_same_images:
            self.session.image_pointed.emit(index)

    def _on_image_pointed(self, index: int | None) -> None:
        self.plane.highlight(index if self.companion.link.shows_same_images else None)

    def _on_failed(self, sentence: str) -> None:
        self.bar.show_model(self.companion.store.state.model)
        self.failed.emit(sentence)

    def _on_more_wanted(self) -> None:
        self._seed += 1
        self.columns.show_seed(self._seed)
        self.companion.draw(self._seed)

    # The twin

    def _on_twin_wanted(self) -> None:
        model = self.session.store.state.model
        if model is not None and model.run is not None and not self._what_keeps_from_twin():
            twin = self.session.engine.twin_of(model.config)
            self._twin = twin, model.run
            self.session.train(twin)

    def _on_training_started(self, config: RunConfig) -> None:
        """The twin becomes the window's model as soon as there is anything of it: the model of now stands beside it."""
        if self._twin is not None and self._twin[0] == config:
            self.companion.open(self._twin[1])
        self._twin = None
        self._show_twin()

    def _show_twin(self) -> None:
        model = self.session.store.state.model
        problem = self._what_keeps_from_twin()
        kind = self.tr("a VAE") if model is not None and model.config.objective.name == "ae" else self.tr("a plain AE")
        says = self.tr("Train the window's model once more as {0}; everything else stays equal").format(kind)
        self.bar.show_twin(problem or says, possible=not problem)

    def _what_keeps_from_twin(self) -> str:
        """Say why its twin can't be trained now, if anything keeps from it."""
        state = self.session.store.state
        if state.model is None or state.model.run is None:
            return self.tr("There is no model yet to train a twin of.")
        if state.model.config.imported:
            return self.tr("This model was imported: it has no twin, since it isn't trained here.")
        if self.session.training.running:
            return self.tr("Training is under way; stop it to train a twin.")
        source = state.model.config.data.source
        if state.images is None or state.images.source != source:
            return self.tr("A twin learns from the same images: open {0} first.").format(printable(source))
        return ""

    # Words and marks

    def _show_words(self) -> None:
        first, second = self.session.store.state.model, self.companion.store.state.model
        self.columns.set_same_draw(self.companion.link.is_same_space)
        self._sentence.setText(self._what_is_amiss(first, second))
        self._sentence.setVisible(bool(self._sentence.text()))
        waits = self.tr("Train the twin of the window's model,\nor choose a model to stand beside it.")
        self._guide.say("" if second is not None or first is None else waits)
        self._show_twin()

    def _what_is_amiss(self, first: ModelInfo | None, second: ModelInfo | None) -> str:
        """Say in a sentence each why the two don't go together in every way."""
        images = self.session.store.state.images
        says = []
        if first is not None and second is not None and first.latent_dims != second.latent_dims:
            apart = self.tr("They have {0} and {1} latent dimensions, so each has its own place and its own samples.")
            says.append(apart.format(first.latent_dims, second.latent_dims))
        if second is not None and images is not None and not self.companion.takes_shape:
            takes = self.tr("The second model takes images of {0} and those at hand are {1}, so it shows none of them.")
            sizes = (second.config.data.shape.array_shape, images.shape.array_shape)
            says.append(takes.format(*("×".join(map(str, size)) for size in sizes)))
        elif not self.companion.takes_labels:
            says.append(self.tr("The second model needs labels that these images lack, so it shows none of them."))
        return "\n".join(says)

    def _show_marks(self) -> None:
        """Mark the samples on the plane; the prior's circles too, where the plane itself draws none."""
        state, codes = self.companion.store.state, self.companion.samples.codes
        plane = state.plane
        if plane is None or state.model is None or not state.layers.prior or codes.shape[1] != plane.dims:
            self.marks.show_samples(np.zeros((0, 2), np.float32), None)
            return
        x, y = plane.project(np.zeros(plane.dims, np.float32))
        self.marks.show_samples(plane.project(codes), None if state.model.has_prior else (float(x), float(y)))
