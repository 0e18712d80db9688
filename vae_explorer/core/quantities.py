"""Numbers, amounts of memory and times, as short as people say them. No torch here: the window writes them too."""

from __future__ import annotations

from collections.abc import Sequence

_COUNTS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes"))
_SECONDS = ((3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"))


def short_count(count: int) -> str:
    """Write a count in two or three digits: “850”, “4.9 k”, “12.9 M”."""
    return _scaled(count, _COUNTS) if count >= 1000 else str(count)


def short_bytes(count: float) -> str:
    """Write an amount of memory: “85 MB”, “1.2 GB”, with 1 GB = 10⁹ bytes."""
    return _scaled(count, _BYTES)


def short_seconds(seconds: float) -> str:
    """Write a time: “0.9 ms”, “12 s”, “2.1 h”."""
    return _scaled(seconds, _SECONDS)


def _scaled(amount: float, units: Sequence[tuple[float, str]]) -> str:
    """Take the largest unit of which the amount has about one; it never reads “1000” of a smaller one."""
    size, unit = next((one for one in units if amount >= 0.9995 * one[0]), units[-1])
    return f"{_three_digits(amount / size)}\N{NO-BREAK SPACE}{unit}"


def _three_digits(amount: float) -> str:
    """Write two or three digits: 0.068, 4.9, 12.9, 85, 103."""
    if amount < 0.95:
        return f"{amount:.2g}"
    return f"{amount:.1f}".removesuffix(".0") if amount < 19.95 else f"{amount:.0f}"
