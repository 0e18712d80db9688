import math

import numpy as np
import pytest

from vae_explorer.core.metrics.similarity import psnr, ssim


@pytest.fixture
def images():
    ramp = np.linspace(0, 255, 24)
    smooth = np.add.outer(ramp, ramp[::-1]) / 2
    noise = np.random.default_rng(0).integers(0, 256, (24, 24))
    return np.stack([smooth, noise])[..., None].repeat(3, axis=3).astype(np.uint8)


def test_psnr_is_analytic():
    grey = np.full((2, 8, 8, 1), 100, np.uint8)
    assert psnr(grey, grey + np.uint8(5)) == pytest.approx(10 * math.log10(255**2 / 25))
    # Of two images one came back exactly: half of the squared error.
    assert psnr(grey, grey + np.array([0, 5], np.uint8)[:, None, None, None]) == pytest.approx(
        10 * math.log10(255**2 / 12.5)
    )
    assert psnr(np.zeros_like(grey), grey * 0 + 255) == pytest.approx(0)


def test_equal_images(images):
    assert psnr(images, images) == math.inf
    assert ssim(images, images) == pytest.approx(1)


def test_ssim_of_flat_images_is_the_luminance_term():
    a, b = 60.0, 180.0
    flat = np.full((1, 16, 16, 1), int(a), np.uint8)
    c1 = (0.01 * 255) ** 2
    assert ssim(flat, flat * 3) == pytest.approx((2 * a * b + c1) / (a**2 + b**2 + c1))


def test_ssim_is_what_wang_2004_says(images):
    """By the definition, window by window: weights of a Gaussian 11 × 11, σ = 1.5."""
    one = images[:1, :, :, :1].astype(float)[0, ..., 0]
    other = np.clip(one + np.random.default_rng(1).normal(0, 20, one.shape), 0, 255).round()
    offsets = np.arange(-5, 6)
    weights = np.exp(-np.add.outer(offsets**2, offsets**2) / (2 * 1.5**2))
    weights /= weights.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for row in range(5, 19):
        for column in range(5, 19):
            x, y = (image[row - 5 : row + 6, column - 5 : column + 6] for image in (one, other))
            mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
            var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
            covariance = (weights * (x - mean_x) * (y - mean_y)).sum()
            luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
            values.append(luminance * (2 * covariance + c2) / (var_x + var_y + c2))
    found = ssim(one[None, ..., None].astype(np.uint8), other[None, ..., None].astype(np.uint8))
    assert found == pytest.approx(np.mean(values))


def test_less_alike_is_less(images):
    noise = np.random.default_rng(1).normal(0, 1, images.shape)
    values = [ssim(images, np.clip(images + noise * much, 0, 255).astype(np.uint8)) for much in (5, 20, 80)]
    assert 1 > values[0] > values[1] > values[2] > 0


def test_images_smaller_than_the_window():
    tiny = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 1), np.uint8)
    assert ssim(tiny, tiny) == pytest.approx(1)
    assert ssim(tiny, 255 - tiny) < 0.5
