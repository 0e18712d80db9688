"""The sample `sample:digits`: 5 000 digits of MNIST. Their origin and licence stand in resources/samples/README.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from vae_explorer.core.data.base import ImageSet, ImageShape, Progress
from vae_explorer.core.data.fitting import fit_array
from vae_explorer.core.data.samples import PREFIX, Portion, choose, samples, spaced
from vae_explorer.core.resources import resource


@samples.register
class Digits:
    """Handwritten digits, 500 of each."""

    name: ClassVar[str] = "digits"
    title: ClassVar[str] = "5 000 handwritten digits"
    summary: ClassVar[str] = "Digits 0 to 9 from MNIST, 28×28 pixels in grey, with their labels."
    native: ClassVar[ImageShape] = ImageShape(28, 1)
    count: ClassVar[int] = 5000
    limit: ClassVar[int] = 5000
    endless: ClassVar[bool] = False

    @classmethod
    def read(
        cls, portion: Portion, shape: ImageShape, on_progress: Callable[[Progress], None], cancel: threading.Event
    ) -> ImageSet:
        """Return digits at `shape`. Raises UserError when the packaged file is missing, or Cancelled."""
        with np.load(resource("samples", "digits.npz")) as stored:
            digits, labels = stored["images"][..., None], stored["labels"].astype(np.int64)
        chosen = choose(cls.count, portion.count, portion.seed) if portion.count else np.arange(cls.count)
        images = fit_array(digits[chosen], shape, on_progress, cancel)
        images.flags.writeable = False
        on_progress(Progress(len(images), len(images)))
        return ImageSet(
            source=PREFIX + cls.name + portion.suffix,
            title=f"{spaced(len(images))} handwritten digit{'s' if len(images) > 1 else ''}",
            images=images,
            paths=tuple(f"digit {index:04}" for index in chosen),
            labels=labels[chosen],
            label_names=tuple("0123456789"),
            shape=shape,
        )
