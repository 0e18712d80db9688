from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from vae_explorer.core.data.base import Cancelled, Progress, read_images
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import BATCH, encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.misfit import measure_misfit
from vae_explorer.core.model import Model, load_model


@pytest.fixture
def model(trained: Path) -> Model:
    return load_model(trained)


def pixels_of(model: Model) -> np.ndarray:
    data = model.config.data
    return np.asarray(read_images(data.source, data.shape).images)


def test_the_squared_error_is_that_of_what_is_decoded(model: Model) -> None:
    images = pixels_of(model)
    decoded = Decoder(model.config, model.state_dict()).decode(encode_images(model, images).mean)
    expected = np.square((decoded.astype(float) - images) / 255).mean(axis=(1, 2, 3))
    assert measure_misfit(model, images).squared_error == pytest.approx(expected, abs=2e-3)


def test_each_image_has_its_own_whatever_else_is_measured(model: Model) -> None:
    images = np.concatenate([pixels_of(model)] * (BATCH // 10))
    many, one = measure_misfit(model, images), measure_misfit(model, images[-1:])
    assert len(images) > BATCH
    assert many.nll[-1] == pytest.approx(one.nll[0], rel=1e-4)
    assert many.squared_error[-1] == pytest.approx(one.squared_error[0], rel=1e-4)
    assert np.isfinite(many.nll).all()


def test_it_tells_how_far_it_is_and_can_be_given_up(model: Model) -> None:
    images = pixels_of(model)
    told: list[Progress] = []
    measure_misfit(model, images, on_progress=told.append)
    assert told[-1] == Progress(len(images), len(images))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        measure_misfit(model, images, cancel=cancel)


def test_images_of_another_shape_are_refused(model: Model) -> None:
    with pytest.raises(UserError, match="takes images of"):
        measure_misfit(model, np.zeros((2, 9, 9, 1), np.uint8))
