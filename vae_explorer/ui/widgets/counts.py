"""Numbers and durations in words."""

from __future__ import annotations


def count_text(count: int) -> str:
    """Write a whole number in groups of three: “5 000”."""
    return f"{count:,}".replace(",", "\u202f")


def weight_text(weight: float) -> str:
    """Write a weight in three digits, a large one in full: “0.0123”, “4”, “1 000”."""
    return count_text(round(weight)) if weight >= 1000 else f"{weight:.3g}"


def minus_text(number: str) -> str:
    """Give a formatted number a true minus, and zero none: “−1.5”, “0.00”."""
    return (number.removeprefix("-") if float(number) == 0 else number).replace("-", "−")


def rate_text(per_second: float) -> str:
    """Write a rate in two or three digits: “870”, “4.9 k”, “31 k”."""
    if per_second < 1000:
        return f"{per_second:.0f}"
    thousands = per_second / 1000
    return f"{thousands:.1f} k" if thousands < 10 else f"{thousands:.0f} k"


def duration_text(seconds: float) -> str:
    """Write a duration as “0:12”, “12:05” or “1:02:09”."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def steps_text(steps: float) -> str:
    """Write a number of steps for an axis: “500”, “2.5 k”."""
    return f"{steps:.0f}" if steps < 1000 else f"{steps / 1000:g} k"
