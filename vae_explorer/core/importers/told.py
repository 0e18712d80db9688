"""What the file of an encoder or a decoder says of itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vae_explorer.core.networks.foreign.labels import Input, LabelKind

Sizes = Sequence[int | None]


@dataclass(frozen=True)
class Told:
    """What a half's file says of itself."""

    inputs: Sizes | None = None
    """Sizes of its input, the batch first; None where any will do. None as a whole: it doesn't say."""
    ending: str = ""
    """The last operation's name."""
    outputs: Sequence[str] = ()
    """Names of its outputs."""
    weights: Sequence[Sequence[int]] = ()
    """The shapes of its weights."""
    label: Input | None = None
    """Its second input, which tells the class."""

    @property
    def batch(self) -> int:
        """How many it takes at once; 0 where any number will do."""
        return (self.inputs[0] if self.inputs else 0) or 0

    @property
    def label_kind(self) -> LabelKind:
        """How it is told the class."""
        return self.label.kind if self.label else "none"

    @property
    def parameters(self) -> int:
        """Count its weights."""
        return sum(map(math.prod, self.weights))
