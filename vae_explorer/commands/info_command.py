"""`info`: what a run folder holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from vae_explorer.commands.console import duration, grouped, print_json, print_table
from vae_explorer.commands.options import AsJson, Run
from vae_explorer.core.classes import count_in_words
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.presence import trainer_of

if TYPE_CHECKING:
    from vae_explorer.core.config import ModelConfig, RunConfig
    from vae_explorer.core.run_folder import HistoryLine, RunFolder

_NAMED = 20
"""Classes that are told by name."""

_IN_NATS = ("loss", "reconstruction", "kl", "elbo", "regulariser")
"""What every objective has. Terms of a single one may have another unit, as a covariance has."""


def command(run: Run, *, as_json: AsJson = False) -> None:
    """Tell the settings of RUN, its size, how far it is trained and how good it became."""
    from vae_explorer.core.run_folder import RunFolder

    folder = RunFolder.open(run)
    facts = _facts(folder)
    if as_json:
        print_json(facts)
    else:
        print_table(_rows(folder, facts))


def summary(folder: RunFolder) -> str:
    """Tell in one line how far a run is trained and how good it became."""
    facts = _facts(folder)
    terms = facts["last"]["validation"] or facts["last"]["training"]
    done = f"{facts['epoch']} of {facts['epochs']} epochs, {grouped(facts['step'])} steps"
    return f"{done} in {duration(facts['elapsed_s'])}; {_terms_in_words(terms)}."


def _facts(folder: RunFolder) -> dict[str, Any]:
    history, status = folder.read_history(), folder.status
    return {
        "name": folder.name,
        "state": status.state,
        "resume_state": _resume_state(folder),
        "trainer": _trainer(folder),
        "step": status.step,
        "epoch": status.epoch,
        "epochs": status.epochs,
        "elapsed_s": history[-1].get("elapsed_s", 0.0) if history else 0.0,
        "parameters": count_parameters(folder),
        "last": {kind: _last(history, kind) for kind in ("training", "validation")},
        "best": _best(history),
        "weights": _weights(history),
        "trusted": _is_trusted(folder),
        "config": folder.config.model_dump(mode="json"),
    }


def count_parameters(folder: RunFolder) -> int | None:
    """Count the weights from the head of their file; None where none are saved yet. Raises UserError if damaged."""
    from safetensors import SafetensorError, safe_open

    from vae_explorer.core.run_folder import WEIGHTS

    path = folder.path / WEIGHTS
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as weights:
            slices = [weights.get_slice(name) for name in weights.keys()]  # noqa: SIM118  # it isn't a mapping
            counted = sum(math.prod(one.get_shape()) for one in slices if one.get_dtype() != "U8")
            return int(counted + folder.config.model.network_settings.get("parameters", 0))
    except (SafetensorError, OSError) as error:
        msg = f"The weights of “{folder.name}” ({WEIGHTS}) are damaged or incomplete."
        raise UserError(msg) from error


def _weights(history: list[HistoryLine]) -> list[float]:
    """Return what the regulariser was multiplied by, one after the other: [1.0] where nobody changed it."""
    weights = [line.get("weight", 1.0) for line in history] or [1.0]
    return [weight for place, weight in enumerate(weights) if place == 0 or weight != weights[place - 1]]


def _last(history: list[HistoryLine], kind: str) -> dict[str, float] | None:
    return next((line[kind] for line in reversed(history) if line.get(kind)), None)


def _best(history: list[HistoryLine]) -> dict[str, Any] | None:
    best = next((line for line in reversed(history) if line.get("is_best")), None)
    return best and {"step": best["step"], "epoch": best["epoch"], "validation": best["validation"]}


def _rows(folder: RunFolder, facts: dict[str, Any]) -> dict[str, str]:
    config, best = folder.config, facts["best"]
    shape = f"{config.data.image_size}×{config.data.image_size} {'grey' if config.data.channels == 1 else 'colour'}"
    if config.imported:
        return _imported_rows(config, facts, shape) | _trust_row(folder, facts["trusted"])
    return {
        "Run": facts["name"],
        "Images": f"{config.data.source} ({shape})",
        "Model": f"{config.model.network}, {config.model.likelihood} likelihood, {_size(facts)}",
        "Objective": _with_settings(config.objective.name, config.objective.settings) + _steering(facts["weights"]),
        "Latent": _latent(config.model),
        "Trained": f"{summary(folder)} {_now(facts)}",
        "Best": f"{_terms_in_words(best['validation'])} (validation, epoch {best['epoch']})" if best else "not known",
        "Training": ", ".join(f"{name} {value}" for name, value in facts["config"]["training"].items()),
    }


def _imported_rows(config: RunConfig, facts: dict[str, Any], shape: str) -> dict[str, str]:
    """Tell of a model that was trained elsewhere what is known of it."""
    settings = config.model.network_settings
    ranges = {"unit": "from 0 to 1", "signed": "from -1 to 1"}
    output = ranges[settings.get("output_range", "unit")] if config.model.likelihood == "gaussian" else "logits"
    return {
        "Run": facts["name"],
        "Imported": f"{config.imported.name} ({config.imported.format})" if config.imported else "",
        "Images": shape,
        "Output": f"{output}, {settings.get('layout', 'chw')}",
        "Model": f"{config.model.network}, {config.model.likelihood} likelihood, {_size(facts)}",
        "Objective": _foreign_objective(config),
        "Latent": _latent(config.model),
        "Encoder": "there is one" if _can_encode(config) else "none: codes can be decoded, but no image encoded",
    }


def _is_trusted(folder: RunFolder) -> bool | None:
    """Whether a person here trusts the code that a run holds; None where it holds none. Raises UserError."""
    from vae_explorer.core.parts import network_of

    if not network_of(folder.config).is_code:
        return None
    from vae_explorer.core.model import load_model
    from vae_explorer.core.trust import UntrustedError

    try:
        load_model(folder.path)
    except UntrustedError:
        return False
    return True


def _trust_row(folder: RunFolder, is_trusted: bool | None) -> dict[str, str]:
    """Say of code whether it may run here, and how it may."""
    from vae_explorer.core.trust import trusting_command

    if is_trusted is None:
        return {}
    untrusted = f"not trusted here, so that it can't run; if you know who made it: {trusting_command(folder.path)}"
    return {"Code": "trusted here" if is_trusted else untrusted}


def _foreign_objective(config: RunConfig) -> str:
    """Tell what a model was trained by elsewhere, if its files said so."""
    from vae_explorer.core.importers.base import importers

    telling = {importer.name for importer in importers.parts() if importer.tells_objective}
    if config.imported and config.imported.format in telling:
        return _with_settings(config.objective.name, config.objective.settings)
    return "not told by its files"


def _can_encode(config: RunConfig) -> bool:
    """Whether a model has an encoder: built without memory, its weights aside."""
    import torch

    from vae_explorer.core.model import Model

    with torch.device("meta"):
        return Model.blank(config).can_encode


def _resume_state(folder: RunFolder) -> str:
    """Whether what resuming needs is there: “kept”, “missing” or “damaged”."""
    from vae_explorer.core.run_folder import RESUME

    if not (folder.path / RESUME).exists():
        return "missing"
    return "kept" if folder.can_resume else "damaged"


def _stopped(resume_state: str) -> str:
    """Say why a run that hasn't all its epochs can't go on where it stands, and what can be done."""
    from vae_explorer.core.run_folder import RESUME

    if resume_state == "missing":
        return f"It holds no {RESUME}, so that it can't go on from there: train --resume begins anew."
    return f"Its {RESUME} is damaged, so that it can't go on."


_STATES = {"empty": "Nothing is saved yet.", "resumable": "It can be resumed.", "finished": "It is finished."}


def _trainer(folder: RunFolder) -> dict[str, Any] | None:
    beat = trainer_of(folder.path)
    if beat is None:
        return None
    return {"host": beat.host, "pid": beat.pid, "step": beat.step, "epoch": beat.epoch, "paused": beat.paused}


def _now(facts: dict[str, Any]) -> str:
    """Say whether somebody trains it, or what else can be done with it."""
    trainer = facts["trainer"]
    if trainer is None:
        return _stopped(facts["resume_state"]) if facts["state"] == "stopped" else _STATES[facts["state"]]
    verb = "is paused" if trainer["paused"] else "is being trained"
    return f"It {verb} on {printable(trainer['host'])} (process {trainer['pid']}), in epoch {trainer['epoch']}."


def _size(facts: dict[str, Any]) -> str:
    return "no weights saved yet" if facts["parameters"] is None else f"{grouped(facts['parameters'])} parameters"


def _latent(model: ModelConfig) -> str:
    dims = f"{model.latent_dims} {'dimension' if model.latent_dims == 1 else 'dimensions'}"
    if not model.classes:
        return dims
    named = ", ".join(map(printable, model.classes[:_NAMED])) + (", …" if len(model.classes) > _NAMED else "")
    return f"{dims}, conditional on {count_in_words(len(model.classes))}: {named}"


def _with_settings(name: str, settings: dict[str, Any]) -> str:
    return name + "".join(f", {key} {value}" for key, value in settings.items())


def _steering(weights: list[float]) -> str:
    """Say so where a person changed the regulariser's weight while training ran."""
    return "" if weights == [1.0] else f"; its regulariser × {', then × '.join(f'{one:g}' for one in weights)}"


def _terms_in_words(terms: dict[str, float] | None) -> str:
    """Write the terms of an objective as “loss 105.30, reconstruction 98.10 nats per image (mmd 0.01)”."""
    if not terms:
        return "no losses recorded yet"
    words = {name: f"{name.replace('_', ' ')} {value:.2f}" for name, value in terms.items()}
    in_nats = ", ".join(words[name] for name in words if name in _IN_NATS)
    others = ", ".join(words[name] for name in words if name not in _IN_NATS)
    return f"{in_nats} nats per image" + (f" ({others})" if others else "")
