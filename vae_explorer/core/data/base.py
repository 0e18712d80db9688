"""What every image source yields: an ImageSet, and how it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.errors import UserError
from vae_explorer.core.registry import Registry

Images = NDArray[np.uint8]
"""(N, H, W, C) uint8, C = 1 (grey) or 3 (RGB); may be memory-mapped and read-only."""


class ImageRows(Protocol):
    """Images of which some are read at a time: `Images`, or those that stay in their file and are read by position."""

    @property
    def shape(self) -> tuple[int, ...]:
        """As numpy's: (N, H, W, C)."""
        ...

    @property
    def nbytes(self) -> int:
        """As numpy's."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __getitem__(self, rows: Any, /) -> Any:
        """Read one image, or those of a slice or of indices. Raises ChangedError where they are in a file."""
        ...

    def __array__(self) -> NDArray[Any]: ...


Fit = Literal["crop", "pad", "stretch"]

_MOST_SORTED = 1 << 17


@dataclass(frozen=True)
class ImageShape:
    """The one shape that all images of a set are brought to."""

    size: int
    channels: Literal[1, 3]
    fit: Fit = "crop"

    @property
    def array_shape(self) -> tuple[int, int, int]:
        """The shape of one image's array: height, width, channels."""
        return self.size, self.size, self.channels


@dataclass(frozen=True)
class Skipped:
    """An image that could not be read, and why, in words for a person."""

    path: str
    reason: str


@dataclass(frozen=True)
class Factor:
    """One of the quantities that images were drawn from: “yaw”, say."""

    name: str
    categories: int | None = None
    """How many values it takes, 0 to categories − 1, where it is a choice or a grid; None where it is continuous."""


@dataclass(frozen=True, eq=False)
class Factors:
    """The true factors of every image, for metrics of disentanglement. Nobody writes to them."""

    factors: tuple[Factor, ...]
    values: NDArray[np.float64]
    """(N, K) with a column for each factor."""


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images of one shape with what is known of each. Compared by identity; never written to."""

    source: str
    """The IMAGES specification that gives it again: absolute for files, `sample:…` for samples."""
    title: str
    """A few words for the window: “5 000 handwritten digits”, a folder's name."""
    images: ImageRows
    paths: Sequence[str]
    """For each image its path relative to the source, or a name such as “digit 17”. Not always valid Unicode.
    Of very many a `names.Names`, which makes them one at a time."""
    labels: NDArray[np.int64] | None
    """(N,) index into `label_names`, or None where the source has no labels."""
    label_names: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    shape: ImageShape = field(default=ImageShape(28, 1))
    factors: Factors | None = None
    """What the images were drawn from, where that is known."""
    note: str = ""
    """A sentence on what was taken where nobody has said which; empty as a rule."""

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Suggestion:
    """What a quick look at a source says of it, to fill in settings with."""

    shape: ImageShape
    count: int


@dataclass(frozen=True)
class Progress:
    """How far reading has come. `total` is 0 while it isn't known."""

    done: int
    total: int
    skipped: int = 0


class Cancelled(Exception):  # noqa: N818  # not an error: the person asked for it
    """Reading was cancelled through its event."""


def ignore_progress(_progress: Progress) -> None:
    """Report to nobody."""


class ImageSource(Protocol):
    """A kind of source. `read` brings all images to `shape`, reports progress and stops soon after `cancel` is set."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    fills_together: ClassVar[bool]
    """Whether processes that read it at once share the work of filling the cache; else one reads before the others."""

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` (the IMAGES argument) is of this kind. Quick, and never raises."""
        ...

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Look at a few images and propose a shape. Raises UserError."""
        ...

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read the whole source at `shape` (None: the suggested one). Raises UserError or Cancelled."""
        ...


STREAM_PREFIX = "hf:"
"""What a stream of Hugging Face's library begins with."""

sources: Registry[ImageSource] = Registry("image source", "vae_explorer.core.data")


def source_of(spec: str) -> type[ImageSource]:
    """Find the source that recognises `spec`. Raises UserError in words that fit what was given."""
    if not spec:  # which as a path would be the folder that happens to be the working one
        msg = "No images are named: give a folder, a file or a sample such as sample:digits."
        raise UserError(msg)
    for source in sources.parts():
        if source.recognises(spec):
            return source
    raise _unrecognised(spec)


def fills_together(spec: str) -> bool:
    """Whether processes that read `spec` at once share the work. Raises UserError."""
    return source_of(spec).fills_together


def suggest(spec: str) -> Suggestion:
    """Propose a shape for the images at `spec`. Raises UserError."""
    return source_of(spec).suggest(spec)


def read_images(
    spec: str,
    shape: ImageShape | None = None,
    on_progress: Callable[[Progress], None] = ignore_progress,
    cancel: threading.Event | None = None,
) -> ImageSet:
    """Read the images at `spec`, brought to `shape` (None: what suits them). Raises UserError or Cancelled."""
    return source_of(spec).read(spec, shape, on_progress, cancel or threading.Event())


def _unrecognised(spec: str) -> UserError:
    shown = printable(spec)
    try:
        Path(spec).stat()
    except (FileNotFoundError, NotADirectoryError):
        return UserError(f"There is no folder or file “{shown}”.")
    except (OSError, ValueError) as error:
        return UserError(f"“{shown}” can't be opened ({getattr(error, 'strerror', None) or error}).")
    return UserError(
        f"“{shown}” is neither a folder nor an image array (.npy, .npz, HDF5, idx); open a folder of images."
    )


def spread(images: ImageSet, count: int) -> NDArray[np.int64]:
    """Choose `count` images evenly, sorted by label where there are labels: of very many among some, as even."""
    order = np.arange(0, len(images), max(1, len(images) // _MOST_SORTED))
    if images.labels is not None:
        labels = images.labels[:: order[1] if len(order) > 1 else 1]
        # Numbers of 16 bits are sorted by counting, several times as fast.
        few = len(images.label_names) < 2**15
        order = order[np.argsort(labels.astype(np.int16) if few else labels, kind="stable")]
    places = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(np.int64)
    return order[places].astype(np.int64)


def printable(path: str) -> str:
    """Make a path that isn't valid Unicode fit to show: undecodable bytes become “�”."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
