import numpy as np
import pytest

from vae_explorer.core.data.base import Factor, Factors
from vae_explorer.core.metrics.factors import BINS, MOST_CLASSES, binned, varying


def of_columns(*columns, sizes) -> Factors:
    named = tuple(Factor(f"factor {place}", size) for place, size in enumerate(sizes))
    return Factors(named, np.array(columns, np.float64).T)


def test_factors_that_do_not_vary_are_left_out():
    factors = varying(of_columns([1, 1, 1, 1], [0, 2, 2, 0], sizes=(3, 3)), np.arange(4))
    assert factors.names == ("factor 1",)
    assert factors.classes.tolist() == [[0], [1], [1], [0]]
    assert factors.counts == [2]


def test_only_the_images_asked_for_count():
    factors = varying(of_columns([0, 1, 1, 1], [0, 1, 2, 3], sizes=(2, 4)), np.array([3, 1]))
    assert factors.names == ("factor 1",)
    assert factors.values.tolist() == [[3], [1]]


def test_a_continuous_factor_is_cut_into_classes_of_equal_width():
    column = np.linspace(-3, 5, 1001)
    factors = varying(of_columns(column, column, sizes=(None, None)), np.arange(1001))
    assert factors.counts == [BINS, BINS]
    widths = [np.ptp(column[factors.classes[:, 0] == number]) for number in range(BINS)]
    assert widths == pytest.approx([8 / BINS] * BINS, abs=0.02)


def test_a_factor_of_very_many_values_is_taken_for_continuous():
    column = np.arange(2.0 * MOST_CLASSES)
    assert varying(of_columns(column, sizes=(len(column),)), np.arange(len(column))).counts == [BINS]


def test_bins_are_those_of_a_histogram():
    column = np.random.default_rng(0).normal(size=500)
    assert np.array_equal(np.bincount(binned(column), minlength=BINS), np.histogram(column, BINS)[0])


def test_a_constant_is_one_class():
    assert set(binned(np.full(9, 4.0))) == {BINS // 2}
