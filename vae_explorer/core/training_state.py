"""All that training carries from one step to the next, in a form that can be kept and put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from vae_explorer.core.batches import noise_generator
from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model, all_finite, load_weights

_WEIGHTS, _ADAM, _NOISE = "model.", "adam.", "noise"
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


class TrainingState:
    """Model, optimiser, source of noise and counts. Putting back what was taken continues bit by bit (on the CPU)."""

    def __init__(self, config: RunConfig, device: torch.device) -> None:
        self.model = Model.from_config(config).to(device).train()
        rate = config.training.learning_rate
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=rate, fused=True)
        self.noise = noise_generator(config.training.seed)
        self.counts = Counts()

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors by name: live ones, which the next step changes."""
        named = {_WEIGHTS + name: tensor for name, tensor in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for moment, tensor in self.optimizer.state.get(parameter, {}).items():
                named[f"{_ADAM}{name}.{moment}"] = tensor
        return named | {_NOISE: self.noise.get_state()}

    def numbers(self) -> dict[str, Any]:
        """Return the counts, ready for JSON."""
        return asdict(self.counts)

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Put back what `tensors` and `numbers` gave. Raises UserError where it belongs to another run."""
        weights = {name.removeprefix(_WEIGHTS): t for name, t in tensors.items() if name.startswith(_WEIGHTS)}
        load_weights(self.model, weights)
        try:
            self.counts = TypeAdapter(Counts).validate_python(dict(numbers))
            self._restore_optimizer(tensors)
            self.noise.set_state(tensors[_NOISE].cpu())
        except (KeyError, RuntimeError, TypeError, ValidationError) as error:
            msg = "What was saved for resuming this run is damaged or belongs to another run."
            raise UserError(msg) from error

    def is_finite(self) -> bool:
        """Whether no weight is NaN or infinite. Waits for the device."""
        return all_finite(self.model.parameters())

    def _restore_optimizer(self, tensors: Mapping[str, Tensor]) -> None:
        self.optimizer.state.clear()
        if not any(name.startswith(_ADAM) for name in tensors):
            return
        for name, parameter in self.model.named_parameters():
            step, *moments = (tensors[f"{_ADAM}{name}.{moment}"] for moment in _MOMENTS)
            if any(moment.shape != parameter.shape for moment in moments):
                msg = f"the optimiser's state of {name} has another shape"
                raise RuntimeError(msg)
            # The moments must lie in memory as the parameter does, or the fused step would mix them up.
            laid_out = (torch.empty_like(parameter, requires_grad=False).copy_(moment) for moment in moments)
            values = (step.to(parameter.device, copy=True), *laid_out)
            self.optimizer.state[parameter] = dict(zip(_MOMENTS, values, strict=True))


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
