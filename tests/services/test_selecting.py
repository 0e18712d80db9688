"""Selecting: among few images at once, among many on a thread, one wish after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from tests.patience import PATIENCE_S
from tests.services.conftest import MakeImages
from vae_explorer.core.errors import UserError
from vae_explorer.services import selecting
from vae_explorer.services.embedding import describe
from vae_explorer.services.selecting import Find, SelectingService
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import AppState, Embedding, Store

COUNT = 30


def embedding_of(images: object) -> Embedding:
    return describe(images, np.random.default_rng(0).normal(size=(COUNT, 2)).astype(np.float32), None, 1)  # type: ignore[arg-type]


@pytest.fixture
def store(make_images: MakeImages) -> Store:
    return Store(AppState(embedding=embedding_of(make_images(count=COUNT))))


@pytest.fixture
def service(store: Store, qtbot: QtBot) -> Iterator[SelectingService]:
    service = SelectingService(store)
    yield service
    service.close()


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "AT_ONCE", 10)


def these(*numbers: int) -> Find:
    return lambda _embedding, _cancel: np.array(numbers, np.int64)


def selected(store: Store) -> list[int]:
    return [] if store.state.selection is None else store.state.selection.indices.tolist()


def test_among_few_images_it_is_done_at_once(service: SelectingService, store: Store) -> None:
    service.select(these(3, 1))
    service.select(these(2), "add")
    service.select(these(3), "subtract")
    assert selected(store) == [1, 2]


@pytest.mark.usefixtures("many")
def test_among_many_it_is_done_on_a_thread_and_told_meanwhile(
    service: SelectingService, store: Store, qtbot: QtBot
) -> None:
    said = list[str]()
    service.busy.connect(said.append)
    threads = list[int]()

    def find(_embedding: Embedding, _cancel: threading.Event) -> NDArray[np.int64]:
        threads.append(threading.get_ident())
        return np.array([3, 1], np.int64)

    service.select(find)
    assert selected(store) == []
    assert said == ["Selecting among 30 images…"]
    qtbot.waitUntil(lambda: selected(store) == [1, 3])
    assert said[1:] == [""]
    assert threads != [threading.get_ident()]


@pytest.mark.usefixtures("many")
def test_each_wish_goes_on_from_the_one_before(service: SelectingService, store: Store, qtbot: QtBot) -> None:
    service.select(these(1, 2, 3))
    service.select(these(7), "add")
    service.select(these(2), "subtract")
    qtbot.waitUntil(lambda: selected(store) == [1, 3, 7])


@pytest.mark.usefixtures("many")
def test_another_selection_ends_the_search_under_way(service: SelectingService, store: Store, qtbot: QtBot) -> None:
    ended = threading.Event()

    def search(_embedding: Embedding, cancel: threading.Event) -> NDArray[np.int64]:
        if cancel.wait(60):
            ended.set()
        return np.array([1], np.int64)

    service.select(search)
    service.select(these(5))
    qtbot.waitUntil(lambda: selected(store) == [5])
    assert ended.is_set()


@pytest.mark.usefixtures("many")
def test_what_was_selected_or_opened_meanwhile_stays(
    service: SelectingService, store: Store, qtbot: QtBot, make_images: MakeImages
) -> None:
    with qtbot.waitSignal(service.busy, check_params_cb=lambda words: not words):
        service.select(these(1))
        store.update(selection=Selection(np.array([8], np.int64)))
    assert selected(store) == [8]
    with qtbot.waitSignal(service.busy, check_params_cb=lambda words: not words):
        service.select(these(1))
        store.update(embedding=embedding_of(make_images(count=COUNT, seed=1)), selection=None)
    assert selected(store) == []


@pytest.mark.parametrize("most", [10, 100])
def test_where_nothing_is_found_all_stays(
    service: SelectingService, store: Store, qtbot: QtBot, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.select(these(4))
    monkeypatch.setattr(selecting, "AT_ONCE", most)
    with qtbot.waitSignal(service.noted) as noted:
        service.select(these(), if_none="There is none.")
    assert noted.args == ["There is none."]
    assert selected(store) == [4]


@pytest.mark.parametrize("most", [10, 100])
def test_what_fails_is_told_and_the_next_wish_is_carried_out(
    service: SelectingService, store: Store, qtbot: QtBot, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "AT_ONCE", most)

    def fail(_embedding: Embedding, _cancel: threading.Event) -> NDArray[np.int64]:
        raise UserError("No.")

    with qtbot.waitSignal(service.failed) as failed:
        service.select(fail)
        service.select(these(2), "add")
    assert failed.args == ["No."]
    qtbot.waitUntil(lambda: selected(store) == [2])


@pytest.mark.parametrize("count", [5, 20])
@pytest.mark.usefixtures("many")
def test_what_is_saved_is_noted(service: SelectingService, qtbot: QtBot, count: int) -> None:
    with qtbot.waitSignal(service.noted) as noted:
        service.save(lambda: "Saved.", count)
    assert noted.args == ["Saved."]


def test_without_images_nothing_is_selected(qtbot: QtBot) -> None:
    store = Store()
    service = SelectingService(store)
    service.select(these(1))
    assert store.state.selection is None
    service.close()


@pytest.mark.usefixtures("many")
def test_a_wish_that_waits_selects_nothing_among_other_images(
    service: SelectingService, store: Store, qtbot: QtBot, make_images: MakeImages
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def find(_embedding: Embedding, _cancel: threading.Event) -> NDArray[np.int64]:
        reached.set()
        assert go_on.wait(PATIENCE_S)
        return np.array([1], np.int64)

    service.select(find)
    service.select(these(29), "add")
    assert reached.wait(PATIENCE_S)
    store.update(embedding=embedding_of(make_images(count=COUNT, source="/others")))
    said = list[str]()
    service.busy.connect(said.append)
    go_on.set()
    qtbot.waitUntil(lambda: "" in said, timeout=1000 * PATIENCE_S)
    qtbot.wait(50)
    assert selected(store) == []


@pytest.mark.usefixtures("many")
def test_what_is_under_way_is_told_until_all_of_it_is_over(
    service: SelectingService, store: Store, qtbot: QtBot
) -> None:
    said, noted = list[str](), list[str]()
    service.busy.connect(said.append)
    service.noted.connect(noted.append)
    service.select(these(3))
    service.save(lambda: "saved", COUNT)
    qtbot.waitUntil(lambda: noted == ["saved"], timeout=1000 * PATIENCE_S)
    assert [words[:6] for words in said] == ["Select", "Select", "Saving", ""]
