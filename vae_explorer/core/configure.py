"""From images and a few wishes to a whole configuration; and what may be wished for, for a panel to show."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from vae_explorer.core.batches import count_held_back
from vae_explorer.core.catalogue import Catalogue, catalogue
from vae_explorer.core.classes import check_labelled
from vae_explorer.core.config import (
    DataConfig,
    ModelConfig,
    RunConfig,
    Settings,
    TrainingConfig,
    first_problem,
)
from vae_explorer.core.data.base import ImageSet, Suggestion
from vae_explorer.core.errors import UserError
from vae_explorer.core.likelihoods import likelihoods
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.parts import Configurable, network_of, part_settings, parts_of

__all__ = ["Catalogue", "Value", "apply_settings", "catalogue", "configure"]

Value = str | float | int | bool | None

SMALL_PIXELS = 32
"""Grey images up to this size get the fully connected network and the Bernoulli likelihood by default."""

STEP_VALUES = 128 * 64 * 64 * 3
"""Input values that a step takes at most by default: 128 colour images of 64×64, fewer of larger ones."""

SMALL_BATCH = 8

STEPS = 3000
"""Training steps that show a good plane; the number of epochs follows from them. On 5 000 digits the validation is best
about there."""


def configure(
    images: ImageSet | Suggestion,
    *,
    source: str | None = None,
    network: str | None = None,
    likelihood: str | None = None,
    objective: str | None = None,
    latent_dims: int | None = None,
    settings: Mapping[str, Value] | None = None,
    **wishes: Value,
) -> RunConfig:
    """Fill in a configuration that suits the images, then apply what is wished for (None: what suits).

    Small grey images (digits, icons: centred, nearly black and white) get the fully connected network and the Bernoulli
    likelihood. Larger or coloured ones are photographs as a rule: the convolutional network, and the Gaussian
    likelihood, since their brightness is a measurement and no probability. The batch is at most an eighth of the
    images, and there are as many epochs as give some thousand steps.

    `wishes` are settings by keyword (epochs, batch_size, learning_rate, seed, device, …), `settings` the same by name
    as texts, applied last. Raises UserError on an unknown name or an invalid value.
    """
    shape = images.shape
    source = source if source is not None else getattr(images, "source", "")
    data = DataConfig(source=source, image_size=shape.size, channels=shape.channels, fit=shape.fit)
    small = shape.channels == 1 and shape.size <= SMALL_PIXELS
    defaults: dict[str, Value] = {
        "network": "mlp" if small else "conv",
        "likelihood": "bernoulli" if small else "gaussian",
        "objective": "vae",
    }
    named = {"network": network, "likelihood": likelihood, "objective": objective, "latent_dims": latent_dims}
    asked = {name: value for name, value in {**named, **wishes, **(settings or {})}.items() if value is not None}
    config = apply_settings(RunConfig(data=data), defaults | asked)
    if isinstance(images, Suggestion):
        return _with_duration(config, images.count, set(asked))
    return _with_duration(with_classes(config, images), len(images), set(asked))


def with_classes(config: RunConfig, images: ImageSet) -> RunConfig:
    """Give a model that is to be conditional the classes of its images; return any other configuration as it is.

    Raises UserError where they are too many.
    """
    objective = objectives.get(config.objective.name)
    if not objective.needs_labels or images.labels is None:
        return config
    check_labelled(objective.title, images)
    raw = config.model_dump()
    raw["model"]["classes"] = images.label_names
    return RunConfig.from_dict(raw)


def apply_settings(config: RunConfig, values: Mapping[str, Value]) -> RunConfig:
    """Set any setting by its name, wherever it belongs: data, model, training, or the chosen parts.

    `network`, `likelihood` and `objective` choose a part, whose settings are then its defaults. Texts are read as the
    setting needs them (“4”, “512,256”). Raises UserError on an unknown name, listing all, or an invalid value.
    """
    for name in sorted(values, key=lambda name: name not in _CHOICES):
        config = _choose(config, name, str(values[name])) if name in _CHOICES else _set(config, name, values[name])
    parts_of(config)
    return config


_CHOICES = ("network", "likelihood", "objective")
_HIDDEN = {"classes", "posterior", "network_settings", "likelihood_settings"}

Place = tuple[str, ...]
"""Where settings stand in a configuration."""


def _choose(config: RunConfig, kind: str, name: str) -> RunConfig:
    """Take another part, with all of its settings at their defaults."""
    raw = config.model_dump()
    if kind == "objective":
        part = objectives.get(name)
        if not part.needs_labels:
            raw["model"]["classes"] = ()
        raw["objective"] = {"name": name, "settings": _defaults(part)}
        raw["model"]["posterior"] = part.posterior
    else:
        chosen = networks.get(name) if kind == "network" else likelihoods.get(name)
        raw["model"] |= {kind: name, f"{kind}_settings": _defaults(chosen)}
    return RunConfig.from_dict(raw)


def _defaults(part: type[Configurable]) -> dict[str, Any]:
    return part_settings(part, {}).model_dump(mode="json")


def _places(config: RunConfig) -> Iterator[tuple[Place, type[Settings]]]:
    yield ("data",), DataConfig
    yield ("model",), ModelConfig
    yield ("training",), TrainingConfig
    yield ("model", "network_settings"), network_of(config).Settings
    yield ("model", "likelihood_settings"), likelihoods.get(config.model.likelihood).Settings
    yield ("objective", "settings"), objectives.get(config.objective.name).Settings


def _set(config: RunConfig, name: str, value: Value) -> RunConfig:
    for place, settings in _places(config):
        if name in settings.model_fields and name not in _HIDDEN:
            return _with_value(config, place, settings, name, value)
    known = {field for _, settings in _places(config) for field in settings.model_fields}
    msg = f"There is no setting “{name}”; there are: {', '.join(sorted((known | set(_CHOICES)) - _HIDDEN))}."
    raise UserError(msg)


def _with_value(config: RunConfig, place: Place, settings: type[Settings], name: str, value: Value) -> RunConfig:
    raw = config.model_dump()
    section = raw
    for key in place:
        section = section[key]
    problem = ""
    for reading in _readings(value, is_list=isinstance(settings.model_fields[name].default, tuple)):
        try:
            section[name] = settings.model_validate(section | {name: reading}).model_dump(mode="json")[name]
        except ValidationError as error:
            problem = problem or first_problem(error)
        else:
            return RunConfig.from_dict(raw)
    msg = f"A setting has a value that it can't take: {problem}."
    raise UserError(msg)


def _readings(value: Value, *, is_list: bool) -> Iterator[Any]:
    """Yield what a text may mean: itself or a number; or numbers with commas between them."""
    texts = [value] if isinstance(value, str) else []
    for text in [f"[{value}]", *texts] if is_list else texts:
        with contextlib.suppress(ValueError, RecursionError):
            yield json.loads(text)
    yield value


def _with_duration(config: RunConfig, count: int, asked: set[str]) -> RunConfig:
    """Choose batch size and epochs, but for those that were asked for."""
    training = max(1, count - count_held_back(count, config.data.validation_fraction))
    eighth = 2 ** int(math.log2(max(1, training / 8)))
    values = config.data.image_size**2 * config.data.channels
    fitting = max(SMALL_BATCH, STEP_VALUES // values)
    size = config.training.batch_size if "batch_size" in asked else min(128, eighth, fitting)
    wanted = STEPS / math.ceil(training / size)
    epochs = config.training.epochs if "epochs" in asked else min(1000, max(10, round(wanted)))
    return apply_settings(config, {"batch_size": size, "epochs": epochs})
