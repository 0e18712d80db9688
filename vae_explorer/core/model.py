"""A model: a network, a likelihood and an objective that know each other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.likelihoods import Likelihood
from vae_explorer.core.networks.base import Network
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Objective
from vae_explorer.core.parts import parts_of
from vae_explorer.core.posterior import Posterior, heads_of
from vae_explorer.core.run_folder import RunFolder


class Model(nn.Module):
    """An encoder and decoder with a likelihood over images and the objective that trains them."""

    def __init__(self, config: RunConfig, network: Network, likelihood: Likelihood, objective: Objective) -> None:
        super().__init__()
        self.config = config
        self.network = network
        self.likelihood = likelihood
        self.objective = objective

    @classmethod
    def from_config(cls, config: RunConfig) -> Model:
        """Build the model that `config` describes, its weights drawn from the seed. Raises UserError."""
        parts = parts_of(config)
        shape = (config.data.channels, config.data.image_size, config.data.image_size)
        heads = heads_of(config.model.posterior)
        network = parts.network(shape, config.model.latent_dims, heads, parts.network_settings)
        network.initialise(torch.Generator().manual_seed(config.training.seed))
        likelihood = parts.likelihood(parts.likelihood_settings)
        return cls(config, network, likelihood, parts.objective(parts.objective_settings)).eval()

    @property
    def latent_dims(self) -> int:
        """Numbers in a code, D."""
        return self.config.model.latent_dims

    def encode(self, x: Tensor) -> Posterior:
        """Give the posterior over codes. (B, C, H, W) in [0, 1] -> (B, D) each."""
        return Posterior.from_heads(self.network.encode(x), self.config.model.posterior)

    def decode(self, z: Tensor) -> Tensor:
        """Give the expected images. (B, D) -> (B, C, H, W) in [0, 1]."""
        return self.likelihood.to_image(self.network.decode(z))

    def forward(self, x: Tensor, noise: Tensor, step: int = 0) -> tuple[BatchTerms, Tensor]:
        """Compute the objective's terms, and the posterior means (B, D) on the way.

        x is (B, C, H, W) in [0, 1], noise standard normal (B, D).
        """
        posterior = self.encode(x)
        z = posterior.sample(noise)
        output = self.network.decode(z)
        reconstruction = self.likelihood.negative_log_likelihood(output, x)
        return self.objective.terms(ForwardPass(x, output, reconstruction, posterior, z, step)), posterior.mean

    def count_parameters(self) -> int:
        """Return the number of weights."""
        return sum(weight.numel() for weight in self.parameters())


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read the model in a run folder, on the CPU and ready to evaluate. Raises UserError with one sentence."""
    folder = RunFolder.open(path)
    model = Model.from_config(folder.config)
    load_weights(model, folder.load_weights())
    return model


def load_weights(model: Model, weights: Mapping[str, Tensor]) -> None:
    """Copy `weights` into the model. Raises UserError where they belong to another model or aren't finite numbers."""
    expected = model.state_dict()
    misfit = partial("The weights do not fit the network “{0}” of this model: {1}.".format, model.config.model.network)
    for name, tensor in expected.items():
        if name not in weights:
            raise UserError(misfit(f"“{name}” is missing"))
        if weights[name].shape != tensor.shape:
            found, wanted = tuple(weights[name].shape), tuple(tensor.shape)
            raise UserError(misfit(f"“{name}” has the shape {found} where {wanted} is needed"))
        if not weights[name].is_floating_point() or weights[name].element_size() < 2:
            raise UserError(misfit(f"“{name}” holds {weights[name].dtype} and no ordinary numbers"))
    if unknown := sorted(set(weights) - set(expected)):
        raise UserError(misfit(f"“{unknown[0]}” has no place in it"))
    if not all_finite(weights.values()):
        msg = "The weights hold values that are NaN or infinite, so this model cannot be used."
        raise UserError(msg)
    model.load_state_dict(dict(weights))


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Whether no number in the tensors is NaN or infinite. Waits for the device."""
    tensors = list(tensors)
    sums = [tensor.sum(dtype=torch.float32) for tensor in tensors]
    if not sums or torch.stack(sums).isfinite().all():
        return True
    # Large numbers may overflow a sum, so what looks bad is looked at again.
    return all(bool(tensor.isfinite().all()) for tensor in tensors)
