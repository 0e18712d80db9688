"""Choosing a few images of many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vae_explorer.core.data import base
from vae_explorer.core.data.base import ImageSet, spread

COUNT = 1000


def images(labels: Any, names: int) -> ImageSet:
    return ImageSet(
        source="/images",
        title="images",
        images=np.zeros((COUNT, 1, 1, 1), np.uint8),
        paths=("",) * COUNT,
        labels=labels,
        label_names=tuple(map(str, range(names))),
    )


@pytest.mark.parametrize("names", [10, 40_000])
def test_every_label_has_its_share(names: int) -> None:
    labels = np.random.default_rng(0).permutation(COUNT) % 10 * (names // 10)
    chosen = spread(images(labels, names), 10)
    assert labels[chosen].tolist() == sorted(set(labels))


def test_without_labels_they_stand_evenly() -> None:
    assert spread(images(None, 0), 4).tolist() == [0, 333, 666, 999]


def test_no_more_than_there_are() -> None:
    assert sorted(spread(images(np.arange(COUNT) % 3, 3), COUNT + 1).tolist()) == list(range(COUNT))


def test_of_very_many_they_are_chosen_among_some_as_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_MOST_SORTED", 100)
    labels = np.random.default_rng(0).permutation(COUNT) % 2
    assert labels[spread(images(labels, 2), 10)].tolist() == [0] * 5 + [1] * 5
    assert spread(images(None, 0), 3).tolist() == [0, 500, 990]
