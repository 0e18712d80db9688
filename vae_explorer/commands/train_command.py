"""`train`: make a model of images, or go on with one."""

from __future__ import annotations

import shlex
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vae_explorer.commands.console import duration, grouped, note, print_json, print_table
from vae_explorer.commands.options import AsJson
from vae_explorer.commands.progress import ProgressDisplay, progress_display
from vae_explorer.commands.training_plan import Order, Plan, prepare
from vae_explorer.commands.values import settings
from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import first_tells, launched, quieten_torch, speaks
from vae_explorer.core.progress import PUBLISH_EVERY_S

if TYPE_CHECKING:
    from vae_explorer.commands.stopping import Stop
    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import ImageSet
    from vae_explorer.core.progress import TrainResult, TrainStep
    from vae_explorer.core.run_folder import RunFolder


@dataclass(frozen=True)
class Job:
    """All that training takes."""

    config: RunConfig
    images: ImageSet
    folder: RunFolder
    """Of several ranks all know where it is, and the first alone touches it."""
    resume: bool
    as_json: bool


def command(
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.", show_default=False)],
    images: Annotated[
        str | None,
        typer.Argument(
            metavar="IMAGES",
            help="A folder, an .npy, .npz, HDF5 or idx(.gz) file (file.npz:NAME, file.h5:NAME), or "
            "sample:digits, sample:faces or sample:shapes, with :COUNT or "
            ":COUNT:SEED behind it. With --resume: those of the run.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[str | None, typer.Option(help="linear, mlp, conv, …", metavar="NAME")] = None,
    likelihood: Annotated[str | None, typer.Option(help="bernoulli, gaussian, …", metavar="NAME")] = None,
    objective: Annotated[str | None, typer.Option(help="ae, vae, notes, …", metavar="NAME")] = None,
    latent_dims: Annotated[int | None, typer.Option(help="Numbers in a code (2).", metavar="D")] = None,
    image_size: Annotated[int | None, typer.Option(help="Height and width in pixels.", metavar="S")] = None,
    channels: Annotated[int | None, typer.Option(help="1 for grey, 3 for colour.", metavar="1|3")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the images.", metavar="E")] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Images in one step, of all ranks together.", metavar="B")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Adam's step size (0.001).", metavar="LR")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same run (0).", metavar="S")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda:0, mps, …", metavar="D")] = None,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in RUN; begin it where there is none.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what training would cost, and write nothing.")
    ] = False,
    publish_every: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", help="How often weights are written for those who watch; 0: with each save.", min=0
        ),
    ] = PUBLISH_EVERY_S,
    as_json: AsJson = False,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other setting; may be repeated.")
    ] = None,
) -> int:
    """Train a model on IMAGES and keep it in RUN.

    What isn't given is chosen to suit the images. Ctrl+C stops and saves; --resume goes on, where only --epochs,
    --learning-rate and --device may differ.

    Started by torchrun, several processes train one model: torchrun --nproc-per-node 8 -m vae_explorer train … The
    result doesn't depend on how many they are, since each takes its share of every batch of --batch-size images; nor
    need it be as many when the run is resumed.
    """
    from vae_explorer.commands.stopping import Stop
    from vae_explorer.core.data.base import Cancelled

    wishes = {
        "network": network,
        "likelihood": likelihood,
        "objective": objective,
        "latent_dims": latent_dims,
        "image_size": image_size,
        "channels": channels,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "device": device,
    }
    with first_tells():
        asked = {name: value for name, value in wishes.items() if value is not None} | settings(set_ or [])
    stop = Stop()
    stop.control.publish_every_s = publish_every or None
    with stop.on_signals(), _together():
        try:
            plan = prepare(Order(out, images, asked, resume, stop.control.cancel))
        except Cancelled:
            note("Stopped before training began; nothing was written.")
            return stop.status
        from vae_explorer.core.ranks import ranks

        ranks().on_chief(partial(_tell_cost, plan, in_full=dry_run, as_json=as_json))
        return 0 if dry_run else _run(_job(plan, as_json=as_json), stop)


def _together() -> AbstractContextManager[object]:
    """Meet the other processes, where a launcher has started this one."""
    launch = launched()
    if launch is None:
        return nullcontext()
    quieten_torch()
    from vae_explorer.core.ranks import joined

    if launch.restarts_left:
        return joined("All are started again now, and go on from what was saved last.")
    return joined("To go on from what was saved last, start the same command again with --resume.")


