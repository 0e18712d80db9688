"""What a model makes of codes drawn from N(0, I), and whether its images' codes are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from vae_explorer.core.latent.prior import Coverage, cover, draw_codes
from vae_explorer.services.decoding import DecodeService, Lane
from vae_explorer.services.mosaic import MosaicService, Tiles
from vae_explorer.services.state import AppState, Store
from vae_explorer.services.task import Job, NewestWins, TaskThread

COUNT = 36
"""Samples that are drawn."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Codes from the prior, (n, D), and the images (n, H, W, C) that a model decodes them to."""

    codes: NDArray[np.float32]
    pixels: NDArray[np.uint8]


class PriorSamples(QObject):
    """Draws for the model of one store. Belongs to the main thread. Asks for nothing until it is active."""

    decoded = Signal(object)
    """`Samples`: of another draw, another model, or newer weights."""
    covered = Signal(object)
    """`core.latent.prior.Coverage`, or None while no images are encoded."""
    failed = Signal(str)

    def __init__(
        self,
        store: Store,
        decoding: DecodeService,
        thread: TaskThread,
        is_training: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._is_training = is_training
        self._active = False
        self._seed = 0
        self._codes = np.zeros((0, 0), np.float32)
        self._pieces: list[NDArray[np.uint8]] = []
        self._tiles = MosaicService(decoding, self, Lane.SAMPLES)
        self._measuring = NewestWins(thread)
        self._tiles.decoded.connect(self._on_tiles)
        self._tiles.outdated.connect(self._decode)
        # Queued: by then the state tells of the model that decodes.
        decoding.weights_changed.connect(self._on_weights_changed, Qt.ConnectionType.QueuedConnection)
        decoding.condition_changed.connect(self._on_weights_changed, Qt.ConnectionType.QueuedConnection)
        store.changed.connect(self._on_changed)

    @property
    def codes(self) -> NDArray[np.float32]:
        """What was drawn last, (n, D)."""
        return self._codes

    def set_active(self, active: bool) -> None:
        """Say whether anybody looks."""
        self._active = active
        self._draw()

    def draw(self, seed: int) -> None:
        """Draw others; the same seed gives the same to every model of as many dimensions."""
        self._seed = seed
        self._draw()

    def close(self) -> None:
        """Ask for nothing more."""
        self._active = False
        self._tiles.close()
        self._measuring.clear()

    def _draw(self) -> None:
        self._decode()
        self._measure()

    def _decode(self) -> None:
        model = self._store.state.model
        if self._active and model is not None:
            self._codes = draw_codes(COUNT, model.latent_dims, self._seed)
            self._pieces = []
            self._tiles.request(self._codes, self._codes, 0)

    def _measure(self) -> None:
        embedding, codes = self._store.state.embedding, self._codes
        if not self._active:
            return
        if embedding is None or embedding.mean.shape[1] != codes.shape[1]:
            self.covered.emit(None)
            return

        def covered(coverage: Coverage) -> None:
            if embedding is self._store.state.embedding:
                self.covered.emit(coverage)

        self._measuring.submit(Job(lambda: cover(embedding.mean, codes), covered, self.failed.emit))

    def _on_tiles(self, tiles: Tiles) -> None:
        if tiles.request is not self._codes:
            return
        self._pieces.append(tiles.pixels)
        if sum(map(len, self._pieces)) == len(self._codes):
            self.decoded.emit(Samples(self._codes, np.concatenate(self._pieces)))

    def _on_weights_changed(self, _generation: int) -> None:
        if self._active:
            self._tiles.weights_changed(sparing=self._is_training())

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if new.model is not old.model:
            self._decode()
        if new.embedding is not old.embedding:
            self._measure()
