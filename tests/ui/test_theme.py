"""Colours are told apart by people who see no red or no green, too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from vae_explorer.core.shades import STEPS
from vae_explorer.ui import theme

Doubles = NDArray[np.float64]

SIGHTS = {
    "ordinary": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ]),
}  # fmt: skip
"""What linear RGB becomes: Machado, Oliveira & Fernandes 2009, at full severity."""

TOLD_APART = 14.0
"""CIE 1976 ΔE: several times what is just noticed side by side."""


def lab(colours: list[QColor], sight: str) -> Doubles:
    """CIE L*a*b* (n, 3) of colours as seen, under D65."""
    rgb = np.array([(colour.redF(), colour.greenF(), colour.blueF()) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SIGHTS[sight].T, 0, 1)
    to_xyz = np.array([
        [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]
    ])  # fmt: skip
    xyz = seen @ to_xyz.T / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_categories_look_alike(sight: str) -> None:
    seen = lab([theme.category_colour(number) for number in range(len(theme.CATEGORIES))], sight)
    closest = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))
    assert closest > TOLD_APART


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_scale_grows_lighter_all_the_way(sight: str) -> None:
    seen = lab([theme.scale_colour(step / (STEPS - 1)) for step in range(STEPS)], sight)
    assert (np.diff(seen[:, 0]) > 0).all()
    steps = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    assert steps.max() < 4 * steps.min()


@pytest.mark.parametrize("colours", [theme.CATEGORIES, theme.SCALE])
def test_all_stand_out_from_the_ground(colours: tuple[str, ...]) -> None:
    ground, *seen = lab([QColor(theme.BACKGROUND), *map(QColor, colours)], "ordinary")
    assert min(float(np.linalg.norm(one - ground)) for one in seen) > 2 * TOLD_APART


def test_beyond_its_ends_the_scale_keeps_their_colours() -> None:
    assert theme.scale_colour(-1) == theme.scale_colour(0) == QColor(theme.SCALE[0])
    assert theme.scale_colour(2).name() == theme.scale_colour(1).name() == theme.SCALE[-1]
