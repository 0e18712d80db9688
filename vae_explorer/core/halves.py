"""The two halves of a model as other programs run them: tensors in, tensors out, nothing to know but their names."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model
from vae_explorer.core.networks.foreign.opaque import OpaqueNetwork

_EXAMPLES = 2
"""Images that a half is traced with. A single one would be taken for a fixed size."""

_BATCH = Dim("batch")


class EncoderHalf(nn.Module):
    """From images to the posterior over their codes."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor, labels: Tensor | None = None) -> tuple[Tensor, ...]:
        """(B, C, H, W) in [0, 1], of a conditional model labels (B,) -> mean and log-variance (B, D), or mean alone."""
        posterior = self.model.encode(images, labels)
        return (posterior.mean,) if posterior.log_var is None else (posterior.mean, posterior.log_var)


class DecoderHalf(nn.Module):
    """From codes to the expected images."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Tensor, labels: Tensor | None = None) -> tuple[Tensor, ...]:
        """(B, D), of a conditional model labels (B,) -> (B, C, H, W) in [0, 1]."""
        return (self.model.decode(z, labels),)


class Half(NamedTuple):
    """A half of a model, and what other programs call its inputs and outputs."""

    name: str
    module: EncoderHalf | DecoderHalf
    inputs: Sequence[str]
    outputs: Sequence[str]
    examples: tuple[Tensor, ...]
    """An input of each kind, (2, …)."""

    def trace(self) -> ExportedProgram:
        """Record the operations that it applies to a batch of any size. Raises UserError where that can't be."""
        try:
            with torch.no_grad():
                program = torch.export.export(self.module, self.examples, dynamic_shapes=self.dynamic_shapes)
        except Exception as error:  # torch raises many kinds for what it can't follow
            network = self.module.model.config.model.network
            msg = f"The {self.name} of the network “{network}” can't be written as a graph: torch can't follow it."
            raise UserError(msg) from error
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)  # it names folders of this machine, which would travel with the file
        return program

    @property
    def dynamic_shapes(self) -> tuple[dict[int, Dim], ...]:
        """Of each input, which of its sizes may be any."""
        return tuple({0: _BATCH} for _ in self.examples)


def check_traceable(model: Model) -> None:
    """Raise UserError where the model is one that something else runs, of which there is no graph to be had."""
    if isinstance(model.network, OpaqueNetwork):
        msg = "This model is kept as the file that it was imported from; that file is what other programs take."
        raise UserError(msg)


def halves_of(model: Model) -> list[Half]:
    """Take a model apart: its encoder, where it has one, and its decoder."""
    data, is_conditional = model.config.data, model.conditioning is not None
    labels = (torch.zeros(_EXAMPLES, dtype=torch.int64),) if is_conditional else ()
    given = ("labels",) if is_conditional else ()
    codes = torch.zeros(_EXAMPLES, model.latent_dims)
    halves = [Half("decoder", DecoderHalf(_without("encoder", model)), ("z", *given), ("images",), (codes, *labels))]
    if model.can_encode:
        images = torch.zeros(_EXAMPLES, data.channels, data.image_size, data.image_size)
        heads = ("mean",) if model.config.model.posterior == "none" else ("mean", "log_var")
        encoder = EncoderHalf(_without("decoder", model))
        halves.append(Half("encoder", encoder, ("images", *given), heads, (images, *labels)))
    return halves


def _without(half: Literal["encoder", "decoder"], model: Model) -> Model:
    """Copy a model but for one half of its network and the objective: what is written holds no weights that idle."""
    copied = copy.deepcopy(model).requires_grad_(requires_grad=False).eval()
    delattr(copied.network, half)
    del copied.objective
    return copied
