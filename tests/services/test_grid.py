from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import FakeDecoder, Gate, codes
from vae_explorer.core.captions import Words
from vae_explorer.core.latent.board import Board
from vae_explorer.core.latent.grid import Axis
from vae_explorer.services.decoding import DecodeService, Lane
from vae_explorer.services.grid import Cells, GridService

BOARD = Board.of_plane(Axis.of(0, (1, 3), 3), Axis.of(1, (0, 1), 2))


@pytest.fixture
def decoding(qapp: QApplication) -> Iterator[DecodeService]:
    service = DecodeService()
    service.use(FakeDecoder())
    yield service
    service.close()


@pytest.fixture
def service(decoding: DecodeService) -> Iterator[GridService]:
    service = GridService(decoding)
    yield service
    service.close()


@pytest.fixture
def cells(service: GridService) -> list[Cells]:
    cells: list[Cells] = []
    service.decoded.connect(cells.append)
    return cells


def values(cells: list[Cells]) -> dict[int, int]:
    """What each cell shows, by its number."""
    shown: dict[int, int] = {}
    for some in cells:
        shown |= dict(zip(some.numbers.tolist(), some.pixels[:, 0, 0, 0].tolist(), strict=True))
    return shown


def test_every_cell_gets_its_image(service: GridService, cells: list[Cells], qtbot: QtBot) -> None:
    service.ask("page", codes(*range(100)))
    assert not service.is_complete
    qtbot.waitUntil(lambda: service.is_complete)
    assert values(cells) == {number: number for number in range(100)}
    assert [some.is_complete for some in cells] == [False] * (len(cells) - 1) + [True]
    assert {some.page for some in cells} == {"page"}


@pytest.mark.usefixtures("one_by_one")
def test_cells_that_were_decoded_longest_ago_come_first(
    service: GridService, decoding: DecodeService, cells: list[Cells], qtbot: QtBot
) -> None:
    second = Gate()
    decoder = FakeDecoder(before=lambda: second() if len(decoder.calls) == 2 else None)
    decoding.use(decoder)

    def ask_anew(some: Cells) -> None:
        if len(cells) == 1:
            second.wait_until_reached()
            service.ask("page", codes(11, 12, 13))
            second.open()

    service.decoded.connect(ask_anew)
    service.ask("page", codes(1, 2, 3))
    qtbot.waitUntil(lambda: service.is_complete)
    # When the newer request came the first cell was there and the second under way.
    assert decoder.calls == [[1], [2], [12], [13], [11]]
    assert values(cells) == {0: 11, 1: 12, 2: 13}


def test_another_page_has_no_cells_of_the_one_before(
    service: GridService, decoding: DecodeService, cells: list[Cells], gate: Gate, qtbot: QtBot
) -> None:
    decoding.use(FakeDecoder(before=gate))
    service.ask("page", codes(1, 2))
    gate.wait_until_reached()
    service.ask("another", codes(7, 8))
    gate.open()
    qtbot.waitUntil(lambda: service.is_complete)
    assert {some.page for some in cells} == {"another"}
    assert values(cells) == {0: 7, 1: 8}


@pytest.mark.usefixtures("one_by_one")
def test_grid_and_mosaic_take_turns_behind_the_probe(
    service: GridService, decoding: DecodeService, gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=gate)
    decoding.use(decoder)
    decoding.request(Lane.MOSAIC, codes(1, 2, 3))
    gate.wait_until_reached()
    service.ask("page", codes(11, 12, 13))
    decoding.request(Lane.STRIP, codes(50))
    decoding.request(Lane.PROBE, codes(99))
    gate.open()
    qtbot.waitUntil(lambda: service.is_complete and len(decoder.calls) == 8)
    assert decoder.calls == [[1], [99], [50], [11], [2], [12], [3], [13]]


def test_other_weights_outdate_the_cells(service: GridService, qtbot: QtBot) -> None:
    with qtbot.waitSignal(service.outdated):
        service.weights_changed(sparing=False)


def test_snapshots_wait_until_the_cells_under_way_are_there(
    service: GridService, decoding: DecodeService, gate: Gate, qtbot: QtBot
) -> None:
    asked: list[str] = []
    service.outdated.connect(lambda: asked.append("anew"))
    decoding.use(FakeDecoder(before=gate))
    service.ask("page", codes(1, 2))
    service.weights_changed(sparing=True)
    assert asked == []
    gate.open()
    qtbot.waitUntil(lambda: service.is_complete)
    service._tiles._rest.timeout.emit()  # as after the rest
    assert asked == ["anew"]


def test_a_picture_is_saved_once_all_cells_are_there(
    service: GridService, decoding: DecodeService, gate: Gate, tmp_path: Path, qtbot: QtBot
) -> None:
    decoding.use(FakeDecoder(before=gate))
    service.ask("page", BOARD.codes((0, 0)))
    with qtbot.waitSignal(service.saved) as saved:
        service.save(BOARD, Words({}), tmp_path / "grid.png")
        assert not list(tmp_path.iterdir())
        gate.open()
    assert saved.args == [str(tmp_path / "grid.png")]
    with Image.open(tmp_path / "grid.png") as picture:
        pixels = np.asarray(picture)
    # 3 × 2 cells of 2 × 2 pixels, each enlarged 80 times, in a margin with the words.
    cells = pixels[12 : 12 + 320, -480 - (pixels.shape[1] - _left_of(pixels) - 480) :][:, :480, 0]
    assert np.array_equal(cells[::160, ::160], [[1, 2, 3], [1, 2, 3]])
    assert pixels.shape[0] > 12 + 320 + 30


def _left_of(pixels: np.ndarray) -> int:
    """Where the mosaic begins: the first column of the top row of cells that isn't paper."""
    return int((pixels[13] < 20).all(axis=1).argmax())


def test_what_cannot_be_written_is_told(service: GridService, tmp_path: Path, qtbot: QtBot) -> None:
    service.ask("page", BOARD.codes((0, 0)))
    with qtbot.waitSignal(service.failed) as failed:
        service.save(BOARD, Words({}), tmp_path / "none" / "grid.png")
    assert "cannot be written" in failed.args[0]


def test_a_save_is_finished_before_the_end(
    service: GridService, decoding: DecodeService, tmp_path: Path, qtbot: QtBot
) -> None:
    service.ask("page", BOARD.codes((0, 0)))
    qtbot.waitUntil(lambda: service.is_complete)
    service.save(BOARD, Words({}), tmp_path / "grid.png")
    service.close()
    assert (tmp_path / "grid.png").is_file()


def test_nothing_is_saved_after_a_failure(
    service: GridService, decoding: DecodeService, tmp_path: Path, qtbot: QtBot
) -> None:
    decoder = FakeDecoder()
    decoder.failure = RuntimeError("out of memory")
    decoding.use(decoder)
    service.ask("page", BOARD.codes((0, 0)))
    with qtbot.waitSignal(decoding.failed):
        service.save(BOARD, Words({}), tmp_path / "grid.png")
    decoder.failure = None
    service.ask("page", BOARD.codes((0, 0)))
    qtbot.waitUntil(lambda: service.is_complete)
    service.close()
    assert not list(tmp_path.iterdir())
