import numpy as np
import pytest

from vae_explorer.core.latent.spreads import BINS, MOST_IMAGES, SIGMA_RANGE, Spreads


def spreads_of(log_var, kind="log_var", mean=None):
    log_var = np.asarray(log_var, np.float32)
    return Spreads.of(np.zeros_like(log_var) if mean is None else np.asarray(mean, np.float32), log_var, kind)


def test_sigma_stands_in_the_bin_that_it_belongs_to():
    spreads = spreads_of(np.column_stack([np.full(10, -5.0), np.full(10, 0.1)]))
    low, high = SIGMA_RANGE
    for histogram, sigma in zip(spreads.histograms, (-5.0, 0.1), strict=True):
        assert histogram.argmax() == int((sigma - low) / (high - low) * BINS)
        assert histogram.sum() == pytest.approx(1)


def test_what_lies_beyond_the_range_is_counted_at_its_ends():
    (histogram,) = spreads_of([[-30.0], [-30.0], [20.0], [0.0]]).histograms
    assert histogram[0] == pytest.approx(0.5)
    assert histogram[-1] == pytest.approx(0.25)


def test_the_notes_sigma_is_half_of_the_log_variance():
    log_var = np.full((5, 1), -3.0)
    assert spreads_of(log_var).median == pytest.approx(-3)
    assert spreads_of(log_var, "log_std").median == pytest.approx(-1.5)
    for kind in ("log_var", "log_std"):
        assert spreads_of(log_var, kind).std == pytest.approx(np.exp(-1.5))


def test_a_posterior_that_is_the_prior_has_collapsed_and_a_narrow_one_is_a_point():
    spreads = spreads_of([[0.0, -12.0, -2.0]] * 4, mean=[[0.0, 1.0, 1.0]] * 4)
    assert spreads.collapsed.tolist() == [True, False, False]
    assert spreads.pointlike.tolist() == [False, True, False]


def test_of_many_images_some_are_counted_and_it_says_how_many():
    spreads = spreads_of(np.zeros((3 * MOST_IMAGES + 1, 1)))
    assert spreads.images <= MOST_IMAGES
    assert spreads.images > MOST_IMAGES / 2


def test_the_kl_is_that_of_all_images_however_many_are_counted():
    log_var = np.zeros((2 * MOST_IMAGES, 1))
    log_var[1::2] = -2
    spreads = spreads_of(log_var)
    assert spreads.images == MOST_IMAGES
    assert spreads.median == pytest.approx(0)
    assert spreads.kl == pytest.approx(0.25 * (np.expm1(-2) + 2))
