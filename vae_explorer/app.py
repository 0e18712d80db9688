"""The one composition root: it makes the services and the window, and lets torch in once the window is painted."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from pathlib import Path
from types import ModuleType, TracebackType

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from vae_explorer.core.errors import UserError
from vae_explorer.core.freed_memory import keep_few_kernels, keep_freed_memory
from vae_explorer.core.lost_pages import count_lost, outlive_lost_pages
from vae_explorer.core.waiting import let_threads_sleep
from vae_explorer.importing import uncollected
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui import theme
from vae_explorer.ui.main_window import MainWindow

log = logging.getLogger(__name__)

LOOK_EVERY_MS = 1000
"""How often it is asked whether a file has gone."""

SWITCH_INTERVAL_S = 0.001
"""How long a thread may hold the interpreter: training must not make the window wait for the default of 5 ms."""


def run(
    run: Path | None,
    images: str | None,
    device: str,
    screenshot: Path | None,
    size: tuple[int, int],
    codes: Path | None = None,
) -> int:
    """Open the window on a run folder (None: the sample), and images (None: the run's own), until it is closed.

    `codes`: a folder of them, to be shown instead of encoding the images.

    With `screenshot` the window is saved as PNG once plane and decoded image are drawn, and closed. Returns the exit
    status.
    """
    prepare()
    application = make_application()
    window = make_window(size)
    opener = Opener(window, run, images, device, codes)
    if log_file := os.environ.get("VAE_EXPLORER_LOG"):
        from vae_explorer.events import EventLog

        EventLog(window, Path(log_file))
    if screenshot is not None:
        from vae_explorer.screenshot import Screenshot

        Screenshot(window, screenshot)
        window.show()
    else:
        show_on_screen(window)
    status = application.exec()
    del opener
    return status


def prepare() -> None:
    """Set up the interpreter, before the application is made."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    let_threads_sleep()
    keep_freed_memory()
    keep_few_kernels()
    outlive_lost_pages()


def make_application() -> QApplication:
    """Return the application, made on first use, with its look."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(application, QApplication):
        msg = "a Qt application without widgets is running"
        raise TypeError(msg)
    application.setApplicationName("VAE Explorer")
    theme.apply(application)
    return application


def make_window(size: tuple[int, int]) -> MainWindow:
    """Make store, services and window."""
    settings = SettingsFile()
    store = Store(AppState(smooth=settings.values.smooth, tile_px=settings.values.tile_px))
    window = MainWindow(Session(store, settings))
    window.resize(*size)
    sys.excepthook = _Reporter(window).report
    Losses(window)
    return window


def show_on_screen(window: QWidget) -> None:
    """Show the window no larger than the screen, since nobody could reach what lies beyond."""
    size, room = window.size(), window.screen().availableGeometry().size()
    if size.boundedTo(room) == size:
        window.show()
    else:
        # Its size too, for when it is maximized no longer, and where there is no window manager.
        window.resize(size.boundedTo(room))
        window.showMaximized()


class Opener(QObject):
    """Lets torch in once the window is painted, and then opens what was asked for."""

    def __init__(
        self, window: MainWindow, run: Path | None, images: str | None, device: str, codes: Path | None = None
    ) -> None:
        super().__init__(window)
        self._session = window.session
        self._run, self._images, self._device, self._codes = run, images, device, codes
        window.painted.connect(self._on_painted)
        self._session.ready.connect(self._on_ready)

    def _on_painted(self) -> None:
        self._session.start(load_engine, self._device)

    def _on_ready(self) -> None:
        if self._run is not None:
            self._session.open_model(self._run, images=self._images, codes=self._codes)
        elif self._images is not None:
            self._session.open_images(self._images)
        else:
            self._session.open_sample()


class Losses(QObject):
    """Tells, once for each time, that a mapped file can't be read any more."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._told = count_lost()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        lost = count_lost()
        if lost != self._told:
            self._told = lost
            self._window.notice.show_problem(
                self.tr(
                    "A file on show can't be read any more, since its disk or network has gone, and what was lost is "
                    "black: open it again once it is back."
                )
            )


def load_engine() -> ModuleType:
    """Import torch and all that needs it. Takes a second or two; called on a thread."""
    with uncollected():
        return importlib.import_module("vae_explorer.services.engine")


class _Reporter:
    """Shows an exception that nothing caught, instead of losing it or the program."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Say it in the window, and all of it on standard error."""
        if issubclass(kind, KeyboardInterrupt):
            QTimer.singleShot(0, self._window.close)
            return
        if isinstance(error, UserError):  # a file that changed, say, seen when one of its images was to be drawn
            words = str(error)
        else:
            sys.__excepthook__(kind, error, trace)
            words = f"Something went wrong here ({kind.__name__}: {error}); your work goes on."
        # Its frames would keep a painter at work alive, and Qt can't close a window that is being painted.
        error.__traceback__ = None
        sys.last_type = sys.last_value = sys.last_traceback = None
        self._window.notice.show_problem(words)
