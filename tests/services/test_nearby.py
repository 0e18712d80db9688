from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from tests.services.fakes import Gate
from vae_explorer.core.latent.support import Support
from vae_explorer.services.embedding import describe
from vae_explorer.services.nearby import COUNT, Nearby, NearbyService
from vae_explorer.services.state import Embedding


class HeldUp(Support):
    """Support that answers once it is let go on."""

    def __init__(self, codes: NDArray[np.float32], gate: Gate) -> None:
        super().__init__(codes)
        self._gate = gate
        self.asked = 0

    def at(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        self.asked += 1
        self._gate()
        return super().at(codes)


@pytest.fixture
def service(qapp: QApplication) -> Iterator[NearbyService]:
    service = NearbyService()
    yield service
    service.close()


@pytest.fixture
def found(service: NearbyService) -> list[Nearby]:
    found: list[Nearby] = []
    service.found.connect(found.append)
    return found


@pytest.fixture
def row(make_images: MakeImages) -> Embedding:
    """Fifty images whose codes stand in a row, 0.1 apart."""
    mean = np.zeros((50, 2), np.float32)
    mean[:, 0] = np.arange(50) / 10
    return describe(make_images(count=50), mean, None, generation=1)


def test_the_nearest_images_come_nearest_first(
    service: NearbyService, found: list[Nearby], row: Embedding, qtbot: QtBot
) -> None:
    service.use(Support(row.mean))
    service.ask(row, (2.02, 0.0))
    qtbot.waitUntil(lambda: len(found) == 1)
    assert found[0].indices.tolist() == [20, 21, 19, 22, 18, 23]
    assert found[0].distances == pytest.approx([0.02, 0.08, 0.12, 0.18, 0.22, 0.28], abs=1e-5)
    assert len(found[0].indices) == COUNT
    assert found[0].support == 1


def test_far_from_all_images_there_is_no_support(
    service: NearbyService, found: list[Nearby], row: Embedding, qtbot: QtBot
) -> None:
    service.use(Support(row.mean))
    service.ask(row, (2.0, 9.0))
    qtbot.waitUntil(lambda: len(found) == 1)
    assert found[0].support == 0


def test_of_many_places_the_newest_is_answered(
    service: NearbyService, found: list[Nearby], row: Embedding, gate: Gate, qtbot: QtBot
) -> None:
    support = HeldUp(row.mean, gate)
    service.use(support)
    for x in range(5):
        service.ask(row, (float(x), 0.0))
    gate.wait_until_reached()
    gate.open()
    qtbot.waitUntil(lambda: len(found) == 2)
    assert [nearby.indices[0] for nearby in found] == [0, 40]
    assert support.asked == 2


def test_nothing_is_found_without_support(
    service: NearbyService, found: list[Nearby], row: Embedding, qtbot: QtBot
) -> None:
    service.ask(row, (0.0, 0.0))
    service.use(Support(row.mean))
    service.ask(row, (1.0, 0.0))
    qtbot.waitUntil(lambda: len(found) == 1)
    assert found[0].indices[0] == 10


def test_answers_from_images_that_are_gone_are_dropped(
    service: NearbyService, found: list[Nearby], row: Embedding, gate: Gate, qtbot: QtBot
) -> None:
    areas: list[str] = []
    service.use(HeldUp(row.mean, gate))
    service.ask(row, (0.0, 0.0))
    service.ask_support(row.mean, lambda _: areas.append("gone"))
    gate.wait_until_reached()
    service.use(Support(row.mean))
    service.ask(row, (1.0, 0.0))
    service.ask_support(row.mean, lambda _: areas.append("now"))
    gate.open()
    qtbot.waitUntil(lambda: bool(found and areas))
    assert [nearby.indices[0] for nearby in found] == [10]
    assert areas == ["now"]


def test_the_support_of_an_area_is_handed_to_who_asked(service: NearbyService, row: Embedding, qtbot: QtBot) -> None:
    answers: list[NDArray[np.float32]] = []
    service.use(Support(row.mean))
    service.ask_support(np.array([[1, 0], [1, 50]], np.float32), answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert answers[0].tolist() == [1, 0]


@pytest.mark.parametrize("codes", [np.zeros((0, 2), np.float32), np.zeros((4, 3), np.float32)])
def test_an_area_of_another_space_is_not_asked_for(
    service: NearbyService, row: Embedding, codes: NDArray[np.float32], qtbot: QtBot
) -> None:
    answers: list[NDArray[np.float32]] = []
    service.use(Support(row.mean))
    service.ask_support(codes, answers.append)
    service.ask_support(row.mean, answers.append)
    qtbot.waitUntil(lambda: len(answers) > 0)
    assert len(answers[0]) == len(row.mean)


def test_a_failure_is_told(service: NearbyService, row: Embedding, qtbot: QtBot) -> None:
    service.use(Support(row.mean))
    with qtbot.waitSignal(service.failed) as failed:
        service.ask(row, (0.0, 0.0, 0.0))
    assert failed.args is not None
    assert failed.args[0].startswith("ValueError")


def test_of_a_conditional_model_only_images_of_the_class_on_show_are_near(
    service: NearbyService, found: list[Nearby], row: Embedding, qtbot: QtBot
) -> None:
    labelled = replace(row, images=replace(row.images, labels=np.arange(50) % 2, label_names=("even", "odd")))
    service.use(Support(row.mean))
    service.ask(labelled, (2.02, 0.0), ("odd", "even"), 0)
    qtbot.waitUntil(lambda: len(found) == 1)
    assert found[0].indices.tolist() == [21, 19, 23, 17, 25, 15]
    service.ask(labelled, (2.02, 0.0), ("odd", "even", "neither"), 2)
    qtbot.waitUntil(lambda: len(found) == 2)
    assert len(found[1].indices) == 0


def test_what_will_be_drawn_is_read_on_the_thread(
    service: NearbyService, found: list[Nearby], row: Embedding, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[tuple[int, int]]()
    monkeypatch.setattr(ctypes, "memmove", lambda _to, place, _count: read.append((threading.get_ident(), place)))
    service.use(Support(row.mean))
    service.ask(row, (2.02, 0.0))
    qtbot.waitUntil(lambda: bool(found))
    images = row.images.images
    assert [place for _, place in read] == [images[index].ctypes.data for index in found[0].indices]
    assert threading.get_ident() not in {thread for thread, _ in read}
