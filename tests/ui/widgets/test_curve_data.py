from typing import Any

import numpy as np
import pytest

from vae_explorer.core.progress import TrainStep
from vae_explorer.ui.widgets.curve_data import CurveData, decimated, robust_range


def _step(step: int, loss: float, validation: float | None = None, is_best: bool = False) -> TrainStep:
    terms = {"loss": loss, "reconstruction": loss - 5, "kl": 5.0, "elbo": -loss}
    held_back = None if validation is None else terms | {"loss": validation, "elbo": -validation}
    return TrainStep(step, 100, 1, 10, step / 10, None, 1.0, training=terms, validation=held_back, is_best=is_best)


def _line(step: int, loss: float) -> dict[str, Any]:
    terms = {"loss": loss}
    return {"step": step, "elapsed_s": step / 10, "training": terms, "validation": None, "is_best": False}


def test_a_history_is_continued_by_what_training_reports() -> None:
    data = CurveData.from_history([_line(10, 300.0), _line(20, 200.0)])
    data.add(_step(30, 180.0))
    assert data.training.column("step").tolist() == [10, 20, 30]
    assert data.training.column("loss").tolist() == [300, 200, 180]
    assert np.isnan(data.training.column("kl")[:2]).all()


def test_the_best_validation_is_remembered() -> None:
    data = CurveData()
    data.add(_step(10, 200.0, validation=210.0, is_best=True))
    data.add(_step(20, 190.0, validation=205.0, is_best=True))
    data.add(_step(30, 180.0, validation=207.0))
    assert data.best == 1


def test_a_table_holds_more_than_its_first_room() -> None:
    data = CurveData()
    for step in range(1000):
        data.add(_step(step, float(step)))
    assert data.training.column("loss").tolist() == list(range(1000))


@pytest.mark.parametrize(("beta", "differs"), [(1.0, False), (2.0, True)])
def test_whether_the_elbo_is_another_curve(beta: float, differs: bool) -> None:
    data = CurveData()
    terms = {"loss": 100 + beta * 5, "reconstruction": 100.0, "kl": 5.0, "elbo": -105.0}
    data.add(TrainStep(1, 9, 1, 1, 0.1, None, 1.0, training=terms))
    assert data.elbo_differs is differs


def test_a_plain_autoencoder_has_no_elbo_to_differ() -> None:
    data = CurveData()
    data.add(TrainStep(1, 9, 1, 1, 0.1, None, 1.0, training={"loss": 100.0, "reconstruction": 100.0}))
    assert not data.elbo_differs


def test_decimation_keeps_spikes_and_the_end_and_the_order() -> None:
    x = np.arange(100_000.0)
    y = np.sin(x / 1000)
    y[51_234], y[70_001] = 9.0, -9.0
    kept_x, kept_y = decimated(x, y, 200)
    assert len(kept_x) <= 401
    assert (kept_y.max(), kept_y.min(), kept_x[-1]) == (9, -9, 99_999)
    assert (np.diff(kept_x) > 0).all()


def test_decimation_leaves_short_curves_alone_but_for_gaps() -> None:
    x, y = decimated(np.array([1.0, 2.0, 3.0]), np.array([5.0, np.nan, 7.0]), 100)
    assert (x.tolist(), y.tolist()) == ([1, 3], [5, 7])


def test_the_range_ignores_the_first_outliers() -> None:
    x = np.linspace(0, 100, 1000)
    y = 150 + 5000 * np.exp(-x)
    low, high = robust_range([(x, y)])
    assert low < 150
    assert 350 < high < 500


def test_a_few_points_count_all() -> None:
    low, high = robust_range([(np.arange(3.0), np.array([900.0, 200.0, 150.0]))])
    assert low < 150
    assert high > 900


def test_nothing_and_a_constant_have_a_range() -> None:
    assert robust_range([]) == (0, 1)
    low, high = robust_range([(np.arange(3.0), np.full(3, 7.0))])
    assert low < 7 < high
