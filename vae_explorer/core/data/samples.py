"""The source `sample:NAME`: images that come with the program. A sample is one file that registers its class."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar, Protocol

from vae_explorer.core.data.base import ImageSet, ImageShape, Progress, Suggestion, sources
from vae_explorer.core.registry import Registry

PREFIX = "sample:"


class Sample(Protocol):
    """Images that come with the program or are made by it."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    native: ClassVar[ImageShape]
    """The shape that suits them best."""
    count: ClassVar[int]

    @classmethod
    def read(cls, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event) -> ImageSet:
        """Return all images at `shape`. Raises UserError or Cancelled."""
        ...


samples: Registry[Sample] = Registry("sample", "vae_explorer.core.data")


@sources.register
class SampleSource:
    """Every `sample:NAME`."""

    name: ClassVar[str] = "sample"
    title: ClassVar[str] = "Sample"
    summary: ClassVar[str] = "Images that come with the program, to explore before opening your own."

    @classmethod
    def recognises(cls, spec: str) -> bool:
        """Whether `spec` begins with `sample:`."""
        return spec.startswith(PREFIX)

    @classmethod
    def suggest(cls, spec: str) -> Suggestion:
        """Propose the sample's own shape. Raises UserError when there is no such sample."""
        sample = _sample_of(spec)
        return Suggestion(sample.native, sample.count)

    @classmethod
    def read(
        cls, spec: str, shape: ImageShape | None, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Read the sample. Raises UserError when there is no such sample, or Cancelled."""
        sample = _sample_of(spec)
        return sample.read(shape or sample.native, on_progress, cancel)


def _sample_of(spec: str) -> type[Sample]:
    return samples.get(spec.removeprefix(PREFIX))
