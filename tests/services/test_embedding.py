from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from tests.services.conftest import MakeImages
from tests.services.fakes import Gate
from vae_explorer.core.data.base import Cancelled, ImageSet, Progress
from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.support import Support
from vae_explorer.services import embedding
from vae_explorer.services.embedding import BINS, EmbeddingService, Encode, OnProgress, describe
from vae_explorer.services.state import Embedding

Codes = tuple[NDArray[np.float32], NDArray[np.float32] | None]


class Heard:
    """Notes what the service says."""

    def __init__(self, service: EmbeddingService) -> None:
        self.embeddings: list[Embedding] = []
        self.supports: list[Support] = []
        self.failures: list[str] = []
        service.embedded.connect(self._on_embedded)
        service.failed.connect(self.failures.append)

    def _on_embedded(self, embedded: Embedding, support: Support) -> None:
        self.embeddings.append(embedded)
        self.supports.append(support)

    @property
    def values(self) -> list[int]:
        """What the encoders answered with: all codes of an encoding have the same value."""
        return [int(one.mean[0, 0]) for one in self.embeddings]


@pytest.fixture
def service(qapp: QApplication) -> Iterator[EmbeddingService]:
    service = EmbeddingService()
    yield service
    service.close()


@pytest.fixture
def heard(service: EmbeddingService) -> Heard:
    return Heard(service)


@pytest.fixture
def images(make_images: MakeImages) -> ImageSet:
    return make_images()


@pytest.fixture
def _tireless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rest no longer than the encoding took."""
    monkeypatch.setattr(embedding, "SHARE", 1.0)
    monkeypatch.setattr(embedding, "LEAST_REST_MS", 0)


@pytest.fixture
def _exhausted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rest practically for ever."""
    monkeypatch.setattr(embedding, "LEAST_REST_MS", 1_000_000_000)


