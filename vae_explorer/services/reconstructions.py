"""A few images beside what the model makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.classes import labels_for
from vae_explorer.core.data.base import ImageSet, spread
from vae_explorer.services.decoding import Decoded, DecodeService, Lane
from vae_explorer.services.following import EXACT
from vae_explorer.services.state import Embedding


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images (n, H, W, C) beside what the model makes of them."""

    originals: NDArray[np.uint8]
    reconstructions: NDArray[np.uint8]


class ReconstructionService(QObject):
    """Decodes the codes of those images that are always encoded exactly. Belongs to the main thread."""

    decoded = Signal(object)
    """`Pairs`."""

    def __init__(self, decoding: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoding = decoding
        self._images: ImageSet | None = None
        self._chosen: NDArray[np.int64] = np.zeros(0, np.int64)
        self._request = 0
        self._pieces: list[NDArray[np.uint8]] = []
        decoding.decoded.connect(self._on_decoded)

    def ask(self, embedding: Embedding, classes: Sequence[str] = ()) -> None:
        """Decode the codes of some of the images that were encoded; `decoded` answers.

        A conditional model of `classes` decodes each image as what it is.
        """
        if embedding.images is not self._images:
            self._images = embedding.images
            self._chosen = spread(embedding.images, EXACT)
        self._pieces = []
        labels = labels_for(classes, embedding.images, self._chosen)
        self._request = self._decoding.request(Lane.STRIP, embedding.mean[self._chosen], labels)

    def _on_decoded(self, decoded: Decoded) -> None:
        if decoded.request != self._request or self._images is None:
            return
        self._pieces.append(decoded.pixels)
        if sum(map(len, self._pieces)) == len(self._chosen):
            originals = np.array(self._images.images[self._chosen])
            self.decoded.emit(Pairs(originals, np.concatenate(self._pieces)))
