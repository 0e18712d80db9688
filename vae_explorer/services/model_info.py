"""A model as the window knows it: its settings, and words for it. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.config import RunConfig


@dataclass(frozen=True, eq=False)
class ModelInfo:
    """What the window knows of the model whose weights decode. A new one for each model, compared by identity."""

    config: RunConfig
    run: Path | None
    """Its run folder."""
    title: str
    """A few words: “VAE · MLP · 2-D”."""
    device: str
    can_encode: bool = True
    """Whether it has an encoder; an imported model may be a decoder alone."""

    @property
    def has_prior(self) -> bool:
        """Whether codes were trained towards N(0, I): by every objective but that of the plain autoencoder."""
        return self.config.objective.name != "ae"

    @property
    def latent_dims(self) -> int:
        """Number of latent dimensions, D."""
        return self.config.model.latent_dims

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes that a conditional model tells apart; other models have none."""
        return self.config.model.classes
