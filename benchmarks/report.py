"""All figures of speed, one benchmark after the other, and the README's table of them: `make bench`.

`python benchmarks/report.py [--only plane,map] [--readme README.md]` runs each in a process of its own, with so many
repetitions that all of them take less than ten minutes on two cores; each can be run alone, and longer: `--help` tells.
The lines of the README's table come from the benchmarks that were run; those of others stay as they are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

BENCHMARKS: dict[str, list[str]] = {
    "startup": ["--repeats", "5"],
    "plane": ["--frames", "30"],
    "drag_storm": ["--moves", "500"],
    "mosaic": [],
    "map": ["--frames", "200", "--travel", "300"],
    "training": ["--rounds", "5"],
    "throughput": ["--repeats", "2"],
    "encoding": [],
    "loading": [],
    "ranks": ["--rounds", "2", "--seconds", "1.5"],
    "bigdata": [],
}
"""In the order of the table, with their arguments."""

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of the figures -->"

HEADER = ("| What | Here | Promised |", "|---|---|---|")


def main() -> None:
    """Run what is asked for, and write the table. Exits with 1 where a benchmark fails, or figures aren't right."""
    arguments = _arguments()
    names = arguments.only.split(",") if arguments.only else list(BENCHMARKS)
    tables, failed = {}, []
    for name in names:
        started = time.monotonic()
        table = run(name)
        print(f"{name} took {time.monotonic() - started:.0f} s\n", flush=True)
        if table is None:
            failed.append(name)
        else:
            tables[name] = table
    arguments.readme.write_text(with_figures(arguments.readme.read_text(encoding="utf-8"), tables), encoding="utf-8")
    if failed:
        sys.exit(f"These failed: {', '.join(failed)}.")


def run(name: str) -> dict[str, Any] | None:
    """Run a benchmark, which prints its table. Returns what it writes as JSON; None where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.json"
        words = [sys.executable, str(HERE / f"{name}.py"), *BENCHMARKS[name], "--json", str(path)]
        finished = subprocess.run(words, check=False)
        return None if finished.returncode else json.loads(path.read_text())


def with_figures(text: str, tables: dict[str, dict[str, Any]]) -> str:
    """Replace the lines of these benchmarks in the README. Raises ValueError where it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        msg = "the README has no place for the figures"
        raise ValueError(msg)
    lines = {name: [line for line in old.splitlines() if _name_of(line) == name] for name in BENCHMARKS}
    lines |= {name: [_line(name, figure) for figure in table["figures"]] for name, table in tables.items()}
    machine = next((table["machine"] for table in tables.values()), None)
    measured = f"Measured on {machine}." if machine else old.strip().splitlines()[0]
    table = "\n".join([*HEADER, *(line for name in BENCHMARKS for line in lines[name])])
    return f"{before}{begin}\n{measured}\n\n{table}\n{end}{after}"


def _line(name: str, figure: dict[str, Any]) -> str:
    promised = figure["promised"]
    if figure["is_met"] is not None:
        verdict = "met" if figure["is_met"] else f"**missed**{': ' if figure['bound'] else ''}{figure['bound']}"
        promised = f"{promised}; {verdict}"
    return f"| `{name}.py`: {figure['what']} | {figure['here']} | {promised} |"


def _name_of(line: str) -> str:
    return line.partition("`")[2].partition(".py`")[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="names, with commas between them")
    parser.add_argument("--readme", type=Path, default=HERE.parent / "README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
