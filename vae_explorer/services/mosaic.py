"""Many images by way of the decode service, without taking the processor from training: the plane's tiles, a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from vae_explorer.services.decoding import Codes, Decoded, DecodeService, Lane

SHARE = 0.04
"""Of the time that refreshing the mosaic may take while training runs and nobody moves anything: each of training's
threads waits for the one whose core it takes."""

LEAST_REST_MS = 1200
"""Between refreshes of the mosaic: drawing it takes its time too."""

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
    """Decodes what one pane asks for at once, and says when the weights have changed enough to ask again."""

    decoded = Signal(object)
    """A `Tiles`. Of an older request too: while a knob moves, each move asks anew before the last one is answered."""
    outdated = Signal()
    """All tiles are to be asked for anew."""

    def __init__(self, decoding: DecodeService, parent: QObject | None = None, lane: Lane = Lane.MOSAIC) -> None:
        super().__init__(parent)
        self._decoding = decoding
        self._lane = lane
        self._asked: dict[int, tuple[object, int, int]] = {}
        """By number: the request, its epoch, and how many tiles. The newest is last; older ones may still answer."""
        self._milliseconds = 0.0
        self._stale = False
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._on_rested)
        decoding.decoded.connect(self._on_decoded)
        decoding.given_up.connect(self._on_given_up)

    def request(self, request: object, codes: Codes, epoch: int, awaited: int = 0) -> None:
        """Decode the tiles at `codes` (n, D) instead of what was still to be decoded.

        The first `awaited` are answered without waiting for any of the others.
        """
        self._milliseconds = 0.0
        self._asked[self._decoding.request(self._lane, codes, awaited=awaited)] = request, epoch, len(codes)

    def weights_changed(self, *, sparing: bool) -> None:
        """Announce new weights. `sparing`: many follow each other, so what is under way is finished first."""
        if sparing and (self._asked or self._rest.isActive()):
            self._stale = True
        else:
            self._announce()

    def give_way(self, seconds: float) -> None:
        """Announce no snapshot for so long."""
        if self._rest.remainingTime() < 1000 * seconds:
            self._rest.start(int(1000 * seconds))

    def close(self) -> None:
        """Ask for nothing more."""
        self._rest.stop()
        self._stale = False

    def _announce(self) -> None:
        self._stale = False
        self._asked.clear()
        self.outdated.emit()

    def _on_decoded(self, decoded: Decoded) -> None:
        if decoded.lane is not self._lane or decoded.request not in self._asked:
            return
        request, epoch, count = self._asked[decoded.request]
        self._milliseconds += decoded.milliseconds
        self._forget(before=decoded.request)
        if decoded.first + len(decoded.codes) == count:
            self._finish(decoded.request, max(LEAST_REST_MS, int(self._milliseconds / SHARE)))
        self.decoded.emit(Tiles(request, epoch, decoded.first, decoded.pixels))

    def _on_given_up(self, number: int) -> None:
        if number in self._asked:
            self._finish(number, AFTER_FAILURE_MS)

    def _finish(self, number: int, rest_ms: int) -> None:
        self._forget(before=number + 1)
        if not self._asked:
            self._rest.start(rest_ms)

    def _forget(self, before: int) -> None:
        """Await no answers to requests before this one: they are answered in order."""
        self._asked = {number: asked for number, asked in self._asked.items() if number >= before}

    def _on_rested(self) -> None:
        if self._stale:
            self._announce()
