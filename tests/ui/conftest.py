"""States as the panes see them, without torch or services."""

import os
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from vae_explorer.core.config import DataConfig, ModelConfig, RunConfig
from vae_explorer.core.data.base import ImageSet, ImageShape, Skipped
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.state import AppState, Embedding
from vae_explorer.ui import theme

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

MakeState = Callable[..., AppState]


@pytest.fixture(scope="session", autouse=True)
def _look(qapp: QApplication) -> None:
    theme.apply(qapp)


@pytest.fixture
def make_state() -> MakeState:
    """Return a function that makes a state with a model of D dimensions and images of one shape."""
    return _make_state


def _make_state(dims: int = 2, count: int = 20, size: int = 8, channels: int = 1) -> AppState:
    config = RunConfig(data=DataConfig(source="sample:digits"), model=ModelConfig(latent_dims=dims))
    model = ModelInfo(config, None, f"VAE · MLP · {dims}-D", "cpu")
    images = _images(count, size, channels)
    return AppState(model, images, _embedding(images, dims), probe=(0.0,) * dims)


def _images(count: int, size: int, channels: int) -> ImageSet:
    pixels = np.random.default_rng(1).integers(0, 256, (count, size, size, channels), np.uint8)
    return ImageSet(
        source="/photos/rings",
        title="rings",
        images=pixels,
        paths=tuple(f"ring {index}.png" for index in range(count)),
        labels=np.arange(count) % 3,
        label_names=("red", "green", "blue"),
        skipped=(Skipped("broken.png", "it is empty"), Skipped("notes.txt", "it is not an image")),
        shape=ImageShape(size, 3 if channels == 3 else 1),
    )


def _embedding(images: ImageSet, dims: int) -> Embedding:
    mean = np.random.default_rng(2).normal(size=(len(images), dims)).astype(np.float32)
    span = np.tile(np.array([-2.0, 2.0], np.float32), (dims, 1))
    histograms = np.full((dims, 48), 1 / 48, np.float32)
    return Embedding(images, mean, None, span, histograms, generation=1)
