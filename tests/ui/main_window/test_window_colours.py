"""Points coloured by a number, in the whole window."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.windows import train
from vae_explorer.core.misfit import measure_misfit
from vae_explorer.core.model import load_model
from vae_explorer.core.shades import UNKNOWN, Groups, Shades
from vae_explorer.services.colours import BY_LABEL, ColourBy
from vae_explorer.services.state import Shading
from vae_explorer.ui.main_window import MainWindow
from vae_explorer.ui.views.plane.colour_choice import ColourChoice
from vae_explorer.ui.widgets.convert_dialog import Answer, ConvertDialog


def choose(window: MainWindow, by: ColourBy) -> None:
    choice = window.plane.findChild(ColourChoice, "colour_by")
    assert choice is not None
    place = choice.choices.index(by)
    choice.setCurrentIndex(place)
    choice.activated.emit(place)


def shading_of(window: MainWindow, by: ColourBy, qtbot: QtBot) -> Shading:
    store = window.session.store

    def is_there() -> bool:
        return store.state.colour_by == by and store.state.shading is not None and store.state.shading.by == by

    qtbot.waitUntil(is_there)
    assert store.state.shading is not None
    return store.state.shading


@pytest.fixture
def table(shown: MainWindow, tmp_path: Path) -> Path:
    """A table of all images but the first, in which the second has no size."""
    images = shown.session.store.state.images
    assert images is not None
    names = [path for path in images.paths if path.isprintable()]
    rows = [f"{name},{number if number > 1 else ''},{'large' if number > 9 else 'small'}"
            for number, name in enumerate(names)][1:]  # fmt: skip
    path = tmp_path / "sizes.csv"
    path.write_text("\n".join(["file,size,class", *rows]), encoding="utf-8")
    return path


def test_every_choice_is_computed_and_can_be_undone(shown: MainWindow, qtbot: QtBot) -> None:
    for by in (ColourBy("kl"), ColourBy("distance"), ColourBy("dim", axis=2), ColourBy("nll")):
        choose(shown, by)
        content = shading_of(shown, by, qtbot).content
        assert isinstance(content, Shades)
        assert content.unknown == 0
        assert content.least < content.most
    assert "by −log p(x|z)" in shown.actions_.undo.text()
    shown.actions_.undo.trigger()
    shading_of(shown, ColourBy("dim", axis=2), qtbot)
    for _ in range(3):
        shown.actions_.undo.trigger()
    assert shown.session.store.state.colour_by == BY_LABEL


def test_the_error_is_the_model_s_own(shown: MainWindow, trained: Path, qtbot: QtBot) -> None:
    by, images = ColourBy("squared_error"), shown.session.store.state.images
    assert images is not None
    choose(shown, by)
    content = shading_of(shown, by, qtbot).content
    assert isinstance(content, Shades)
    expected = measure_misfit(load_model(trained), images.images).squared_error
    assert (content.least, content.most) == pytest.approx((expected.min(), expected.max()), rel=1e-4)


def test_a_table_colours_until_other_images_come(
    shown: MainWindow, table: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(ConvertDialog, "ask", classmethod(lambda cls, *_: Answer.CONVERT))
    session = shown.session
    with qtbot.waitSignal(session.noted) as noted:
        session.tables.open(table)
    assert "stay grey" in noted.args[0]
    size = shading_of(shown, ColourBy("column", "size"), qtbot).content
    assert isinstance(size, Shades)
    assert (size.steps == UNKNOWN).sum() == size.unknown
    assert size.unknown >= 2
    choose(shown, ColourBy("column", "class"))
    groups = shading_of(shown, ColourBy("column", "class"), qtbot).content
    assert isinstance(groups, Groups)
    assert groups.names == ("large", "small", "?")
    with qtbot.waitSignal(session.embedding.embedded):
        session.open_images("sample:digits")
    assert session.store.state.table is None
    assert session.store.state.colour_by == BY_LABEL


def test_a_table_that_does_not_fit_is_said_in_the_window(shown: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "t.csv"
    path.write_text("file,x\nnobody.png,1\n", encoding="utf-8")
    with qtbot.waitSignal(shown.session.failed) as failed:
        shown.session.tables.open(path)
    assert "names none of these images" in failed.args[0]
    assert shown.notice.isVisible()


def test_while_training_the_error_says_of_which_step_it_is(shown: MainWindow, qtbot: QtBot) -> None:
    train(shown, qtbot, epochs=100_000)
    session, by = shown.session, ColourBy("squared_error")
    qtbot.waitUntil(lambda: session.loaded is not None and session.loaded.step is not None)
    qtbot.waitUntil(lambda: session.store.state.embedding is not None)
    choose(shown, by)
    first = shading_of(shown, by, qtbot)
    assert first.step is not None
    shown.plane.colours_wanted.emit()
    qtbot.waitUntil(lambda: session.store.state.shading is not first)
    assert session.store.state.shading is not None
    assert session.store.state.shading.step is not None
    assert session.store.state.shading.step >= first.step
    with qtbot.waitSignal(session.training_ended):
        session.training.stop()
    qtbot.waitUntil(lambda: session.store.state.shading is not None and session.store.state.shading.step is None)
