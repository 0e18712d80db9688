from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from tests.services.conftest import MakeImages
from tests.services.fakes import Gate
from vae_explorer.core.data.base import Cancelled, ImageSet, ImageShape, Progress
from vae_explorer.core.errors import UserError
from vae_explorer.services import dataset
from vae_explorer.services.dataset import DatasetService

Report = Callable[[Progress], None]


class FakeSources:
    """Stands in for the image sources. Reports once, waits at the gate, and heeds the cancelling."""

    def __init__(self, make_images: MakeImages, gate: Gate) -> None:
        self.shapes: list[ImageShape | None] = []
        self.failure: UserError | None = None
        self.heeds = True
        self._make_images = make_images
        self._gate = gate

    def read_images(
        self, spec: str, shape: ImageShape | None, on_progress: Report, cancel: threading.Event
    ) -> ImageSet:
        self.shapes.append(shape)
        on_progress(Progress(10, 100))
        if "slow" in spec:
            self._gate()
        if cancel.is_set() and self.heeds:
            raise Cancelled
        if self.failure is not None:
            raise self.failure
        on_progress(Progress(100, 100))
        return self._make_images(source=spec)


@pytest.fixture
def sources(make_images: MakeImages, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> FakeSources:
    sources = FakeSources(make_images, gate)
    monkeypatch.setattr(dataset, "read_images", sources.read_images)
    return sources


@pytest.fixture
def service(qapp: QApplication) -> Iterator[DatasetService]:
    service = DatasetService()
    yield service
    service.close()


@pytest.fixture
def said(service: DatasetService) -> list[object]:
    """All that the service says, in order."""
    said: list[object] = []
    service.started.connect(lambda spec: said.append(f"started {spec}"))
    service.progressed.connect(said.append)
    service.opened.connect(lambda images: said.append(f"opened {images.source}"))
    service.cancelled.connect(lambda: said.append("cancelled"))
    service.failed.connect(said.append)
    return said


def test_reading_is_told_from_start_to_end(
    service: DatasetService, sources: FakeSources, said: list[object], qtbot: QtBot
) -> None:
    service.open("photos")
    qtbot.waitUntil(lambda: said[-1] == "opened photos")
    assert said == ["started photos", Progress(10, 100), Progress(100, 100), "opened photos"]


def test_images_are_read_at_the_shape_that_suits_them_or_the_one_asked_for(
    service: DatasetService, sources: FakeSources, said: list[object], qtbot: QtBot
) -> None:
    service.open("photos")
    qtbot.waitUntil(lambda: said[-1] == "opened photos")
    service.open("others", ImageShape(64, 3))
    qtbot.waitUntil(lambda: said[-1] == "opened others")
    assert sources.shapes == [None, ImageShape(64, 3)]


@pytest.mark.parametrize("heeds", [True, False], ids=["in time", "too late"])
def test_reading_can_be_cancelled(
    service: DatasetService, sources: FakeSources, said: list[object], gate: Gate, qtbot: QtBot, heeds: bool
) -> None:
    sources.heeds = heeds
    service.open("slow photos")
    gate.wait_until_reached()
    service.cancel()
    gate.open()
    qtbot.waitUntil(lambda: said[-1] == "cancelled")
    assert "opened slow photos" not in said
    assert Progress(100, 100) not in said


def test_of_two_folders_only_the_newer_is_heard_of(
    service: DatasetService, sources: FakeSources, said: list[object], gate: Gate, qtbot: QtBot
) -> None:
    service.open("slow photos")
    gate.wait_until_reached()
    service.open("others")
    gate.open()
    qtbot.waitUntil(lambda: said[-1] == "opened others")
    assert "cancelled" not in said
    assert "opened slow photos" not in said


def test_a_failure_is_told_and_the_service_goes_on(
    service: DatasetService, sources: FakeSources, said: list[object], qtbot: QtBot
) -> None:
    sources.failure = UserError("“photos” holds no images.")
    service.open("photos")
    qtbot.waitUntil(lambda: said[-1] == "“photos” holds no images.")
    sources.failure = None
    service.open("others")
    qtbot.waitUntil(lambda: said[-1] == "opened others")


def test_the_failure_of_a_folder_that_was_overtaken_is_not_told(
    service: DatasetService, sources: FakeSources, said: list[object], gate: Gate, qtbot: QtBot
) -> None:
    sources.failure, sources.heeds = UserError("It is gone."), False
    service.open("slow photos")
    gate.wait_until_reached()
    service.open("others")
    gate.open()
    qtbot.waitUntil(lambda: said[-1] == "It is gone.")  # that of the others
    assert said.count("It is gone.") == 1


def test_a_failure_after_the_cancelling_is_a_cancelling(
    service: DatasetService, sources: FakeSources, said: list[object], gate: Gate, qtbot: QtBot
) -> None:
    sources.failure, sources.heeds = UserError("It is gone."), False
    service.open("slow photos")
    gate.wait_until_reached()
    service.cancel()
    gate.open()
    qtbot.waitUntil(lambda: said[-1] == "cancelled")
    assert "It is gone." not in said


def test_closing_stops_reading(
    qapp: QApplication, sources: FakeSources, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = DatasetService()
    cancelled: list[bool] = []
    read = sources.read_images

    def read_until_cancelled(
        spec: str, shape: ImageShape | None, on_progress: Report, cancel: threading.Event
    ) -> ImageSet:
        gate.reached.set()
        cancelled.append(cancel.wait(PATIENCE_S))
        return read(spec, shape, on_progress, cancel)

    monkeypatch.setattr(dataset, "read_images", read_until_cancelled)
    service.open("photos")
    gate.wait_until_reached()
    service.close()
    assert cancelled == [True]


def test_an_array_file_opens_for_real(service: DatasetService, tmp_path: Path, qtbot: QtBot) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 12, 12), np.uint8)
    np.save(tmp_path / "images.npy", pixels)
    with qtbot.waitSignal(service.opened) as opened:
        service.open(str(tmp_path / "images.npy"), ImageShape(12, 1))
    assert opened.args is not None
    assert np.array_equal(opened.args[0].images[..., 0], pixels)


def test_a_place_that_is_not_there_is_one_sentence(service: DatasetService, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(service.failed) as failed:
        service.open(str(tmp_path / "nowhere"))
    assert failed.args == [f"There is no folder or file “{tmp_path / 'nowhere'}”."]
