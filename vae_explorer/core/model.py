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
from vae_explorer.core.networks.base import Network, NetworkShape
from vae_explorer.core.objectives.base import BatchTerms, ForwardPass, Moment, Objective
from vae_explorer.core.parts import parts_of
from vae_explorer.core.posterior import Posterior, heads_of
from vae_explorer.core.run_folder import RunFolder

_NO_TRAINING = Moment()


class Model(nn.Module):
    """An encoder and decoder with a likelihood over images and the objective that trains them."""

    def __init__(self, config: RunConfig, network: Network, likelihood: Likelihood, objective: Objective) -> None:
        super().__init__()
        self.config = config
        self.network = network
        self.likelihood = likelihood
        self.objective = objective
        self.conditioning = network.make_conditioning() if config.model.classes else None

    @classmethod
    def from_config(cls, config: RunConfig) -> Model:
        """Build the model that `config` describes, its weights drawn from the seed. Raises UserError."""
        model = cls.blank(config)
        generator = torch.Generator().manual_seed(config.training.seed)
        model.network.initialise(generator)
        if model.conditioning is not None:
            model.conditioning.initialise(generator)
        return model.eval()

    @classmethod
    def blank(cls, config: RunConfig) -> Model:
        """Build the model that `config` describes, its weights without meaning yet. Raises UserError."""
        parts = parts_of(config)
        network = parts.network(network_shape(config), parts.network_settings)
        likelihood = parts.likelihood(parts.likelihood_settings)
        return cls(config, network, likelihood, parts.objective(parts.objective_settings))

    @property
    def can_encode(self) -> bool:
        """Whether it has an encoder; an imported model may be a decoder alone."""
        return self.network.can_encode

    @property
    def latent_dims(self) -> int:
        """Numbers in a code, D."""
        return self.config.model.latent_dims

    def images_at_once(self, values: int) -> int:
        """Return how many images a batch may have whose widest layer is to have at most so many numbers."""
        return max(1, values // (self.config.data.image_size**2 * self.network.values_per_pixel))

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """Give the posterior over codes. (B, C, H, W) in [0, 1], of a conditional model labels (B,) -> (B, D) each.

        Raises UserError where the model is a decoder alone.
        """
        check_encodes(self)
        if self.conditioning is not None:
            x = self.conditioning.join_images(x, _given(labels))
        return Posterior.from_heads(self.network.encode(x), self.config.model.posterior)

    def decode_raw(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Give the likelihood's parameters. (B, D), for a conditional model labels (B,) -> (B, C, H, W)."""
        if self.conditioning is not None:
            z = self.conditioning.join_codes(z, _given(labels))
        return self.network.decode(z)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Give the expected images. (B, D), for a conditional model labels (B,) -> (B, C, H, W) in [0, 1]."""
        return self.likelihood.to_image(self.decode_raw(z, labels))

    def forward(
        self, x: Tensor, noise: Tensor, moment: Moment = _NO_TRAINING, labels: Tensor | None = None
    ) -> tuple[BatchTerms, Posterior]:
        """Compute the objective's terms, and the posterior on the way.

        x is (B, C, H, W) in [0, 1], noise standard normal (B, D), labels (B,) for a conditional model.
        """
        posterior = self.encode(x, labels)
        z = posterior.sample(noise)
        output = self.decode_raw(z, labels)
        reconstruction = self.likelihood.negative_log_likelihood(output, x)
        return self.objective.terms(ForwardPass(x, output, reconstruction, posterior, z, moment)), posterior

    def count_parameters(self) -> int:
        """Return the number of weights."""
        return sum(weight.numel() for weight in self.parameters())


def network_shape(config: RunConfig) -> NetworkShape:
    """Return what the network of `config` takes and gives."""
    size = config.data.image_size
    return NetworkShape(
        image=(config.data.channels, size, size),
        latent_dims=config.model.latent_dims,
        heads=heads_of(config.model.posterior),
        classes=len(config.model.classes),
    )


def _given(labels: Tensor | None) -> Tensor:
    if labels is None:
        msg = "a conditional model needs the classes of its images"
        raise ValueError(msg)
    return labels


def check_encodes(model: Model) -> None:
    """Raise UserError where the model is a decoder alone."""
    if not model.can_encode:
        msg = "This model is a decoder alone, so no image can be encoded by it: codes can only be decoded."
        raise UserError(msg)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read the model in a run folder, on the CPU and ready to evaluate. Raises UserError with one sentence."""
    folder = RunFolder.open(path)
    model = Model.from_config(folder.config)
    load_weights(model, folder.load_weights())
    model.network.check_allowed(folder.path)
    return model


def load_weights(model: Model, weights: Mapping[str, Tensor]) -> None:
    """Copy `weights` into the model. Raises UserError where they belong to another model or aren't finite numbers."""
    check_weights_fit(model, weights)
    if not all_finite(weights.values()):
        msg = "The weights hold values that are NaN or infinite, so this model cannot be used."
        raise UserError(msg)
    model.load_state_dict(dict(weights))


def check_weights_fit(model: Model, weights: Mapping[str, Tensor]) -> None:
    """Raise UserError where `weights` belong to another model. The model may be one of shapes alone."""
    expected = model.state_dict()
    misfit = partial("The weights do not fit the network “{0}” of this model: {1}.".format, model.config.model.network)
    for name, tensor in expected.items():
        if name not in weights:
            raise UserError(misfit(f"“{name}” is missing"))
        if weights[name].shape != tensor.shape:
            found, wanted = tuple(weights[name].shape), tuple(tensor.shape)
            raise UserError(misfit(f"“{name}” has the shape {found} where {wanted} is needed"))
        if not _is_ordinary(weights[name]) and (tensor.dtype != torch.uint8 or weights[name].dtype != torch.uint8):
            raise UserError(misfit(f"“{name}” holds {weights[name].dtype} and no ordinary numbers"))
    if unknown := sorted(set(weights) - set(expected)):
        raise UserError(misfit(f"“{unknown[0]}” has no place in it"))


def _is_ordinary(weight: Tensor) -> bool:
    """Whether it is made of ordinary numbers; the bytes of a file, which some imported networks are, aren't."""
    return weight.is_floating_point() and weight.element_size() >= 2


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """Whether no number in the tensors is NaN or infinite. Waits for the device."""
    tensors = list(tensors)
    sums = [tensor.sum(dtype=torch.float32) for tensor in tensors]
    if not sums or torch.stack(sums).isfinite().all():
        return True
    # Large numbers may overflow a sum, so what looks bad is looked at again.
    return all(bool(tensor.isfinite().all()) for tensor in tensors)
