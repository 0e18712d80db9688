"""Forward passes to hand to an objective, without a network."""

from collections.abc import Mapping

import torch
from torch import Tensor

from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Moment, Objective, objectives
from vae_explorer.core.parts import part_settings
from vae_explorer.core.posterior import Posterior, heads_of


def make(name: str, **settings: object) -> Objective:
    part = objectives.get(name)
    return part(part_settings(part, settings))


def moment_of(objective: Objective, dims: int, *, step: int = 0, images: int = 100) -> Moment:
    """Make a moment with all that `objective` may ask for, always drawing the same."""
    generator = torch.Generator().manual_seed(1)
    return Moment(step, images=images, generator=generator, auxiliary=objective.auxiliary(dims, generator))


def pass_of(objective: Objective, heads: Tensor, *, noise: Tensor | None = None, **changes: int) -> ForwardPass:
    """Read `heads` (B, 2, D) as the encoder's output; where no noise is given it is drawn, always the same."""
    batch, _, dims = heads.shape
    posterior = Posterior.from_heads(heads[:, : heads_of(objective.posterior)], objective.posterior)
    generator = torch.Generator().manual_seed(2)
    z = posterior.sample(torch.randn(batch, dims, generator=generator) if noise is None else noise)
    images = torch.rand(batch, 1, 4, 4, generator=generator)
    reconstruction = 100 * torch.rand(batch, generator=generator) + z.sum(1)
    return ForwardPass(images, images, reconstruction, posterior, z, moment_of(objective, dims, **changes))


def random_heads(batch: int, dims: int, seed: int = 0) -> Tensor:
    return torch.randn(batch, 2, dims, generator=torch.Generator().manual_seed(seed))


HEADS = random_heads(6, 3)


def terms_of(name: str, settings: Mapping[str, object] | None = None, *, step: int = 0) -> BatchTerms:
    objective = make(name, **(settings or {}))
    return objective.terms(pass_of(objective, HEADS, step=step))
