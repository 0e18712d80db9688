from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from vae_explorer.core.progress import TrainStep
from vae_explorer.ui.views.curves import Curves

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def curves(qtbot: QtBot) -> Curves:
    curves = Curves()
    qtbot.addWidget(curves)
    curves.resize(900, 180)
    curves.show()
    return curves


def _terms(loss: float, beta: float = 1.0) -> dict[str, float]:
    return {"loss": loss, "reconstruction": loss - beta * 5, "kl": 5.0, "elbo": -(loss - beta * 5 + 5)}


def _history(count: int = 30, **terms: float) -> list[dict[str, Any]]:
    return [
        {
            "step": 100 * place, "epoch": place, "elapsed_s": 2.0 * place, "training": _terms(500 - place, **terms),
            "validation": _terms(510 - place, **terms), "is_best": place <= 20,
        }
        for place in range(1, count + 1)
    ]  # fmt: skip


def _names(curves: Curves, plot: str) -> list[str]:
    return [line.name for line in curves.plots[plot].lines]


def _press(curves: Curves, name: str) -> None:
    button = curves.findChild(QToolButton, name)
    assert button is not None
    QTest.mouseClick(button, LEFT)


def test_a_history_is_drawn_over_time_with_the_best_validation_marked(curves: Curves) -> None:
    curves.start(_history())
    for plot in curves.plots.values():
        assert [line.name for line in plot.lines] == ["training", "validation"]
        assert plot.lines[0].x[-1] == 60
    assert curves.plots["loss"].best == (40, 490)


def test_steps_take_the_place_of_time(curves: Curves) -> None:
    curves.start(_history())
    _press(curves, "curves_steps")
    assert curves.plots["loss"].lines[0].x[-1] == 3000
    assert curves.plots["loss"].best == (2000, 490)


def test_the_elbo_is_drawn_where_it_isn_t_the_loss(curves: Curves) -> None:
    curves.start(_history(beta=2.0))
    assert _names(curves, "loss") == ["training", "validation", "−ELBO"]
    assert _names(curves, "kl") == ["training", "validation"]


def test_a_plain_autoencoder_has_no_kl_plot(curves: Curves) -> None:
    assert curves.plots["kl"].isVisible()
    line = _history(1)[0] | {"training": {"loss": 9.0, "reconstruction": 9.0}, "validation": None}
    curves.start([line])
    assert not curves.plots["kl"].isVisible()


def test_what_training_reports_is_drawn_by_time_and_not_each_time(curves: Curves, qtbot: QtBot) -> None:
    curves.start([])
    for step in range(1, 6):
        curves.add(TrainStep(step, 100, 1, 1, step / 10, None, 1.0, training=_terms(200.0 - step)))
    assert _names(curves, "loss") == []
    qtbot.waitUntil(lambda: len(curves.plots["loss"].lines) == 1)
    assert [len(line.y) for line in curves.plots["loss"].lines] == [5]


def test_nothing_is_drawn_while_nobody_looks(curves: Curves) -> None:
    curves.hide()
    curves.start(_history())
    assert _names(curves, "loss") == []
    curves.show()
    assert len(curves.plots["loss"].lines) == 2


def test_another_run_forgets_the_one_before(curves: Curves) -> None:
    curves.start(_history())
    curves.start([])
    assert _names(curves, "loss") == []
    assert curves.plots["loss"].best is None


def test_a_logarithmic_axis_shows_the_first_values_too(curves: Curves) -> None:
    history = _history(200)
    history[0]["training"]["loss"] = 90_000.0
    curves.start(history)
    assert curves.plots["loss"].scale.y_range[1] < 1000
    _press(curves, "curves_log")
    scale = curves.plots["loss"].scale
    assert scale.logarithmic
    assert scale.y_range[1] > 90_000


def test_what_isn_t_above_zero_stays_linear(curves: Curves) -> None:
    history = _history()
    history[3]["training"]["loss"] = -2.0
    curves.start(history)
    _press(curves, "curves_log")
    assert not curves.plots["loss"].scale.logarithmic
    assert curves.plots["kl"].scale.logarithmic


def test_the_numbers_under_the_mouse_are_told(curves: Curves) -> None:
    curves.start(_history())
    plot = curves.plots["loss"]
    assert plot.readout(21.0) == "0:21 · training 490 · validation 500"
    before = plot.grab().toImage()
    QTest.mouseMove(plot, QPoint(plot.width() // 2, plot.height() // 2))
    assert plot.grab().toImage() != before


def test_the_curve_is_painted_where_its_values_are(curves: Curves) -> None:
    curves.start(_history())
    plot = curves.plots["kl"]
    line = plot.lines[0]
    at = plot.scale.point(30.0, 5.0).toPoint()
    colours = {plot.grab().toImage().pixelColor(at + QPoint(0, dy)).name() for dy in (-1, 0, 1)}
    assert line.colour in colours or "#e6e8ec" in colours
