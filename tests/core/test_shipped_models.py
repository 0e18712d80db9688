"""The models that come with the program: they open, decode, and show what their README promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from vae_explorer.core.data.base import Images, read_images
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.model import load_model
from vae_explorer.core.resources import resource
from vae_explorer.core.run_folder import RESUME

MODELS = sorted(path.name for path in resource("models").iterdir() if path.is_dir())
MOST_BYTES = 3_000_000


def correlations(name: str, spec: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank correlation of each dimension's mean with something known of the images. -> (D,)."""
    model = load_model(resource("models", name))
    means = encode_images(model, read_images(spec, model.config.data.shape).images).mean
    found = [spearmanr(column, values).statistic if column.std() > 0 else 0.0 for column in means.T]
    return np.array(found, np.float64)


def slants(images: Images) -> NDArray[np.float64]:
    """How far each stroke leans to the right, from the second moments of its ink."""
    ink = images[..., 0].astype(np.float64)
    y, x = np.mgrid[: ink.shape[1], : ink.shape[2]]
    total = ink.sum(axis=(1, 2))
    across = x - ((ink * x).sum(axis=(1, 2)) / total)[:, None, None]
    down = y - ((ink * y).sum(axis=(1, 2)) / total)[:, None, None]
    slant: NDArray[np.float64] = -(ink * across * down).sum(axis=(1, 2)) / (ink * down**2).sum(axis=(1, 2))
    return slant


@pytest.mark.parametrize("name", MODELS)
def test_a_model_opens_and_decodes_and_is_small(name: str) -> None:
    folder: Path = resource("models", name)
    model = load_model(folder)
    images = Decoder(model.config, model.state_dict()).decode(np.zeros((2, model.latent_dims), np.float32))
    assert images.shape == (2, *model.config.data.shape.array_shape)
    assert images.std() > 10
    assert not (folder / RESUME).exists()
    assert sum(file.stat().st_size for file in folder.iterdir()) < MOST_BYTES


def test_a_dimension_of_the_digits_slants_and_another_does_not() -> None:
    found = correlations("digits-10d", "sample:digits", slants(np.asarray(read_images("sample:digits").images)))
    assert abs(found[3]) > 0.8
    assert abs(found[1]) < 0.2


def test_a_dimension_of_the_faces_turns_the_head_and_another_changes_the_expression() -> None:
    spec = "sample:faces:600:7"  # others than those it was trained on
    factors = read_images(spec).factors
    assert factors is not None
    yaw, expression = (correlations("faces-10d", spec, factors.values[:, column]) for column in (0, 1))
    assert abs(yaw[0]) > 0.95
    assert abs(expression[3]) > 0.85
    assert abs(yaw[3]) < 0.2
    assert abs(expression[0]) < 0.2


def test_unused_dimensions_of_the_faces_change_nothing() -> None:
    model = load_model(resource("models", "faces-10d"))
    codes = np.zeros((2, 10), np.float32)
    codes[1, 5:] = 3
    origin, other = Decoder(model.config, model.state_dict()).decode(codes)
    assert np.array_equal(origin, other)
