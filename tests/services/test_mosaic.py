from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import FakeDecoder, Gate, codes
from vae_explorer.services import mosaic
from vae_explorer.services.decoding import DecodeService, Lane
from vae_explorer.services.mosaic import MosaicService, Tiles


@pytest.fixture
def decoding(qapp: QApplication) -> Iterator[DecodeService]:
    service = DecodeService()
    service.use(FakeDecoder())
    yield service
    service.close()


@pytest.fixture
def service(decoding: DecodeService) -> Iterator[MosaicService]:
    service = MosaicService(decoding)
    yield service
    service.close()


@pytest.fixture
def tiles(service: MosaicService) -> list[Tiles]:
    tiles: list[Tiles] = []
    service.decoded.connect(tiles.append)
    return tiles


@pytest.fixture
def asked(service: MosaicService) -> list[str]:
    """One entry for each time that all tiles are to be asked for anew."""
    asked: list[str] = []
    service.outdated.connect(lambda: asked.append("anew"))
    return asked


@pytest.fixture
def _exhausted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rest practically for ever."""
    monkeypatch.setattr(mosaic, "LEAST_REST_MS", 1_000_000_000)


def number_of(tiles: list[Tiles]) -> int:
    return sum(len(some.pixels) for some in tiles)


def test_tiles_come_with_the_request_and_its_epoch(service: MosaicService, tiles: list[Tiles], qtbot: QtBot) -> None:
    request = object()
    service.request(request, codes(*range(100)), epoch=5)
    qtbot.waitUntil(lambda: number_of(tiles) == 100)
    assert {id(some.request) for some in tiles} == {id(request)}
    assert {some.epoch for some in tiles} == {5}
    assert [some.first for some in tiles] == [int(some.pixels[0, 0, 0, 0]) for some in tiles]


def test_tiles_of_an_older_request_that_are_done_come_with_its_epoch(
    service: MosaicService, decoding: DecodeService, tiles: list[Tiles], gate: Gate, qtbot: QtBot
) -> None:
    decoding.use(FakeDecoder(before=gate))
    service.request("old", codes(*range(100)), epoch=1)
    gate.wait_until_reached()
    service.request("new", codes(1, 2), epoch=2)
    gate.open()
    qtbot.waitUntil(lambda: bool(tiles) and tiles[-1].request == "new")
    batches = [(some.request, some.epoch) for some in tiles]
    assert list(dict.fromkeys(batches)) == [("old", 1), ("new", 2)]
    assert batches.count(("old", 1)) == 1


def test_the_probes_image_is_no_tile(
    service: MosaicService, decoding: DecodeService, tiles: list[Tiles], qtbot: QtBot
) -> None:
    with qtbot.waitSignal(decoding.decoded):
        decoding.request(Lane.PROBE, codes(1))
    assert tiles == []


def test_other_weights_outdate_all_tiles_at_once(service: MosaicService, asked: list[str], gate: Gate) -> None:
    service.request("tiles", codes(1, 2), epoch=1)
    service.weights_changed(sparing=False)
    assert asked == ["anew"]


def test_snapshots_wait_until_the_tiles_under_way_are_there(
    service: MosaicService, decoding: DecodeService, tiles: list[Tiles], asked: list[str], gate: Gate, qtbot: QtBot
) -> None:
    decoding.use(FakeDecoder(before=gate))
    service.request("tiles", codes(1, 2), epoch=1)
    for _ in range(5):
        service.weights_changed(sparing=True)
    assert asked == []
    gate.open()
    qtbot.waitUntil(lambda: number_of(tiles) == 2)
    service._rest.timeout.emit()  # as after the rest
    assert asked == ["anew"]


def test_refreshing_takes_no_more_than_its_share_of_the_time(
    service: MosaicService, tiles: list[Tiles], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    times = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: next(times))  # every call to the decoder takes a second
    service.request("tiles", codes(1, 2), epoch=1)
    qtbot.waitUntil(lambda: number_of(tiles) == 2)
    assert service._rest.interval() == pytest.approx(1000 / mosaic.SHARE)


@pytest.mark.usefixtures("_exhausted")
def test_snapshots_wait_until_decoding_has_rested(
    service: MosaicService, tiles: list[Tiles], asked: list[str], qtbot: QtBot
) -> None:
    service.request("tiles", codes(1, 2), epoch=1)
    qtbot.waitUntil(lambda: number_of(tiles) == 2)
    service.weights_changed(sparing=True)
    assert service._rest.isActive()
    assert asked == []
    service._rest.timeout.emit()  # as after the rest
    assert asked == ["anew"]


def test_while_the_person_moves_snapshots_wait(service: MosaicService, asked: list[str]) -> None:
    service.give_way(1000)
    service.weights_changed(sparing=True)
    assert asked == []
    service.weights_changed(sparing=False)
    assert asked == ["anew"], "another model is no snapshot"


def test_a_rest_after_which_nothing_has_changed_asks_for_nothing(
    service: MosaicService, tiles: list[Tiles], asked: list[str], qtbot: QtBot
) -> None:
    service.request("tiles", codes(1, 2), epoch=1)
    qtbot.waitUntil(lambda: number_of(tiles) == 2)
    service._rest.timeout.emit()  # as after the rest
    assert asked == []


def test_after_a_failure_snapshots_are_followed_again(
    service: MosaicService,
    decoding: DecodeService,
    tiles: list[Tiles],
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setattr(mosaic, "AFTER_FAILURE_MS", 0)
    decoder = FakeDecoder()
    decoder.failure = RuntimeError("out of memory")
    decoding.use(decoder)
    with qtbot.waitSignal(decoding.failed):
        service.request("tiles", codes(*range(100)), epoch=1)
    service.weights_changed(sparing=True)
    qtbot.waitUntil(lambda: asked == ["anew"])
    decoder.failure = None
    service.request("tiles", codes(1, 2), epoch=2)
    qtbot.waitUntil(lambda: number_of(tiles) == 2)
