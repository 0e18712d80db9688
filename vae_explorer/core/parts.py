"""The three parts that a configuration names, found and with their settings validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

from pydantic import ValidationError

from vae_explorer.core.config import RunConfig, Settings, first_problem
from vae_explorer.core.errors import UserError
from vae_explorer.core.likelihoods import Likelihood, likelihoods
from vae_explorer.core.networks.base import Network, networks
from vae_explorer.core.networks.foreign.base import foreign_networks
from vae_explorer.core.objectives.base import Objective, objectives


class Configurable(Protocol):
    """A registered part with a settings class of its own."""

    name: ClassVar[str]
    Settings: ClassVar[type[Settings]]


class Parts(NamedTuple):
    """Classes, and the whole settings of each."""

    network: type[Network]
    network_settings: Settings
    likelihood: type[Likelihood]
    likelihood_settings: Settings
    objective: type[Objective]
    objective_settings: Settings


def parts_of(config: RunConfig) -> Parts:
    """Find the parts. Raises UserError where one is unknown, or its settings or the posterior don't fit it."""
    network = network_of(config)
    likelihood = likelihoods.get(config.model.likelihood)
    objective = objectives.get(config.objective.name)
    if objective.posterior != config.model.posterior:
        given, needed = config.model.posterior, objective.posterior
        msg = f"The objective “{objective.name}” needs the posterior “{needed}”, not “{given}”."
        raise UserError(msg)
    if config.model.classes and not objective.needs_labels and not config.imported:
        msg = f"The objective “{objective.name}” is not conditional, so its model cannot have classes."
        raise UserError(msg)
    if config.model.latent_dims > network.most_latent_dims:
        most = network.most_latent_dims
        msg = f"The network “{network.name}” has codes of at most {most} numbers, not {config.model.latent_dims}."
        raise UserError(msg)
    return Parts(
        network,
        part_settings(network, config.model.network_settings),
        likelihood,
        part_settings(likelihood, config.model.likelihood_settings),
        objective,
        part_settings(objective, config.objective.settings),
    )


def network_of(config: RunConfig) -> type[Network]:
    """Find the network: an imported model's is one that can't be chosen. Raises UserError where it is unknown."""
    return (foreign_networks if config.imported else networks).get(config.model.network)


def part_settings(part: type[Configurable], raw: Mapping[str, Any]) -> Settings:
    """Validate the settings of a part, filling in defaults. Raises UserError naming the part and the fault."""
    try:
        return part.Settings.model_validate(dict(raw))
    except ValidationError as error:
        msg = f"The settings of “{part.name}” cannot be used: {first_problem(error)}."
        raise UserError(msg) from error
