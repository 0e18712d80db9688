"""Foreign layers put in a row: what each is, and which of the foreign weights are its."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.foreign.spec import Shape, Spec
from vae_explorer.core.networks.foreign.specs import chain_shape


@dataclass(frozen=True)
class Part:
    """One layer of a foreign network."""

    spec: Spec
    prefixes: tuple[str, ...] = ()
    """Under which names its weights are found; of several layers side by side they are stacked."""
    renamed: tuple[str, str] = ("", "")
    """How the foreign names of what is inside it begin, and how ours do."""


def weights_of(part: Part, foreign: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Find a layer's weights by our names; None where they are missing or have other shapes."""
    with torch.device("meta"):
        wanted = part.spec.build().state_dict()
    theirs, ours = part.renamed
    found = {}
    for name, tensor in wanted.items():
        foreign_name = theirs + name.removeprefix(ours)
        pieces = [foreign.get(f"{prefix}.{foreign_name}") for prefix in part.prefixes]
        whole = _stacked(pieces)
        if whole is None or whole.shape != tensor.shape:
            return None
        found[name] = whole
    return found


def take(parts: Sequence[Part], half: str, foreign: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Name all weights of a chain as the network “layers” does; None where they are those of another chain."""
    named = {}
    for index, part in enumerate(parts):
        found = weights_of(part, foreign)
        if found is None:
            return None
        named.update({f"network.{half}.{index}.{name}": tensor for name, tensor in found.items()})
    return named


def names_of(parts: Iterable[Part], foreign: Mapping[str, Tensor]) -> set[str]:
    """Return the foreign names that a chain takes up."""
    prefixes = tuple(f"{prefix}." for part in parts for prefix in part.prefixes)
    return {name for name in foreign if name.startswith(prefixes)}


def ends(parts: Sequence[Part], shape: Shape) -> Shape | None:
    """Follow a shape through a chain; None where it doesn't pass."""
    try:
        return chain_shape([part.spec for part in parts], shape)
    except UserError:
        return None


def _stacked(pieces: Sequence[Tensor | None]) -> Tensor | None:
    there = [piece for piece in pieces if piece is not None]
    if not there or len(there) < len(pieces) or any(piece.shape[1:] != there[0].shape[1:] for piece in there):
        return None
    return torch.cat(there) if len(there) > 1 else there[0]
