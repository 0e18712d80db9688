import io

import numpy as np
import pytest
from PIL import Image

from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.metrics.similarity import psnr, ssim
from vae_explorer.core.metrics.storage import Storage, png_bytes
from vae_explorer.core.metrics.subject import Subject
from vae_explorer.core.model import Model


@pytest.mark.parametrize("channels", [1, 3])
def test_what_comes_back_is_what_the_decoder_makes_of_the_codes(make_images, make_config, channels):
    images = make_images(count=30, channels=channels)
    model = Model.from_config(make_config(images, latent_dims=5))
    told = Storage.measure(Subject(model, images))
    restored = Decoder(model.config, model.state_dict()).decode(encode_images(model, images.images).mean)
    assert told["psnr_db"] == pytest.approx(psnr(images.images, restored), abs=0.01)
    assert told["ssim"] == pytest.approx(ssim(images.images, restored), abs=0.001)
    assert (told["code_bytes"], told["raw_bytes"], told["images"]) == (20, 64 * channels, 30)
    assert told["model_bytes"] == sum(4 * weights.numel() for weights in model.parameters())


def test_png_is_whole_and_as_small_as_it_gets():
    image = (np.random.default_rng(0).integers(0, 2, (32, 32, 3)) * 255).astype(np.uint8)
    plain = io.BytesIO()
    Image.fromarray(image).save(plain, "PNG", compress_level=1)
    assert 32 * 32 * 3 / 8 < png_bytes(image) < plain.tell()


def test_of_large_images_fewer_are_taken(make_images, make_config, monkeypatch):
    monkeypatch.setattr("vae_explorer.core.metrics.storage.PIXELS_AT_MOST", 64 * 7)
    images = make_images(count=30)
    assert Storage.measure(Subject(Model.from_config(make_config(images)), images))["images"] == 7
