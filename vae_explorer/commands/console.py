"""What is told to the person: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vae_explorer.core.launch import speaks

if TYPE_CHECKING:
    from vae_explorer.core.data.base import Skipped


def note(text: str) -> None:
    """Tell something beside the result; of several ranks only the first does."""
    if speaks():
        print(text, file=sys.stderr, flush=True)


def print_json(value: Mapping[str, Any]) -> None:
    """Print the one JSON object. ASCII only, so no console's encoding can spoil it; NaN and infinity become null."""
    print(json.dumps(_for_json(value), indent=2, allow_nan=False))


def _for_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _for_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_for_json(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(rows: Mapping[str, str]) -> None:
    """Print names and values in two columns; a value may have several lines."""
    width = max(map(len, rows)) + 2
    for name, value in rows.items():
        first, *others = value.splitlines() or [""]
        print(f"{name:<{width}}{first}")
        for line in others:
            print(f"{'':<{width}}{line}")


def note_skipped(skipped: Sequence[Skipped]) -> None:
    """List the images that could not be read, every one with its reason."""
    from vae_explorer.core.data.base import printable

    if skipped:
        note(f"{len(skipped)} {'file was' if len(skipped) == 1 else 'files were'} skipped:")
    for one in skipped:
        note(f"  {printable(one.path)}: {one.reason}")


def duration(seconds: float) -> str:
    """Write a time as people read it: 0:07, 12:30, 3:05:00."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def grouped(number: float) -> str:
    """Write a whole number with its digits in groups of three: 12 000."""
    return f"{number:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
