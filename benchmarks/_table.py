"""What every benchmark prints: a table, and the machine it was measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

Row = Sequence[str | float]


@dataclass(frozen=True)
class Figure:
    """A line of the README's table, which `report.py` writes."""

    what: str
    here: str
    promised: str = ""
    is_met: bool | None = None
    """None where nothing is promised."""
    bound: str = ""
    """What keeps it from being better, where it isn't met."""


def machine() -> str:
    """Name the machine in a line: processor, cores, system, Python."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    json_path: Path | None = None,
    figures: Sequence[Figure] = (),
) -> None:
    """Print rows under `columns` with the machine below; write the same, and `figures`, to `json_path`."""
    table = Table(title=title, caption=machine(), title_justify="left", caption_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else f"{cell:,.3g}" for cell in row))
    Console().print(table)
    if json_path is not None:
        content = {
            "title": title,
            "machine": machine(),
            "rows": [dict(zip(columns, row, strict=True)) for row in rows],
            "figures": [asdict(figure) for figure in figures],
        }
        json_path.write_text(json.dumps(content, indent=2) + "\n")


def _processor() -> str:
    """Return the processor's name; Python's own answer is often empty on Linux."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
