"""Everything that needs torch, behind one door: the window opens before this module is imported."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from vae_explorer.core.catalogue import Catalogue, catalogue, regulariser_of
from vae_explorer.core.checks import check_trainable
from vae_explorer.core.code_folder import StoredCodes
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import apply_settings, configure, with_classes
from vae_explorer.core.cost import Cost, check_affordable
from vae_explorer.core.cost import estimate_cost as estimate
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.encoding_to_folder import weights_fingerprint
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import UnclearError, import_model, importer_of, write_run
from vae_explorer.core.importers.earlier import imported_before, remember, signature_of
from vae_explorer.core.importers.examining import Examination, examine
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.presence import refuse_if_trained
from vae_explorer.core.progress import Control, TrainResult, TrainStep
from vae_explorer.core.run_folder import HistoryLine, RunFolder
from vae_explorer.core.runtime import available_devices, pick_device, use_threads
from vae_explorer.core.training import train
from vae_explorer.core.trust import UntrustedError
from vae_explorer.core.twin import twin_of
from vae_explorer.core.watching import Glimpse, RunWatch
from vae_explorer.services.loaded_model import THREADS, LoadedModel
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.runs import new_run_path

__all__ = [
    "Catalogue",
    "LoadedModel",
    "available_devices",
    "catalogue",
    "configure",
    "examine",
    "regulariser_of",
    "twin_of",
    "with_classes",
]

Steps = Callable[[Control], Generator[TrainStep, None, TrainResult]]
"""What trains, on whatever thread calls it."""


def open_codes(path: Path, model: ModelInfo) -> tuple[StoredCodes, bool]:
    """Map the codes in a folder, and tell whether the weights in the model's run made them. Raises UserError."""
    stored = StoredCodes.open(path)
    stored.check_model(model.config)
    if model.run is None:
        return stored, False
    return stored, weights_fingerprint(RunFolder.open(model.run).load_weights()) == stored.facts.weights


def is_foreign(path: Path) -> bool:
    """Whether a file or folder is a model of another library."""
    return importer_of(path) is not None


def open_run(path: Path, device: str) -> tuple[LoadedModel, RunWatch, Glimpse] | UntrustedError | None:
    """Open a run and begin to watch it; None for a model of another library. Raises UserError.

    Where it is code that nobody has said to trust, the answer says what to ask.
    """
    try:
        return None if is_foreign(path) else LoadedModel.open_and_watch(path, device)
    except UntrustedError as error:
        return error


def import_run(path: Path, wishes: Wishes, folder: Path) -> tuple[Path | None, Examination]:
    """Write a model of another library as a run in `folder`. Raises UserError.

    Where its files don't tell enough, or it is code that nobody trusts, there is no run, and the examination says so.
    Where the same files were imported before with the same wishes, that run is the answer.
    """
    signature = signature_of(path, wishes)
    if (earlier := imported_before(folder, signature)) is not None:
        return earlier.run, Examination(earlier.found, notes=earlier.notes)
    try:
        imported = import_model(path, wishes)
    except UnclearError as error:
        return None, Examination(wishes, problem=str(error), missing=error.wishes)
    except UntrustedError as error:
        return None, Examination(wishes, problem=str(error), untrusted=error)
    run = write_run(imported, new_run_path(folder, imported.config))
    remember(run, signature, imported)
    return run.path, Examination(imported.found, notes=imported.notes)


def estimate_cost(config: RunConfig, images: ImageSet, *, measure: bool) -> Cost:
    """Tell what training on these images would cost, as if all threads were free for it. Raises UserError."""
    use_threads(THREADS)
    return estimate(config, len(images), measure=measure)


def start_run(config: RunConfig, images: ImageSet, path: Path) -> Steps:
    """Return what trains a new run in `path`, on whatever thread calls it."""

    def steps(control: Control) -> Generator[TrainStep, None, TrainResult]:
        use_threads(THREADS)
        check_trainable(config, images)
        check_affordable(config, len(images))
        return (yield from train(config, images, RunFolder.create(path, config), control))

    return steps


def prepare_resume(path: Path, device: str) -> tuple[RunConfig, list[HistoryLine], Callable[[ImageSet], Steps]]:
    """Read what a run needs to go on, but for its images: those are handed to the function. Raises UserError."""
    folder = RunFolder.open(path)
    refuse_if_trained(path)
    config = apply_settings(folder.config, {"device": _resume_device(folder.config.training.device, device)})
    # What a crash left unsaved is trained again.
    history = [line for line in folder.read_history() if line["step"] <= folder.status.step]

    def steps(images: ImageSet) -> Steps:
        def go_on(control: Control) -> Generator[TrainStep, None, TrainResult]:
            use_threads(THREADS)
            check_affordable(config, len(images))
            return (yield from train(config, images, folder, control, resume=True))

        return go_on

    return config, history, steps


def _resume_device(before: str, asked: str) -> str:
    """Go on with the device of before, unless another is asked for or it isn't on this machine."""
    if asked != "auto":
        return asked
    try:
        pick_device(before)
    except UserError:
        return asked
    return before
