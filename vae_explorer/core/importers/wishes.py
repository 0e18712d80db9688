"""What a person may say of a foreign model. No torch here: the window asks before torch is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from vae_explorer.core.config import PosteriorKind
from vae_explorer.core.networks.foreign.names import ActivationName

OutputKind = Literal["sigmoid", "tanh", "raw", "signed"]
"""What the decoder's last layer gives: logits, to go through a sigmoid; what is to go through tanh and is brightness
from −1 to 1 then; brightness from 0 to 1 as it is; brightness from −1 to 1 as it is."""

Layout = Literal["chw", "hwc"]
"""The order of an image's numbers: channels, height, width; or height, width, channels."""


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


CHOICES: Mapping[str, tuple[str, ...]] = {
    "output": get_args(OutputKind),
    "layout": get_args(Layout),
    "posterior": get_args(PosteriorKind),
    "activation": get_args(ActivationName),
}
"""The values that a wish may have, where they are words."""


def in_words(found: Wishes) -> str:
    """Write what was found: “image size 28, channels 1, output sigmoid”."""
    told = ((field.name.replace("_", " "), getattr(found, field.name)) for field in fields(found))
    return ", ".join(f"{name} {_word(value)}" for name, value in told if value)


def _word(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
