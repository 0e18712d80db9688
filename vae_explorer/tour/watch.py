"""What the tour sees of the program, and what it measures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF

from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.services.decoding import Decoded
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.state import AppState, Embedding
from vae_explorer.tour.leader import Unexpected, Until
from vae_explorer.ui.main_window import MainWindow

T = TypeVar("T")

Places = NDArray[np.float32]
"""(N, 2) pixels on the plane's widget."""


class Watch(QObject):
    """Looks at the window, and remembers what the services said last."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.plane = window.plane
        self.decodes = 0
        self.steps: list[TrainStep] = []
        self.result: TrainResult | None = None
        self._decoded: Decoded | None = None
        self.settling = Until("mosaic, decoded image and nearest images", self.is_settled)
        session = window.session
        session.image_decoded.connect(self._on_decoded)
        session.training.stepped.connect(self.steps.append)
        session.training_ended.connect(self._on_ended)

    # What is there

    @property
    def state(self) -> AppState:
        """The program's state now."""
        return self.window.session.store.state

    @property
    def model(self) -> ModelInfo:
        """The model that decodes. Raises Unexpected where there is none."""
        return _there(self.state.model, "model")

    @property
    def embedding(self) -> Embedding:
        """Where the images lie now. Raises Unexpected where none are encoded."""
        return _there(self.state.embedding, "encoded image")

    @property
    def image(self) -> NDArray[np.uint8]:
        """The decoded image on show, (H, W, C). Raises Unexpected where there is none."""
        return _there(self.window.image_pane.decoded.pixels, "decoded image")

    def shows_probe(self) -> bool:
        """Whether the decoded image on show is that of the probe where it stands now."""
        decoded, shown = self._decoded, self.window.image_pane.decoded.pixels
        if decoded is None or shown is None:
            return False
        is_newest = np.array_equal(decoded.codes[0], np.array(self.state.probe, np.float32))
        return is_newest and np.array_equal(decoded.pixels[0], shown)

    def shows_probe_by_newest_weights(self) -> bool:
        """Whether it is, besides, decoded by the weights that decode now."""
        newest = self.window.session.decoding.generation
        return self.shows_probe() and self._decoded is not None and self._decoded.generation == newest

    def is_settled(self) -> bool:
        """Whether decoded image, mosaic and nearest images are all on show for the state of now."""
        return (
            self.shows_probe()
            and self.plane.mosaic_complete
            and bool(self.window.image_pane.nearest.indices)
            and not self.window.reading.isVisible()
        )

    # What is measured

    @property
    def places(self) -> Places:
        """Where all images lie on the plane's widget."""
        return self.plane.viewport().to_pixels(self.embedding.mean)

    def middle_of(self, label: str) -> QPointF:
        """Where on the plane's widget that image lies which is nearest to the median of all with its label."""
        images = self.embedding.images
        places = self.places[_there(images.labels, "label") == images.label_names.index(label)]
        distance = np.linalg.norm(places - np.median(places, axis=0), axis=1)
        x, y = places[distance.argmin()]
        return QPointF(float(x), float(y))

    @property
    def nearest_labels(self) -> list[str]:
        """Labels of the real images that are shown as the nearest."""
        images = self.embedding.images
        labels = _there(images.labels, "label")
        return [images.label_names[labels[index]] for index in self.window.image_pane.nearest.indices]

    # In words

    @property
    def probe_text(self) -> str:
        """The probe's code."""
        return "(" + ", ".join(f"{value:.2f}" for value in self.state.probe).replace("-", "−") + ")"

    def nearest_text(self, label: str) -> str:
        """Tell how many of the nearest images have that label."""
        labels = self.nearest_labels
        return f"Of the {len(labels)} real images nearest to the probe, {labels.count(label)} are labelled “{label}”."

    @property
    def losses_text(self) -> str:
        """Compare the loss at the beginning of training with the one now."""
        losses = [step.training["loss"] for step in self.steps if step.training is not None]
        return f"The training loss went from {losses[0]:.1f} to {losses[-1]:.1f} nats per image."

    def _on_decoded(self, decoded: Decoded) -> None:
        self.decodes += 1
        self._decoded = decoded

    def _on_ended(self, result: TrainResult) -> None:
        self.result = result


def _there(value: T | None, what: str) -> T:
    if value is None:
        msg = f"there is no {what}"
        raise Unexpected(msg)
    return value


@dataclass(frozen=True)
class Change:
    """How two images of one shape differ."""

    pixels: int
    """How many pixels differ at all."""
    mean: float
    """Mean absolute difference, in grey levels out of 255."""

    @classmethod
    def between(cls, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Change:
        """Compare two images (H, W, C)."""
        difference = np.abs(before.astype(np.int16) - after)
        return cls(int(difference.any(axis=2).sum()), float(difference.mean()))

    def __str__(self) -> str:
        return f"{self.pixels} pixels of the decoded image changed, by {self.mean:.0f} of 255 grey levels on average"


def label_agreement(embedding: Embedding) -> float:
    """Share of the images whose nearest neighbour in the latent space has the same label. Raises Unexpected."""
    labels = _there(embedding.images.labels, "label")
    codes = embedding.mean
    squared = np.square(codes[:, None] - codes[None]).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    return float((labels[squared.argmin(axis=1)] == labels).mean())


class Stopwatch:
    """Tells how long ago it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.perf_counter() - self._start
