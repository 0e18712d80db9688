from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.fakes import FakeDecoder, Gate, codes
from vae_explorer.core.latent.plane import LatentPlane, Lifted
from vae_explorer.services.chunks import FIRST
from vae_explorer.services.decoding import Decoded, DecodeService, Lane


@pytest.fixture
def service(qapp: QApplication) -> Iterator[DecodeService]:
    service = DecodeService()
    yield service
    service.close()


@pytest.fixture
def answers(service: DecodeService) -> list[Decoded]:
    answers: list[Decoded] = []
    service.decoded.connect(answers.append)
    return answers


def shown(answers: list[Decoded], lane: Lane = Lane.PROBE) -> list[int]:
    return [int(pixel) for answer in answers if answer.lane is lane for pixel in answer.pixels[:, 0, 0, 0]]


def test_a_code_is_decoded_on_another_thread(service: DecodeService, answers: list[Decoded], qtbot: QtBot) -> None:
    decoder = FakeDecoder()
    service.use(decoder)
    number = service.request(Lane.PROBE, codes(7))
    qtbot.waitUntil(lambda: len(answers) == 1)
    answer = answers[0]
    assert (answer.lane, answer.request, answer.first, answer.generation) == (Lane.PROBE, number, 0, 1)
    assert answer.codes.tolist() == [[7, 0]]
    assert answer.pixels.tolist() == [[[[7], [7]], [[7], [7]]]]
    assert decoder.seen_on.isdisjoint({threading.get_ident()})


def test_the_newest_request_wins(service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot) -> None:
    decoder = FakeDecoder(before=gate)
    service.use(decoder)
    service.request(Lane.PROBE, codes(1))
    gate.wait_until_reached()
    for number in range(2, 100):
        service.request(Lane.PROBE, codes(number))
    gate.open()
    qtbot.waitUntil(lambda: shown(answers)[-1:] == [99])
    assert decoder.calls == [[1], [99]]
    assert shown(answers) == [1, 99]


def test_codes_are_lifted_from_their_plane_on_the_thread(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    lifted_on = set[int]()

    class Plane(LatentPlane):
        def lift(self, xy: ArrayLike) -> NDArray[np.float32]:
            lifted_on.add(threading.get_ident())
            return super().lift(xy)

    plane = Plane.of_dims((0, 0), 0, 1)
    service.use(FakeDecoder())
    service.request(Lane.MOSAIC, Lifted(plane, codes(*range(200))))
    qtbot.waitUntil(lambda: len(shown(answers, Lane.MOSAIC)) == 200)
    assert shown(answers, Lane.MOSAIC) == list(range(200))
    assert threading.get_ident() not in lifted_on


def test_a_large_request_comes_in_chunks_in_order(service: DecodeService, answers: list[Decoded], qtbot: QtBot) -> None:
    decoder = FakeDecoder()
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(200)))
    qtbot.waitUntil(lambda: len(shown(answers, Lane.MOSAIC)) == 200)
    assert shown(answers, Lane.MOSAIC) == list(range(200))
    assert len(decoder.calls) > 1
    assert [answer.first for answer in answers] == [call[0] for call in decoder.calls]


def test_chunks_shrink_to_what_a_slow_decoder_can_do(
    service: DecodeService, answers: list[Decoded], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    times = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: next(times))  # every call to the decoder takes a second
    decoder = FakeDecoder()
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(20)))
    qtbot.waitUntil(lambda: len(shown(answers, Lane.MOSAIC)) == 20)
    first, *others = [len(call) for call in decoder.calls]
    assert first > 1
    assert set(others) == {1}


@pytest.mark.usefixtures("one_by_one")
def test_a_large_request_goes_on_while_the_main_thread_is_busy(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=lambda: gate() if len(decoder.calls) == 5 else None)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(5)))
    gate.wait_until_reached()  # no event has been handled
    assert answers == []
    gate.open()
    qtbot.waitUntil(lambda: shown(answers, Lane.MOSAIC) == list(range(5)))


