"""Opening the window. Whatever is imported here delays it."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

from vae_explorer.core.errors import UserError
from vae_explorer.importing import import_kept, uncollected

SIZE = (1600, 1000)

_MORE_THAN_A_PATH = re.compile(r"^(sample|hf):|\.(h5|hdf5|he5|npz):", re.IGNORECASE)
"""“sample:name”, “hf:name” and “file.h5:name”, “file.npz:name”, of which no glance tells that they are wrong."""


def open_window(
    run: Path | None = None,
    images: str | None = None,
    device: str = "auto",
    screenshot: Path | None = None,
    size: tuple[int, int] = SIZE,
    codes: Path | None = None,
) -> int:
    """Open the window and return the exit status once it is closed. Raises UserError."""
    _check(run, images, screenshot)
    _check_codes(run, codes)
    check_screen()
    with uncollected():
        import_qt()
        from vae_explorer import app

    return app.run(run, images, device, screenshot, size, codes)


def import_qt() -> None:
    """Import Qt. Raises UserError where it isn't installed, or a library of the system's that it needs is missing."""
    if sys.platform == "win32":
        # There torch must come before Qt's libraries (pytorch issue 169429).
        import torch  # noqa: F401
    try:
        with import_kept():
            import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        msg = f"The window needs Qt, which can't be used here ({error}); the other commands work without."
        raise UserError(msg) from error


def check_screen() -> None:
    """Raise UserError where Qt would find nothing to draw on, and abort."""
    environment = os.environ
    if not sys.platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return
    if environment.get("WAYLAND_DISPLAY") or (environment.get("DISPLAY") and _x_answers()):
        return
    what = f"screen “{environment['DISPLAY']}” that answers" if environment.get("DISPLAY") else "screen"
    msg = f"There is no {what} to open a window on; vae-explorer tour --out DIR shows the program without one."
    raise UserError(msg)


def _x_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt says itself which libraries it misses
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = bool(xcb.xcb_connection_has_error(connection) == 0)
    xcb.xcb_disconnect(connection)
    return answers


def _check(run: Path | None, images: str | None, screenshot: Path | None) -> None:
    """Raise UserError for what a glance tells to be wrong; the rest is told by the window."""
    if run is not None and not (run / "config.json").exists():
        from vae_explorer.core.run_folder import no_run

        raise no_run(run)
    if images is not None and not _MORE_THAN_A_PATH.search(images) and not Path(images).exists():
        msg = f"There is no file or folder “{images}”."
        raise UserError(msg)
    if screenshot is not None:
        from vae_explorer.commands.output import check_writable

        check_writable(screenshot, ".png")


def _check_codes(run: Path | None, codes: Path | None) -> None:
    if codes is None:
        return
    if run is None:
        msg = "--codes goes with the RUN whose model has made them."
        raise UserError(msg)
    if not (codes / "codes.json").exists():
        msg = f"“{codes}” is no folder of codes: it holds no codes.json."
        raise UserError(msg)
