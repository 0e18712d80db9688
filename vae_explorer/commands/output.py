"""Files that commands write: whole or not at all."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import UserError

if TYPE_CHECKING:
    from vae_explorer.core.data.base import Images


def check_writable(path: Path, *suffixes: str) -> None:
    """Raise UserError, before the work begins, where `path` can't be written or hasn't one of the suffixes."""
    from vae_explorer.core.data.base import printable
    from vae_explorer.core.files import check_place

    name = printable(str(path))
    if path.suffix.lower() not in suffixes:
        msg = f"The output “{name}” must end in {' or '.join(suffixes)}."
    elif path.is_dir():
        msg = f"“{name}” is a folder; give the name of a file."
    else:
        check_place(path)
        return
    raise UserError(msg)


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays as npz. Raises UserError where the disk refuses."""
    from vae_explorer.core.files import write_atomically

    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    write_atomically(path, file.getvalue())


def tell_written(count: int, what: str, path: Path) -> None:
    """Tell the result on standard output: how many of `what` are now in `path`."""
    from vae_explorer.core.data.base import printable

    print(f"Wrote {count} {what}{'' if count == 1 else 's'} to {printable(str(path))}.")


def columns_of(count: int) -> int:
    """Choose the columns of a nearly square sheet of `count` images."""
    return math.ceil(math.sqrt(count))


def sheet(images: Images, columns: int) -> NDArray[np.uint8]:
    """Lay images (N, H, W, C) out in rows of `columns`, from the top left; what is left over stays black."""
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, height, width, channels), np.uint8)
    tiles[:count] = images
    tiles = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return tiles.reshape(rows * height, columns * width, channels)
