"""`grid`: a picture of a plane through the latent space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from vae_explorer.commands.options import Run
from vae_explorer.commands.output import check_side, check_writable, sheet, tell_written, write_picture
from vae_explorer.commands.reading import load_decoder
from vae_explorer.commands.values import dims as read_dims
from vae_explorer.commands.values import held
from vae_explorer.commands.values import span as read_span
from vae_explorer.core.errors import UserError


def command(
    run: Run,
    out: Annotated[Path, typer.Option("--out", metavar="PNG", help="The file to write.", show_default=False)],
    dims: Annotated[str, typer.Option(metavar="X,Y", help="The dimensions across and up, from 0.")] = "0,1",
    steps: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Images in a row and in a column.")] = 20,
    span: Annotated[str, typer.Option(metavar="LO,HI", help="The range of both dimensions.")] = "-2.5,2.5",
    hold: Annotated[
        str, typer.Option(metavar="D=VALUE,…", help="Where other dimensions are held (0).", show_default=False)
    ] = "",
) -> None:
    """Decode a uniform grid in the plane of two latent dimensions with the model in RUN, and draw it.

    The first dimension grows to the right, the second upwards; both go from LO to HI, ends included. All others are
    held. With one dimension (--dims 0) the grid is a single row.
    """
    check_writable(out, ".png")
    ends = read_span(span)
    decoder = load_decoder(run)
    latent_dims = decoder.config.model.latent_dims
    check_side(steps * decoder.config.data.image_size)
    codes = grid_codes(latent_dims, _dims(dims, latent_dims), steps, ends, held(hold, latent_dims))
    write_picture(out, sheet(decoder.decode(codes), steps))
    tell_written(len(codes), "image", out)


def grid_codes(
    latent_dims: int, dims: list[int], steps: int, span: tuple[float, float], hold: dict[int, float]
) -> NDArray[np.float32]:
    """Return the codes of the grid, (steps² or steps, D), from its top left, row by row. Raises UserError."""
    from vae_explorer.core.latent.plane import LatentPlane

    if both := set(dims) & set(hold):
        msg = f"Dimension {min(both)} can't be held, since the grid runs along it."
        raise UserError(msg)
    point = np.zeros(latent_dims, np.float32)
    for dim, value in hold.items():
        point[dim] = value
    plane = LatentPlane.of_dims(point, dims[0], dims[-1])
    ticks = np.linspace(*span, steps) if steps > 1 else np.array([sum(span) / 2])
    x, y = np.meshgrid(ticks, ticks[::-1] if len(dims) == 2 else [0.0])
    return plane.lift(np.stack([x, y], axis=-1)).reshape(-1, latent_dims)


def _dims(text: str, latent_dims: int) -> list[int]:
    """Read the dimensions; a model with but one needs none named."""
    return read_dims("0" if latent_dims == 1 and text == "0,1" else text, latent_dims)
