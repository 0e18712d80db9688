"""From weights alone to a model: what the shapes tell is found, and what they don't is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from vae_explorer.core.config import ImportedFrom, PosteriorKind
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, UnclearError
from vae_explorer.core.importers.building import chained_model, data_config
from vae_explorer.core.importers.chains import Part, take
from vae_explorer.core.importers.modules import Module, by_kind, halves_of, in_natural_order, modules_of, strip_common
from vae_explorer.core.importers.strides import fit_chain
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.networks.foreign.names import ActivationName
from vae_explorer.core.networks.foreign.norms import BatchNormSpec
from vae_explorer.core.networks.foreign.spec import Shape
from vae_explorer.core.networks.foreign.specs import ActivationSpec, LinearSpec, ReshapeSpec

USUAL = 4
"""What the side of an image can be divided by as a rule: of several that fit, such a one is taken."""

_ASKED = {
    "image_size": "--image-size",
    "output": "--output (what its last layer gives: sigmoid, tanh, raw or signed)",
    "activation": "--activation (what stands between its layers: relu, say)",
    "posterior": "--posterior (what its encoder's second output is: log_var or log_std)",
}


@dataclass(frozen=True, eq=False)
class Structure:
    """What shapes tell of a model."""

    encoder: list[Part]
    """Empty where there is none."""
    decoder: list[Part]
    image: tuple[int, int, int]
    latent_dims: int
    heads: int
    posterior: PosteriorKind | None
    """None: two heads, whose names don't say what the second is."""


def guess_model(imported: ImportedFrom, weights: Mapping[str, Tensor], wishes: Wishes) -> Imported:
    """Find the layers, and describe the model. Raises UserError, and UnclearError naming all that must be said."""
    foreign = strip_common(weights)
    modules = modules_of(foreign)
    _check_named(modules, wishes.plain)
    structure = _structure(modules, wishes)
    posterior = wishes.posterior or structure.posterior
    asked = {"output": wishes.output, "activation": wishes.activation, "posterior": posterior}
    missing = [name for name, value in asked.items() if value is None]
    if missing or wishes.output is None or posterior is None:
        raise _unclear(missing)
    if structure.heads != (1 if posterior == "none" else 2) and structure.encoder:
        given = structure.heads * structure.latent_dims
        msg = f"The encoder gives {given} numbers, which fits no posterior “{posterior}”."
        raise UserError(msg)
    named = take(structure.decoder, "decoder", foreign), take(structure.encoder, "encoder", foreign)
    if named[0] is None or named[1] is None:
        msg = "The layers that were found don't take up the weights as they are."
        raise UserError(msg)
    layout = wishes.layout or "chw"
    config = chained_model(
        imported, data_config(structure.image), structure.latent_dims, structure.encoder, structure.decoder,
        wishes.output, posterior, layout=layout,
    )  # fmt: skip
    channels, size, _ = structure.image
    found = replace(
        wishes,
        image_size=size,
        channels=channels,
        latent_dims=structure.latent_dims,
        layout=layout,
        posterior=posterior if structure.encoder else None,
    )
    return Imported(config, named[0] | named[1], _notes(structure), found)


def _check_named(modules: Sequence[Module], names: Sequence[str]) -> None:
    """Raise UserError where there is no layer of one of the names."""
    there = [module.name for module in modules]
    for name in names:
        if name not in there:
            msg = (
                f"There is no layer “{printable(name)}” to leave plain; there are: {', '.join(map(printable, there))}."
            )
            raise UserError(msg)


def _structure(modules: Sequence[Module], wishes: Wishes) -> Structure:
    """Try the file's own order of the layers, that of their names, and the usual one. Raises UserError."""
    problems: list[UserError] = []
    named, sorted_ = halves_of(modules), halves_of(in_natural_order(modules))
    for encoder, decoder in (named, sorted_, (by_kind(sorted_[0], "conv"), by_kind(sorted_[1], "linear"))):
        try:
            return _fitted(encoder, decoder, wishes)
        except UnclearError:
            raise
        except UserError as error:
            problems.append(error)
    raise problems[0]


def _fitted(encoder: list[Module], decoder: list[Module], wishes: Wishes) -> Structure:
    if not decoder:
        msg = "No layers of a decoder are found, so there is nothing to decode by."
        raise UserError(msg)
    dims = _latent_dims(decoder[0], wishes)
    images = [
        (fit, image)
        for fit in fit_chain(decoder, (dims,), partial(_after, decoder, wishes), growing=True)
        if (image := _image(fit.ends, wishes)) is not None
    ]
    if not images:
        msg = "The decoder's layers don't lead from a code to a square image; --image-size and --channels may help."
        raise UserError(msg)
    fitting = [(fit, image, half) for fit, image in images if (half := _fit_encoder(encoder, image, dims, wishes))]
    least = min((fit.oddness for fit, _, _ in fitting), default=0)
    sizes = sorted({image[1] for fit, image, _ in fitting if fit.oddness == least})
    usual = [size for size in sizes if size % USUAL == 0] or sizes
    if not fitting:
        msg = "The encoder's layers don't lead from the images that the decoder gives to a code."
        raise UserError(msg)
    if len(usual) > 1:
        msg = f"The images may measure {' or '.join(map(str, usual))} pixels: say --image-size."
        raise UnclearError(msg, "image_size")
    fit, image, (chain, heads, posterior) = next(one for one in fitting if one[1][1] == usual[0])
    return Structure(chain, fit.parts, image, dims, heads, posterior)


