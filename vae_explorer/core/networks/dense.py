"""Fully connected layers that use all of the processor.

PyTorch multiplies matrices by MKL, which on AMD's processors leaves AVX-512 alone. oneDNN, which PyTorch brings along
for its convolutions, doesn't: there it multiplies twice as fast.
"""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable

_WORTH_IT = 4_000_000
"""Multiplications: with fewer, handing the matrices over takes as long as it saves."""

_PROCESSOR = Path("/proc/cpuinfo")


class Dense(nn.Linear):
    """`nn.Linear`, twice as fast where batches are large and MKL isn't at home. Numbers are equal but for rounding."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs) -> (B, outputs)."""
        if not self._hands_over(x):
            return super().forward(x)
        product: Tensor = _Product.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call]  # torch's own lack
        return product

    def _hands_over(self, x: Tensor) -> bool:
        return (
            # What is traced for other programs runs on their processors, and on batches of any size.
            not torch.compiler.is_exporting()
            and len(x) * self.weight.numel() >= _WORTH_IT
            and x.device.type == "cpu"
            and x.dtype == self.weight.dtype == torch.float32
            # Derivatives by the input alone are for Jacobians and the like, of which PyTorch knows more kinds.
            and (self.weight.requires_grad or not torch.is_grad_enabled())
            and onednn_is_faster()
        )


@cache
def onednn_is_faster() -> bool:
    """Whether this is a processor of AMD's with AVX-512. It depends on nothing else, so that a resumed run is equal."""
    available = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch's own lack
    if not available or torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):  # which torch has for its compiler, and may give up
        return False
    # Windows names the maker in the processor's name; Linux does so here.
    maker = _PROCESSOR.read_text(errors="replace") if _PROCESSOR.exists() else platform.processor()
    return "AuthenticAMD" in maker


class _Product(Function):
    """x·Wᵀ + b by oneDNN, and its derivatives, which are such products too."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        x = x.contiguous()
        ctx.save_for_backward(x, weight)
        return _multiply(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors  # type: ignore[attr-defined]  # torch's own lack
        gradient = gradient.contiguous()
        wanted = ctx.needs_input_grad[0]  # type: ignore[attr-defined]  # the images themselves need none
        of_x = _multiply(gradient, weight.t()) if wanted else None
        return of_x, _multiply(gradient.t(), x.t()), gradient.sum(0)


def _multiply(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """a·bᵀ + bias, of which a and b may be transposed views. (M, K), (N, K), (N,) -> (M, N)."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, bias, "none", [], "")  # noqa: SLF001  # see onednn_is_faster
    return product
