"""What the program remembers between starts: a small JSON file, and where runs are kept."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from vae_explorer.core.user_data import data_folder

__all__ = ["Remembered", "SettingsFile", "data_folder", "runs_folder"]

log = logging.getLogger(__name__)

RECENT = 10
"""Entries of a recent list."""


class Remembered(BaseModel):
    """Remembered between starts. Unknown keys are dropped: a newer version may have written them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    recent_images: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()
    hint_dismissed: bool = False
    smooth: bool = False
    tile_px: int = Field(32, ge=24, le=64)


def runs_folder() -> Path:
    """Where the window's own runs are kept."""
    return data_folder() / "runs"


class SettingsFile:
    """Reads once, writes at each change. A broken or unwritable file is no reason not to start."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_folder() / "settings.json"
        self._values = self._read()

    @property
    def values(self) -> Remembered:
        """What is remembered now."""
        return self._values

    def update(self, **changes: object) -> None:
        """Remember something else."""
        self._values = self._values.model_copy(update=changes)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(".new")
            # ASCII, so that a folder whose name isn't valid Unicode can be remembered.
            temporary.write_text(json.dumps(self._values.model_dump(), indent=2), "ascii")
            temporary.replace(self._path)
        except OSError as error:
            log.warning("Settings could not be saved: %s", error)

    def add_recent(self, which: str, entry: str) -> None:
        """Put `entry` first in `recent_images` or `recent_models`."""
        before = getattr(self._values, which)
        self.update(**{which: (entry, *(other for other in before if other != entry))[:RECENT]})

    def _read(self) -> Remembered:
        try:
            return Remembered.model_validate(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValueError, RecursionError) as error:  # a ValidationError is a ValueError
            log.warning("Settings could not be read, so they start anew: %s", error)
            return Remembered()
