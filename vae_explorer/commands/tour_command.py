"""`tour`: the whole program without a screen."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer


def command(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.", show_default=False)],
) -> int:
    """Run the whole program without a screen: open, click, drag, train, and leave numbered screenshots in DIR."""
    return int(importlib.import_module("vae_explorer.tour").run(out))
