"""What a person may say of a foreign model. No torch here: the window asks before torch is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from numbers import Integral, Real
from typing import Final, Literal, get_args

from vae_explorer.core.config import MOST_CLASSES, PosteriorKind
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.foreign.names import ActivationName

OutputKind = Literal["sigmoid", "tanh", "raw", "signed"]
"""What the decoder's last layer gives: logits, to go through a sigmoid; what is to go through tanh and is brightness
from −1 to 1 then; brightness from 0 to 1 as it is; brightness from −1 to 1 as it is."""

Layout = Literal["chw", "hwc"]
"""The order of an image's numbers: channels, height, width; or height, width, channels."""


SMALLEST_SIDE: Final = 4
LARGEST_SIDE: Final = 1024
"""Pixels of an image's side."""

MOST_LATENT_DIMS: Final = 1 << 24


@dataclass(frozen=True)
class Wishes:
    """What a person says of a model beyond what its files tell, or against it; None: find out."""

    image_size: int | None = None
    channels: int | None = None
    latent_dims: int | None = None
    output: OutputKind | None = None
    layout: Layout | None = None
    posterior: PosteriorKind | None = None
    """What the encoder's second output is."""
    activation: ActivationName | None = None
    """What stands between the layers."""
    slope: float | None = None
    """Of the leaky ReLU below 0."""
    plain: tuple[str, ...] = ()
    """Layers that no activation follows."""
    classes: int | None = None
    """How many a conditional model tells apart."""


CHOICES: Mapping[str, tuple[str, ...]] = {
    "output": get_args(OutputKind),
    "layout": get_args(Layout),
    "posterior": get_args(PosteriorKind),
    "activation": get_args(ActivationName),
}
"""The values that a wish may have, where they are words."""


def option(name: str) -> str:
    """Return what the command line calls a wish, and every sentence that asks for one: “--image-size”."""
    return f"--{name.replace('_', '-')}"


def called(sentence: str, names: Mapping[str, str]) -> str:
    """Call the wishes in a sentence by other names: by those of a window's fields, say."""
    for name in sorted(names, key=len, reverse=True):  # lest one is taken for the beginning of another
        sentence = sentence.replace(option(name), names[name])
    return sentence


def read_wishes(given: Mapping[str, object], title: Callable[[str], str] = str) -> Wishes:
    """Read what a person says of a model, by the names of the wishes; None, like no name, is nothing.

    `title` turns a name into what the person has called it. Raises UserError where a value can't be meant.
    """
    for name, value in given.items():
        if value is not None and not _POSSIBLE[name](value):
            msg = f"{title(name)} is {_SAYS[name]}, not {_quoted(value)}."
            raise UserError(msg)
    said = {name: _plain(value) for name, value in given.items() if value is not None}
    return Wishes(**said)  # type: ignore[arg-type]  # checked above


def is_possible(name: str, value: object) -> bool:
    """Whether a wish can have such a value."""
    return _POSSIBLE[name](value)


def in_words(found: Wishes) -> str:
    """Write what was found: “image size 28, channels 1, output sigmoid”."""
    told = ((field.name.replace("_", " "), getattr(found, field.name)) for field in fields(found))
    return ", ".join(f"{name} {_word(value)}" for name, value in told if value)


def _word(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _is_whole(value: object, low: int, high: int) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and low <= int(value) <= high


def _is_share(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and 0 <= float(value) <= 1


def _are_names(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value)


_POSSIBLE: Mapping[str, Callable[[object], bool]] = {
    "image_size": partial(_is_whole, low=SMALLEST_SIDE, high=LARGEST_SIDE),
    "channels": lambda value: _is_whole(value, 1, 3) and value != 2,
    "latent_dims": partial(_is_whole, low=1, high=MOST_LATENT_DIMS),
    "classes": partial(_is_whole, low=1, high=MOST_CLASSES),
    "slope": _is_share,
    "plain": _are_names,
    **{
        name: partial(lambda words, value: isinstance(value, str) and value in words, CHOICES[name]) for name in CHOICES
    },
}

_SAYS: Mapping[str, str] = {
    "image_size": f"a whole number from {SMALLEST_SIDE} to {LARGEST_SIDE}",
    "channels": "1 for grey images or 3 for colour",
    "latent_dims": f"a whole number from 1 to {MOST_LATENT_DIMS}",
    "classes": f"a whole number from 1 to {MOST_CLASSES}",
    "slope": "a number from 0 to 1",
    "plain": "a list of the names of layers",
    **{name: f"one of {', '.join(words)}" for name, words in CHOICES.items()},
}


def _quoted(value: object) -> str:
    return f"“{printable(value)}”" if isinstance(value, str) else f"{value!r:.60}"


def _plain(value: object) -> object:
    """Turn a number of numpy's into one of Python's, and a list into a tuple."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return tuple(value)
    return int(value) if isinstance(value, Integral) else float(value)  # type: ignore[arg-type]  # checked before
