"""`open`: the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vae_explorer.commands.options import Device
from vae_explorer.commands.values import size as read_size
from vae_explorer.commands.window import open_window


def command(
    run: Annotated[
        Path | None, typer.Argument(metavar="RUN", help="The model to show; else a sample.", show_default=False)
    ] = None,
    images: Annotated[
        str | None, typer.Option(metavar="IMAGES", help="The images to show; else the model's own.")
    ] = None,
    codes: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Codes of the images, as encode writes them to a folder.")
    ] = None,
    device: Device = "auto",
    screenshot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Save the window once it has drawn, and exit.")
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="The window's size, at least 800x480 pixels.")] = "1600x1000",
) -> int:
    """Open the window: the model in RUN, or a sample, with its images."""
    return open_window(run, images, device, screenshot, read_size(size), codes)