def test_what_is_awaited_does_not_wait_for_the_rest(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    decoder = FakeDecoder()
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(10)), awaited=FIRST - 3)
    qtbot.waitUntil(lambda: shown(answers, Lane.MOSAIC) == list(range(10)))
    assert [len(call) for call in decoder.calls] == [FIRST - 3, 10 - FIRST + 3]


@pytest.mark.usefixtures("one_by_one")
def test_two_large_requests_take_turns(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=gate)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(1, 2, 3))
    gate.wait_until_reached()
    service.request(Lane.GRID, codes(11, 12, 13))
    gate.open()
    qtbot.waitUntil(lambda: len(answers) == 6)
    assert decoder.calls == [[1], [11], [2], [12], [3], [13]]


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("threads", [2, 4])
def test_several_threads_answer_in_the_order_of_what_was_asked(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot, threads: int
) -> None:
    decoder = FakeDecoder(threads=threads)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(200)))
    qtbot.waitUntil(lambda: len(answers) == 200)
    assert shown(answers, Lane.MOSAIC) == list(range(200))
    assert [answer.first for answer in answers] == list(range(200))
    assert sorted(decoder.calls) == [[number] for number in range(200)]


@pytest.mark.usefixtures("one_by_one")
def test_the_probe_cuts_in_between_the_calls_of_several_threads(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=gate, threads=2)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(50)))
    gate.wait_until_reached()
    service.request(Lane.PROBE, codes(99))
    service.swap({"weight": 100})
    gate.open()
    qtbot.waitUntil(lambda: len(answers) == 51)
    assert decoder.calls.index([99]) <= 2, "a call of each thread may be under way"
    assert decoder.swaps == [100]
    assert shown(answers) == [199]


@pytest.mark.usefixtures("one_by_one")
def test_the_probe_goes_before_the_mosaic(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=gate)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(1, 2, 3))
    gate.wait_until_reached()
    service.request(Lane.STRIP, codes(50))
    service.request(Lane.PROBE, codes(99))
    gate.open()
    qtbot.waitUntil(lambda: len(shown(answers, Lane.MOSAIC)) == 3)
    assert decoder.calls == [[1], [99], [50], [2], [3]]


@pytest.mark.usefixtures("one_by_one")
def test_a_newer_request_replaces_the_rest_of_an_older_one(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=gate)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(1, 2, 3))
    gate.wait_until_reached()
    newest = service.request(Lane.MOSAIC, codes(7, 8))
    gate.open()
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert decoder.calls == [[1], [7], [8]]
    assert [answer.request for answer in answers[1:]] == [newest, newest]


