"""The networks that come with pythae: its default MLP, and those of its benchmarks on MNIST, CIFAR and CelebA."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from vae_explorer.core.importers.chains import Part, ends, take
from vae_explorer.core.networks.foreign.convolutions import ConvSpec, ConvTransposeSpec
from vae_explorer.core.networks.foreign.names import ActivationName
from vae_explorer.core.networks.foreign.norms import BatchNormSpec
from vae_explorer.core.networks.foreign.spec import Shape
from vae_explorer.core.networks.foreign.specs import (
    ActivationSpec,
    LinearSpec,
    ReshapeSpec,
    ResidualSpec,
)

Chain = list[Part]
Taken = tuple[Chain, dict[str, Tensor]]

HIDDEN = 512
"""Units of the default MLP."""

CONV_MAPS = (128, 256, 512, 1024)
RESIDUAL_MAPS = (128, 32)
"""Channels around a residual block, and inside it."""


def find_encoder(foreign: Mapping[str, Tensor], image: Shape, dims: int, heads: int) -> Taken | None:
    """Find which of pythae's encoders these weights are of; None where it is none of them."""
    names = [f"encoder.{name}" for name in ("embedding", "log_var")[:heads]]
    for trunk in _encoder_trunks(image):
        shape = ends(trunk, image)
        if shape is None:
            continue
        flat = math.prod(shape)
        chain = [*trunk, *_flatten(shape), Part(LinearSpec(inputs=flat, outputs=heads * dims), tuple(names))]
        weights = take(chain, "encoder", foreign)
        if weights is not None:
            return chain, weights
    return None


def find_decoder(foreign: Mapping[str, Tensor], image: Shape, dims: int) -> Taken | None:
    """Find which of pythae's decoders these weights are of, its last sigmoid left out; None where it is none."""
    for chain in _decoders(image, dims):
        shape = ends(chain, (dims,))
        if shape is None or math.prod(shape) != math.prod(image):
            continue
        weights = take(chain, "decoder", foreign)
        if weights is not None:
            return chain, weights
    return None


def _flatten(shape: Shape) -> Chain:
    return [Part(ReshapeSpec(to=(math.prod(shape),)))] if len(shape) > 1 else []


def _activation(name: ActivationName = "relu") -> Part:
    return Part(ActivationSpec(name=name))


def _encoder_trunks(image: Shape) -> Iterator[Chain]:
    pixels = math.prod(image)
    yield [
        Part(ReshapeSpec(to=(pixels,))),
        Part(LinearSpec(inputs=pixels, outputs=HIDDEN), ("encoder.layers.0.0",)),
        _activation(),
    ]
    yield _conv_trunk(image[0])
    for strides in ((2, 2, 2), (2, 2, 1), (2, 2, 2, 2)):
        yield _residual_trunk(image[0], strides)


def _conv_trunk(channels: int) -> Chain:
    chain: Chain = []
    before = channels
    for stage, maps in enumerate(CONV_MAPS):
        name = f"encoder.layers.{stage}"
        chain += [
            Part(ConvSpec(inputs=before, outputs=maps, kernel=(4, 4), stride=(2, 2), padding=(1, 1)), (f"{name}.0",)),
            Part(BatchNormSpec(channels=maps), (f"{name}.1",)),
            _activation(),
        ]
        before = maps
    return chain


def _residual_trunk(channels: int, strides: tuple[int, ...]) -> Chain:
    maps = (channels, 64, *(RESIDUAL_MAPS[0],) * (len(strides) - 1))
    chain = [
        Part(
            ConvSpec(
                inputs=maps[stage],
                outputs=maps[stage + 1],
                kernel=(4, 4) if stage < 2 else (3, 3),
                stride=(stride, stride),
                padding=(1, 1),
            ),
            (f"encoder.layers.{stage}.0",),
        )
        for stage, stride in enumerate(strides)
    ]
    return [*chain, *_blocks(f"encoder.layers.{len(strides)}")]


def _blocks(name: str) -> Chain:
    """Return two residual blocks, whose branch pythae calls conv_block."""
    outer, inner = RESIDUAL_MAPS
    branch = (
        ActivationSpec(name="relu"),
        ConvSpec(inputs=outer, outputs=inner, kernel=(3, 3), padding=(1, 1)),
        ActivationSpec(name="relu"),
        ConvSpec(inputs=inner, outputs=outer, kernel=(1, 1)),
    )
    return [Part(ResidualSpec(branch=branch), (f"{name}.{block}",), ("conv_block.", "branch.")) for block in range(2)]


