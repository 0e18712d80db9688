"""The source `sample:NAME[:COUNT[:SEED]]`: images that come with the program. A sample is a file that registers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.base import ImageSet, ImageShape, Progress, Suggestion, printable, sources
from vae_explorer.core.data.names import Numbered
from vae_explorer.core.errors import UserError
from vae_explorer.core.registry import Registry

PREFIX = "sample:"
ALL = "all"
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Portion:
    """Which of a sample's images are wanted."""

    count: int | None = None
    """How many; None for as many as the sample gives unasked."""
    seed: int = 0
    """Images of another seed are other ones, or another choice."""
    everything: bool = False
    """Every image that there is, in order."""

    @property
    def suffix(self) -> str:
        """What follows `sample:NAME` to ask for this."""
        if self.everything:
            return f":{ALL}"
        if self.count is None:
            return ""
        return f":{self.count}" + (f":{self.seed}" if self.seed else "")


class Sample(Protocol):
    """Images that come with the program or are made by it."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    native: ClassVar[ImageShape]
    """The shape that suits them best."""
    count: ClassVar[int]
    """How many there are unasked."""
    limit: ClassVar[int]
    """How many can be asked for."""
    endless: ClassVar[bool]
    """Whether images are drawn at random, so that `all` has no meaning."""

    @classmethod
    def read(
        cls, portion: Portion, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Return a portion that the sample has, at `shape`. Raises UserError or Cancelled."""
        ...


samples: Registry[Sample] = Registry("sample", "vae_explorer.core.data")


@sources.register
class SampleSource:
    """Every `sample:NAME`."""

    name: ClassVar[str] = "sample"
    title: ClassVar[str] = "Sample"
    fills_together: ClassVar[bool] = False
    summary: ClassVar[str] = "Images that come with the program, to explore before opening your own."

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` begins with `sample:`."""
        return spec.startswith(PREFIX)

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Propose the sample's own shape. Raises UserError when there is no such sample."""
        sample, portion = parse_spec(spec)
        return Suggestion(sample.native, size_of(sample, portion))

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read the sample. Raises UserError when there is no such sample, or Cancelled."""
        sample, portion = parse_spec(spec)
        return sample.read(portion, shape or sample.native, on_progress, cancel)


def parse_spec(spec: str) -> tuple[type[Sample], Portion]:
    """Take `sample:NAME`, `sample:NAME:COUNT[:SEED]` or `sample:NAME:all` apart. Raises UserError."""
    name, *rest = spec.removeprefix(PREFIX).split(":")
    sample = samples.get(name)
    if rest == [ALL]:
        return sample, _everything(sample)
    numbers = [int(word) for word in rest if word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS]
    if len(numbers) != len(rest) or len(rest) > 2:
        raise _misunderstood(spec, sample)
    if not numbers:
        return sample, Portion()
    if not 1 <= numbers[0] <= sample.limit:
        msg = f"sample:{name} can have 1 to {spaced(sample.limit)} images, not {spaced(numbers[0])}."
        raise UserError(msg)
    return sample, _usual(sample, Portion(numbers[0], sum(numbers[1:])))


def _misunderstood(spec: str, sample: type[Sample]) -> UserError:
    endings = ("", ":COUNT") if sample.endless else ("", f":{ALL}", ":COUNT")
    ways = ", ".join(f"{PREFIX}{sample.name}{ending}" for ending in endings)
    return UserError(f"“{printable(spec)}” isn't understood; there are {ways} and {PREFIX}{sample.name}:COUNT:SEED.")


def _everything(sample: type[Sample]) -> Portion:
    if sample.endless:
        name = sample.name
        msg = f"sample:{name} is drawn without end, so there is no “{ALL}”; say how many, as in sample:{name}:5000."
        raise UserError(msg)
    return Portion() if sample.count == sample.limit else Portion(everything=True)


def _usual(sample: type[Sample], portion: Portion) -> Portion:
    """Return the shortest way to say the same."""
    return Portion() if portion == Portion(sample.count) else portion


def size_of(sample: type[Sample], portion: Portion) -> int:
    """Return how many images a portion has."""
    if portion.everything:
        return sample.limit
    return sample.count if portion.count is None else portion.count


def choose(total: int, count: int, seed: int) -> NDArray[np.int64]:
    """Choose `count` of `total` without replacement; a smaller choice of the same seed is the beginning of a larger."""
    return np.random.default_rng(seed).permutation(total)[:count].astype(np.int64)


def spaced(number: int) -> str:
    """Write a number for a title: “20 000”."""
    return f"{number:,}".replace(",", " ")


def numbered(what: str, count: int) -> Sequence[str]:
    """Name images one after another, with as many digits as the last one needs: “face 0000”."""
    return Numbered(what, count)
