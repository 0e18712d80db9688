"""The service with measurements that the test holds up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from tests.services.fakes import Gate
from vae_explorer.core.data.base import Cancelled, ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics.base import Result, Row
from vae_explorer.services.metrics import Measurement, MetricsService, OnProgress, as_json, as_text


def result(name: str, value: float | None = 1.0) -> Result:
    figures = None if value is None else {"value": value}
    reasons = {"": "Needs labels."} if value is None else {}
    row = Row(name.upper(), "–" if value is None else str(value), "What it means.")
    return Result(name, name.upper(), "Codes", figures, reasons, (row,), 0.1)


class Measuring:
    """Tells two results, and waits at a gate between them."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.images: ImageSet | None = None
        self.thread = 0

    def __call__(self, images: ImageSet, cancel: threading.Event, on_progress: OnProgress) -> Iterator[Result]:
        self.images, self.thread = images, threading.get_ident()
        on_progress("First", 0.0)
        yield result("mmd")
        self.gate()
        if cancel.is_set():
            raise Cancelled
        on_progress("Second", 0.5)
        yield result("mig")


class Heard:
    """Notes what the service says."""

    def __init__(self, service: MetricsService) -> None:
        self.names: list[str] = []
        self.moments: list[tuple[str, float]] = []
        self.ends: list[bool] = []
        self.failures: list[str] = []
        service.measured.connect(lambda one: self.names.append(one.name))
        service.progressed.connect(lambda title, share: self.moments.append((title, share)))
        service.ended.connect(self.ends.append)
        service.failed.connect(self.failures.append)


@pytest.fixture
def service(qapp: QApplication) -> Iterator[MetricsService]:
    service = MetricsService()
    yield service
    service.close()


@pytest.fixture
def heard(service: MetricsService) -> Heard:
    return Heard(service)


@pytest.fixture
def images(make_images: MakeImages) -> ImageSet:
    return make_images()


def test_results_are_told_as_they_come(service: MetricsService, heard: Heard, images: ImageSet, qtbot: QtBot) -> None:
    measuring = Measuring()
    service.start(measuring, images)
    qtbot.waitUntil(lambda: heard.names == ["mmd"] and service.running)
    assert heard.moments == [("First", 0.0)]
    measuring.gate.open()
    qtbot.waitUntil(lambda: bool(heard.ends))
    assert heard.names == ["mmd", "mig"]
    assert heard.ends == [True]
    assert heard.moments == [("First", 0.0), ("Second", 0.5)]
    assert not service.running
    assert measuring.images is images
    assert measuring.thread != threading.get_ident()


def test_what_is_given_up_keeps_what_it_told(
    service: MetricsService, heard: Heard, images: ImageSet, qtbot: QtBot
) -> None:
    measuring = Measuring()
    service.start(measuring, images)
    qtbot.waitUntil(lambda: bool(heard.names))
    service.cancel()
    measuring.gate.open()
    qtbot.waitUntil(lambda: bool(heard.ends))
    assert (heard.names, heard.ends, heard.failures) == (["mmd"], [False], [])


def test_only_one_at_a_time(service: MetricsService, heard: Heard, images: ImageSet, qtbot: QtBot) -> None:
    measuring = Measuring()
    service.start(measuring, images)
    with pytest.raises(RuntimeError):
        service.start(Measuring(), images)
    measuring.gate.open()
    qtbot.waitUntil(lambda: bool(heard.ends))
    again = Measuring()
    again.gate.open()
    service.start(again, images)
    qtbot.waitUntil(lambda: len(heard.ends) == 2)
    assert heard.names == ["mmd", "mig"] * 2


def test_a_failure_is_one_sentence(service: MetricsService, heard: Heard, images: ImageSet, qtbot: QtBot) -> None:
    def fail(_images: ImageSet, _cancel: threading.Event, _on_progress: OnProgress) -> Iterator[Result]:
        yield result("mmd")
        msg = "The device ran out of memory."
        raise UserError(msg)

    service.start(fail, images)
    qtbot.waitUntil(lambda: bool(heard.ends))
    assert (heard.names, heard.ends, heard.failures) == (["mmd"], [False], ["The device ran out of memory."])
    assert not service.running


def test_closing_gives_up_what_is_under_way(service: MetricsService, heard: Heard, images: ImageSet) -> None:
    measuring = Measuring()
    service.start(measuring, images)
    measuring.gate.wait_until_reached()
    measuring.gate.open()
    service.close()
    assert not heard.ends


OF = Measurement("VAE · 2-D", "digits", "/runs/digits", "sample:digits")


def test_as_text_there_is_a_line_for_each_row() -> None:
    assert as_text(OF, [result("mmd"), result("mig", None)]).splitlines() == [
        "VAE · 2-D\tdigits",
        "MMD\t1.0\tWhat it means.",
        "MIG\t–\tWhat it means.",
    ]


def test_as_json_it_is_what_evaluate_tells_and_of_what() -> None:
    assert json.loads(as_json(OF, [result("mmd"), result("mig", None)])) == {
        "model": "VAE · 2-D",
        "run": "/runs/digits",
        "source": "sample:digits",
        "mmd": {"value": 1.0},
        "mig": None,
        "not_applicable": {"mig": "Needs labels."},
    }