def test_answers_of_a_model_that_is_gone_are_dropped(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    service.use(FakeDecoder(before=gate))
    service.request(Lane.PROBE, codes(1))
    service.request(Lane.MOSAIC, codes(1, 2, 3))
    gate.wait_until_reached()
    other = FakeDecoder(weight=100)
    service.use(other)
    service.request(Lane.PROBE, codes(1))
    gate.open()
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert shown(answers) == [101]
    assert other.calls == [[1]]


def test_the_failure_of_a_model_that_is_gone_is_not_told(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    failures: list[str] = []
    service.failed.connect(failures.append)
    old = FakeDecoder(before=gate)
    old.failure = RuntimeError("too late to matter")
    service.use(old)
    service.request(Lane.PROBE, codes(1))
    gate.wait_until_reached()
    service.use(FakeDecoder())
    service.request(Lane.PROBE, codes(2))
    gate.open()
    qtbot.waitUntil(lambda: shown(answers) == [2])
    assert failures == []


def test_without_a_decoder_a_request_waits_for_one(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    service.use(None)
    service.request(Lane.PROBE, codes(1))
    decoder = FakeDecoder()
    service.use(decoder)  # asked of no model, it is not the new one's
    service.request(Lane.PROBE, codes(2))
    qtbot.waitUntil(lambda: shown(answers) == [2])
    assert decoder.calls == [[2]]


def test_newer_weights_decode_the_next_request(service: DecodeService, answers: list[Decoded], qtbot: QtBot) -> None:
    service.use(FakeDecoder())
    with qtbot.waitSignal(service.weights_changed) as changed:
        service.swap({"weight": 100})
    service.request(Lane.PROBE, codes(1))
    qtbot.waitUntil(lambda: shown(answers) == [101])
    assert changed.args == [2]
    assert answers[0].generation == service.generation == 2


@pytest.mark.usefixtures("one_by_one")
def test_newer_weights_come_between_chunks_and_only_the_newest(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    decoder = FakeDecoder(before=gate)
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(1, 2))
    gate.wait_until_reached()
    for weight in (10, 20, 30):
        service.swap({"weight": weight})
    gate.open()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert decoder.swaps == [30]
    assert shown(answers, Lane.MOSAIC) == [1, 32]
    assert [answer.generation for answer in answers] == [1, 2]


def test_weights_for_a_model_that_is_gone_are_not_taken(service: DecodeService, gate: Gate, qtbot: QtBot) -> None:
    service.use(FakeDecoder(before=gate))
    service.request(Lane.PROBE, codes(1))
    gate.wait_until_reached()
    service.swap({"weight": 10})
    other = FakeDecoder()
    service.use(other)
    service.request(Lane.PROBE, codes(1))
    gate.open()
    with qtbot.waitSignal(service.decoded):
        pass
    assert other.swaps == []


def test_a_failure_is_told_once_and_the_service_goes_on(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    failures: list[str] = []
    service.failed.connect(failures.append)
    decoder = FakeDecoder()
    decoder.failure = RuntimeError("out of memory")
    service.use(decoder)
    service.request(Lane.MOSAIC, codes(*range(50)))
    qtbot.waitUntil(lambda: len(failures) == 1)
    decoder.failure = None
    service.request(Lane.PROBE, codes(5))
    qtbot.waitUntil(lambda: shown(answers) == [5])
    assert failures == ["RuntimeError: out of memory"]
    assert len(decoder.calls) == 2, "the rest of the request that failed was decoded"


def test_weights_that_do_not_fit_leave_the_old_ones(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    decoder = FakeDecoder(weight=3)
    decoder.failure = RuntimeError("size mismatch")
    service.use(decoder)
    with qtbot.waitSignal(service.failed) as failed:
        service.swap({"weight": 10})
    decoder.failure = None
    service.request(Lane.PROBE, codes(1))
    qtbot.waitUntil(lambda: shown(answers) == [4])
    assert failed.args == ["RuntimeError: size mismatch"]
    assert service.generation == 1


# Classes of a conditional model


def test_the_class_that_is_chosen_decodes_what_is_asked_for_next(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    changes: list[int] = []
    service.condition_changed.connect(changes.append)
    service.use(FakeDecoder())
    service.condition(7)
    service.condition(7)
    service.request(Lane.PROBE, codes(100))
    qtbot.waitUntil(lambda: shown(answers) == [107])
    assert changes == [answers[0].generation] == [service.generation] == [2]


@pytest.mark.usefixtures("one_by_one")
def test_a_class_that_is_chosen_meanwhile_decodes_the_rest(
    service: DecodeService, answers: list[Decoded], gate: Gate, qtbot: QtBot
) -> None:
    service.use(FakeDecoder(before=gate))
    service.request(Lane.MOSAIC, codes(10, 20, 30))
    gate.wait_until_reached()
    service.condition(5)
    gate.open()
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert shown(answers, Lane.MOSAIC) == [10, 25, 35]
    assert [answer.generation for answer in answers] == [1, 2, 2]


@pytest.mark.usefixtures("one_by_one")
def test_codes_with_classes_of_their_own_are_decoded_as_those(
    service: DecodeService, answers: list[Decoded], qtbot: QtBot
) -> None:
    service.use(FakeDecoder())
    service.condition(9)
    service.request(Lane.STRIP, codes(10, 20, 30), np.array([3, 0, 1]))
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert shown(answers, Lane.STRIP) == [13, 20, 31]


def test_another_model_decodes_its_first_class(service: DecodeService, answers: list[Decoded], qtbot: QtBot) -> None:
    service.use(FakeDecoder())
    service.condition(9)
    service.use(FakeDecoder())
    service.request(Lane.PROBE, codes(1))
    qtbot.waitUntil(lambda: shown(answers) == [1])
