"""What the points can be coloured by. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from vae_explorer.core.latent.directions import Directions

ColourKind = Literal[
    "label", "folder", "none", "kl", "squared_error", "nll", "distance", "dim", "direction", "factor", "column"
]  # fmt: skip
"""“kl”: what the code tells of the image, in nats. “squared_error” and “nll”: how badly it is reconstructed.
“distance”: from the plane. “dim” and “direction”: the code's coordinate along either. “factor”: what the image was
drawn from. “column”: of the table that was opened."""

PLAIN: Final = frozenset({"label", "folder", "none"})
"""What needs no computing, but for the folders of many images."""

MOST_FOLDERS: Final = 60_000
"""Of no more images the folders are found at once: it takes about a frame."""

DECODED: Final = frozenset({"squared_error", "nll"})
"""What needs all images decoded."""


@dataclass(frozen=True)
class ColourBy:
    """What the points are coloured by: a value."""

    kind: ColourKind
    name: str = ""
    """Of the factor or the column."""
    axis: int = 0
    """The latent dimension, or which of the two directions, from 0."""
    directions: Directions | None = None
    """Those of the plane on which it was chosen: the colours stay when the plane turns."""


def is_plain(by: ColourBy, count: int) -> bool:
    """Whether it needs no computing on a thread, for so many images."""
    return by.kind in PLAIN and (by.kind != "folder" or count <= MOST_FOLDERS)


BY_LABEL: Final = ColourBy("label")
