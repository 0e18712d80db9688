"""What metrics are measured on: a model, images, and a sample of their codes that all of them share."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from threading import Event

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.batches import Indices, chunks
from vae_explorer.core.classes import Labels, labels_for
from vae_explorer.core.data.base import Cancelled, Images, ImageSet
from vae_explorer.core.encoding import BATCH, Codes, check_shape, encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics.base import NotApplicable, Tick, ignore_tick
from vae_explorer.core.metrics.factors import VaryingFactors, varying
from vae_explorer.core.model import Model

Floats = NDArray[np.float64]

SAMPLE = 10_000
"""Images whose codes are compared with factors, labels and the prior, at most; disentanglement_lib takes as many."""

LEAST_FACTORED = 100
"""Images with true factors, for metrics to say something."""

IMPORTANCE_SAMPLES = 100
"""Codes drawn for each image by default."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Images chosen at random, in random order: the first n of them are a random choice too."""

    indices: Indices
    """(n,) numbers of the images."""
    codes: Codes
    factors: VaryingFactors | None
    """The true factors that vary among these images, where the source knows them."""

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def means(self) -> Floats:
        """(n, D) posterior means."""
        return self.codes.mean.astype(np.float64)


class Subject:
    """A model and the images to measure it on. The same seed gives the same figures.

    Once `cancel` is set, `tick` raises Cancelled.
    """

    def __init__(
        self,
        model: Model,
        images: ImageSet,
        *,
        seed: int = 0,
        importance_samples: int = IMPORTANCE_SAMPLES,
        cancel: Event | None = None,
    ) -> None:
        check_shape(model, images.images)
        if not len(images):
            msg = "There are no images to evaluate the model on."
            raise UserError(msg)
        self.model = model
        self.classes = labels_for(model.config.model.classes, images)
        """(N,) the classes as a conditional model numbers them; None for others."""
        self.images = images
        self.seed = seed
        self.importance_samples = importance_samples
        self.on_tick: Tick = ignore_tick
        """Told how much of the metric under way is done."""
        self._cancel = cancel or Event()

    @property
    def has_posterior(self) -> bool:
        """Whether the encoder gives distributions over codes, and not single codes."""
        return self.model.config.model.posterior != "none"

    def tick(self, done: int, total: int) -> None:
        """Tell how far the metric under way is. Raises Cancelled."""
        if self._cancel.is_set():
            raise Cancelled
        self.on_tick(done, total)

    def random(self, purpose: str) -> np.random.Generator:
        """Return random numbers for one purpose, whatever else is measured."""
        return np.random.default_rng((self.seed, zlib.crc32(purpose.encode())))

    def pixels(self, indices: Indices) -> Images:
        """Read the images at `indices`. -> (n, H, W, C)."""
        return np.array(self.images.images[indices])

    def classes_of(self, indices: Indices) -> Labels | None:
        """Read the classes of the images at `indices`, (n,), for a conditional model."""
        return None if self.classes is None else self.classes[indices]

    @cached_property
    def sample(self) -> Sample:
        """A random choice of at most `SAMPLE` images with their codes. Raises UserError, Cancelled."""
        indices = self.random("sample").permutation(len(self.images))[:SAMPLE]
        codes = self._encode(indices)
        if not np.isfinite(codes.mean).all():
            msg = "The model's codes of these images are not finite numbers, so nothing can be measured on them."
            raise UserError(msg)
        factors = self.images.factors
        return Sample(indices, codes, None if factors is None else varying(factors, indices))

    @property
    def factors(self) -> VaryingFactors:
        """The true factors of the sample. Raises NotApplicable where there are none."""
        factors = self.sample.factors
        if factors is None:
            msg = "Needs images with true factors: sample:faces, sample:shapes, or an npz or HDF5 file with factors."
            raise NotApplicable(msg)
        if not len(factors) or len(self.sample) < LEAST_FACTORED:
            msg = f"Needs true factors that vary, of at least {LEAST_FACTORED} images."
            raise NotApplicable(msg)
        return factors

    def _encode(self, indices: Indices) -> Codes:
        pieces = []
        for done, some in enumerate(chunks(indices, BATCH)):
            self.tick(done * BATCH, len(indices))
            pieces.append(encode_images(self.model, self.images.images[some], labels=self.classes_of(some)))
        log_vars = [piece.log_var for piece in pieces if piece.log_var is not None]
        means = np.concatenate([piece.mean for piece in pieces])
        return Codes(means, np.concatenate(log_vars) if log_vars else None)
