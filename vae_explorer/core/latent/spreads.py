"""How wide the posteriors of images are, dimension by dimension: what tells a VAE from an autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.config import PosteriorKind
from vae_explorer.core.latent.ranking import COLLAPSED_NATS, kl_per_dim

Floats = NDArray[np.float32]

SIGMA_RANGE: Final = (-12.0, 2.0)
"""Of the histograms. What lies beyond is counted in the first and the last bin."""

BINS: Final = 84

MOST_IMAGES: Final = 8192
"""Of more images, so many in even steps are counted; the KL is that of all, as everywhere in the window."""

NEARLY_POINTS: Final = 0.01
"""Posteriors of a smaller standard deviation, beside the prior's 1, are points as far as a person can see."""


@dataclass(frozen=True, eq=False)
class Spreads:
    """σ, the encoder's second output, over a set of images, as the model means it: a log-variance or a log-std."""

    histograms: Floats
    """(D, BINS) shares of the images in equal bins across `SIGMA_RANGE`."""
    median: Floats
    """(D,) of σ."""
    std: Floats
    """(D,) median standard deviation of a code."""
    kl: Floats
    """(D,) nats, averaged over all images."""
    images: int
    """How many were counted for histograms and medians."""

    @classmethod
    def of(cls, mean: Floats, log_var: Floats, kind: PosteriorKind) -> Spreads:
        """Count the posteriors with these means and log-variances, (N, D) each."""
        counted = log_var[:: -(-len(log_var) // MOST_IMAGES)]
        sigma = counted / 2 if kind == "log_std" else counted
        clipped = np.clip(sigma, *SIGMA_RANGE)
        counts = [np.histogram(column, BINS, SIGMA_RANGE)[0] for column in clipped.T]
        return cls(
            histograms=(np.stack(counts) / len(sigma)).astype(np.float32),
            median=np.median(sigma, axis=0),
            std=np.exp(0.5 * np.median(counted, axis=0)),
            kl=kl_per_dim(mean, log_var),
            images=len(sigma),
        )

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        """(D,) whether a dimension says nothing of an image: its posterior is the prior."""
        return self.kl < COLLAPSED_NATS

    @property
    def pointlike(self) -> NDArray[np.bool_]:
        """(D,) whether codes are points in a dimension, as an autoencoder's are."""
        return self.std < NEARLY_POINTS
