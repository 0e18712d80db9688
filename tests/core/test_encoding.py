import threading

import numpy as np
import pytest
import torch

from vae_explorer.core.data.base import Cancelled, Progress
from vae_explorer.core.encoding import encode_chunks, encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model


@pytest.fixture
def images(make_images):
    return make_images().images


@pytest.fixture
def model(make_images, make_config):
    return Model.from_config(make_config(make_images()))


def test_codes_are_the_models_own(model, images):
    codes = encode_images(model, images)
    posterior = model.encode(torch.from_numpy(images).permute(0, 3, 1, 2) / 255)
    assert codes.log_var is not None
    np.testing.assert_allclose(codes.mean, posterior.mean.detach(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(codes.log_var, posterior.log_var.detach(), rtol=1e-4, atol=1e-5)
    assert codes.mean.dtype == codes.log_var.dtype == np.float32


def test_pieces_make_up_the_whole(model, images):
    whole = encode_images(model, images)
    starts, pieces = zip(*encode_chunks(model, images, batch=4), strict=True)
    assert starts == (0, 4, 8, 12, 16, 20)
    assert [len(piece) for piece in pieces] == [4, 4, 4, 4, 4, 1]
    np.testing.assert_allclose(np.concatenate([piece.mean for piece in pieces]), whole.mean, rtol=1e-4, atol=1e-5)


def test_the_notes_spread_is_told_as_a_true_log_variance(make_images, make_config, images):
    notes = Model.from_config(make_config(make_images(), objective="notes"))
    codes = encode_images(notes, images)
    heads = notes.network.encode(torch.from_numpy(images).permute(0, 3, 1, 2) / 255).detach()
    assert codes.log_var is not None
    np.testing.assert_allclose(codes.log_var, 2 * heads[:, 1], rtol=1e-4, atol=1e-5)


def test_a_plain_autoencoder_has_no_spread(make_images, make_config, images):
    assert encode_images(Model.from_config(make_config(make_images(), objective="ae")), images).log_var is None


def test_progress_is_told_and_no_images_are_no_trouble(model, images):
    told: list[Progress] = []
    encode_images(model, images, batch=10, on_progress=told.append)
    assert told == [Progress(10, 21), Progress(20, 21), Progress(21, 21)]
    assert encode_images(model, images[:0]).mean.shape == (0, 2)


def test_encoding_is_cancelled_between_pieces(model, images):
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        encode_images(model, images, batch=4, cancel=cancel, on_progress=lambda _: cancel.set())


def test_memory_maps_are_read_and_not_written(tmp_path, model, images):
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert np.array_equal(encode_images(model, mapped).mean, encode_images(model, images).mean)


def test_images_of_another_shape_are_refused(model, make_images):
    with pytest.raises(UserError, match=r"takes images of 8×8×1 .* but these are 9×9×3"):
        encode_images(model, make_images(size=9, channels=3).images)
