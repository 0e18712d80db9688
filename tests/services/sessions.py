"""The session with the real engine, on models that train in no time."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pytestqt.qtbot import QtBot

from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape, read_images
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.progress import TrainResult
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services.decoding import Decoded
from vae_explorer.services.reconstructions import Pairs
from vae_explorer.services.session import Session

Wishes = dict[str, Any]
MakeRun = Callable[..., Path]
MakeArray = Callable[..., str]


def load_engine() -> Any:
    return importlib.import_module("vae_explorer.services.engine")


def config_for(spec: str, **wishes: Any) -> RunConfig:
    images = read_images(spec, ImageShape(8, 1))
    small: Wishes = {"network": "mlp", "hidden": "8", "epochs": 2, "batch_size": 8, "device": "cpu"}
    return configure(images, source=spec, settings=small | wishes)


class Heard:
    """Notes what the session says."""

    def __init__(self, session: Session) -> None:
        self.decoded: list[Decoded] = []
        self.pairs: list[Pairs] = []
        self.failures: list[str] = []
        self.notes: list[str] = []
        self.ended: list[TrainResult] = []
        self.mismatched: list[ImageSet] = []
        session.image_decoded.connect(self.decoded.append)
        session.pairs_decoded.connect(self.pairs.append)
        session.failed.connect(self.failures.append)
        session.noted.connect(self.notes.append)
        session.training_ended.connect(self.ended.append)
        session.shape_mismatched.connect(self.mismatched.append)


def open_run(session: Session, path: Path, qtbot: QtBot) -> None:
    """Open a run and wait until its images are encoded."""
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_model(path)


def expected(path: Path, code: tuple[float, ...]) -> Any:
    """What the model in a run folder makes of a code."""
    decoder = Decoder(RunFolder.open(path).config, RunFolder.open(path).load_weights())
    return decoder.decode(np.array([code], np.float32))[0]
