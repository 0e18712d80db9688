"""Finding out, by running them, what an encoder and a decoder that nobody here takes apart take and give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from vae_explorer.core.config import ImportedFrom, ModelConfig, ObjectiveConfig, PosteriorKind, RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, UnclearError
from vae_explorer.core.importers.building import RANGES, data_config, likelihood_of
from vae_explorer.core.importers.conditional import classes_of, notes_on, objective_for, some_labels
from vae_explorer.core.importers.told import Told
from vae_explorer.core.importers.wishes import Layout, OutputKind, Wishes
from vae_explorer.core.networks.foreign.labels import given_as
from vae_explorer.core.networks.foreign.opaque import Floats, Half, Runner, images_for, run_in_batches

Image = tuple[int, int, int]

PROBES = 8
"""Codes that are decoded to see which range brightness has."""

MOST_CANDIDATES = 16

_SPREADS = ("log_var", "logvar", "log_covariance", "log_sigma", "var")
_MEANS = ("mean", "mu", "loc", "embedding")


@dataclass(frozen=True)
class Decoding:
    """How a decoder is used."""

    code: tuple[int, ...]
    image: Image
    layout: Layout
    output: OutputKind


@dataclass(frozen=True)
class Encoding:
    """How an encoder is used."""

    axes: int
    heads: tuple[int, ...]
    posterior: PosteriorKind


def opaque_model(
    origin: ImportedFrom,
    network: str,
    files: Mapping[Half, bytes],
    runner: Runner,
    told: Mapping[Half, Told],
    wishes: Wishes,
    named: Sequence[str] = (),
    **settings: Any,
) -> Imported:
    """Describe a model of these files, after trying out how they are used. Raises UserError, UnclearError.

    `named` are the classes, where the files name any.
    """
    classes = classes_of([(half, one.label) for half, one in told.items() if one.label], named, wishes)
    how = find_decoding(runner, told["decoder"], wishes, len(classes))
    encoding = find_encoding(runner, told["encoder"], how, wishes, len(classes)) if "encoder" in files else None
    posterior = encoding.posterior if encoding else wishes.posterior or "log_var"
    network_settings = {
        "decoder_bytes": len(files["decoder"]),
        "encoder_bytes": len(files.get("encoder", b"")),
        "code": how.code,
        "layout": how.layout,
        "batches": tuple(told[half].batch if half in told else 0 for half in ("decoder", "encoder")),
        "labels": tuple(told[half].label_kind if half in told else "none" for half in ("decoder", "encoder")),
        "input_range": RANGES[how.output],
        "output_range": RANGES[how.output],
        "output_tanh": how.output == "tanh",
        "parameters": sum(one.parameters for one in told.values()),
        "image_axes": encoding.axes if encoding else 3,
        "heads": encoding.heads if encoding else (),
    }
    dims = math.prod(how.code)
    config = RunConfig(
        data=data_config(how.image),
        model=ModelConfig(
            network=network, likelihood=likelihood_of(how.output), latent_dims=dims, posterior=posterior,
            classes=classes, network_settings=network_settings | settings,
        ),
        objective=ObjectiveConfig(name=objective_for(posterior, classes)),
        imported=origin,
    )  # fmt: skip
    weights = {
        f"network.{half}.content": torch.frombuffer(bytearray(files.get(half, b"")), dtype=torch.uint8)
        if files.get(half)
        else torch.zeros(0, dtype=torch.uint8)
        for half in ("decoder", "encoder")
    }
    found = Wishes(
        how.image[1], how.image[0], dims, how.output, how.layout, posterior if encoding else None,
        classes=len(classes) or None,
    )  # fmt: skip
    return Imported(config, weights, notes_on(classes, named), found, runner)


def find_decoding(runner: Runner, told: Told, wishes: Wishes, classes: int = 0) -> Decoding:
    """Find the shape of a code by decoding zeros, and what comes of it. Raises UserError, UnclearError."""
    why: UserError | None = None
    for code in code_shapes(told, wishes):
        try:
            flat = _decode(runner, told, np.zeros((2, *code), np.float32), classes)
        except UserError as error:
            why = why or error
            continue
        image, layout = image_of(flat.shape[1:], wishes)
        probes = np.random.default_rng(0).normal(size=(PROBES, *code)).astype(np.float32)
        output = wishes.output or output_of(_decode(runner, told, probes, classes), told.ending)
        return Decoding(code, image, layout, output)
    if why is not None and (told.inputs is not None or wishes.latent_dims):
        raise why
    msg = "The decoder doesn't say how many numbers it takes for a code; give --latent-dims."
    raise UnclearError(msg, "latent_dims")


def _decode(runner: Runner, told: Told, codes: Floats, classes: int) -> Floats:
    """Decode, and make sure that it gives an image for each code, and finite ones. Raises UserError."""
    labels = given_as(told.label_kind, some_labels(len(codes), classes), classes)
    outputs = run_in_batches(runner, "decoder", codes, told.batch, labels)
    if not outputs or outputs[0].ndim < 2 or len(outputs[0]) != len(codes):
        msg = "The decoder doesn't give one image for each code."
        raise UserError(msg)
    if not np.isfinite(outputs[0]).all():
        msg = "The decoder gives values that are NaN or infinite, so this model cannot be used."
        raise UserError(msg)
    return outputs[0]


def code_shapes(told: Told, wishes: Wishes) -> list[tuple[int, ...]]:
    """List the shapes that a code may have: the one that is told, or what the first weights suggest."""
    if told.inputs is not None:
        sizes = list(told.inputs[1:])
        if sizes.count(None) == 1 and wishes.latent_dims:
            sizes[sizes.index(None)] = max(1, wishes.latent_dims // math.prod(size or 1 for size in sizes))
        shape = tuple(size for size in sizes if size)
        return [shape] if len(shape) == len(sizes) and 1 <= len(shape) <= 3 else []
    if wishes.latent_dims:
        dims: Iterable[int] = [wishes.latent_dims]
    else:
        # A linear layer has its inputs second, a transposed convolution first.
        dims = dict.fromkeys(
            shape[0] if len(shape) == 4 else shape[1] for shape in told.weights if len(shape) in (2, 4)
        )
    return [shape for one in list(dims)[:MOST_CANDIDATES] for shape in ((one,), (one, 1, 1))]


def image_of(shape: Sequence[int], wishes: Wishes) -> tuple[Image, Layout]:
    """Find out the image (C, H, W) and the order of its numbers, from the shape that came out. Raises UnclearError."""
    sizes = [size for place, size in enumerate(shape) if size != 1 or (len(shape) == 3 and place in (0, 2))]
    if len(shape) == 3 and len(sizes) >= 2:
        return _image_of_three(shape, wishes)
    if len(shape) == 2:
        return (1, shape[0], shape[1]), wishes.layout or "chw"
    return _image_of_row(math.prod(shape), wishes)


def _image_of_three(shape: Sequence[int], wishes: Wishes) -> tuple[Image, Layout]:
    first, _, last = shape
    layout = wishes.layout or ("hwc" if last in (1, 3) and first not in (1, 3) else "chw")
    return ((last, first, shape[1]) if layout == "hwc" else (first, shape[1], last)), layout


def _image_of_row(pixels: int, wishes: Wishes) -> tuple[Image, Layout]:
    for channels in (wishes.channels,) if wishes.channels else (1, 3):
        side = wishes.image_size or math.isqrt(pixels // channels)
        if channels * side * side == pixels:
            return (channels, side, side), wishes.layout or "chw"
    msg = f"The decoder gives {pixels} numbers in a row, which make no square image; give --image-size and --channels."
    raise UnclearError(msg, "image_size", "channels")


def output_of(images: Floats, ending: str) -> OutputKind:
    """Find out what brightness is told in: by the last operation, or else by what came out of random codes."""
    last = ending.lower()
    if "sigmoid" in last:
        return "raw"
    if "tanh" in last:
        return "signed"
    low, high = float(images.min()), float(images.max())
    if low < -1.5 or high > 1.5:
        return "sigmoid"
    return "signed" if low < -0.5 else "raw"


def find_encoding(runner: Runner, told: Told, how: Decoding, wishes: Wishes, classes: int = 0) -> Encoding:
    """Find how images go in, and which outputs are mean and spread. Raises UserError."""
    grey = torch.full((2, *how.image), 0.5)
    labels = given_as(told.label_kind, some_labels(len(grey), classes), classes)
    why = "The encoder takes no images such as the decoder gives."
    for axes in [len(told.inputs) - 1] if told.inputs else [3, 1]:
        if axes not in (1, 3) and not (axes == 2 and how.image[0] == 1):
            continue
        try:
            images = images_for(grey, how.layout, axes).numpy()
            outputs = run_in_batches(runner, "encoder", images, told.batch, labels)
        except UserError as error:
            why = str(error)
            continue
        heads, posterior = heads_of(outputs, told.outputs, math.prod(how.code), wishes.posterior)
        return Encoding(axes, heads, posterior)
    raise UserError(why)


def heads_of(
    outputs: Sequence[Floats], names: Sequence[str], dims: int, wish: PosteriorKind | None
) -> tuple[tuple[int, ...], PosteriorKind]:
    """Tell which outputs are mean and spread: by their names, or else by their order. Raises UserError."""
    if not all(np.isfinite(output).all() for output in outputs):
        msg = "The encoder gives values that are NaN or infinite, so this model cannot be used."
        raise UserError(msg)
    sizes = [output.size // max(1, len(output)) for output in outputs]
    fitting = [place for place, size in enumerate(sizes) if size == dims]
    if not fitting and sizes[:1] == [2 * dims] and wish != "none":
        return (0,), wish or "log_var"
    if not fitting:
        told = ", ".join(map(str, sizes)) or "no"
        msg = f"The encoder gives {told} numbers for an image where {dims} are needed, or {dims} twice."
        raise UserError(msg)
    spread = _named(_SPREADS, names, fitting)
    mean = _named(_MEANS, names, [place for place in fitting if place != spread])
    rest = [place for place in fitting if place not in (mean, spread)]
    mean = rest.pop(0) if mean is None else mean
    spread = rest[0] if spread is None and rest else spread
    if spread is None or wish == "none":
        return (mean,), "none"
    return (mean, spread), wish or "log_var"


def _named(words: Sequence[str], names: Sequence[str], places: Sequence[int]) -> int | None:
    called = (place for place in places if place < len(names) and any(word in names[place].lower() for word in words))
    return next(called, None)
