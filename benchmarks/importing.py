"""Models of other libraries: how long importing takes, and how far what is decoded is from what they decode.

    python benchmarks/importing.py [--rounds 5] [--json FILE]

Each model is made and saved by its own library (pythae and diffusers come with the development extra), imported,
written as a run and loaded again; then both decode the same codes. Importing includes reading, checking, trying the
decoder out and writing the run, in a process that has torch already.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from _foreign import Foreign, make_all
from _table import Figure, Row, print_table

from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.model import Model, load_model

CODES = 16
PROMISED = 1e-5


def main() -> None:
    arguments = _arguments()
    rows, worst = [], 0.0
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VAE_EXPLORER_DATA"] = scratch  # where it is noted which code is trusted
        for foreign in make_all(Path(scratch)):
            seconds, model = _imported(foreign, Path(scratch) / "runs", arguments.rounds)
            apart = _apart(foreign, model)
            rows.append(_row(foreign.name, model, seconds, apart))
            worst = max(worst, apart)
    columns = ("Model", "Weights, k", "Import, ms", "Spread, ms", "Decodes differ by at most")
    here = f"{worst:.1e} in brightness, over {len(rows)} kinds of model"
    figure = Figure("imported models decode as their own libraries do", here, f"≤ {PROMISED:g}", worst <= PROMISED)
    print_table(f"Importing, medians of {arguments.rounds}", columns, rows, arguments.json, [figure])
    if worst > PROMISED:
        raise SystemExit(f"a decoded image differs by {worst:.1e}")


def _imported(foreign: Foreign, runs: Path, rounds: int) -> tuple[list[float], Model]:
    """Import so many times, to a new run each; return the seconds that it took, and the last model."""
    seconds = []
    for turn in range(rounds):
        started = perf_counter()
        run = write_run(import_model(foreign.path, foreign.wishes), runs / f"{foreign.name} {turn}")
        seconds.append(perf_counter() - started)
    return seconds, load_model(run.path)


def _apart(foreign: Foreign, model: Model) -> float:
    """Return the largest difference between what both make of the same codes, in brightness from 0 to 1."""
    codes = torch.randn(CODES, model.latent_dims, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return float((model.decode(codes) - foreign.decode(codes)).abs().max())


def _row(name: str, model: Model, seconds: list[float], apart: float) -> Row:
    spread = 1000 * (max(seconds) - min(seconds))
    return name, _weights(model) / 1000, 1000 * median(seconds), spread, f"{apart:.1e}"


def _weights(model: Model) -> int:
    """Count the weights; of a file that is kept whole, those in it."""
    return int(model.config.model.network_settings.get("parameters", 0)) or model.count_parameters()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="times that each is imported")
    parser.add_argument("--json", type=Path, help="where to write the table as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
