from __future__ import annotations

import pytest

from vae_explorer.ui.views.plane.backdrop import TICK_PX, tick_step


@pytest.mark.parametrize("units_per_pixel", [1e-6, 0.0013, 0.01, 0.37, 999.0])
def test_ticks_stand_at_round_numbers_not_too_near_each_other(units_per_pixel: float) -> None:
    step = tick_step(units_per_pixel)
    digit = float(f"{step:e}".split("e")[0])
    assert digit in (1, 2, 5)
    assert TICK_PX <= step / units_per_pixel < 2.6 * TICK_PX