def giving(value: float, gate: Gate | None = None) -> Encode:
    """Encode every image to `value`; may be held up. Stops, as the real one does, once it is cancelled."""

    def encode(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Codes:
        if gate is not None:
            gate()
        if cancel.is_set():
            raise Cancelled
        mean = np.full((len(images), 2), value, np.float32)
        return mean, np.zeros_like(mean)

    return encode


def failing(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Codes:
    raise UserError("The device ran out of memory.")


def test_images_are_encoded_and_described(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    service.encode(giving(3), images, generation=7)
    qtbot.waitUntil(lambda: len(heard.embeddings) == 1)
    embedded = heard.embeddings[0]
    assert embedded.images is images
    assert embedded.generation == 7
    assert embedded.mean.shape == (len(images), 2)
    assert embedded.log_var is not None
    assert heard.supports[0].dims == 2


def test_other_images_overtake_those_under_way(
    service: EmbeddingService, heard: Heard, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    service.encode(giving(1, gate), images, 1)
    gate.wait_until_reached()
    service.encode(giving(2), images, 1)
    service.encode(giving(3), images, 1)
    gate.open()
    qtbot.waitUntil(lambda: len(heard.embeddings) == 1)
    assert heard.values == [3]


def test_what_was_abandoned_is_not_heard_of_even_if_it_is_done(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    encoded = threading.Event()

    def encode(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Codes:
        encoded.set()
        return giving(1)(images, threading.Event(), on_progress)

    service.encode(encode, images, 1)
    assert encoded.wait(PATIENCE_S)
    service.abandon()
    service.encode(giving(2), images, 1)
    qtbot.waitUntil(lambda: len(heard.embeddings) == 1)
    assert heard.values == [2]


@pytest.mark.usefixtures("_tireless")
def test_snapshots_are_encoded_one_after_the_other_and_the_newest_last(
    service: EmbeddingService, heard: Heard, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    service.encode(giving(1, gate), images, 1, sparing=True)
    gate.wait_until_reached()
    for value in range(2, 10):
        service.encode(giving(value), images, 1, sparing=True)
    gate.open()
    qtbot.waitUntil(lambda: len(heard.embeddings) == 2)
    assert heard.values == [1, 9]


@pytest.mark.usefixtures("_exhausted")
def test_a_snapshot_waits_until_encoding_has_rested(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    service.encode(giving(1), images, 1, sparing=True)
    qtbot.waitUntil(lambda: heard.values == [1])
    service.encode(giving(2), images, 1, sparing=True)
    assert service._rest.isActive()
    assert not service._newest.busy
    service._rest.timeout.emit()  # as after the rest
    qtbot.waitUntil(lambda: heard.values == [1, 2])


def test_snapshots_take_no_more_than_their_share_of_the_time(
    service: EmbeddingService, images: ImageSet, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    times = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: next(times))  # every encoding takes a second
    with qtbot.waitSignal(service.embedded):
        service.encode(giving(1), images, 1, sparing=True)
    assert service._rest.interval() == pytest.approx(1000 / embedding.SHARE)


@pytest.mark.usefixtures("_exhausted")
def test_what_the_person_opens_waits_for_no_rest(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    service.encode(giving(1), images, 1, sparing=True)
    qtbot.waitUntil(lambda: heard.values == [1])
    service.encode(giving(2), images, 1)
    qtbot.waitUntil(lambda: heard.values == [1, 2])


@pytest.mark.usefixtures("_exhausted")
def test_abandoning_ends_the_rest_and_what_waited_for_it(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    service.encode(giving(1), images, 1, sparing=True)
    qtbot.waitUntil(lambda: heard.values == [1])
    service.encode(giving(2), images, 1, sparing=True)
    service.abandon()
    service.encode(giving(3), images, 1, sparing=True)
    qtbot.waitUntil(lambda: heard.values == [1, 3])


@pytest.mark.usefixtures("_tireless")
def test_a_snapshot_follows_what_was_abandoned(
    service: EmbeddingService, heard: Heard, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    service.encode(giving(1, gate), images, 1)
    gate.wait_until_reached()
    service.abandon()
    service.encode(giving(2), images, 1, sparing=True)
    gate.open()
    qtbot.waitUntil(lambda: heard.values == [2])


@pytest.mark.usefixtures("_tireless")
def test_while_the_person_moves_no_snapshot_is_encoded(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    service.give_way(1000)
    service.encode(giving(1), images, 1, sparing=True)
    assert not service._newest.busy
    service.give_way(0.001)  # a later move never shortens the wait
    assert service._rest.remainingTime() > 1000
    service._rest.stop()
    service._rest.timeout.emit()  # as after the last move
    qtbot.waitUntil(lambda: heard.values == [1])


@pytest.mark.usefixtures("_exhausted")
def test_a_failure_is_told_and_the_service_goes_on(
    service: EmbeddingService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    service.encode(failing, images, 1)
    qtbot.waitUntil(lambda: heard.failures == ["The device ran out of memory."])
    service.encode(giving(2), images, 1)
    qtbot.waitUntil(lambda: heard.values == [2])


def test_the_failure_of_what_was_abandoned_is_not_told(
    service: EmbeddingService, heard: Heard, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    def encode(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Codes:
        gate()
        return failing(images, cancel, on_progress)

    service.encode(encode, images, 1)
    gate.wait_until_reached()
    service.encode(giving(2), images, 1)
    gate.open()
    qtbot.waitUntil(lambda: heard.values == [2])
    assert heard.failures == []


def test_quantiles_and_histograms_tell_how_the_codes_spread(make_images: MakeImages) -> None:
    images = make_images(count=2000)
    even = np.linspace(-1, 3, 2000, dtype=np.float32)
    mean = np.stack([even, np.random.default_rng(0).permutation(even)], axis=1)
    embedded = describe(images, mean, None, generation=1)
    assert embedded.span == pytest.approx(np.array([[-0.98, 2.98], [-0.98, 2.98]]), abs=1e-3)
    assert embedded.histograms.shape == (2, BINS)
    assert embedded.histograms.sum(axis=1) == pytest.approx(0.99, abs=0.002)
    assert embedded.histograms == pytest.approx(0.99 / BINS, abs=0.002)


@pytest.mark.parametrize("value", [0.0, 1e-9, -250.0, 4e6])
def test_a_dimension_without_spread_still_has_a_range(make_images: MakeImages, value: float) -> None:
    images = make_images(count=5)
    embedded = describe(images, np.full((5, 1), value, np.float32), None, generation=1)
    low, high = embedded.span[0]
    assert low < high
    assert embedded.histograms.sum() == pytest.approx(1)


def test_one_image_is_enough(make_images: MakeImages) -> None:
    embedded = describe(make_images(count=1), np.array([[0.5, -2]], np.float32), None, generation=1)
    assert embedded.histograms.sum(axis=1) == pytest.approx([1, 1])


def reporting(gate: Gate) -> Encode:
    """Tell of half of the images before it is held up."""

    def encode(images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Codes:
        on_progress(Progress(len(images) // 2, len(images)))
        return giving(1, gate)(images, cancel, on_progress)

    return encode


def test_progress_is_told_until_the_codes_are_there(
    service: EmbeddingService, heard: Heard, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    told: list[Progress | None] = []
    service.encode(reporting(gate), images, 1)
    service.progressed.connect(told.append)
    qtbot.waitUntil(lambda: told == [Progress(len(images) // 2, len(images))])
    gate.open()
    qtbot.waitUntil(lambda: bool(heard.embeddings))
    assert told[1:] == [None]


def test_what_is_given_up_ends_the_progress(
    service: EmbeddingService, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    told: list[Progress | None] = []
    service.encode(reporting(gate), images, 1)
    service.progressed.connect(told.append)
    gate.wait_until_reached()
    service.abandon()
    gate.open()
    qtbot.waitUntil(lambda: not service._newest.busy)
    assert told[-1] is None


def test_nothing_is_told_of_the_snapshots_of_a_training(
    service: EmbeddingService, heard: Heard, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    told: list[Progress | None] = []
    service.progressed.connect(told.append)
    service.encode(reporting(gate), images, 1, sparing=True)
    gate.open()
    qtbot.waitUntil(lambda: bool(heard.embeddings))
    assert not any(told)
