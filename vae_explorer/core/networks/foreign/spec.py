"""What a layer says of itself in config.json, and how it is told that layers don't fit each other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import nn

from vae_explorer.core.config import Settings
from vae_explorer.core.errors import UserError

Shape = tuple[int, ...]
"""Of one image or code on its way: (units,), (channels, height, width)."""

Size = Annotated[int, Field(ge=1, le=1 << 24)]
Small = Annotated[int, Field(ge=1, le=1 << 10)]
Pair = tuple[Small, Small]
Margin = Annotated[int, Field(ge=0, le=1 << 10)]
Margins = tuple[Margin, Margin]


class Spec(Settings):
    """One layer."""

    def after(self, before: Shape) -> Shape:
        """Return the shape that it turns `before` into. Raises UserError where it takes no such thing."""
        raise NotImplementedError

    def build(self) -> nn.Module:
        """Make the layer, its weights without meaning."""
        raise NotImplementedError

    @property
    def weights(self) -> int:
        """How many numbers it holds."""
        return 0


def check_fits(fits: bool, what: str, before: Shape) -> None:
    """Raise UserError unless `what` can follow something of this shape."""
    if not fits:
        msg = f"The model's layers do not fit each other: {what} can't follow {in_words(before)}."
        raise UserError(msg)


def in_words(shape: Shape) -> str:
    """Write a shape: “3×64×64”."""
    return "×".join(map(str, shape))
