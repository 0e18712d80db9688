from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from vae_explorer.services.colours import ColourBy
from vae_explorer.services.embedding import describe
from vae_explorer.services.state import AppState, Embedding, Store
from vae_explorer.services.tables import Tables
from vae_explorer.services.task import Job, TaskThread


@pytest.fixture
def embedding(make_images: MakeImages) -> Embedding:
    return describe(make_images(count=3), np.zeros((3, 2), np.float32), None, generation=1)


@pytest.fixture
def store(embedding: Embedding) -> Store:
    return Store(AppState(images=embedding.images, embedding=embedding, hidden=frozenset({"a"})))


@pytest.fixture
def tables(store: Store, thread: TaskThread) -> Tables:
    return Tables(store, thread)


def write(folder: Path, *lines: str) -> Path:
    (folder / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder / "t.csv"


def test_a_table_colours_by_its_first_column(tables: Tables, store: Store, tmp_path: Path, qtbot: QtBot) -> None:
    path = write(tmp_path, "file,mood,age", "0.png,sad,1", "1.png,glad,2", "2.png,sad,3")
    notes: list[str] = []
    tables.noted.connect(notes.append)
    with qtbot.waitSignal(store.changed):
        tables.open(path)
    assert store.state.colour_by == ColourBy("column", "mood")
    assert store.state.table is not None
    assert list(store.state.table.columns) == ["mood", "age"]
    assert not store.state.hidden
    assert notes == []


def test_images_without_a_row_are_counted(tables: Tables, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tables.noted) as noted:
        tables.open(write(tmp_path, "file,mood", "1.png,glad"))
    assert noted.args == ["“t.csv” has no row for 2 of the 3 images, which stay grey."]


def test_what_is_wrong_with_a_table_is_said_and_nothing_changes(
    tables: Tables, store: Store, tmp_path: Path, qtbot: QtBot
) -> None:
    before = store.state
    with qtbot.waitSignal(tables.failed) as failed:
        tables.open(write(tmp_path, "file,mood", "nobody.png,glad"))
    assert failed.args == ["“t.csv” names none of these images; the first row says “nobody.png”."]
    assert store.state == before


def test_without_images_there_is_nothing_to_say(tables: Tables, store: Store, tmp_path: Path, qtbot: QtBot) -> None:
    store.update(embedding=None)
    with qtbot.waitSignal(tables.failed) as failed:
        tables.open(tmp_path / "t.csv")
    assert failed.args == ["A table says something of images: open some first."]


def test_a_table_of_images_that_are_gone_is_dropped(
    tables: Tables, store: Store, thread: TaskThread, embedding: Embedding, tmp_path: Path, qtbot: QtBot
) -> None:
    tables.open(write(tmp_path, "file,mood", "1.png,glad"))
    others = replace(embedding.images, paths=("a.png", "b.png", "c.png"))
    store.update(embedding=replace(embedding, images=others))
    answers: list[object] = []
    thread.submit(Job(lambda: None, answers.append, answers.append))
    qtbot.waitUntil(lambda: bool(answers))
    assert store.state.table is None
