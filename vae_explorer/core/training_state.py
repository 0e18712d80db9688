"""All that training carries from one step to the next, in a form that can be kept and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from vae_explorer.core.adam import Adam
from vae_explorer.core.batches import noise_generator
from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model, all_finite, load_weights
from vae_explorer.core.objectives.base import BatchTerms
from vae_explorer.core.sharing import WHOLE, Share

_WEIGHTS, _ADAM, _AUXILIARY, _AUXILIARY_ADAM, _NOISE = "model.", "adam.", "auxiliary.", "auxiliary-adam.", "noise"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


@dataclass
class Counts:
    """The numbers among it. What is written beside the tensors as JSON."""

    step: int = 0
    epoch: int = 0
    """Epochs done."""
    elapsed_s: float = 0.0
    best_loss: float | None = None
    """The lowest validation loss so far."""
    validated_step: int = 0
    """The step of the last validation."""
    fingerprint: str = ""
    """Of the images it trains on."""
    weight: float = 1.0
    """What the regulariser is multiplied by."""


class TrainingState:
    """Model, optimiser, source of noise and counts. Putting back what was taken continues bit by bit (on the CPU).

    An objective's auxiliary network has an optimiser of its own.
    """

    def __init__(self, config: RunConfig, device: torch.device) -> None:
        self.device = device
        self.model = Model.from_config(config).to(device).train()
        rate = config.training.learning_rate
        self.optimizer = Adam(self.model.parameters(), rate)
        seeded = torch.Generator().manual_seed(config.training.seed)
        auxiliary = self.model.objective.auxiliary(config.model.latent_dims, seeded)
        self.auxiliary = None if auxiliary is None else auxiliary.to(device).train()
        self.auxiliary_optimizer = None if auxiliary is None else _auxiliary_adam(auxiliary, rate)
        self.noise = noise_generator(config.training.seed)
        self.counts = Counts()

    def backward(self, terms: BatchTerms, share: Share = WHOLE) -> None:
        """Compute the gradients of the loss, and of the auxiliary network's own; those of before are forgotten.

        `terms` are of a `share` of the batch, the gradients of the whole batch.
        """
        self.optimizer.zero_grad()
        with share.adding(self.model.parameters()):
            torch.autograd.backward(share.mean(terms["loss"]))
        if self.auxiliary is not None and self.auxiliary_optimizer is not None:
            # The loss has reached the auxiliary network, which isn't trained by it.
            self.auxiliary_optimizer.zero_grad()
            with share.adding(self.auxiliary.parameters()):
                torch.autograd.backward(share.part_of(terms["auxiliary_loss"]))

    def step(self) -> None:
        """Let the optimisers take a step."""
        self.optimizer.step()
        if self.auxiliary_optimizer is not None:
            self.auxiliary_optimizer.step()

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors by name: live ones, which the next step changes."""
        named = {_WEIGHTS + name: tensor for name, tensor in self.model.state_dict().items()}
        named |= _moments(self.model, self.optimizer, _ADAM)
        if self.auxiliary is not None and self.auxiliary_optimizer is not None:
            named |= {_AUXILIARY + name: tensor for name, tensor in self.auxiliary.state_dict().items()}
            named |= _moments(self.auxiliary, self.auxiliary_optimizer, _AUXILIARY_ADAM)
        return named | {_NOISE: self.noise.get_state()}

    def numbers(self) -> dict[str, Any]:
        """Return the counts, ready for JSON."""
        return asdict(self.counts)

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Put back what `tensors` and `numbers` gave. Raises UserError where it belongs to another run."""
        load_weights(self.model, _under(_WEIGHTS, tensors))
        try:
            self.counts = TypeAdapter(Counts).validate_python(dict(numbers))
            _restore_moments(self.model, self.optimizer, tensors, _ADAM)
            if self.auxiliary is not None and self.auxiliary_optimizer is not None:
                self.auxiliary.load_state_dict(_under(_AUXILIARY, tensors))
                _restore_moments(self.auxiliary, self.auxiliary_optimizer, tensors, _AUXILIARY_ADAM)
            self.noise.set_state(tensors[_NOISE].cpu())
        except (KeyError, RuntimeError, TypeError, ValidationError) as error:
            msg = "What was saved for resuming this run is damaged or belongs to another run."
            raise UserError(msg) from error

    def is_finite(self) -> bool:
        """Whether no weight is NaN or infinite. Waits for the device."""
        return all_finite(self.model.parameters())


def _auxiliary_adam(auxiliary: nn.Module, rate: float) -> Adam:
    """Kim & Mnih 2018 train their discriminator with these momenta, and as fast as the model."""
    return Adam(auxiliary.parameters(), rate, betas=(0.5, 0.9))


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _moments(module: nn.Module, optimizer: Adam, prefix: str) -> dict[str, Tensor]:
    """Return the optimiser's state by the names of the parameters."""
    return {
        f"{prefix}{name}.{moment}": tensor
        for name, parameter in module.named_parameters()
        for moment, tensor in optimizer.state.get(parameter, {}).items()
    }


def _restore_moments(module: nn.Module, optimizer: Adam, tensors: Mapping[str, Tensor], prefix: str) -> None:
    optimizer.state.clear()
    if not any(name.startswith(prefix) for name in tensors):
        return
    for name, parameter in module.named_parameters():
        step, *moments = (tensors[f"{prefix}{name}.{moment}"] for moment in _MOMENTS)
        if any(moment.shape != parameter.shape for moment in moments):
            msg = f"the optimiser's state of {name} has another shape"
            raise RuntimeError(msg)
        # The moments must lie in memory as the parameter does, or the fused step would mix them up.
        laid_out = (torch.empty_like(parameter, requires_grad=False).copy_(moment) for moment in moments)
        values = (step.to(parameter.device, copy=True), *laid_out)
        optimizer.state[parameter] = dict(zip(_MOMENTS, values, strict=True))


@dataclass(frozen=True, eq=False)
class Kept:
    """A copy of a training state at one moment."""

    tensors: Mapping[str, Tensor]
    numbers: Mapping[str, Any]

    @classmethod
    def of(cls, state: TrainingState) -> Kept:
        """Copy `state`, on its device."""
        return cls({name: tensor.detach().clone() for name, tensor in state.tensors().items()}, state.numbers())


def cpu_copy(model: Model) -> dict[str, Tensor]:
    """Copy all weights to the CPU."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in model.state_dict().items()}
