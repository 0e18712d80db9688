"""What a model can be made of, in words for a person: for a panel or a help text to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from vae_explorer.core.config import PosteriorKind, RunConfig, Settings
from vae_explorer.core.likelihoods import Likelihood, likelihoods
from vae_explorer.core.networks.base import Network, networks
from vae_explorer.core.objectives.base import Objective, objectives


@dataclass(frozen=True)
class SettingInfo:
    """A setting of a part."""

    name: str
    description: str
    default: Any
    """A number or, for a list of numbers, a tuple."""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    """Whether `minimum` itself is too little."""


@dataclass(frozen=True)
class Choice:
    """A part to choose."""

    name: str
    title: str
    summary: str
    settings: tuple[SettingInfo, ...]
    is_elbo: bool | None = None
    """For an objective: whether it is the evidence lower bound."""
    posterior: PosteriorKind | None = None
    """For an objective: what it takes the encoder's second output for."""
    needs_labels: bool = False
    """For an objective: whether the model is conditional on the labels of its images."""


@dataclass(frozen=True)
class Catalogue:
    """All parts to choose from, by name."""

    networks: tuple[Choice, ...]
    likelihoods: tuple[Choice, ...]
    objectives: tuple[Choice, ...]


@dataclass(frozen=True)
class Regulariser:
    """What a person weighs while training runs."""

    setting: str | None
    """The setting that is its weight; None where it has several."""
    weight: float | None
    """What that setting says."""


def regulariser_of(config: RunConfig) -> Regulariser | None:
    """Describe what is added to the reconstruction; None where nothing is. Raises UserError."""
    objective = objectives.get(config.objective.name)
    if not objective.has_regulariser:
        return None
    if objective.weight_setting is None:
        return Regulariser(None, None)
    settings = objective.Settings.model_validate(config.objective.settings)
    return Regulariser(objective.weight_setting, float(getattr(settings, objective.weight_setting)))


def catalogue() -> Catalogue:
    """List all parts with their settings."""
    return Catalogue(_choices(networks.parts()), _choices(likelihoods.parts()), _choices(objectives.parts()))


def setting_infos(settings: type[Settings]) -> tuple[SettingInfo, ...]:
    """Describe the fields of a settings class."""
    return tuple(_info(name, field) for name, field in settings.model_fields.items())


def _choices(parts: Sequence[type[Network | Likelihood | Objective]]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            part.name,
            part.title,
            part.summary,
            setting_infos(part.Settings),
            getattr(part, "is_elbo", None),
            getattr(part, "posterior", None),
            getattr(part, "needs_labels", False),
        )
        for part in parts
    )


def _info(name: str, field: FieldInfo) -> SettingInfo:
    bounds = {
        bound: getattr(limit, bound)
        for limit in field.metadata
        for bound in ("ge", "gt", "le")
        if hasattr(limit, bound)
    }
    return SettingInfo(
        name,
        field.description or "",
        field.default,
        minimum=bounds.get("ge", bounds.get("gt")),
        maximum=bounds.get("le"),
        exclusive_minimum="gt" in bounds,
    )
