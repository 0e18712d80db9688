"""What a configuration costs, told before it is trained. Counting takes no memory, however large the model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from vae_explorer.core.batches import count_held_back
from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model, network_shape
from vae_explorer.core.posterior import Posterior
from vae_explorer.core.quantities import short_bytes
from vae_explorer.core.ranks import ranks
from vae_explorer.core.runtime import memory_errors_explained, pick_device, total_memory
from vae_explorer.core.stopwatch import measure_times

BYTES = 4
"""Of a number: all weights are float32."""

COPIES = 13
"""Training holds weights, gradients and Adam's two moments, and up to three times what it could fall back to, which is
weights and moments."""

PASSING = 4
"""How many of the largest layer's outputs exist besides: gradients on their way back, working space of convolutions."""

_LARGEST_PASSED = 256
"""Pixels: the size of images that are passed through in earnest."""

MOST_PARAMETERS, MOST_PER_IMAGE = 16_000_000, 64e6
"""Of a model that is measured, the latter in bytes of activations: a larger one takes longer than a person waits."""


@dataclass(frozen=True)
class Cost:
    """Counts are exact; memory is an estimate, since libraries take working space of their own; times are measured."""

    encoder_parameters: int
    decoder_parameters: int
    parameters: int
    """All: what likelihood and classes have is in neither half."""
    activation_bytes: int
    """What a training step keeps of a batch until its gradients are computed."""
    device: str
    available_bytes: int | None = None
    """What the device has in all, where it says so."""
    decode_s: float | None = None
    """Of one code, to an image; None where it wasn't measured."""
    step_s: float | None = None
    """Of a training step with a whole batch; None where it wasn't measured."""
    steps_per_epoch: int = 0

    @property
    def weight_bytes(self) -> int:
        """What the weights alone take, in memory as in a run folder."""
        return self.parameters * BYTES

    @property
    def training_bytes(self) -> int:
        """About what training takes on the device."""
        return COPIES * self.weight_bytes + self.activation_bytes

    @property
    def epoch_s(self) -> float | None:
        """About how long an epoch takes; None where it wasn't measured."""
        return None if self.step_s is None else self.step_s * self.steps_per_epoch

    @property
    def problem(self) -> str:
        """One sentence where the device can't hold the training, else empty."""
        if self.available_bytes is None or self.training_bytes <= self.available_bytes:
            return ""
        where = "this machine" if self.device == "cpu" else f"the device {self.device}"
        needed, there = short_bytes(self.training_bytes), short_bytes(self.available_bytes)
        if COPIES * self.weight_bytes > self.activation_bytes:
            remedy = "choose a smaller network or smaller images"
        else:
            remedy = "choose a smaller batch or smaller images"
        return f"Training this model takes about {needed} of memory, but {where} has {there}: {remedy}."


def count_cost(config: RunConfig, images: int) -> Cost:
    """Count what training on so many images costs, times left out. Raises UserError where `config` makes no model."""
    device, batch = pick_device(config.training.device), config.training.batch_size
    config = _of_one_rank(config)
    with torch.device("meta"):  # which knows shapes alone
        model = Model.blank(config)
    activations = _activations(config, model)
    training = images - count_held_back(images, config.data.validation_fraction)
    return Cost(
        encoder_parameters=_count(model.network.encoder),
        decoder_parameters=_count(model.network.decoder),
        parameters=model.count_parameters(),
        activation_bytes=activations,
        device=str(device),
        available_bytes=_available(device),
        steps_per_epoch=math.ceil(training / batch),
    )


def estimate_cost(config: RunConfig, images: int, *, measure: bool) -> Cost:
    """Count, and `measure` times unless the model is large: that takes the device for some tenths of a second.

    Raises UserError where `config` makes no model.
    """
    cost, config = count_cost(config, images), _of_one_rank(config)
    per_image = cost.activation_bytes / config.training.batch_size
    if not measure or cost.problem or cost.parameters > MOST_PARAMETERS or per_image > MOST_PER_IMAGE:
        return cost
    with memory_errors_explained():
        return replace(cost, **measure_times(config, cost.activation_bytes)._asdict())


def check_affordable(config: RunConfig, images: int) -> None:
    """Raise UserError, before any memory is taken, where the device can't hold the training."""
    if problem := count_cost(config, images).problem:
        raise UserError(problem)


def _of_one_rank(config: RunConfig) -> RunConfig:
    """Let the batch be what one of several ranks computes of it."""
    count = math.ceil(config.training.batch_size / ranks().size)
    return config.model_copy(update={"training": config.training.model_copy(update={"batch_size": count})})


def _available(device: torch.device) -> int | None:
    """Return the memory that this rank may have: those on one machine share what its processors use."""
    total = total_memory(device)
    return total // ranks().local_size if total is not None and device.type == "cpu" else total


def _count(half: nn.Module) -> int:
    return sum(weight.numel() for weight in half.parameters())


def _activations(config: RunConfig, shapes: Model) -> int:
    """Count what a step keeps of a batch; `shapes` is the model without memory.

    Of a small model two images are passed through in earnest, and the others reckoned: for the shapes alone torch
    imports its compiler, which takes a second and holds up whoever explores meanwhile.
    """
    batch = config.training.batch_size
    if shapes.count_parameters() > MOST_PARAMETERS or config.data.image_size > _LARGEST_PASSED:
        with torch.device("meta"):
            return _activation_bytes(shapes, config, batch)
    few = min(batch, 2)
    return _activation_bytes(Model.blank(config), config, few) * batch // few


def _activation_bytes(model: Model, config: RunConfig, batch: int) -> int:
    """Sum what autograd saves in a forward pass, and what comes and goes as the gradients pass through the layers."""
    own = {id(weight.untyped_storage()) for weight in model.parameters()}
    saved: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if id(storage) not in own:
            saved[id(storage)] = storage
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        _pass_through(model, config, batch)
    sizes = [storage.nbytes() for storage in saved.values()]
    return sum(sizes) + PASSING * max(sizes, default=0)


def _pass_through(model: Model, config: RunConfig, batch: int) -> Tensor:
    """Go forward with a batch, as training does, but for what the objective adds: it knows codes alone, not images."""
    shape = network_shape(config)
    posterior = Posterior.from_heads(
        model.network.encode(torch.empty(batch, *shape.encoder_input)), config.model.posterior
    )
    code = posterior.sample(torch.empty(batch, shape.latent_dims))
    classes = torch.empty(batch, shape.classes)
    output = model.network.decode(torch.cat([code, classes], dim=1))
    return model.likelihood.negative_log_likelihood(output, torch.empty(batch, *shape.image))
