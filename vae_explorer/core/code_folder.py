"""Codes of very many images in a folder of memory-mapped arrays: read piece by piece, from wherever it is mounted.

`mean.npy` and `log_var.npy` are (N, D) float32, each dimension in one stretch, so that two dimensions of many are read
without the others; `labels.npy` (N,) int64; names are numbered, or stored as `names.StoredNames` has them. `codes.json`
says of which images and of which weights they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from vae_explorer.core.batches import fingerprint
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.core.data.names import Names, Numbered, StoredNames
from vae_explorer.core.errors import UserError

Floats = NDArray[np.float32]

FACTS, MEAN, LOG_VAR, LABELS, DONE = "codes.json", "mean.npy", "log_var.npy", "labels.npy", "done.npy"
PATHS, PATH_ENDS = "paths.bin", "path_ends.npy"

ROWS_AT_ONCE = 1 << 14
"""Codes that are computed, written and noted as done together."""

IN_MEMORY = 1 << 26
"""Larger files are memory-mapped, in bytes."""

_CHECKED_AT_ONCE = 1 << 20


class Facts(BaseModel):
    """What codes are of."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    source: str
    """The images' specification."""
    title: str
    images: str
    """Their fingerprint."""
    weights: str
    """The fingerprint of the weights that made the codes."""
    count: int
    latent_dims: int
    has_log_var: bool
    label_names: tuple[str, ...] | None
    """None where the images have no labels."""
    numbered: str | None
    """What numbered names begin with; None where names are stored."""
    complete: bool = False


@dataclass(frozen=True, eq=False)
class StoredCodes:
    """Codes that stay in their files. Nobody writes to them."""

    path: Path
    facts: Facts
    mean: Floats
    """(N, D)."""
    log_var: Floats | None
    """(N, D); None for a plain autoencoder."""
    labels: NDArray[np.int64] | None
    """(N,)."""
    names: Sequence[str]

    @classmethod
    def open(cls, path: Path) -> StoredCodes:
        """Open a folder that `encode` has completed, its large files mapped. Raises UserError: none, or damaged."""
        facts = read_facts(path)
        if not facts.complete:
            msg = f"The codes in “{_shown(path)}” are not complete: the same encode goes on with them."
            raise UserError(msg)
        count, size = facts.count, (facts.count, facts.latent_dims)
        names: Names
        if facts.numbered is None:
            ends = _mapped(path / PATH_ENDS, (count,), np.int64)
            with explained(path / PATHS):
                names = StoredNames(_bytes_in(path / PATHS), ends)
        else:
            names = Numbered(facts.numbered, count)
        return cls(
            path,
            facts,
            _mapped(path / MEAN, size, np.float32),
            _mapped(path / LOG_VAR, size, np.float32) if facts.has_log_var else None,
            None if facts.label_names is None else _mapped(path / LABELS, (count,), np.int64),
            names,
        )

    def check_model(self, config: RunConfig) -> None:
        """Raise UserError where no model of `config` can have made these codes."""
        if self.facts.latent_dims != config.model.latent_dims:
            msg = (
                f"The codes in “{_shown(self.path)}” have {self.facts.latent_dims} dimensions, but the model has "
                f"{config.model.latent_dims}."
            )
            raise UserError(msg)

    def check_images(self, images: ImageSet) -> None:
        """Raise UserError where the codes are not of these images."""
        if len(images) != self.facts.count:
            msg = (
                f"The codes in “{_shown(self.path)}” are of {self.facts.count} images, but “{images.title}” has "
                f"{len(images)}."
            )
            raise UserError(msg)
        if fingerprint(images.images) != self.facts.images:
            msg = f"The codes in “{_shown(self.path)}” are of other images than “{images.title}” holds, or brought "
            raise UserError(msg + "to another shape.")

    def check_finite(self) -> None:
        """Raise UserError where a number is NaN or infinite. Reads all that is stored, once."""
        for name, array in ((MEAN, self.mean), (LOG_VAR, self.log_var)):
            for column in () if array is None else array.T:
                for start in range(0, len(column), _CHECKED_AT_ONCE):
                    if not np.isfinite(column[start : start + _CHECKED_AT_ONCE]).all():
                        msg = f"{name} in “{_shown(self.path)}” holds numbers that are NaN or infinite: encode again."
                        raise UserError(msg)

    def labelled(self, images: ImageSet) -> ImageSet:
        """Return the images with the labels that were stored with their codes, where they have none themselves."""
        if images.labels is not None or self.labels is None:
            return images
        names = self.facts.label_names or ()
        if len(self.labels) and not (int(self.labels.min()) >= 0 and int(self.labels.max()) < len(names)):
            msg = f"{LABELS} in “{_shown(self.path)}” holds labels without a name."
            raise UserError(msg)
        return replace(images, labels=self.labels, label_names=names)


def read_facts(path: Path) -> Facts:
    """Read what a folder of codes is of. Raises UserError where it is none."""
    try:
        return Facts.model_validate_json((path / FACTS).read_bytes())
    except FileNotFoundError:
        what = f"it holds no {FACTS}" if path.is_dir() else "there is none of that name"
        msg = f"“{_shown(path)}” is no folder of codes: {what}."
        raise UserError(msg) from None
    except OSError as error:
        msg = f"“{_shown(path / FACTS)}” cannot be read: {error.strerror or error}."
        raise UserError(msg) from error
    except ValidationError as error:
        msg = f"“{_shown(path / FACTS)}” is damaged, or of a later version."
        raise UserError(msg) from error


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what a damaged file raises into a UserError."""
    try:
        yield
    except FileNotFoundError:
        msg = f"“{_shown(path.parent)}” holds no {path.name}."
        raise UserError(msg) from None
    except (OSError, ValueError, EOFError) as error:
        msg = f"“{_shown(path)}” is damaged or incomplete."
        raise UserError(msg) from error


def _mapped(path: Path, shape: tuple[int, ...], kind: type[Any]) -> NDArray[Any]:
    with explained(path):
        # A plain view of the mapping: numpy's memmap class itself makes every small slice slow.
        mode: Literal["r"] | None = None if _fits(path) else "r"
        array: NDArray[Any] = np.load(path, mmap_mode=mode, allow_pickle=False).view(np.ndarray)
    array.flags.writeable = False
    if array.shape != shape or array.dtype != kind:
        found = f"{'×'.join(map(str, array.shape))} {array.dtype}"
        wanted = f"{'×'.join(map(str, shape))} {np.dtype(kind)}"
        msg = f"“{_shown(path)}” holds {found} numbers, where {wanted} were expected."
        raise UserError(msg)
    return array


def _bytes_in(path: Path) -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = np.memmap(path, np.uint8, "r")  # refuses an empty file
    return found.copy() if _fits(path) else found


def _fits(path: Path) -> bool:
    """Whether a file is read into memory, where nothing that happens to it matters any more."""
    return path.stat().st_size <= IN_MEMORY


def _shown(path: Path) -> str:
    return printable(str(path))
