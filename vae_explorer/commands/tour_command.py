"""`tour`: the whole program without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vae_explorer.commands.window import import_qt


def command(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.", show_default=False)],
) -> int:
    """Run the whole program without a screen: open, click, drag, train, and leave numbered screenshots in DIR."""
    import_qt()
    from vae_explorer import tour

    return tour.run(out)
