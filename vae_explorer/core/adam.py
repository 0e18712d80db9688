"""The optimiser of every training."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_EPSILON = 1e-8


class Adam:
    """Adam of Kingma & Ba 2015: the numbers and the state of `torch.optim.Adam(fused=True)`, by the operation alone.

    The first optimiser of `torch.optim` imports torch's compiler, which takes a second and holds up whoever explores
    meanwhile; and each of its steps makes lists for options that nobody has here.
    """

    def __init__(
        self, weights: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float] = (0.9, 0.999)
    ) -> None:
        self._weights = list(weights)
        self._learning_rate = learning_rate
        self._betas = betas
        self.state: dict[nn.Parameter, dict[str, Tensor]] = {}
        """Of each weight that has had a gradient: `step`, a float32 scalar, and the moments `exp_avg`, `exp_avg_sq`."""

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for weight in self._weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change the weights that have a gradient."""
        gradients = {weight: weight.grad for weight in self._weights if weight.grad is not None}
        states = [self.state.get(weight) or self._begin(weight) for weight in gradients]
        steps, means, squares = ([state[name] for state in states] for name in ("step", "exp_avg", "exp_avg_sq"))
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            [*gradients],
            [*gradients.values()],
            means,
            squares,
            [],
            steps,
            lr=self._learning_rate,
            beta1=self._betas[0],
            beta2=self._betas[1],
            weight_decay=0.0,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def _begin(self, weight: nn.Parameter) -> dict[str, Tensor]:
        step = torch.zeros((), device=weight.device)
        state = {"step": step, "exp_avg": torch.zeros_like(weight), "exp_avg_sq": torch.zeros_like(weight)}
        self.state[weight] = state
        return state
