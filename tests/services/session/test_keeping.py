"""The model on show is saved and exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.services.sessions import Heard, MakeRun, open_run
from vae_explorer.core.exporters.base import exporters
from vae_explorer.services.session import Session


def test_a_model_is_saved_under_a_new_name(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    path, target = make_run(), tmp_path / "kept"
    open_run(session, path, qtbot)
    session.keeping.save_as(target)
    qtbot.waitUntil(lambda: heard.notes == [f"Saved to {target}"])
    assert sorted(file.name for file in target.iterdir()) == sorted(file.name for file in path.iterdir())
    assert (target / "model.safetensors").read_bytes() == (path / "model.safetensors").read_bytes()
    assert session.settings.values.recent_models[0] == str(target)


def test_saving_overwrites_nothing(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "diary.txt").write_text("mine")
    open_run(session, make_run(), qtbot)
    session.keeping.save_as(tmp_path / "kept")
    qtbot.waitUntil(lambda: bool(heard.failures))
    assert heard.failures == ["“kept” exists already; choose another name, so that nothing is overwritten."]
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["diary.txt"]


def test_saving_where_there_is_no_folder_is_one_sentence(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    open_run(session, make_run(), qtbot)
    session.keeping.save_as(tmp_path / "nowhere" / "kept")
    qtbot.waitUntil(lambda: bool(heard.failures))
    target = tmp_path / "nowhere" / "kept"
    assert heard.failures == [f"The model could not be saved to “{target}”: No such file or directory."]


def test_without_a_model_there_is_nothing_to_save(session: Session, heard: Heard, tmp_path: Path) -> None:
    session.keeping.save_as(tmp_path / "kept")
    assert heard.failures == ["There is no model to save yet."]


@pytest.mark.parametrize("to", ["safetensors", "torch-export"])
def test_a_model_is_exported(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot, to: str
) -> None:
    open_run(session, make_run(), qtbot)
    target = tmp_path / f"model{exporters.get(to).suffix}"
    session.keeping.export(to, target)
    qtbot.waitUntil(lambda: heard.notes == ["Exporting…", f"Exported to {target}"])
    assert target.exists()
    assert heard.failures == []


def test_an_export_that_can_not_be_is_one_sentence(
    session: Session, heard: Heard, make_run: MakeRun, tmp_path: Path, qtbot: QtBot
) -> None:
    open_run(session, make_run(likelihood="gaussian"), qtbot)
    session.keeping.export("pythae", tmp_path / "model")
    qtbot.waitUntil(lambda: bool(heard.failures))
    (sentence,) = heard.failures
    assert "this model's likelihood is “gaussian”" in sentence
    assert not (tmp_path / "model").exists()


def test_without_a_model_there_is_nothing_to_export(session: Session, heard: Heard, tmp_path: Path) -> None:
    session.keeping.export("onnx", tmp_path / "model")
    assert heard.failures == ["There is no model to export yet."]
