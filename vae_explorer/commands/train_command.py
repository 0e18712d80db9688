"""`train`: make a model of images, or go on with one."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_explorer.commands.console import duration, grouped, note, print_table
from vae_explorer.commands.progress import ProgressDisplay, progress_display
from vae_explorer.commands.values import settings
from vae_explorer.core.errors import UserError
from vae_explorer.core.progress import PUBLISH_EVERY_S

if TYPE_CHECKING:
    from vae_explorer.commands.stopping import Stop
    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import ImageSet
    from vae_explorer.core.progress import TrainResult, TrainStep
    from vae_explorer.core.run_folder import RunFolder

Wishes = dict[str, Any]
"""Settings by name, those that were asked for."""


@dataclass(frozen=True)
class Plan:
    """What is to be trained on what. Nothing is written yet."""

    config: RunConfig
    images: ImageSet
    out: Path
    folder: RunFolder | None = None
    """The run to go on with; None for a new one."""


@dataclass(frozen=True)
class Job:
    """All that training takes."""

    config: RunConfig
    images: ImageSet
    folder: RunFolder
    resume: bool


def command(
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.", show_default=False)],
    images: Annotated[
        str | None,
        typer.Argument(
            metavar="IMAGES",
            help="A folder, an .npy, .npz, HDF5 (file.h5:NAME) or idx(.gz) file, or sample:digits, sample:faces or "
            "sample:shapes, with :COUNT or :COUNT:SEED behind it. With --resume: those of the run.",
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
    batch_size: Annotated[int | None, typer.Option(help="Images in one step.", metavar="B")] = None,
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
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other setting; may be repeated.")
    ] = None,
) -> int:
    """Train a model on IMAGES and keep it in RUN.

    What isn't given is chosen to suit the images. Ctrl+C stops and saves; --resume goes on, where only --epochs,
    --learning-rate and --device may differ.
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
    asked = {name: value for name, value in wishes.items() if value is not None} | settings(set_ or [])
    stop = Stop()
    stop.control.publish_every_s = publish_every or None
    with stop.on_signals():
        try:
            plan = _prepare(out, images, asked, stop, resume=resume)
        except Cancelled:
            note("Stopped before training began; nothing was written.")
            return stop.status
        _tell_cost(plan, in_full=dry_run)
        return 0 if dry_run else _run(_job(plan), stop)


def _prepare(out: Path, images: str | None, asked: Wishes, stop: Stop, *, resume: bool) -> Plan:
    if resume and out.exists():
        return _resumed(out, images, asked, stop)
    _check_new(out)
    if images is None:
        msg = "Say what to train on: a folder of images, an array file, or a sample such as sample:digits."
        raise UserError(msg)
    return _begun(out, images, asked, stop)


def _check_new(out: Path) -> None:
    from vae_explorer.core.data.base import printable
    from vae_explorer.core.run_folder import CONFIG

    name = printable(str(out))
    home = next(folder for folder in out.absolute().parents if folder.exists())
    if (out / CONFIG).exists():
        msg = f"“{name}” is a run already; give --resume to go on with it, or another name."
    elif out.exists() or out.is_symlink():
        msg = f"“{name}” exists already and is no run; give another name."
    elif not (home.is_dir() and os.access(home, os.W_OK)):
        msg = f"“{name}” can't be made, since “{printable(str(home))}” is no folder that can be written to."
    else:
        return
    raise UserError(msg)


def _begun(out: Path, images: str, asked: Wishes, stop: Stop) -> Plan:
    """Read images in the shape asked for, or that suits them. Nothing is written before all has been checked."""
    from vae_explorer.commands.reading import read
    from vae_explorer.core.checks import check_trainable
    from vae_explorer.core.configure import configure
    from vae_explorer.core.cost import check_affordable
    from vae_explorer.core.data.base import suggest

    suggestion = suggest(images)
    draft = configure(suggestion, settings=asked)
    check_affordable(draft, suggestion.count)
    image_set = read(images, draft.data, stop.control.cancel)
    config = configure(image_set, settings=asked)
    check_trainable(config, image_set)
    return Plan(config, image_set, out)


def _resumed(out: Path, images: str | None, asked: Wishes, stop: Stop) -> Plan:
    from vae_explorer.commands.reading import read
    from vae_explorer.core.checks import check_resumable
    from vae_explorer.core.configure import apply_settings
    from vae_explorer.core.presence import refuse_if_trained
    from vae_explorer.core.run_folder import RunFolder

    folder = RunFolder.open(out)
    refuse_if_trained(out, stop.control.cancel)
    config = apply_settings(folder.config, asked)
    check_resumable(folder.config, config)
    if config.training.epochs < (done := folder.status.epoch):
        msg = (
            f"“{folder.name}” has been trained for {done} epochs already, which is more than {config.training.epochs}."
        )
        raise UserError(msg)
    image_set = read(images or config.data.source, config.data, stop.control.cancel)
    config = apply_settings(config, {"source": image_set.source})
    return Plan(config, image_set, out, folder)


def _tell_cost(plan: Plan, *, in_full: bool) -> None:
    """Tell what training costs, on standard output where that is all that is wanted. Raises UserError."""
    from vae_explorer.commands.costs import cost_in_a_line, cost_in_rows
    from vae_explorer.core.cost import estimate_cost

    cost = estimate_cost(plan.config, len(plan.images), measure=True)
    if cost.problem:
        raise UserError(cost.problem)
    if in_full:
        print_table(cost_in_rows(cost, plan.config))
    else:
        note(f"{cost_in_a_line(cost)}.")


def _job(plan: Plan) -> Job:
    """Make the run folder, unless training goes on in one."""
    from vae_explorer.core.run_folder import RESUME, RunFolder

    folder = plan.folder or RunFolder.create(plan.out, plan.config)
    return Job(plan.config, plan.images, folder, resume=(folder.path / RESUME).exists())


def _run(job: Job, stop: Stop) -> int:
    from vae_explorer.core.runtime import describe_device, pick_device
    from vae_explorer.core.training import run_training

    note(f"Training on {describe_device(pick_device(job.config.training.device))}.")
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
        _discard_if_empty(job.folder)
        raise
    return _conclude(job, result, stop)


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


def _conclude(job: Job, result: TrainResult, stop: Stop) -> int:
    if result.warning:
        note(result.warning)
        return 1
    if not result.finished:
        again = f"vae-explorer train --out {shlex.quote(str(job.folder.path))} --resume"
        epochs = job.config.training.epochs
        note(f"Stopped in epoch {min(result.epoch + 1, epochs)} of {epochs}, and saved. To go on: {again}")
        return stop.status
    from vae_explorer.commands.info_command import summary

    print(f"Trained {job.folder.name}: {summary(job.folder)}")
    return 0
