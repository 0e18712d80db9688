"""Progress on standard error: a bar where a person watches, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from vae_explorer.commands.console import note
from vae_explorer.core.launch import speaks

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_EVERY_S = 2.0
LINE_EVERY_SHARE = 0.05
"""Lines in a log are as far apart as the larger of the two: so many seconds, or such a share of the time so far."""


class ProgressDisplay(Protocol):
    """Shows how far something is, while it is entered."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, done: int, total: int, text: str = "") -> None:
        """Show that `done` of `total` (0: unknown) are done, and a few words."""
        ...


def progress_display(title: str) -> ProgressDisplay:
    """Choose what suits standard error."""
    return _Bar(title) if sys.stderr.isatty() and speaks() else _Lines(title)


class _Lines:
    """The first and the last moment, and one now and then between; none while it isn't known how much there is."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started_at = time.monotonic()
        self._due_at = self._started_at
        self._printed = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left open."""

    def show(self, done: int, total: int, text: str = "") -> None:
        """Print, unless the last line was a moment ago."""
        now = time.monotonic()
        if total and done != self._printed and (now >= self._due_at or done == total):
            self._due_at = now + max(LINE_EVERY_S, LINE_EVERY_SHARE * (now - self._started_at))
            self._printed = done
            note(f"{self._title}: {text or f'{done} of {total}'}")


class _Bar:
    """A bar of rich's, which is imported here since it takes a while."""

    def __init__(self, title: str) -> None:
        self._progress = _new_bar()
        self._task = self._progress.add_task(title, total=None, text="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, done: int, total: int, text: str = "") -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, total=total or None, text=text)


def _new_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    # No markup: a text may hold brackets.
    text = TextColumn("{task.fields[text]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), text)
    return Progress(*columns, console=Console(stderr=True))