def _tell_cost(plan: Plan, *, in_full: bool, as_json: bool) -> None:
    """Tell what training costs, on standard output where that is all that is wanted. Raises UserError."""
    from vae_explorer.commands.costs import cost_in_a_line, cost_in_rows
    from vae_explorer.core.cost import estimate_cost

    cost = estimate_cost(plan.config, len(plan.images), measure=True)
    if cost.problem:
        raise UserError(cost.problem)
    if in_full and as_json:
        print_json(asdict(cost))
    elif in_full:
        print_table(cost_in_rows(cost, plan.config))
    else:
        note(f"{cost_in_a_line(cost)}.")


def _job(plan: Plan, *, as_json: bool) -> Job:
    """Make the run folder, unless training goes on in one. Raises UserError."""
    from vae_explorer.core.ranks import ranks
    from vae_explorer.core.run_folder import RESUME, RunFolder

    def make() -> bytes:
        if plan.folder is None:
            RunFolder.create(plan.out, plan.config)
        return b"resume" if (plan.out / RESUME).exists() else b""

    resume = ranks().from_chief(make) == b"resume"
    return Job(plan.config, plan.images, plan.folder or RunFolder(plan.out, plan.config), resume, as_json)


def _run(job: Job, stop: Stop) -> int:
    from vae_explorer.core.ranks import ranks
    from vae_explorer.core.runtime import describe_device, pick_device
    from vae_explorer.core.training import run_training

    here = ranks()
    device = describe_device(pick_device(job.config.training.device))
    note(f"Training on {device}{'' if here.size == 1 else f', the first of {here.size} ranks'}.")
    try:
        with progress_display("Training") as display:
            result = run_training(
                job.config,
                job.images,
                job.folder,
                stop.control,
                on_step=lambda step: _show(step, display),
                resume=job.resume,
            )
    except UserError:
        if here.is_chief:
            _discard_if_empty(job.folder)
        raise
    if speaks():
        _tell_result(job, result)
    return _status(result, stop)


def _discard_if_empty(folder: RunFolder) -> None:
    """Take back a folder in which training never began, so that the same command can be tried again."""
    from vae_explorer.core.run_folder import CONFIG, HISTORY

    if folder.status.state == "empty":
        with suppress(OSError):
            (folder.path / HISTORY).unlink(missing_ok=True)
            (folder.path / CONFIG).unlink()
            folder.path.rmdir()


def _show(step: TrainStep, display: ProgressDisplay) -> None:
    parts = [f"epoch {step.epoch} of {step.epochs}"]
    for name, terms in (("loss", step.training), ("validation", step.validation)):
        if terms:
            parts.append(f"{name} {terms['loss']:.2f}")
    if step.images_per_s:
        parts.append(f"{grouped(step.images_per_s)} images/s")
    if step.remaining_s is not None:
        parts.append(f"{duration(step.remaining_s)} left")
    display.show(step.step, step.total_steps, " · ".join(parts))


def _tell_result(job: Job, result: TrainResult) -> None:
    from vae_explorer.commands.info_command import summary

    if result.warning:
        note(result.warning)
    elif not result.finished:
        again = f"vae-explorer train --out {shlex.quote(str(job.folder.path))} --resume"
        epochs = job.config.training.epochs
        note(f"Stopped in epoch {min(result.epoch + 1, epochs)} of {epochs}, and saved. To go on: {again}")
    elif not job.as_json:
        print(f"Trained {job.folder.name}: {summary(job.folder)}")
    if job.as_json:
        print_json(_in_json(job, result))


def _in_json(job: Job, result: TrainResult) -> dict[str, object]:
    """Return what a script wants to know: how it ended, and the last line of the history."""
    from vae_explorer.core.ranks import ranks

    last = next(reversed(job.folder.read_history()), {})
    told = {name: last.get(name) for name in ("elapsed_s", "training", "validation")}
    return {"run": str(job.folder.path), **asdict(result), "ranks": ranks().size, **told}


def _status(result: TrainResult, stop: Stop) -> int:
    if result.warning:
        return 1
    return 0 if result.finished else stop.status
