"""Where the program keeps what belongs to the person."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Where settings and runs are kept; VAE_EXPLORER_DATA overrides it."""
    return Path(os.environ.get("VAE_EXPLORER_DATA") or platformdirs.user_data_path("vae-explorer", appauthor=False))
