"""The tour's window, made as the program makes it, and its end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from vae_explorer import app
from vae_explorer.tour.exploring import exploring
from vae_explorer.tour.leader import Leader, Steps
from vae_explorer.tour.report import Report
from vae_explorer.tour.training import training
from vae_explorer.tour.watch import Watch

WINDOW = (1440, 900)


def show(out: Path, own: Path) -> int:
    """Take the tour; `own` is a folder for what it makes. Returns the exit status. Raises UserError."""
    report = Report(out)
    qInstallMessageHandler(_pass_on)
    app.prepare()
    application = app.make_application()
    window = app.make_window(WINDOW)
    watch = Watch(window)
    leader = Leader(_steps(watch, report, own), window)
    ended: list[str] = []

    def on_ended(sentence: str) -> None:
        ended.append(sentence)
        window.close()
        application.quit()

    leader.ended.connect(on_ended)
    for told in (window.session.failed, window.session.training_failed):
        told.connect(lambda sentence: leader.fail(f"the program says “{sentence}”"))
    sys.excepthook = _failing(leader)
    opener = app.Opener(window, None, None, "cpu")
    window.show()
    application.exec()
    del opener
    return _conclude(report, out, ended[0] if ended else "The tour ended early: its window was closed.")


def _steps(watch: Watch, report: Report, own: Path) -> Steps:
    yield from exploring(watch, report)
    yield from training(watch, report, own)


def _conclude(report: Report, out: Path, problem: str) -> int:
    if problem:
        report.end(problem)
        sys.stderr.write(problem + "\n")
        return 1
    report.end("All steps were reached.")
    sys.stdout.write(f"Wrote {report.count} screenshots and tour.md to {out}.\n")
    return 0


def _failing(leader: Leader) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Return an exception hook that ends the tour: an exception in a slot would otherwise only be printed."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        leader.fail(f"the program raised {kind.__name__}")

    return hook


def _pass_on(_kind: QtMsgType, _context: object, text: str) -> None:
    """Write Qt's messages on, but for one that the offscreen platform has for every window."""
    if "propagateSizeHints" not in text:
        sys.stderr.write(text + "\n")
