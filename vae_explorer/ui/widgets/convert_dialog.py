"""What to do with images that the model doesn't take as they are."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.config import DataConfig
from vae_explorer.core.data.base import ImageSet
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.labels import label


class Answer(Enum):
    """What the person wants."""

    CONVERT = auto()
    """Bring the images to the model's shape."""
    TRAIN_ANEW = auto()
    """Keep them as they are, for a new model."""
    CANCEL = auto()


class ConvertDialog(QDialog):
    """Names both shapes and offers three ways on. Closing it is cancelling."""

    def __init__(self, images: ImageSet, data: DataConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer = Answer.CANCEL
        self.setObjectName("convert_dialog")
        self.setWindowTitle(self.tr("Other images than the model's"))
        ours = self._shape(images.shape.size, images.shape.channels)
        needed = self._shape(data.image_size, data.channels)
        heading = label(self.tr("These images don't fit the model"), "title")
        text = label(self.tr("“{0}” was read as {1}; the model takes {2}.").format(images.title, ours, needed))
        text.setObjectName("convert_text")
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.GRID] * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(heading)
        column.addWidget(text)
        column.addLayout(self._buttons(needed))
        self.setMinimumWidth(440)

    @classmethod
    def ask(cls, images: ImageSet, data: DataConfig, parent: QWidget | None = None) -> Answer:
        """Ask what to do with `images`, where the model takes images as `data` says."""
        dialog = cls(images, data, parent)
        dialog.exec()
        answer = dialog.answer
        dialog.deleteLater()
        return answer

    def _shape(self, size: int, channels: int) -> str:
        colour = self.tr("grey") if channels == 1 else self.tr("colour")
        return self.tr("{0}×{0} {1}").format(size, colour)

    def _buttons(self, needed: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        for text, says, name, answer in (
            (self.tr("Cancel"), self.tr("Keep what is open"), "convert_cancel", Answer.CANCEL),
            (self.tr("Train anew"), self.tr("Keep them so, for a new model"), "convert_train", Answer.TRAIN_ANEW),
            (self.tr("Convert to {0}").format(needed), self.tr("Show them in this model"), "convert", Answer.CONVERT),
        ):
            button = push_button(text, says, name, primary=answer is Answer.CONVERT)
            button.setDefault(answer is Answer.CONVERT)
            button.clicked.connect(lambda _checked=False, answer=answer: self._on_answer(answer))
            row.addWidget(button)
        return row

    def _on_answer(self, answer: Answer) -> None:
        self.answer = answer
        self.accept()
