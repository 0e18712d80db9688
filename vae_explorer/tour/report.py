"""What the tour leaves behind: numbered screenshots, and tour.md, which says what was done and seen."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QWidget

from vae_explorer.core.errors import UserError

_PREFACE = """# A tour of VAE Explorer

The program showed itself: its window was drawn without a screen and moved by mouse events. Every number below was
measured or read in the running program.
"""


class Report:
    """Writes as it goes, so that a tour that ends early leaves what it has seen."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._count = 0
        self._text = _PREFACE
        self._write()

    @property
    def count(self) -> int:
        """Screenshots so far."""
        return self._count

    def add(self, title: str, name: str, window: QWidget | None, *seen: str) -> None:
        """Save a screenshot of `window` as `NN-name.png`, and tell beside it what was seen. Raises UserError."""
        self._count += 1
        file = f"{self._count:02}-{name}.png"
        if window is None or not window.grab().save(str(self._out / file), "PNG"):
            msg = f"The screenshot {file} could not be written to “{self._out}”."
            raise UserError(msg)
        sys.stderr.write(f"{file}  {title}\n")
        lines = "".join(f"- {line}\n" for line in seen)
        self._text += f"\n## {self._count}. {title}\n\n{lines}\n![{title}]({file})\n"
        self._write()

    def end(self, sentence: str) -> None:
        """Close with one sentence."""
        self._text += f"\n{sentence}\n"
        self._write()

    def _write(self) -> None:
        try:
            (self._out / "tour.md").write_text(self._text, encoding="utf-8")
        except OSError as error:
            msg = f"The tour can't write into “{self._out}”: {(error.strerror or str(error)).lower()}."
            raise UserError(msg) from error