def _decoders(image: Shape, dims: int) -> Iterator[Chain]:
    pixels, channels = math.prod(image), image[0]
    yield [
        Part(LinearSpec(inputs=dims, outputs=HIDDEN), ("decoder.layers.0.0",)),
        _activation(),
        Part(LinearSpec(inputs=HIDDEN, outputs=pixels), ("decoder.layers.1.0",)),
    ]
    for decoder in _CONVOLUTIONAL:
        yield decoder(channels, dims)


def _first(dims: int, grid: tuple[int, int, int], name: str = "decoder.layers.0") -> Chain:
    return [Part(LinearSpec(inputs=dims, outputs=math.prod(grid)), (name,)), Part(ReshapeSpec(to=grid))]


def _up(name: str, maps: tuple[int, int], kernel: int, stride: int, padding: int, more: int = 0) -> Part:
    spec = ConvTransposeSpec(
        inputs=maps[0],
        outputs=maps[1],
        kernel=(kernel, kernel),
        stride=(stride, stride),
        padding=(padding, padding),
        output_padding=(more, more),
    )
    return Part(spec, (f"decoder.layers.{name}",))


def _normalised(layer: int, maps: tuple[int, int], kernel: int, stride: int, padding: int, more: int = 0) -> Chain:
    return [
        _up(f"{layer}.0", maps, kernel, stride, padding, more),
        Part(BatchNormSpec(channels=maps[1]), (f"decoder.layers.{layer}.1",)),
        _activation(),
    ]


def _mnist_conv(channels: int, dims: int) -> Chain:
    return [
        *_first(dims, (1024, 4, 4)),
        *_normalised(1, (1024, 512), 3, 2, 1),
        *_normalised(2, (512, 256), 3, 2, 1, 1),
        _up("3.0", (256, channels), 3, 2, 1, 1),
    ]


def _cifar_conv(channels: int, dims: int) -> Chain:
    return [
        *_first(dims, (1024, 8, 8)),
        *_normalised(1, (1024, 512), 4, 2, 1),
        *_normalised(2, (512, 256), 4, 2, 1, 1),
        _up("3.0", (256, channels), 4, 1, 2),
    ]


def _celeba_conv(channels: int, dims: int) -> Chain:
    return [
        *_first(dims, (1024, 8, 8), "decoder.layers.0.0"),
        *_normalised(1, (1024, 512), 5, 2, 2),
        *_normalised(2, (512, 256), 5, 2, 1),
        *_normalised(3, (256, 128), 5, 2, 2, 1),
        _up("4.0", (128, channels), 5, 1, 1),
    ]


def _mnist_residual(channels: int, dims: int) -> Chain:
    return [
        *_first(dims, (128, 4, 4)),
        _up("1", (128, 128), 3, 2, 1),
        *_blocks("decoder.layers.2"),
        _activation(),
        _up("3.0", (128, 64), 3, 2, 1, 1),
        _activation(),
        _up("4.0", (64, channels), 3, 2, 1, 1),
    ]


def _cifar_residual(channels: int, dims: int) -> Chain:
    return [
        *_first(dims, (128, 8, 8)),
        *_blocks("decoder.layers.1"),
        _up("2.0", (128, 64), 4, 2, 1),
        _up("3.0", (64, channels), 4, 2, 1),
    ]


def _celeba_residual(channels: int, dims: int) -> Chain:
    return [
        *_first(dims, (128, 4, 4)),
        _up("1", (128, 128), 3, 2, 1),
        *_blocks("decoder.layers.2"),
        _up("3.0", (128, 128), 5, 2, 1),
        _activation("sigmoid"),
        _up("4.0", (128, 64), 5, 2, 1, 1),
        _up("5.0", (64, channels), 4, 2, 1),
    ]


_CONVOLUTIONAL: tuple[Callable[[int, int], Chain], ...] = (
    _mnist_conv, _cifar_conv, _celeba_conv, _mnist_residual, _cifar_residual, _celeba_residual,
)  # fmt: skip
