from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from tests.services.fakes import FakeJudge, Gate
from vae_explorer.core.data.base import ImageSet
from vae_explorer.services.misfit import MisfitService


@pytest.fixture
def service(qapp: QApplication) -> Iterator[MisfitService]:
    service = MisfitService()
    yield service
    service.close()


@pytest.fixture
def images(make_images: MakeImages) -> ImageSet:
    return make_images(count=4)


def ask(service: MisfitService, images: ImageSet, qtbot: QtBot, *, exactly: bool = True) -> list[float]:
    with qtbot.waitSignal(service.measured):
        service.ask(images, exactly=exactly)
    found = service.find(images, exactly=exactly)
    assert found is not None
    return list(map(float, found[1].squared_error))


def test_the_model_in_use_judges(service: MisfitService, images: ImageSet, qtbot: QtBot) -> None:
    service.ask(images, exactly=True)
    assert service.find(images, exactly=False) is None
    service.use(FakeJudge(2))
    assert ask(service, images, qtbot) == [2, 2, 2, 2]
    service.use(FakeJudge(3))
    assert service.find(images, exactly=False) is None
    assert ask(service, images, qtbot) == [3, 3, 3, 3]


def test_newer_weights_make_an_answer_inexact(service: MisfitService, images: ImageSet, qtbot: QtBot) -> None:
    judge = FakeJudge(2)
    service.use(judge)
    ask(service, images, qtbot)
    judge.take(5, step=40)
    assert service.find(images, exactly=True) is None
    assert service.find(images, exactly=False) is not None
    assert ask(service, images, qtbot) == [5, 5, 5, 5]
    found = service.find(images, exactly=True)
    assert found is not None
    assert found[0].step == 40


def test_what_is_under_way_is_not_begun_again(
    service: MisfitService, images: ImageSet, gate: Gate, qtbot: QtBot
) -> None:
    judge = FakeJudge(2, before=gate)
    service.use(judge)
    service.ask(images, exactly=True)
    gate.wait_until_reached()
    judge.take(3, step=1)
    service.ask(images, exactly=False)
    with qtbot.waitSignal(service.measured):
        gate.open()
    assert judge.judged == [2]


@pytest.mark.parametrize("how", ["stop", "other model", "other images", "newer weights"])
def test_what_nobody_wants_any_more_is_given_up(
    service: MisfitService, images: ImageSet, make_images: MakeImages, gate: Gate, qtbot: QtBot, how: str
) -> None:
    first = FakeJudge(2, before=gate)
    service.use(first)
    service.ask(images, exactly=True)
    gate.wait_until_reached()
    if how == "stop":
        service.stop()
    elif how == "other model":
        service.use(FakeJudge(2))
    elif how == "newer weights":
        first.take(2, step=1)
    wanted = make_images(count=2) if how == "other images" else images
    service.ask(wanted, exactly=True)
    with qtbot.waitSignal(service.measured):
        gate.open()
    found = service.find(wanted, exactly=True)
    assert found is not None
    assert found[1].squared_error.tolist() == [2] * len(wanted)
    assert first.cancelled


def test_it_tells_how_far_it_is(service: MisfitService, images: ImageSet, qtbot: QtBot) -> None:
    shares: list[float] = []
    service.progressed.connect(shares.append)
    service.use(FakeJudge(1))
    ask(service, images, qtbot)
    assert shares == [0.5, 1]


def test_a_failure_is_told_once(service: MisfitService, images: ImageSet, qtbot: QtBot) -> None:
    judge = FakeJudge(1)
    judge.failure = RuntimeError("out of memory")
    service.use(judge)
    with qtbot.waitSignal(service.failed) as failed:
        service.ask(images, exactly=True)
    assert failed.args == ["RuntimeError: out of memory"]
    service.ask(images, exactly=True)
    judge.failure = None
    judge.take(4, step=1)
    assert ask(service, images, qtbot) == [4, 4, 4, 4]
    assert judge.judged == [1, 4]
