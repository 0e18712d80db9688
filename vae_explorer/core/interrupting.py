"""Stopping and pausing within a step: a step on large images takes seconds, and a person waits for half of one."""

from __future__ import annotations

from torch import Tensor, nn

from vae_explorer.core.progress import Control

LARGE_STEP_VALUES = 500_000
"""Steps over fewer input values than this are over before anybody would notice; they aren't watched."""


class Interrupted(Exception):  # noqa: N818  # the person asked for it
    """A step was given up. Weights and optimiser are as before it; gradients are not."""


class Interrupts:
    """Looks at `control` after each layer of a model, forwards and backwards, and gives the step up where it must end.

    Raises Interrupted out of the model's call or of `backward`.
    """

    def __init__(self, model: nn.Module, control: Control) -> None:
        self._control = control
        for module in model.modules():
            if next(module.children(), None) is None:
                module.register_forward_hook(self._after_layer)

    def _after_layer(self, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        self._look()
        if output.requires_grad:
            output.register_hook(self._in_backward)  # type: ignore[no-untyped-call]  # torch's own lack

    def _in_backward(self, _gradient: Tensor) -> None:
        self._look()

    def _look(self) -> None:
        if self._control.cancel.is_set() or not self._control.running.is_set():
            raise Interrupted
