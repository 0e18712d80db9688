"""`evaluate`: how good a model is on given images."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from vae_explorer.commands.console import print_json
from vae_explorer.commands.options import AsJson, Device, Images, Run
from vae_explorer.commands.progress import ProgressDisplay, progress_display
from vae_explorer.commands.reading import load_encoding_model, read_for

if TYPE_CHECKING:
    from vae_explorer.core.metrics.base import Result

MOST_SAMPLES = 100_000

MOST_WIDE = 30
"""Letters in a line of a value: a number for each of many dimensions takes several lines."""


def command(
    run: Run,
    images: Images,
    *,
    metrics: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="all; basic, which is quick: the ELBO and its parts; or, with commas between: is_nll, kl_parts, mmd, "
            "mig, sap, dci, factor_vae_score, code_at_work.",
        ),
    ] = "all",
    importance_samples: Annotated[
        int, typer.Option(metavar="K", min=1, max=MOST_SAMPLES, help="Codes drawn for each image for the IS-NLL.")
    ] = 100,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Tell how good the model in RUN is on IMAGES.

    The ELBO and what it is made of, in nats per image; the likelihood by importance sampling (IS-NLL); the parts of the
    KL; the distance of the codes from the prior (MMD²); where IMAGES have true factors, how well the dimensions stand
    for them (MIG, SAP, DCI, FactorVAE score); and the code at work: classification beside that of pixels, and storage
    beside PNG. The slower ones take a random choice of the images; how many is told with each. The same command gives
    the same figures.
    """
    from vae_explorer.core.data.base import printable
    from vae_explorer.core.evaluation import Subject, choose, figures_of, measure

    chosen = choose(metrics)
    model = load_encoding_model(run, device)
    image_set = read_for(model, images)
    subject = Subject(model, image_set, importance_samples=importance_samples)
    with progress_display("Measuring") as display:
        results = list(measure(subject, chosen, partial(_show, display)))
        display.show(100, 100, "done")
    if as_json:
        skipped = [{"file": printable(one.path), "reason": one.reason} for one in image_set.skipped]
        print_json(figures_of(results) | {"skipped": skipped})
    else:
        _print_table(results)


def _show(display: ProgressDisplay, title: str, share: float) -> None:
    percent = int(100 * share)
    display.show(percent, 100, f"{title} ({percent} %)")


def _print_table(results: list[Result]) -> None:
    """Print a row for each figure, under the heading of its group, with what it means."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    value = Column("Value", max_width=MOST_WIDE)
    table = Table("Metric", value, "Meaning", box=None, pad_edge=False, padding=(0, 2))
    group = ""
    for result in results:
        if result.group != group:
            group = result.group
            table.add_row()
            table.add_row(Text(group, "bold"))
        for row in result.rows:
            table.add_row(f"  {row.title}", Text(row.value), Text(row.meaning, "dim"))
    Console().print(table)
