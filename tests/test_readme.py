"""What the README says of the parts of a model is what there is."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vae_explorer.core.exporters.base import exporters
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


def test_the_example_for_notebooks_runs(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README.partition("\n## In Python\n")[2].partition("\n## ")[0]
    example = "\n".join(line for line in section.splitlines() if line.startswith("    "))
    (tmp_path / "runs" / "photos").parent.mkdir()
    (tmp_path / "runs" / "photos").symlink_to(trained)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(textwrap.dedent(example), names)
    assert names["images"].shape == (9, 8, 8, 1)
    assert names["mean"].shape == names["log_var"].shape == (9, 3)
    assert names["halfway"].shape == (1, 8, 8, 1)
    assert names["plane"].shape == (20, 20, 8, 8, 1)
    assert names["sheet"].shape == (160, 160, 1)
    assert np.array_equal(names["sheet"][8:16, :8], names["plane"][1, 0])
    assert len(example.splitlines()) <= 10


@pytest.mark.parametrize("name", exporters.names())
def test_every_format_is_there(name: str) -> None:
    assert re.search(rf"^\| `{name}` \| .* \| .* \|$", README, re.MULTILINE)


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
