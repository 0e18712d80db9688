"""Which strides make layers fit each other: shapes of weights don't tell them, but the sizes between them do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.chains import Part
from vae_explorer.core.importers.modules import Module
from vae_explorer.core.networks.foreign.convolutions import ConvSpec, ConvTransposeSpec
from vae_explorer.core.networks.foreign.norms import BatchNormSpec
from vae_explorer.core.networks.foreign.spec import Shape, Spec
from vae_explorer.core.networks.foreign.specs import MOST_VALUES, LinearSpec, ReshapeSpec, UpsampleSpec

Way = tuple[str, int, int, int, int]
"""Kind, stride, padding, output padding, and how much is enlarged before."""

Ways = Mapping[int, Way]
"""What was chosen for convolutions by their kernel: the same for all, but for the first and the last."""

After = Callable[[Module], list[Part]]
"""Tells what follows a layer."""

Step = tuple[list[Part], Shape, Ways, int]
"""Layers, the shape after them, what was chosen so far, and how odd that is."""

MOST_FOUND = 64
"""Ways to fit a chain: more aren't looked at."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One way in which layers may follow each other."""

    parts: list[Part]
    ends: Shape
    oddness: int
    """How far its strides are from the usual: 0 where all are the first of `_usual`."""


def fit_chain(modules: Sequence[Module], shape: Shape, after: After, *, growing: bool) -> list[Fit]:
    """Find the ways in which layers follow each other from `shape` on, the likeliest first; not very many.

    A `growing` half enlarges images, the other reduces them.
    """
    found = _fit(list(modules), shape, {}, after, _free(modules), growing=growing)
    fits = [Fit(parts, ends, oddness) for parts, ends, _, oddness in islice(found, MOST_FOUND)]
    return sorted(fits, key=lambda fit: fit.oddness)


def _free(modules: Sequence[Module]) -> set[str]:
    """Return the first and the last convolution, which may be unlike the others."""
    names = [module.name for module in modules if module.kind == "conv"]
    return {names[0], names[-1]} if len(names) > 2 else set(names[-1:])


def _fit(
    modules: list[Module], shape: Shape, ways: Ways, after: After, free: set[str], *, growing: bool
) -> Iterator[Step]:
    if not modules:
        yield [], shape, ways, 0
        return
    first, rest = modules[0], modules[1:]
    for parts, ends, chosen, odd in _steps(first, shape, ways, free, growing=growing):
        for others, last, all_ways, more in _fit(rest, ends, chosen, after, free, growing=growing):
            yield [*parts, *after(first), *others], last, all_ways, odd + more


def _steps(module: Module, shape: Shape, ways: Ways, free: set[str], *, growing: bool) -> Iterator[Step]:
    """Yield the ways in which one layer can follow `shape`."""
    if module.kind == "linear":
        outputs, inputs = module.weight
        if math.prod(shape) == inputs:
            flat = [Part(ReshapeSpec(to=(inputs,)))] if len(shape) > 1 else []
            spec = LinearSpec(inputs=inputs, outputs=outputs, bias=module.bias is not None)
            yield [*flat, Part(spec, (module.name,))], (outputs,), ways, 0
    elif module.kind == "norm":
        if shape[0] == module.weight[0]:
            norm = BatchNormSpec(channels=module.weight[0], affine=module.affine)
            yield [Part(norm, (module.name,))], shape, ways, 0
    else:
        yield from _convolutions(module, shape, ways, free, growing=growing)


def _convolutions(module: Module, shape: Shape, ways: Ways, free: set[str], *, growing: bool) -> Iterator[Step]:
    kernel = module.weight[2]
    chosen = ways.get(kernel)
    usual = _usual(kernel, growing=growing)
    if growing and shape == (module.weight[0],):
        usual.sort(key=lambda way: way != _UNFOLDING)
    is_free = module.name in free
    for way in usual if chosen is None or is_free else [chosen]:
        spec, inputs = _convolution(module, way)
        if spec is None:
            continue
        start = _as_image(shape, inputs)
        if start is None:
            continue
        parts: list[tuple[Spec, tuple[str, ...]]] = [(ReshapeSpec(to=start), ())] if start != shape else []
        if way[4] > 1:
            parts.append((UpsampleSpec(factor=way[4]), ()))
        parts.append((spec, (module.name,)))
        ends = _followed([one for one, _ in parts], shape)
        if ends is not None:
            kept = ways if is_free else {**ways, kernel: way}
            yield [Part(one, names) for one, names in parts], ends, kept, usual.index(way)


_UNFOLDING: Way = ("conv-transpose", 1, 0, 0, 1)
"""How a code becomes an image without a linear layer, as in DCGAN."""


def _usual(kernel: int, *, growing: bool) -> list[Way]:
    """List what convolutions of such a kernel usually are, the usual first."""
    same: Way = ("conv", 1, kernel // 2, 0, 1)
    if not growing:
        halving: list[Way] = [("conv", 2, (kernel - 1) // 2, 0, 1)] if kernel > 1 else []
        return [*halving, ("conv", 2, 0, 0, 1), ("conv", 1, 0, 0, 1), same]
    if kernel % 2:
        doubling: list[Way] = [("conv-transpose", 2, kernel // 2, 1, 1), ("conv-transpose", 2, kernel // 2, 0, 1)]
    else:
        doubling = [("conv-transpose", 2, kernel // 2 - 1, 0, 1)]
    plain: list[Way] = [
        ("conv-transpose", 2, 0, 0, 1),
        ("conv-transpose", 1, 0, 0, 1),
        same,
        ("conv", 1, kernel // 2, 0, 2),
    ]
    return [*doubling, *plain] if kernel > 1 else [same]


def _convolution(module: Module, way: Way) -> tuple[ConvSpec | ConvTransposeSpec | None, int]:
    """Describe the layer as `way` says, with the channels that it takes; None where its bias tells otherwise."""
    kind, stride, padding, more, _ = way
    first, second, *kernel = module.weight
    inputs, outputs = (second, first) if kind == "conv" else (first, second)
    if module.bias is not None and module.bias != outputs:
        return None, inputs
    shared = {
        "inputs": inputs, "outputs": outputs, "kernel": tuple(kernel), "stride": (stride, stride),
        "padding": (padding, padding), "bias": module.bias is not None,
    }  # fmt: skip
    if kind == "conv":
        return ConvSpec.model_validate(shared), inputs
    return ConvTransposeSpec.model_validate({**shared, "output_padding": (more, more)}), inputs


def _as_image(shape: Shape, channels: int) -> Shape | None:
    """Return the image that a convolution of so many channels takes for what comes; None where it can't be one."""
    if len(shape) == 3:
        return shape if shape[0] == channels else None
    side = math.isqrt(shape[0] // channels)
    return (channels, side, side) if side and channels * side * side == shape[0] else None


def _followed(specs: Sequence[Spec], shape: Shape) -> Shape | None:
    try:
        for spec in specs:
            shape = spec.after(shape)
    except UserError:
        return None
    return shape if math.prod(shape) <= MOST_VALUES else None
