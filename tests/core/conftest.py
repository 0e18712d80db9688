"""What the tests of the core share: small sets of images, and configurations that train on them in no time."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.core.trainings import watch
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.run_folder import RunFolder

MakeImages = Callable[..., ImageSet]
MakeConfig = Callable[..., RunConfig]


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def make_images() -> MakeImages:
    def make(count: int = 21, size: int = 8, channels: int = 1, seed: int = 0) -> ImageSet:
        pixels = np.random.default_rng(seed).integers(0, 256, (count, size, size, channels), np.uint8)
        return ImageSet(
            source="/images",
            title="images",
            images=pixels,
            paths=tuple(f"{number}.png" for number in range(count)),
            labels=None,
            label_names=(),
            shape=ImageShape(size, 3 if channels == 3 else 1),
        )

    return make


@pytest.fixture
def make_config() -> MakeConfig:
    def make(images: ImageSet, **wishes: str | float | None) -> RunConfig:
        small: dict[str, str | float | None] = {
            "network": "mlp",
            "hidden": "16,8",
            "epochs": 3,
            "batch_size": 8,
            "device": "cpu",
        }
        small |= wishes
        if small["network"] != "mlp":
            del small["hidden"]
        return configure(images, settings=small)

    return make


@pytest.fixture
def images(make_images):
    return make_images()


@pytest.fixture
def config(images, make_config):
    return make_config(images)


@pytest.fixture
def uninterrupted(tmp_path, config, images):
    folder = RunFolder.create(tmp_path / "uninterrupted", config)
    watch(config, images, folder)
    return folder
