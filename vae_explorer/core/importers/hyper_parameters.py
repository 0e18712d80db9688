"""What the hyper-parameters of a training script tell of its model, where they are plain numbers and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from vae_explorer.core.importers.wishes import Wishes, is_possible

SIZES: Mapping[str, tuple[str, ...]] = {
    "latent_dims": ("latent_dim", "latent_dims", "latent_size", "z_dim", "z_dims", "zdim", "z_size", "n_latent"),
    "image_size": ("image_size", "img_size", "image_dim", "img_dim", "input_height", "patch_size"),
    "channels": ("channels", "in_channels", "input_channels", "image_channels", "n_channels", "num_channels"),
}
"""What sizes are called. Those inside the network may be called so too, so that the shapes have the last word."""

_NUMBERS: Mapping[str, tuple[str, ...]] = {**SIZES, "slope": ("slope", "negative_slope", "leaky_slope")}

_WORDS: Mapping[str, tuple[str, ...]] = {
    "activation": (
        "activation", "activation_fn", "activation_function", "activation_name", "hidden_activation", "act", "act_fn",
        "nonlinearity", "non_linearity",
    ),
    "output": ("output", "output_activation", "out_activation", "final_activation", "last_activation"),
}  # fmt: skip

_MEANT = {"leakyrelu": "leaky-relu", "lrelu": "leaky-relu", "swish": "silu"}
"""Words that others write, without capitals and signs, and ours."""


def told_by(parameters: Any) -> Wishes:
    """Take what is known here by its name and its value; what is told twice and differently is not told."""
    if not isinstance(parameters, Mapping):
        return Wishes()
    told: dict[str, Any] = {}
    for wish, names in {**_NUMBERS, **_WORDS}.items():
        kinds = (str,) if wish in _WORDS else (int, float)
        values = {_meant(parameters[name]) for name in names if type(parameters.get(name)) in kinds}
        if len(values) == 1 and is_possible(wish, value := values.pop()):
            told[wish] = value
    return Wishes(**told)


def completed(wishes: Wishes, told: Wishes) -> Wishes:
    """Fill in what the hyper-parameters tell and the person didn't."""
    return replace(wishes, **{name: value for name, value in _values(told).items() if getattr(wishes, name) is None})


def sizes_of(told: Wishes) -> dict[str, Any]:
    """Return the sizes that were told, by their names here."""
    return {name: value for name, value in _values(told).items() if name in SIZES}


def in_a_note(told: Wishes, wishes: Wishes) -> tuple[str, ...]:
    """Say in a sentence which words nobody but the hyper-parameters told: shapes can't confirm them."""
    words = [f"{name} {value}" for name, value in _values(told).items() if name in _WORDS and not getattr(wishes, name)]
    return (f"Its hyper-parameters tell {', '.join(words)}.",) if words else ()


def _values(told: Wishes) -> dict[str, Any]:
    return {field.name: value for field in fields(told) if (value := getattr(told, field.name)) not in (None, ())}


def _meant(value: Any) -> Any:
    """Return our word for one that is written “nn.LeakyReLU()”, say; numbers as they are."""
    if not isinstance(value, str):
        return value
    word = value.strip().removesuffix("()").rpartition(".")[2].lower().replace("_", "").replace("-", "")
    return _MEANT.get(word, word)
