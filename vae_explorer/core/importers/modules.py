"""The layers that a file of weights has, found from the shapes of its tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError

Kind = Literal["linear", "conv", "norm"]

_BATCH_NORM = {"weight", "bias", "running_mean", "running_var"}

_ENCODER = re.compile(r"(^|[._])(enc|encode|encoder|encoding|inference|recognition)([._\d]|$)", re.IGNORECASE)
_DECODER = re.compile(r"(^|[._])(dec|decode|decoder|decoding|generator|gen|netg)([._\d]|$)", re.IGNORECASE)
_HEAD = re.compile(r"(^|[._])(fc_?)?(mu|mean|loc|log_?var|var|log_?sigma|sigma|log_?std|std|embedding)([._\d]|$)", re.I)
_SPREAD = re.compile(r"log_?var|logv|(^|[._])(fc_?)?var|sigma|std|scale", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Module:
    """A layer with weights: what they are is told by their shapes."""

    name: str
    kind: Kind
    weight: tuple[int, ...]
    """The shape of its weight."""
    bias: int | None
    """The length of its bias."""
    affine: bool = True
    """Of a normalisation: whether it has weights."""

    @property
    def tells_spread(self) -> bool:
        """Whether its name says that it gives the spread of a posterior."""
        return bool(_SPREAD.search(self.name))

    @property
    def is_head(self) -> bool:
        """Whether its name says that it ends an encoder."""
        return bool(_HEAD.search(self.name))


def strip_common(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take away what all names begin with, as wrappers put it before them: “module.”, “model.”."""
    names = dict(weights)
    while names:
        first = next(iter(names)).partition(".")[0] + "."
        halves = _ENCODER.search(first) or _DECODER.search(first)
        if halves or not all(name.startswith(first) and name.count(".") > 1 for name in names):
            break
        names = {name.removeprefix(first): tensor for name, tensor in names.items()}
    return names


def modules_of(weights: Mapping[str, Tensor]) -> list[Module]:
    """Group tensors to layers, in the file's order. Raises UserError where one is of no kind that can be read."""
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        prefix, _, own = name.rpartition(".")
        if own != "num_batches_tracked":
            groups.setdefault(prefix, {})[own] = tensor
    return [_module(name, tensors) for name, tensors in groups.items()]


def _module(name: str, tensors: Mapping[str, Tensor]) -> Module:
    weight, bias = tensors.get("weight"), tensors.get("bias")
    length = None if bias is None else bias.numel()
    if "running_mean" in tensors and set(tensors) <= _BATCH_NORM:
        return Module(name, "norm", tuple(tensors["running_mean"].shape), length, affine=weight is not None)
    if weight is not None and set(tensors) <= {"weight", "bias"} and weight.ndim in (2, 4):
        return Module(name, "linear" if weight.ndim == 2 else "conv", tuple(weight.shape), length)
    msg = (
        f"{_what(name, tensors)} can't be read: only linear layers, convolutions and batch normalisations are found "
        "from their shapes."
    )
    raise UserError(msg)


def _what(name: str, tensors: Mapping[str, Tensor]) -> str:
    """Name a layer, or tensors that belong to none, with the shapes."""
    shapes = {printable(own): "×".join(map(str, tensor.shape)) or "1" for own, tensor in tensors.items()}
    if name:
        return f"The layer “{printable(name)}” ({', '.join(f'{own} {shape}' for own, shape in shapes.items())})"
    listed = ", ".join(f"“{own}” ({shape})" for own, shape in shapes.items())
    return f"The tensor {listed}, which is part of no layer," if len(shapes) == 1 else f"The tensors {listed}"


def in_natural_order(modules: Sequence[Module]) -> list[Module]:
    """Sort by name, numbers by their size: where the file's own order is that of the alphabet.

    What is called mean or variance comes behind the first layer that gives as much as it takes.
    """
    by_name = sorted(
        modules, key=lambda module: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", module.name)]
    )
    heads = [module for module in by_name if module.is_head and module.kind == "linear"]
    trunk = [module for module in by_name if module not in heads]
    before = [place for place, module in enumerate(trunk) if heads and module.weight[0] == heads[0].weight[-1]]
    if not before:
        return by_name
    at = before[0] + 1
    return [*trunk[:at], *sorted(heads, key=lambda head: head.tells_spread), *trunk[at:]]


def by_kind(modules: Sequence[Module], first: Kind) -> list[Module]:
    """Put layers of one kind before all others, normalisations staying behind what they follow."""
    units: list[list[Module]] = []
    for module in modules:
        if module.kind == "norm" and units:
            units[-1].append(module)
        else:
            units.append([module])
    return [module for unit in sorted(units, key=lambda unit: unit[0].kind != first) for module in unit]


def halves_of(modules: Sequence[Module]) -> tuple[list[Module], list[Module]]:
    """Tell which layers are the encoder's and which the decoder's, by their names or else by where it is narrowest."""
    named = any(_DECODER.search(module.name) for module in modules)
    if not named:
        at = _waist(modules)
        return list(modules[:at]), list(modules[at:])
    encoder: list[Module] = []
    decoder: list[Module] = []
    begun = False
    for module in modules:
        begun = begun or bool(_DECODER.search(module.name))
        own = _ENCODER.search(module.name) or (module.is_head and not _DECODER.search(module.name))
        (encoder if own or not begun else decoder).append(module)
    heads = [module for module in encoder if module.is_head and not _ENCODER.search(module.name)]
    return [module for module in encoder if module not in heads] + heads, decoder


def _waist(modules: Sequence[Module]) -> int:
    """Return the number of the first layer after the narrowest place; 0 where that is the beginning."""
    dense = [number for number, module in enumerate(modules) if module.kind == "linear"]
    if not dense:
        return 0
    narrowest = min(dense, key=lambda number: modules[number].weight[0])
    first = modules[dense[0]]
    if dense[0] == 0 and first.weight[1] <= modules[narrowest].weight[0]:
        return 0
    twin = narrowest + 1 < len(modules) and modules[narrowest + 1].weight == modules[narrowest].weight
    return narrowest + 2 if twin else narrowest + 1
