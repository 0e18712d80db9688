"""The plane's tiles by way of the decode service, without taking the processor from training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.services.decoding import Decoded, DecodeService, Lane

SHARE = 0.1
"""Of the time that refreshing the mosaic may take while training runs and nobody moves anything."""

AFTER_FAILURE_MS = 1000
"""So long after a failure the mosaic isn't refreshed of itself."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Some of the tiles that were asked for."""

    request: object
    """As it was handed to `request`."""
    epoch: int
    first: int
    """Index in the request of the first tile of this batch."""
    pixels: NDArray[np.uint8]


class MosaicService(QObject):
    """Decodes what the plane asks for at once, and says when the weights have changed enough to ask again."""

    decoded = Signal(object)
    """A `Tiles`."""
    outdated = Signal()
    """All tiles are to be asked for anew."""

    def __init__(self, decoding: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoding = decoding
        self._request: tuple[int, object, int, int] | None = None
        self._milliseconds = 0.0
        self._stale = False
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._on_rested)
        decoding.decoded.connect(self._on_decoded)
        decoding.given_up.connect(self._on_given_up)

    def request(self, request: object, codes: NDArray[np.float32], epoch: int) -> None:
        """Decode the tiles at `codes` (n, D) instead of what was still to be decoded."""
        self._milliseconds = 0.0
        self._request = (self._decoding.request(Lane.MOSAIC, codes), request, epoch, len(codes))

    def weights_changed(self, *, sparing: bool) -> None:
        """Announce new weights. `sparing`: many follow each other, so what is under way is finished first."""
        if sparing and (self._request is not None or self._rest.isActive()):
            self._stale = True
        else:
            self._announce()

    def close(self) -> None:
        """Ask for nothing more."""
        self._rest.stop()
        self._stale = False

    def _announce(self) -> None:
        self._stale = False
        self._request = None
        self.outdated.emit()

    def _on_decoded(self, decoded: Decoded) -> None:
        if decoded.lane is not Lane.MOSAIC or self._request is None or decoded.request != self._request[0]:
            return
        _, request, epoch, count = self._request
        self._milliseconds += decoded.milliseconds
        if decoded.first + len(decoded.codes) == count:
            self._request = None
            self._rest.start(int(self._milliseconds / SHARE))
        self.decoded.emit(Tiles(request, epoch, decoded.first, decoded.pixels))

    def _on_given_up(self, number: int) -> None:
        if self._request is not None and self._request[0] == number:
            self._request = None
            self._rest.start(AFTER_FAILURE_MS)

    def _on_rested(self) -> None:
        if self._stale:
            self._announce()
