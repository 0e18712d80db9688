"""Densities of diagonal Gaussians and of their mixture, the aggregated posterior."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def log_normal(z: Floats, mean: Floats | float, log_var: Floats | float) -> Floats:
    """Log-density of N(mean, exp(log_var)) at z, element by element, in nats."""
    squares = (z - mean) ** 2 * np.exp(-np.asarray(log_var))
    return np.asarray(-0.5 * (squares + log_var + math.log(2 * math.pi)))


def log_mean_exp(values: Floats, axis: int = -1) -> Floats:
    """Logarithm of the mean of exp(values) along an axis, without overflow."""
    largest = values.max(axis=axis, keepdims=True)
    means = np.exp(values - largest).mean(axis=axis, keepdims=True)
    return np.asarray((np.log(means) + largest).squeeze(axis))


def draw(mean: Floats, log_var: Floats | None, random: np.random.Generator) -> Floats:
    """Draw a code from each posterior, (n, D); a plain autoencoder's code is its mean."""
    if log_var is None:
        return mean
    return np.asarray(mean + np.exp(0.5 * log_var) * random.standard_normal(mean.shape))
