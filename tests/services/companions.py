"""Models that are opened at once, decode to plain shades, and encode as they are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.errors import UserError
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.session import Session
from vae_explorer.services.settings import SettingsFile
from vae_explorer.services.state import AppState, Embedding, Store

SIZE = 8
SOURCE = "/photos/rings"


def config_of(dims: int = 2, objective: str = "vae", size: int = SIZE, classes: tuple[str, ...] = ()) -> RunConfig:
    return RunConfig(
        data=DataConfig(source=SOURCE, image_size=size),
        model=ModelConfig(latent_dims=dims, posterior="none" if objective == "ae" else "log_var", classes=classes),
        objective=ObjectiveConfig(name=objective),
    )


def images_of(count: int = 24, size: int = SIZE, seed: int = 1, *, labelled: bool = True) -> ImageSet:
    return ImageSet(
        source=SOURCE,
        title="rings",
        images=np.random.default_rng(seed).integers(0, 256, (count, size, size, 1), np.uint8),
        paths=tuple(f"ring {index}.png" for index in range(count)),
        labels=np.arange(count) % 2 if labelled else None,
        label_names=("red", "green") if labelled else (),
        shape=ImageShape(size, 1),
    )


class ShadeDecoder:
    """Decodes a code to one shade: `weight` plus its first number, plus its class."""

    def __init__(self, weight: int, size: int) -> None:
        self.weight = weight
        self.asked: list[NDArray[np.float32]] = []
        self._size = size

    threads = 1

    def decode(self, codes: NDArray[np.float32], labels: Any = 0) -> NDArray[np.uint8]:
        self.asked.append(codes)
        shades = np.clip(codes[:, 0] + self.weight + np.asarray(labels), 0, 255).astype(np.uint8)
        return np.tile(shades[:, None, None, None], (1, self._size, self._size, 1))

    def swap(self, weights: Any) -> None:
        self.weight = weights["weight"]


class FakeModel:
    """What `engine.LoadedModel` is to the services. Codes of images lie around `middle`."""

    def __init__(self, config: RunConfig, run: Path, weight: int = 100, middle: float = 0) -> None:
        self.info = ModelInfo(config, run, f"{config.objective.name.upper()} · {config.model.latent_dims}-D", "cpu")
        self.decoder = ShadeDecoder(weight, config.data.image_size)
        self.encoded: list[ImageSet] = []
        self._middle = middle

    def encoder(self) -> Any:
        def encode(images: ImageSet, *_: object) -> tuple[NDArray[np.float32], None]:
            self.encoded.append(images)
            return self.codes(images), None

        return encode

    def codes(self, images: ImageSet) -> NDArray[np.float32]:
        size = (len(images), self.info.latent_dims)
        return (np.random.default_rng(2).normal(size=size) + self._middle).astype(np.float32)


class FakeEngine:
    """Opens the models that it was given, by their runs."""

    def __init__(self, *models: FakeModel) -> None:
        self._models = {model.info.run: model for model in models}
        self.LoadedModel = self

    def open(self, path: Path, device: str) -> FakeModel:
        if path not in self._models:
            msg = f"“{path.name}” is no run."
            raise UserError(msg)
        return self._models[path]

    def twin_of(self, config: RunConfig) -> RunConfig:
        return config_of(config.model.latent_dims, "vae" if config.objective.name == "ae" else "ae")


def session_with(first: FakeModel, *others: FakeModel, images: ImageSet | None = None) -> Session:
    """A session that shows the first model and its images, and can open all of them."""
    images = images or images_of(size=first.info.config.data.image_size)
    session = Session(Store(), SettingsFile())
    session._engine = FakeEngine(first, *others)
    session.decoding.use(first.decoder)
    dims = first.info.latent_dims
    mean = first.codes(images)
    span = np.quantile(mean, [0, 1], axis=0).T.astype(np.float32)
    embedding = Embedding(images, mean, None, span, np.full((dims, 48), 1 / 48, np.float32), 1)
    state = AppState(first.info, images, embedding, (0.0,) * dims, (0, min(1, dims - 1)))
    names = ("model", "images", "embedding", "probe", "plane_dims")
    session.store.update(**{name: getattr(state, name) for name in names})
    return session
