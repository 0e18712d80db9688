"""Two models side by side: their names, the images that they decode, and what they make of the prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.labels import ElidedLabel, label, set_role
from vae_explorer.ui.widgets.picture import Picture
from vae_explorer.ui.widgets.sample_grid import SampleGrid

if TYPE_CHECKING:
    from vae_explorer.core.latent.prior import Coverage
    from vae_explorer.services.model_info import ModelInfo

MISSES = 0.75
"""Of a model of which the prior reaches less than this share of the images, that is marked."""

PICTURE_PX = 112
"""Height of the decoded images: enough to compare, since the plane and the samples need the room."""

_ROWS = ("title", "run", "picture", "", "samples", "words")
"""Of a column, from the top; what is empty goes across both."""


class ModelColumn(QWidget):
    """The widgets of one model. It lays out none of them: those of both columns stand in the rows of one grid."""

    def __init__(self, name: str, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._role = role
        self._of_prior = ""
        self.title = ElidedLabel(role="title")
        self.run = ElidedLabel(role="muted")
        self.picture = Picture()
        self.picture.setFixedHeight(PICTURE_PX)
        self.picture.setAccessibleName(self.tr("Decoded image, {0}").format(role))
        self.samples = SampleGrid()
        self.samples.setAccessibleName(self.tr("Samples from the prior, {0}").format(role))
        self.words = label("", "muted")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setToolTip(
            self.tr(
                "The images whose codes lie where N(0, I) draws 99 of 100 codes,\n"
                "and the samples near whose codes no image's code lies"
            )
        )
        for row in filter(None, _ROWS):
            getattr(self, row).setObjectName(f"{name}_{row}")
        self.show_model(None)

    def show_model(self, model: ModelInfo | None) -> None:
        """Name the model. What the one before decoded goes."""
        self.picture.set_pixels(None)
        self.samples.show_images(None)
        self.title.setText(self.tr("No model yet") if model is None else model.title)
        run = "" if model is None or model.run is None else printable(model.run.name)
        self.run.setText(" · ".join(filter(None, (self._role, run))))
        self._of_prior = "" if model is None else self._words_on_prior(has_prior=model.has_prior)
        self.show_coverage(None)

    def show_coverage(self, coverage: Coverage | None) -> None:
        """Say how the prior and the codes of the images meet; None: that isn't known."""
        met = "" if coverage is None else self._words_on_coverage(coverage)
        self.words.setText("\n".join(filter(None, (self._of_prior, met))))
        set_role(self.words, "warning" if coverage is not None and coverage.reached < MISSES else "muted")

    def _words_on_prior(self, *, has_prior: bool) -> str:
        if has_prior:
            return self.tr("Trained so that N(0, I) decodes.")
        return self.tr("Never asked to make N(0, I) decodable.")

    def _words_on_coverage(self, coverage: Coverage) -> str:
        reached = self.tr("N(0, I) reaches {0} % of the images.").format(round(100 * coverage.reached))
        far = self.tr("Samples far from all images: {0} of {1}.").format(coverage.far, coverage.drawn)
        return "\n".join([reached, far] if coverage.far else [reached])


class ModelColumns(QWidget):
    """Both columns. Where both draw the same codes, a sample that is pointed at in one is ringed in the other."""

    more_wanted = Signal()
    """Other samples are wanted."""
    sample_hovered = Signal(object)
    """The number of the second model's sample that is ringed, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first = ModelColumn("first", self.tr("the window's model"), self)
        self.second = ModelColumn("second", self.tr("in the plane above"), self)
        self._drawn = ElidedLabel(role="heading")
        self._drawn.setObjectName("samples_drawn")
        self._more = push_button(
            self.tr("New samples"), self.tr("Draw other codes from the prior N(0, I)"), "more_samples"
        )
        self._same_draw = True
        self._lay_out()
        self._more.clicked.connect(self.more_wanted)
        self.first.samples.hovered.connect(self._on_first_hovered)
        self.second.samples.hovered.connect(self._on_second_hovered)

    def show_seed(self, seed: int) -> None:
        """Say which draw it is."""
        self._drawn.setText(self.tr("Samples of N(0, I), seed {0}").format(seed))

    def set_same_draw(self, same: bool) -> None:  # a property's setter
        """Say whether both models draw the same codes."""
        self._same_draw = same

    def set_smooth(self, smooth: bool) -> None:  # a property's setter
        """Choose between interpolated and pixel-sharp images."""
        for column in (self.first, self.second):
            column.picture.set_smooth(smooth)

    def _on_first_hovered(self, number: int | None) -> None:
        if self._same_draw:
            self.second.samples.highlight(number)
            self.sample_hovered.emit(number)

    def _on_second_hovered(self, number: int | None) -> None:
        if self._same_draw:
            self.first.samples.highlight(number)
        self.sample_hovered.emit(number)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.GRID)
        grid.setVerticalSpacing(theme.GRID // 2)
        for place, column in enumerate((self.first, self.second)):
            for row, name in enumerate(_ROWS):
                if name:
                    grid.addWidget(getattr(column, name), row, place)
            grid.setColumnStretch(place, 1)
        header = QHBoxLayout()
        header.addWidget(self._drawn, stretch=1)
        header.addWidget(self._more)
        grid.addLayout(header, _ROWS.index(""), 0, 1, 2)
        grid.setRowStretch(_ROWS.index("samples"), 1)
