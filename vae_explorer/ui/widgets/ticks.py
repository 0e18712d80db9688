"""Round numbers for the axes of a plot."""

from __future__ import annotations

import math
from typing import Final

_DURATIONS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` multiples of 1, 2 or 5 times a power of ten from `low` to `high`."""
    if not high > low or most < 1:
        return []
    step = _round_up((high - low) / most)
    return _multiples(low, high, step)


def duration_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` times in seconds from `low` to `high` that are round on a clock."""
    if not high > low or most < 1:
        return []
    rough = (high - low) / most
    days = math.ceil(rough / 86400) * 86400
    return _multiples(low, high, next((step for step in _DURATIONS if step >= rough), days))


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round numbers from `low` to `high` (> 0) for a logarithmic axis."""
    if not high > low > 0 or most < 1:
        return []
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            break
    every = -(-len(ticks) // most)
    return ticks[::every] if len(ticks) > 1 else round_ticks(low, high, most)


def _round_up(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [multiple * step for multiple in range(first, last + 1)]
