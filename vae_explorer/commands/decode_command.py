"""`decode`: images from codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from vae_explorer.commands.classes import ClassName, class_for, classes_for
from vae_explorer.commands.options import Device, Run
from vae_explorer.commands.output import (
    check_writable,
    columns_of,
    sheet,
    tell_written,
    write_arrays,
)
from vae_explorer.commands.reading import load_decoder, load_stored
from vae_explorer.commands.values import numbers
from vae_explorer.core.errors import UserError
from vae_explorer.core.picture import check_side, write_png

if TYPE_CHECKING:
    from vae_explorer.core.classes import Labels
    from vae_explorer.core.decoding import Decoder

Floats = NDArray[np.float32]


def command(
    run: Run,
    out: Annotated[
        Path, typer.Option("--out", metavar="PNG|NPZ", help="The file to write, .png or .npz.", show_default=False)
    ],
    z: Annotated[str | None, typer.Option("--z", metavar="0,0,…", help="One code.", show_default=False)] = None,
    codes: Annotated[
        Path | None,
        typer.Option(
            metavar="NPZ|FOLDER",
            help="Codes that encode wrote to a file or folder, or any N×D array.",
            show_default=False,
        ),
    ] = None,
    class_: ClassName = None,
    device: Device = "auto",
) -> None:
    """Decode a code, or a file of codes, with the model in RUN.

    A conditional model decodes each code as the class that encode wrote with it, unless --class names one for all.

    A PNG of several codes is a sheet of their images, row by row. An npz file holds `images`, N×H×W×C uint8.
    """
    check_writable(out, ".png", ".npz")
    wanted = _codes(z, codes)
    decoder = load_decoder(run, device)
    labels = _labels(decoder, codes, len(wanted), class_)
    columns = columns_of(len(wanted))
    if out.suffix.lower() == ".npz":
        write_arrays(out, {"images": decoder.decode(wanted, labels)})
    else:
        check_side(columns * decoder.config.data.image_size)
        write_png(out, sheet(decoder.decode(wanted, labels), columns))
    tell_written(len(wanted), "image", out)


def _codes(z: str | None, path: Path | None) -> Floats:
    """Read the codes that were given, (N, D) float32. Raises UserError."""
    if (z is None) == (path is None):
        msg = "Give either --z with one code or --codes with a file of codes."
        raise UserError(msg)
    if path is not None:
        return _from_folder(path) if path.is_dir() else _from_file(path)
    return np.array([numbers(z or "", "--z")], np.float32)


def _labels(decoder: Decoder, path: Path | None, count: int, name: str | None) -> Labels | int:
    """Find out the class of each code, or of all. Raises UserError."""
    classes = decoder.config.model.classes
    return class_for(classes, name) if path is None else classes_for(classes, name, path, count)


def _from_folder(path: Path) -> Floats:
    from vae_explorer.core.code_folder import StoredCodes

    stored = StoredCodes.open(path)
    stored.check_finite()
    return stored.mean


def _from_file(path: Path) -> Floats:
    from vae_explorer.core.data.base import printable

    codes = load_stored(path, "mean", "codes", "z")
    if codes is None or codes.ndim != 2 or codes.dtype.kind not in "fiu" or not codes.size or not _is_finite(codes):
        msg = f"“{printable(str(path))}” holds no codes: encode writes them as `mean`, N×D finite numbers."
        raise UserError(msg)
    return codes.astype(np.float32)


def _is_finite(codes: NDArray[Any]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(codes.astype(np.float32)).all())
