"""The whole program without a screen: the real window on Qt's offscreen platform, moved by mouse events."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vae_explorer.core.errors import UserError


def run(out: Path) -> int:
    """Open the sample, click, drag, train on images of its own, and leave numbered screenshots and tour.md in `out`.

    Nothing of the user's is read or written: settings, runs and caches are in a temporary folder. Returns the exit
    status: 0, or 1 where a step wasn't reached in its time, which is said in one sentence on standard error. Raises
    UserError where `out` can't be written to. No Qt application may exist yet, unless it is an offscreen one.
    """
    _make_folder(out)
    with tempfile.TemporaryDirectory(prefix="vae-explorer-tour-", ignore_cleanup_errors=True) as own:
        places = {name: str(Path(own) / name.lower()) for name in ("VAE_EXPLORER_DATA", "VAE_EXPLORER_CACHE")}
        with _environment(places | {"QT_QPA_PLATFORM": "offscreen"}):
            from vae_explorer.tour.show import show

            return show(out, Path(own))


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"The tour can't leave its pictures in “{out}”: {(error.strerror or str(error)).lower()}."
        raise UserError(msg) from error


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables, and put back what was there before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
