"""Where an image or a text is to be saved, and saving it whole or not at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QIODevice, QSaveFile
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget


class SaveImageDialog:
    """Asks for a file name."""

    @classmethod
    def ask(cls, parent: QWidget, suggested: str) -> Path | None:
        """Return the chosen file, with a suffix; None when the person changed their mind."""
        title = QCoreApplication.translate("SaveImageDialog", "Save image")
        name, _ = QFileDialog.getSaveFileName(parent, title, suggested, "PNG (*.png)")
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(".png")


class SaveTextDialog:
    """Asks for a file name."""

    @classmethod
    def ask(cls, parent: QWidget, suggested: str) -> Path | None:
        """Return the chosen file; None when the person changed their mind."""
        title = QCoreApplication.translate("SaveTextDialog", "Save list")
        name, _ = QFileDialog.getSaveFileName(parent, title, suggested, "Text (*.txt)")
        return Path(name) if name else None


def save_text(text: str, path: Path) -> None:
    """Write `text` as UTF-8. Raises OSError, and then whatever was at `path` is still there."""
    file = QSaveFile(str(path))
    data = text.encode()
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()):
        raise OSError(file.errorString())


def save_image(image: QImage, path: Path) -> None:
    """Write `image` as PNG. Raises OSError, and then whatever was at `path` is still there."""
    file = QSaveFile(str(path))
    written = file.open(QIODevice.OpenModeFlag.WriteOnly) and image.save(file, "PNG") and file.commit()  # type: ignore[call-overload]  # the stubs know no QIODevice here
    if not written:
        raise OSError(file.errorString())
