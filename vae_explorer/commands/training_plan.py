"""What `train` is to do, settled before anything is written: by one process, or by the first of several for all."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import launched

if TYPE_CHECKING:
    from threading import Event

    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import ImageSet
    from vae_explorer.core.ranks import Ranks
    from vae_explorer.core.run_folder import RunFolder

Wishes = dict[str, Any]
"""Settings by name, those that were asked for."""


@dataclass(frozen=True)
class Order:
    """What the command line asks for."""

    out: Path
    images: str | None
    wishes: Wishes
    resume: bool
    cancel: Event


@dataclass(frozen=True)
class Plan:
    """What is to be trained on what. Nothing is written yet."""

    config: RunConfig
    images: ImageSet
    out: Path
    folder: RunFolder | None = None
    """The run to go on with; None for a new one, and for all ranks but the first."""


@dataclass(frozen=True)
class _Draft:
    """What is settled before the images are read."""

    config: RunConfig
    """Only how its images are read is final."""
    spec: str
    finish: Callable[[ImageSet], Plan]
    """Settle the rest. Raises UserError."""


def prepare(order: Order) -> Plan:
    """Settle what is to be trained, and read the images. Raises UserError, Cancelled; with other ranks RankLost."""
    if launched() is None:
        return _prepare(order)
    from vae_explorer.core.ranks import ranks

    return _prepare_together(order, ranks())


def _prepare(order: Order) -> Plan:
    from vae_explorer.commands.reading import read

    draft = _draft(order)
    return draft.finish(read(draft.spec, draft.config.data, order.cancel))


def _prepare_together(order: Order, here: Ranks) -> Plan:
    """Let the first rank settle it, and all read the images: those of each machine fill its cache."""
    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import Cancelled

    draft, config = _drafted_by_chief(order, here)
    images = _read_together(order, config, here)
    if here.any(images is None) or images is None:
        raise Cancelled
    plans: list[Plan] = []

    def settle() -> bytes:
        plans.extend(one.finish(images) for one in draft)
        return plans[0].config.to_json().encode()

    settled = here.from_chief(settle).decode()
    return plans[0] if plans else Plan(RunConfig.from_json(settled), images, order.out)


def _drafted_by_chief(order: Order, here: Ranks) -> tuple[list[_Draft], RunConfig]:
    """Let the first rank, which alone has the draft then, tell how images are read. Raises UserError, Cancelled."""
    from vae_explorer.core.config import RunConfig
    from vae_explorer.core.data.base import Cancelled

    restarted = here.any(here.restarts > 0)
    drafts: list[_Draft] = []

    def draft() -> bytes:
        try:
            drafts.append(_draft(order, restarted=restarted))
        except Cancelled:
            return b""
        finally:
            here.announce("drafted")
        return drafts[0].config.to_json().encode()

    if not here.is_chief:
        here.await_announced("drafted", order.cancel.is_set)
    told = here.from_chief(draft).decode()
    if not told:
        raise Cancelled
    return drafts, RunConfig.from_json(told)


def _read_together(order: Order, config: RunConfig, here: Ranks) -> ImageSet | None:
    """Read the images; None where that was cancelled. Raises UserError, of all the first rank's where it has one.

    All ranks of a machine read at once where that shares the work, else the first before the others.
    """
    from vae_explorer.commands.reading import read
    from vae_explorer.core.data.base import Cancelled, fills_together

    spec = order.images or config.data.source
    images, errors = None, list[UserError]()
    try:
        if here.local_rank and not fills_together(spec):
            here.await_announced(f"read/{here.machine}", order.cancel.is_set)
        images = read(spec, config.data, order.cancel)
    except Cancelled:
        pass
    except UserError as why:
        errors.append(why)
    finally:
        if here.local_rank == 0:
            here.announce(f"read/{here.machine}")
    here.on_chief(partial(_raise_first, errors))
    _raise_first(errors)
    return images


def _raise_first(errors: Sequence[UserError]) -> None:
    for error in errors:
        raise error


def _draft(order: Order, *, restarted: bool = False) -> _Draft:
    from vae_explorer.core.run_folder import is_run

    if order.resume and order.out.exists():
        return _resumed(order)
    if restarted and is_run(order.out):
        return _restarted(order)
    _check_new(order.out)
    return _begun(order)


def _restarted(order: Order) -> _Draft:
    """Go on with what an earlier attempt of this very command has begun. Raises UserError where that is another run."""
    from vae_explorer.core.run_folder import RunFolder

    folder, draft = RunFolder.open(order.out), _begun(order)

    def finish(images: ImageSet) -> Plan:
        plan = draft.finish(images)
        if folder.config != plan.config:
            _check_new(order.out)
        return replace(plan, folder=folder)

    return replace(draft, finish=finish)


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


def _begun(order: Order) -> _Draft:
    """Choose the shape asked for, or that suits the images. Nothing is written before all has been checked."""
    from vae_explorer.core.checks import check_trainable
    from vae_explorer.core.configure import configure
    from vae_explorer.core.cost import check_affordable
    from vae_explorer.core.data.base import suggest

    if order.images is None:
        msg = "Say what to train on: a folder of images, an array file, or a sample such as sample:digits."
        raise UserError(msg)
    suggestion = suggest(order.images)
    draft = configure(suggestion, settings=order.wishes)
    check_affordable(draft, suggestion.count)

    def finish(images: ImageSet) -> Plan:
        config = configure(images, settings=order.wishes)
        check_trainable(config, images)
        return Plan(config, images, order.out)

    return _Draft(draft, order.images, finish)


def _resumed(order: Order) -> _Draft:
    from vae_explorer.core.checks import check_resumable
    from vae_explorer.core.configure import apply_settings
    from vae_explorer.core.presence import refuse_if_trained
    from vae_explorer.core.run_folder import RunFolder
    from vae_explorer.core.saving import check_images

    folder = RunFolder.open(order.out)
    refuse_if_trained(order.out, order.cancel)
    _check_state_kept(folder)
    config = apply_settings(folder.config, order.wishes)
    check_resumable(folder.config, config)
    if config.training.epochs < (done := folder.status.epoch):
        msg = (
            f"“{folder.name}” has been trained for {done} epochs already, which is more than {config.training.epochs}."
        )
        raise UserError(msg)

    if order.images is None:
        _check_images_there(folder)

    def finish(images: ImageSet) -> Plan:
        check_images(folder, images.images)
        return Plan(apply_settings(config, {"source": images.source}), images, order.out, folder)

    return _Draft(config, order.images or config.data.source, finish)


def _check_images_there(folder: RunFolder) -> None:
    """Raise UserError where a run's images are files that are gone, and say how a copy of them is named."""
    from vae_explorer.core.data.array_files import split_spec
    from vae_explorer.core.data.base import STREAM_PREFIX, printable

    source = folder.config.data.source
    is_stream = source.startswith(STREAM_PREFIX)
    named = re.sub(r"(@[\w.-]+)?(#\d+/\d+)?$", "", source.removeprefix(STREAM_PREFIX)) if is_stream else source
    path, _ = split_spec(named)
    if path.is_absolute() and not path.exists() and not Path(source).exists():
        again = f"vae-explorer train IMAGES --out {printable(shlex.quote(str(folder.path)))} --resume"
        msg = f"The images of “{folder.name}” are no more at “{printable(str(path))}”; of a copy elsewhere: {again}."
        raise UserError(msg)


def _check_state_kept(folder: RunFolder) -> None:
    """Refuse to begin a trained model anew, which would replace it. Raises UserError.

    A run that was killed before its first save has weights without a resume state too, but not all of its epochs.
    """
    from vae_explorer.core.run_folder import RESUME, WEIGHTS

    if (folder.path / RESUME).exists() or not (folder.path / WEIGHTS).is_file():
        return
    if folder.status.epoch >= folder.config.training.epochs:
        msg = f"“{folder.name}” is trained, but holds no {RESUME}, so its training can't go on; train anew elsewhere."
        raise UserError(msg)
