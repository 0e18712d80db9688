"""`encode`: the codes of images, as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from vae_explorer.commands.options import Device, Images, Run
from vae_explorer.commands.output import check_writable, tell_written, write_arrays
from vae_explorer.commands.progress import progress_display
from vae_explorer.commands.reading import load_encoding_model, read_for
from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import first_tells, launched

if TYPE_CHECKING:
    from vae_explorer.core.data.base import ImageSet
    from vae_explorer.core.encoding import Codes


def command(
    run: Run,
    images: Images,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="NPZ|FOLDER",
            help="The file to write, or for a set of any size a folder.",
            show_default=False,
        ),
    ],
    device: Device = "auto",
) -> None:
    """Encode IMAGES with the model in RUN and write their codes.

    The file holds `mean` and `log_var` (N×D float32; a plain autoencoder has no log_var), `paths` (relative to IMAGES;
    bytes that are no UTF-8 are kept as os.fsdecode does), `labels` (numbers into `label_names`; -1 where there are
    none).

    A folder holds mean.npy, log_var.npy and labels.npy, to be memory-mapped. It is filled piece by piece: memory
    doesn't grow with the images, the same command goes on where it was stopped, and under torchrun every process does
    its share. The window opens it with --codes.
    """
    encode = _encode_to_file if out.suffix else _encode_to_folder
    with first_tells():
        encode(run, images, out, device)


def _encode_to_file(run: Path, spec: str, out: Path, device: str) -> None:
    from vae_explorer.core.classes import labels_for
    from vae_explorer.core.encoding import encode_images

    check_writable(out, ".npz")
    if launched() is not None:
        msg = f"Several processes encode to a folder, not to one file: give --out a name without “{out.suffix}”."
        raise UserError(msg)
    model = load_encoding_model(run, device)
    images = read_for(model, spec)
    labels = labels_for(model.config.model.classes, images)
    with progress_display("Encoding") as display:
        codes = encode_images(
            model, images.images, labels=labels, on_progress=lambda it: display.show(it.done, it.total)
        )
    write_arrays(out, _arrays(codes, images))
    tell_written(len(codes), "code", out)


def _encode_to_folder(run: Path, spec: str, out: Path, device: str) -> None:
    from vae_explorer.core.data.base import fills_together
    from vae_explorer.core.encoding_to_folder import await_folder, check_place_for, encode_to_folder

    launch = launched()
    share = (0, 1) if launch is None else (launch.rank, launch.size)
    model = load_encoding_model(run, device)
    check_place_for(model, out)
    if share[0] and not fills_together(spec):
        await_folder(out)  # the first has read the images by then, so that they are in the cache
    images = read_for(model, spec)
    with progress_display("Encoding pieces") as display:
        encoded = encode_to_folder(
            model, images, out, share=share, on_progress=lambda it: display.show(it.done, it.total)
        )
    _tell_encoded(encoded, len(images), share, out)


def _tell_encoded(encoded: int, total: int, share: tuple[int, int], out: Path) -> None:
    """Tell what this process has added: no more than its share, and nothing where all was there already."""
    from vae_explorer.core.data.base import printable

    if share[1] > 1:
        print(f"Rank {share[0]} of {share[1]} wrote {encoded} of {total} codes to {printable(str(out))}.")
    elif encoded < total:
        print(f"Wrote {encoded} of {total} codes to {printable(str(out))}; the others were there already.")
    else:
        tell_written(total, "code", out)


def _arrays(codes: Codes, images: ImageSet) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {"mean": codes.mean}
    if codes.log_var is not None:
        arrays["log_var"] = codes.log_var
    labels = images.labels if images.labels is not None else np.full(len(images), -1)
    return arrays | {
        "paths": np.array(images.paths, np.str_),
        "labels": np.asarray(labels, np.int64),
        "label_names": np.array(images.label_names, np.str_),
    }
