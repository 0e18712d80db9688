"""Reading images from HDF5 files: piece by piece, from that file alone, and through no filter but HDF5's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_explorer.core.data.base import printable
from vae_explorer.core.data.stored import (
    IMAGE_NAMES,
    NAMES_OF_FACTORS,
    Array,
    Refused,
    StoredArrays,
    assemble,
    first_named,
    is_image_like,
)

if TYPE_CHECKING:
    import h5py

Datasets = Mapping[str, "h5py.Dataset"]
"""By their full names, without the first “/”."""

_OWN_FILTERS = frozenset([1, 2, 3, 4, 5, 6, 32000])
"""deflate, shuffle, fletcher32, szip, nbit, scale-offset, and h5py's lzf: others are plug-ins, code from elsewhere."""

_MOST_BYTES = 2**30
"""Labels and factors larger than this are refused: they are read as a whole."""

_NAMED_AT_MOST = 5


@contextmanager
def open_hdf5(path: Path, dataset: str) -> Iterator[StoredArrays]:
    """Open the images called `dataset`, or where that is empty the file's only ones, for as long as they are read.

    Raises OSError or Refused.
    """
    import h5py

    with path.open("rb"), _damage_in_words():  # opened here too, since that says more clearly what hinders it
        file = h5py.File(path, "r")
    with file:
        with _damage_in_words():
            stored = _stored(file, path.name, dataset)
        yield stored


@contextmanager
def _damage_in_words() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise Refused("it doesn't fit into this machine's memory") from error
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Refused("it is no HDF5 file, or damaged or cut short") from error


class Hdf5Rows:
    """Images that stay in their file until they are asked for."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self.shape: tuple[int, ...] = dataset.shape
        self.dtype: np.dtype[Any] = dataset.dtype

    def __getitem__(self, rows: slice, /) -> Array:
        """Read rows. Raises Refused where the file is damaged."""
        with _damage_in_words():
            read: Array = self._dataset[rows]
            return read


def _stored(file: h5py.File, file_name: str, wanted: str) -> StoredArrays:
    datasets = _datasets(file)
    name = wanted.strip("/") or _choose(datasets, file_name)
    if name not in datasets:
        raise Refused(f"it holds no “{printable(name)}”, only {_listed(list(datasets)) or 'nothing'}")
    images = _checked(datasets[name])
    count = images.shape[0] if images.shape else 0
    group = name[: name.rfind("/") + 1]
    beside = {key.removeprefix(group): one for key, one in datasets.items() if key.startswith(group)}
    others = () if wanted else tuple(one for one in _image_like(datasets) if one != name)
    stored = assemble(Hdf5Rows(images), lambda names: _beside(beside, names, count))
    stored = replace(stored, taken=name, others=others)
    labels, factors = stored.labels, stored.factors
    if labels is not None and factors is None and labels.ndim == 2 and labels.shape[1] > 1:
        return replace(stored, labels=None, factors=labels)  # as in google-deepmind/3d-shapes
    return stored


def _datasets(file: h5py.File) -> Datasets:
    """Find all datasets; links, which may lead elsewhere, aren't followed."""
    import h5py

    found: dict[str, h5py.Dataset] = {}
    file.visititems(lambda name, item: found.update({name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def _choose(datasets: Datasets, file_name: str) -> str:
    """Return the name of the file's images. Raises Refused where there are none, or several to choose from."""
    able = _image_like(datasets)
    for wanted in IMAGE_NAMES:
        able = [name for name in able if name.rpartition("/")[2].lower() == wanted] or able
    if not able:
        raise Refused(f"it holds no images, only {_listed(list(datasets)) or 'nothing'}")
    if len(able) > 1:
        raise Refused(
            f"it holds several sets of images, {_listed(able)}: choose one by its name, as in "
            f"{printable(file_name)}:{printable(able[0])}"
        )
    return able[0]


def _image_like(datasets: Datasets) -> list[str]:
    return [name for name, one in datasets.items() if is_image_like(one.shape or (), one.dtype)]


def _listed(names: list[str]) -> str:
    shown = list(map(printable, names[:_NAMED_AT_MOST]))
    return ", ".join([*shown, "…"] if len(names) > _NAMED_AT_MOST else shown)


def _checked(dataset: h5py.Dataset) -> h5py.Dataset:
    """Refuse what isn't all in this file, or not to be read without others' code."""
    if dataset.is_virtual or dataset.external:
        raise Refused("its numbers lie in other files; store them in this one")
    settings = dataset.id.get_create_plist()
    filters = {settings.get_filter(index)[0] for index in range(settings.get_nfilters())}
    if not filters <= _OWN_FILTERS:
        raise Refused("it is compressed by a plug-in; store it with gzip, or uncompressed")
    if dataset.size and not dataset.id.get_storage_size():
        raise Refused("it promises numbers, but nothing was ever written")
    return dataset


def _beside(datasets: Datasets, wanted: tuple[str, ...], count: int) -> tuple[str, Array | None]:
    """Read the first of the `wanted` as a whole: numbers, or words. Raises Refused where it can't be had so."""
    import h5py

    name = first_named(datasets, wanted)
    if name is None:
        return "", None
    dataset = _checked(datasets[name])
    if wanted is not NAMES_OF_FACTORS and dataset.shape[:1] != (count,):
        raise Refused(f"its {name} are not one for each of {count} images")
    if dataset.size * dataset.dtype.itemsize > _MOST_BYTES:
        raise Refused(f"its {name} are too large")
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return name, np.asarray(dataset.asstr(errors="replace")[()], dtype=str)
    if dataset.dtype.hasobject:
        raise Refused(f"its {name} are neither numbers nor words")
    return name, np.asarray(dataset[()])
