"""How alike images are: PSNR and SSIM, in numpy and scipy."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from vae_explorer.core.data.base import Images

LARGEST = 255.0

SIGMA, RADIUS = 1.5, 5
"""The Gaussian window of 11 × 11 pixels."""

_K1, _K2 = 0.01, 0.03


def psnr(one: Images, other: Images) -> float:
    """Peak signal-to-noise ratio of 8-bit images in dB, by the squared error pooled over all of them.

    (N, H, W, C) twice; infinite where they are equal. Pooled, since a mean over images would be infinite as soon as one
    of them came back exactly.
    """
    error = sum(float(((a.astype(float) - b) ** 2).sum()) for a, b in zip(one, other, strict=True)) / one.size
    return 10 * math.log10(LARGEST**2 / error) if error else math.inf


def ssim(one: Images, other: Images) -> float:
    """Mean structural similarity of 8-bit images, (N, H, W, C) twice; channels are averaged. Wang et al. 2004.

    K₁ = 0.01, K₂ = 0.03, a Gaussian window with σ = 1.5 cut off at 11 × 11 pixels, and only where the whole window is
    inside of the image; images that are smaller than it are mirrored at their edges.
    """
    return float(np.mean([_ssim(a.astype(np.float64), b.astype(np.float64)) for a, b in zip(one, other, strict=True)]))


def _ssim(one: np.ndarray, other: np.ndarray) -> float:
    mean_one, mean_other = _smooth(one), _smooth(other)
    variance_one = _smooth(one * one) - mean_one**2
    variance_other = _smooth(other * other) - mean_other**2
    covariance = _smooth(one * other) - mean_one * mean_other
    c1, c2 = (_K1 * LARGEST) ** 2, (_K2 * LARGEST) ** 2
    luminance = (2 * mean_one * mean_other + c1) / (mean_one**2 + mean_other**2 + c1)
    structure = (2 * covariance + c2) / (variance_one + variance_other + c2)
    return float(_inside(luminance * structure).mean())


def _smooth(image: np.ndarray) -> np.ndarray:
    return np.asarray(gaussian_filter(image, (SIGMA, SIGMA, 0), radius=(RADIUS, RADIUS, 0)))


def _inside(similarity: np.ndarray) -> np.ndarray:
    """Leave out the border, where the window would reach over the image's edge."""
    fits = min(similarity.shape[:2]) > 2 * RADIUS
    return similarity[RADIUS:-RADIUS, RADIUS:-RADIUS] if fits else similarity
