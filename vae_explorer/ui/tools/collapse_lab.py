"""The collapse laboratory: what holds σ, where the model's own σ lie, and what happens without the regulariser."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QVBoxLayout

from vae_explorer.core.config import RunConfig
from vae_explorer.core.latent.spreads import Spreads
from vae_explorer.core.progress import TrainStep
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.session import Session
from vae_explorer.services.spreads import SpreadService
from vae_explorer.services.state import AppState
from vae_explorer.ui import theme
from vae_explorer.ui.regulariser import RegulariserSteering
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.counts import count_text, duration_text
from vae_explorer.ui.widgets.labels import label
from vae_explorer.ui.widgets.penalty_plot import PenaltyPlot
from vae_explorer.ui.widgets.plot import Plot
from vae_explorer.ui.widgets.plot_scale import Axis
from vae_explorer.ui.widgets.scrolled import scrolled
from vae_explorer.ui.widgets.spread_history import SpreadHistory
from vae_explorer.ui.widgets.spread_rows import SpreadRows
from vae_explorer.ui.widgets.ticks import duration_ticks
from vae_explorer.ui.widgets.weight_control import WeightControl

_TIME: Final = Axis(duration_ticks, duration_text)


@tools.register
class CollapseLab(Tool):
    """Renders the embedding's spreads as they are counted; steers the training under way."""

    name = "collapse_lab"
    title = "Collapse laboratory"
    summary = "See what the regulariser does: switch it off while training and σ falls, so that the VAE becomes an AE."
    preferred_width = 440

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._spreads: Spreads | None = None
        self._chosen: int | None = None
        self._elapsed_s = 0.0
        self._trained = session.training_config
        self._history = SpreadHistory()
        self._service = SpreadService(self)
        self._plot = PenaltyPlot()
        self._rows = SpreadRows()
        self._over_time = Plot(self.tr("Median σ while training"), _TIME)
        self._weight = WeightControl()
        self._formula = label("", "muted")
        self._verdict = label("", "heading")
        self._train = push_button(
            self.tr("Train to try it"), self.tr("Train a new model with this one's settings on the images at hand"),
            "lab_train", primary=True,
        )  # fmt: skip
        self._lay_out()
        self._connect()
        self._on_model(session.store.state)

    def shut_down(self) -> None:
        """End the counting."""
        self._service.close()

    def _lay_out(self) -> None:
        for text, name in ((self._formula, "lab_formula"), (self._verdict, "lab_verdict")):
            text.setObjectName(name)
            text.setWordWrap(True)
        self._scroll = scrolled(self._rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._formula)
        column.addWidget(self._plot, stretch=4)
        column.addWidget(self._weight)
        column.addWidget(self._train)
        column.addWidget(self._verdict)
        column.addWidget(self._scroll, stretch=3)
        column.addWidget(self._over_time, stretch=3)

    def _connect(self) -> None:
        session = self.session
        RegulariserSteering(session, self._weight)
        session.store.changed.connect(self._on_changed)
        session.training.stepped.connect(self._on_step)
        session.training.weight_changed.connect(self._show_verdict)
        session.training_started.connect(self._on_training_started)
        session.training_ended.connect(self._show_train)
        session.training_failed.connect(self._show_train)
        self._service.counted.connect(self._on_counted)
        self._service.failed.connect(self.failed)
        self._rows.chosen.connect(self._on_chosen)
        self._train.clicked.connect(self._on_train)
        self.seen_changed.connect(self._ask)

    # What the session says

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self._on_model(new)
        elif new.embedding is not old.embedding:
            self._ask()
        if new.images is not old.images:
            self._show_train()

    def _on_model(self, state: AppState) -> None:
        """Forget what was said of another model."""
        self._chosen = None
        self._spreads = None
        if not self._is_trained(state.model):
            self._forget_history()
        self._formula.setText(self._formula_of(state.model))
        self._show()
        self._show_train()
        self._ask()

    def _on_training_started(self, config: RunConfig) -> None:
        self._trained = config
        self._elapsed_s = 0.0
        self._forget_history()
        self._show_train()

    def _forget_history(self) -> None:
        self._history = SpreadHistory()
        self._over_time.show_lines((), None, _TIME)

    def _is_trained(self, model: ModelInfo | None) -> bool:
        """Whether a model is that of the newest training: another one may be on show."""
        return model is not None and model.config == self._trained

    def _on_step(self, step: TrainStep) -> None:
        self._elapsed_s = step.elapsed_s

    def _ask(self) -> None:
        state = self.session.store.state
        if self.is_seen and state.model is not None:
            self._service.ask(state.embedding, state.model.config.model.posterior)

    def _on_counted(self, spreads: Spreads) -> None:
        self._spreads = spreads
        if self.session.training.running and self._is_trained(self.session.store.state.model):
            self._history.add(self._elapsed_s, spreads.median)
            self._over_time.show_lines(self._history.lines(self._chosen), None, _TIME)
        self._show()

    # What the person does

    def _on_chosen(self, dim: int | None) -> None:
        self._chosen = dim
        self._over_time.show_lines(self._history.lines(dim), None, _TIME)
        self._show()

    def _on_train(self) -> None:
        state = self.session.store.state
        if state.model is not None:
            self.session.train(state.model.config)

    # What is seen

    def _show(self) -> None:
        spreads, chosen = self._spreads, self._chosen
        self._rows.show_spreads(spreads, chosen)
        self._scroll.setMaximumHeight(max(self._rows.height(), 1))
        if spreads is None:
            self._plot.show_shares(self.tr("What the penalty asks of σ"), None)
        elif chosen is None:
            title = self.tr("σ of all {0} dimensions, {1} images").format(
                len(spreads.median), count_text(spreads.images)
            )
            self._plot.show_shares(title, spreads.histograms.mean(axis=0))
        else:
            title = self.tr("σ of z{0}, {1} images").format(chosen + 1, count_text(spreads.images))
            self._plot.show_shares(title, spreads.histograms[chosen])
        self._show_verdict()

    def _show_verdict(self) -> None:
        self._verdict.setText(self._verdict_on(self._spreads))

    def _verdict_on(self, spreads: Spreads | None) -> str:
        model = self.session.store.state.model
        if model is None:
            return ""
        if model.config.model.posterior == "none":
            return self.tr("Its codes are points: there is no σ.")
        if spreads is None:
            return self.tr("The images are being encoded.")
        dims = len(spreads.median)
        words = []
        if pointlike := int(spreads.pointlike.sum()):
            words.append(
                self.tr("In {0} of {1} dimensions codes are as good as points, as an autoencoder's are.").format(
                    pointlike, dims
                )
            )
        if collapsed := int(spreads.collapsed.sum()):
            words.append(
                self.tr("{0} of {1} dimensions have collapsed: they say nothing of an image.").format(collapsed, dims)
            )
        if not words:
            words.append(self.tr("Every dimension says something of an image, and none is as narrow as a point."))
        if self.session.training.running and self.session.training.weight == 0:
            words.append(self.tr("The regulariser is off: nothing holds σ."))
        return " ".join(words)

    def _formula_of(self, model: ModelInfo | None) -> str:
        if model is None:
            return self.tr("Open a model to see its σ.")
        kind = model.config.model.posterior
        if kind == "none":
            return self.tr("This model's encoder gives codes alone, without a σ.")
        if kind == "log_std":
            return self.tr(
                "σ is the log of the codes' standard deviation: c = exp(σ)·e + m, penalty Σ (exp(σ) − (1 + σ) + m²)."
            )
        return self.tr("σ is the log-variance of the codes: c = exp(σ/2)·e + m, KL = ½ Σ (exp(σ) − (1 + σ) + m²).")

    def _show_train(self) -> None:
        """Offer a training where there is a regulariser to turn."""
        state, session = self.session.store.state, self.session
        config = None if state.model is None or state.images is None else state.model.config
        may_train = config is not None and not session.training.running
        self._train.setVisible(may_train and session.engine.regulariser_of(config) is not None)