def _latent_dims(first: Module, wishes: Wishes) -> int:
    """Return how many numbers the decoder takes: its first layer says so, or of a convolution its channels."""
    dims = first.weight[1] if first.kind == "linear" else first.weight[0]
    if wishes.latent_dims is not None and wishes.latent_dims != dims:
        if first.kind == "linear" or wishes.latent_dims % dims:
            msg = f"The decoder takes codes of {dims} numbers, not {wishes.latent_dims}."
            raise UserError(msg)
        return wishes.latent_dims
    return dims


def _image(ends: Shape, wishes: Wishes) -> tuple[int, int, int] | None:
    """Return the image that a decoder's last shape is; None where it is none, or not the one that is said to be."""
    if len(ends) == 3:
        image = (ends[0], ends[1], ends[2])
    else:
        channels = [one for one in (1, 3) if ends[0] % one == 0 and math.isqrt(ends[0] // one) ** 2 * one == ends[0]]
        if not channels:
            return None
        side = math.isqrt(ends[0] // channels[0])
        image = (channels[0], side, side)
    said = wishes.channels in (None, image[0]) and wishes.image_size in (None, image[1])
    return image if said and image[1] == image[2] and image[0] in (1, 3) else None


def _fit_encoder(
    modules: list[Module], image: tuple[int, int, int], dims: int, wishes: Wishes
) -> tuple[list[Part], int, PosteriorKind | None] | None:
    """Find how an encoder leads from images to codes: its layers, its heads, and its posterior where names tell."""
    if not modules:
        return [], 2, "log_var"
    heads, trunk = _heads(modules, dims)
    if heads is None:
        return None
    for fit in fit_chain(trunk, image, partial(_after, modules, wishes), growing=False):
        if math.prod(fit.ends) == heads[0].weight[1]:
            flat = [Part(ReshapeSpec(to=(math.prod(fit.ends),)))] if len(fit.ends) > 1 else []
            total = sum(head.weight[0] for head in heads)
            spec = LinearSpec(inputs=heads[0].weight[1], outputs=total, bias=heads[0].bias is not None)
            chain = [*fit.parts, *flat, Part(spec, tuple(head.name for head in heads))]
            return chain, total // dims, _posterior(heads, total // dims)
    return None


def _heads(modules: list[Module], dims: int) -> tuple[list[Module] | None, list[Module]]:
    """Part the layers that give mean and spread from those before; the mean first."""
    last = modules[-1]
    if last.kind != "linear":
        return None, modules
    two = modules[-2:]
    twins = len(two) == 2 and two[0].kind == "linear" and two[0].weight == last.weight and last.weight[0] == dims
    if twins and last.weight[1] != dims:  # else they may as well follow each other
        return sorted(two, key=lambda head: head.tells_spread), modules[:-2]
    return ([last], modules[:-1]) if last.weight[0] in (dims, 2 * dims) else (None, modules)


def _posterior(heads: Sequence[Module], count: int) -> PosteriorKind | None:
    if count == 1:
        return "none"
    name = heads[-1].name.lower()
    return "log_var" if len(heads) == 2 and "var" in name else None


def _after(half: Sequence[Module], wishes: Wishes, module: Module) -> list[Part]:
    """Return what follows a layer: the activation, unless a normalisation comes first or the half ends."""
    place = [one.name for one in half].index(module.name)
    if place + 1 == len(half) or half[place + 1].kind == "norm" or module.name in wishes.plain:
        return []
    name: ActivationName = wishes.activation or "relu"
    slope = {} if wishes.slope is None else {"slope": wishes.slope}
    return [Part(ActivationSpec(name=name, **slope))]


def _unclear(missing: Sequence[str]) -> UnclearError:
    options = "; ".join(_ASKED[name] for name in missing)
    return UnclearError(f"The weights alone don't tell everything. Say: {options}.", *missing)


def _notes(structure: Structure) -> tuple[str, ...]:
    """Say where activations were put, and that there is no encoder."""
    chains = [*structure.encoder, *structure.decoder]
    plain = [
        name
        for part, following in zip(chains, [*chains[1:], None], strict=True)
        for name in part.prefixes
        if following is None or not isinstance(following.spec, ActivationSpec | BatchNormSpec)
    ]
    notes = [f"No activation follows {', '.join(plain)}; one follows every other layer."]
    if not structure.encoder:
        notes.append("There is no encoder: codes can be decoded, but no image encoded.")
    return tuple(notes)
