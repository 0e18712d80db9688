from __future__ import annotations

import pytest

from vae_explorer.core.config import DataConfig, RunConfig
from vae_explorer.core.configure import apply_settings
from vae_explorer.core.twin import twin_of

VAE = apply_settings(
    RunConfig(data=DataConfig(source="sample:digits")),
    {"objective": "vae", "latent_dims": 3, "hidden": "32,16", "seed": 7, "epochs": 5, "beta": 4},
)


def _but_for_the_objective(config: RunConfig) -> dict[str, object]:
    raw = config.model_dump()
    del raw["objective"], raw["model"]["posterior"]
    return raw


def test_the_twin_of_a_vae_is_a_plain_autoencoder_and_equal_in_all_else() -> None:
    twin = twin_of(VAE)
    assert twin.objective.name == "ae"
    assert twin.model.posterior == "none"
    assert _but_for_the_objective(twin) == _but_for_the_objective(VAE)


def test_the_twin_of_a_plain_autoencoder_is_a_vae() -> None:
    twin = twin_of(twin_of(VAE))
    assert twin.objective.name == "vae"
    assert twin.model.posterior == "log_var"
    assert _but_for_the_objective(twin) == _but_for_the_objective(VAE)


@pytest.mark.parametrize("objective", ["notes", "notes-log-var"])
def test_every_other_objective_has_the_plain_autoencoder_as_its_twin(objective: str) -> None:
    assert twin_of(apply_settings(VAE, {"objective": objective})).objective.name == "ae"
