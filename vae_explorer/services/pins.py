"""Places of the latent space that a person keeps, and their images."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from vae_explorer.services.decoding import Decoded, DecodeService, Lane
from vae_explorer.services.state import AppState, Pin


def changes_to_pin(state: AppState) -> dict[str, Any]:
    """Return the changes that pin the probe; none where there is no probe, or where it is pinned already."""
    here = Pin(_free_name(state.pins), state.probe, state.condition)
    if not state.probe or any((pin.code, pin.condition) == (here.code, here.condition) for pin in state.pins):
        return {}
    return {"pins": (*state.pins, here)}


def changes_to_unpin(state: AppState, names: Sequence[str]) -> dict[str, Any]:
    """Return the changes that let pins go."""
    return {"pins": tuple(pin for pin in state.pins if pin.name not in names)}


def _free_name(pins: Sequence[Pin]) -> str:
    """Return the first of A, B, … Z, A2, B2, … that no pin has."""
    taken = {pin.name for pin in pins}
    names = (letter + (str(lap) if lap > 1 else "") for lap in range(1, len(pins) + 2) for letter in ascii_uppercase)
    return next(name for name in names if name not in taken)


class PinService(QObject):
    """Decodes pins: by the weights of now, each as the class that it was pinned with."""

    decoded = Signal(str, object)
    """The name of a pin, and its image (H, W, C)."""

    def __init__(self, decoding: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoding = decoding
        self._asked: tuple[int, tuple[Pin, ...]] = (0, ())
        decoding.decoded.connect(self._on_decoded)

    def ask(self, pins: Sequence[Pin]) -> None:
        """Decode these; `decoded` answers for each."""
        if pins:
            codes = np.array([pin.code for pin in pins], np.float32)
            labels = np.array([pin.condition for pin in pins], np.int64)
            self._asked = self._decoding.request(Lane.PINS, codes, labels), tuple(pins)

    def _on_decoded(self, decoded: Decoded) -> None:
        number, pins = self._asked
        if decoded.lane is Lane.PINS and decoded.request == number:
            for pin, pixels in zip(pins[decoded.first :], decoded.pixels, strict=False):
                self.decoded.emit(pin.name, pixels)
