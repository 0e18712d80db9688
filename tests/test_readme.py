"""What the README says of the parts of a model is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vae_explorer.core.likelihoods import likelihoods
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", objectives.names())
def test_every_objective_is_there_with_its_settings(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \| .* \| (.*?) ?\|$", README, re.MULTILINE)
    fields = objectives.get(name).Settings.model_fields
    defaults = (f"`{setting}` {_written(field.default)}" for setting, field in fields.items())
    assert row == ", ".join(defaults)


@pytest.mark.parametrize("name", likelihoods.names() + networks.names())
def test_every_other_part_is_there(name: str) -> None:
    assert re.search(rf"^\| `--(likelihood|network)` \|.*`{name}`", README, re.MULTILINE)


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
