"""The models that can stand beside another one. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.services.runs import title_of


@dataclass(frozen=True)
class Candidate:
    """A trained run."""

    path: Path
    name: str
    config: RunConfig
    is_finished: bool = True
    """Whether it was trained to its end."""

    @property
    def title(self) -> str:
        """A few words: “AE · mlp · bernoulli · 2-D”."""
        return title_of(self.config)


def candidates(folders: Iterable[Path]) -> list[Candidate]:
    """Find the trained runs in these folders, in each the newest first. What can't be read is passed over."""
    return [found for folder in folders for found in _newest_first(folder)]


def counterpart(config: RunConfig, among: Sequence[Candidate]) -> Candidate | None:
    """Find what shows best what a model's objective does: a plain autoencoder for any other model, another for that.

    It has learned from the same images, and has as many latent dimensions. Best of all the rest is equal too, and its
    training wasn't stopped.
    """
    fitting = [
        other
        for other in among
        if (other.config.data, other.config.model.latent_dims) == (config.data, config.model.latent_dims)
        and (other.config.objective.name == "ae") != (config.objective.name == "ae")
    ]
    return min(fitting, key=lambda other: (_parts(other.config) != _parts(config), not other.is_finished), default=None)


def _parts(config: RunConfig) -> tuple[object, ...]:
    model = config.model
    return model.network, model.network_settings, model.likelihood, model.likelihood_settings


def _newest_first(folder: Path) -> list[Candidate]:
    found: list[tuple[float, Candidate]] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            run = RunFolder.open(path)
            state = run.status.state
            if state != "empty":
                candidate = Candidate(path, run.name, run.config, is_finished=state == "finished")
                found.append((path.stat().st_mtime, candidate))
        except (UserError, OSError):
            continue
    return [candidate for _, candidate in sorted(found, key=lambda pair: -pair[0])]
