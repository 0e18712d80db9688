"""`grid`: pictures of a latent space, one plane of it, all of them, or dimension by dimension."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import typer
from numpy.typing import NDArray

from vae_explorer.commands.classes import ClassName, class_for
from vae_explorer.commands.options import Device, Run
from vae_explorer.commands.output import check_writable, tell_written
from vae_explorer.commands.values import dims as read_dims
from vae_explorer.commands.values import held as read_held
from vae_explorer.commands.values import names as read_names
from vae_explorer.commands.values import span as read_span
from vae_explorer.core.captions import Words, board_layout, captions_of, dim_name
from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.board import Board, Layout
from vae_explorer.core.latent.grid import PRIOR_SPAN, Axis, Spacing, Span, data_span
from vae_explorer.core.latent.ranking import Ranking
from vae_explorer.core.picture import Picture, captioned, check_side, mosaic, write_png

if TYPE_CHECKING:
    from vae_explorer.core.decoding import Decoder
    from vae_explorer.core.encoding import Codes

Kind = Literal["plane", "pairs", "rows"]

ALL = "all"

STEPS: dict[Kind, int] = {"plane": 20, "pairs": 5, "rows": 10}
"""Images in a row, where nobody says how many."""


def command(
    run: Run,
    out: Annotated[Path, typer.Option("--out", metavar="PNG", help="The file to write.", show_default=False)],
    dims: Annotated[
        str | None,
        typer.Option(metavar="X,Y|all", help="The dimensions across and up, from 0 (0,1), or all pairs."),
    ] = None,
    traverse: Annotated[bool, typer.Option("--traverse", help="A row for each dimension instead.")] = False,
    steps: Annotated[
        int | None,
        typer.Option(min=1, max=1000, metavar="N", help="Images in a row and in a column (20; of a pair 5, a row 10)."),
    ] = None,
    span: Annotated[
        str | None, typer.Option(metavar="LO,HI", help="The range of each dimension (-2.5,2.5, or by --images).")
    ] = None,
    spacing: Annotated[
        Spacing, typer.Option(help="Equal steps, or equal shares of the prior (of --images) between neighbours.")
    ] = "linear",
    hold: Annotated[
        str, typer.Option(metavar="D=VALUE,…", help="Where other dimensions are held (0).", show_default=False)
    ] = "",
    images: Annotated[
        str | None,
        typer.Option(metavar="IMAGES", help="Take ranges, quantiles and KL from these images.", show_default=False),
    ] = None,
    axes: Annotated[
        bool | None, typer.Option("--axes/--no-axes", help="Name dimensions and coordinates beside the images.")
    ] = None,
    names: Annotated[
        str, typer.Option(metavar="D=NAME,…", help="What to call dimensions there (z1, z2, …).", show_default=False)
    ] = "",
    scale: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Enlarge each pixel to N×N.")] = 1,
    class_: ClassName = None,
    device: Device = "auto",
) -> None:
    """Decode a uniform grid in the plane of two latent dimensions with the model in RUN, and draw it.

    The first dimension grows to the right, the second upwards; both go from LO to HI, ends included. All others are
    held. With one dimension (--dims 0) the grid is a single row. --dims all draws the planes of all pairs, small;
    --traverse a row for each dimension, those with most KL first where --images tell it.

    With --images the range of each dimension is that of the images' codes, but for the outermost of every hundred.
    """
    check_writable(out, ".png")
    ends = None if span is None else read_span(span)
    decoder, codes = _load(run, images, device)
    latent_dims = decoder.config.model.latent_dims
    called = read_names(names, latent_dims)
    kind: Kind = "rows" if traverse else "pairs" if dims == ALL else "plane"
    chosen = _chosen(kind, dims, latent_dims, codes)
    sampled = [_axis(dim, ends, steps or STEPS[kind], spacing, codes) for dim in chosen]
    board = _board(kind, sampled)
    point = _point(latent_dims, read_held(hold, latent_dims), chosen if kind == "plane" else [])
    layout = board_layout(board, scale * decoder.config.data.image_size)
    check_side(max(layout.size))
    label = class_for(decoder.config.model.classes, class_)
    picture = mosaic(layout, decoder.decode(board.codes(point), label))
    if axes or (axes is None and (kind != "plane" or names)):
        picture = _captioned(picture, layout, called, codes)
    write_png(out, picture)
    tell_written(len(board), "image", out)


def _load(run: Path, images: str | None, device: str) -> tuple[Decoder, Codes | None]:
    """Load what decodes, and encode the images where some are given."""
    from vae_explorer.commands.progress import progress_display
    from vae_explorer.commands.reading import load_decoder, load_model, read_for
    from vae_explorer.core.classes import labels_for
    from vae_explorer.core.encoding import encode_images

    decoder = load_decoder(run, device)
    if images is None:
        return decoder, None
    model = load_model(run, device)
    image_set = read_for(model, images)
    labels = labels_for(model.config.model.classes, image_set)
    with progress_display("Encoding") as display:
        return decoder, encode_images(
            model, image_set.images, labels=labels, on_progress=lambda it: display.show(it.done, it.total)
        )


def _chosen(kind: Kind, text: str | None, latent_dims: int, codes: Codes | None) -> list[int]:
    """Read which dimensions to run along: rows are all of them, in the order of what they carry where that is known."""
    if kind == "plane":
        usual = "0,1" if latent_dims > 1 else "0"
        chosen = read_dims(usual if text is None else text, latent_dims)
        if len(chosen) > 2:
            msg = f"A plane has two dimensions, such as “0,1”, not “{text}”; --dims all draws all pairs."
            raise UserError(msg)
        return chosen
    if text is not None and text != ALL:
        return read_dims(text, latent_dims)
    if kind == "pairs" and latent_dims == 1:
        msg = "A model with one dimension has no pairs of them."
        raise UserError(msg)
    return list(range(latent_dims)) if kind == "pairs" or codes is None else list(_ranking(codes).order)


def _axis(dim: int, ends: Span | None, steps: int, spacing: Spacing, codes: Codes | None) -> Axis:
    if codes is None:
        return Axis.of(dim, ends or PRIOR_SPAN, steps, spacing)
    column = codes.mean[:, dim]
    low, high = ends or map(float, data_span(column[:, None])[0])
    return Axis.of(dim, (low, high), steps, spacing, column)


def _board(kind: Kind, axes: list[Axis]) -> Board:
    if kind == "plane":
        return Board.of_plane(*axes)
    return Board.of_pairs(axes) if kind == "pairs" else Board.of_rows(axes)


def _point(latent_dims: int, hold: dict[int, float], running: list[int]) -> NDArray[np.float32]:
    if both := set(running) & set(hold):
        msg = f"Dimension {min(both)} can't be held, since the grid runs along it."
        raise UserError(msg)
    point = np.zeros(latent_dims, np.float32)
    point[list(hold)] = list(hold.values())
    return point


def _captioned(picture: Picture, layout: Layout, names: dict[int, str], codes: Codes | None) -> Picture:
    called = {dim: f"{name} ({dim_name(dim)})" for dim, name in names.items()}
    return captioned(picture, captions_of(layout, Words(called, None if codes is None else _ranking(codes))))


def _ranking(codes: Codes) -> Ranking:
    return Ranking.of(codes.mean, codes.log_var)
