from collections.abc import Callable

import pytest

from vae_explorer.ui.widgets.ticks import duration_ticks, log_ticks, round_ticks

Ticks = Callable[[float, float, int], list[float]]


def test_round_ticks_are_multiples_of_one_two_or_five() -> None:
    assert round_ticks(141, 199, 6) == [150, 160, 170, 180, 190]
    assert round_ticks(-0.1, 0.35, 5) == pytest.approx([-0.1, 0, 0.1, 0.2, 0.3])


def test_durations_are_round_on_a_clock() -> None:
    assert duration_ticks(0, 100, 4) == [0, 30, 60, 90]
    assert duration_ticks(0, 9000, 3) == [0, 3600, 7200]


def test_durations_are_whole_seconds_as_they_are_written() -> None:
    assert duration_ticks(0.0, 2.4, 6) == [0, 1, 2]


def test_a_logarithmic_axis_has_round_numbers() -> None:
    assert log_ticks(0.5, 2000, 5) == [1, 10, 100, 1000]
    assert log_ticks(120, 180, 4) == round_ticks(120, 180, 4)


@pytest.mark.parametrize("ticks", [round_ticks, duration_ticks, log_ticks])
@pytest.mark.parametrize("span", [(1e-6, 2e-6), (0.01, 900.0), (3.0, 3.0), (5.0, 5e7)])
def test_there_are_never_too_many_and_none_outside(ticks: Ticks, span: tuple[float, float]) -> None:
    found = ticks(*span, 5)
    assert len(found) <= 6
    assert all(span[0] * (1 - 1e-6) <= tick <= span[1] * (1 + 1e-6) for tick in found)
