"""Codes to images on a thread: the newest request of each lane wins, and the probe goes before the mosaic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot

from vae_explorer.core.latent.plane import Lifted
from vae_explorer.services.calls import Call, Calls, Extent
from vae_explorer.services.chunks import Chunk
from vae_explorer.services.task import Job, TaskThread

Codes = NDArray[np.float32] | Lifted
"""(N, D). Those that are lifted from a plane are so on the thread, call by call."""


class Decodes(Protocol):
    """What the service needs of a decoder; `loaded_model.WindowDecoder` is one."""

    @property
    def threads(self) -> int:
        """How many threads may decode at once."""
        ...

    def decode(self, codes: NDArray[np.float32], labels: NDArray[np.int64] | int) -> NDArray[np.uint8]:
        """(N, D) float32, the class of each or of all -> (N, H, W, C) uint8."""
        ...

    def swap(self, weights: Mapping[str, Any]) -> None:
        """Take over other weights of the same network."""
        ...


class Lane(IntEnum):
    """Who asks. A lower number goes first, but those from `MOSAIC` on take turns."""

    PROBE = 0
    STRIP = 1
    MOSAIC = 2
    GRID = 3
    SAMPLES = 4
    FILM = 5
    PINS = 6


@dataclass(frozen=True, eq=False)
class Decoded:
    """An answer: some of a lane's newest request."""

    lane: Lane
    request: int
    """The number that `request` returned."""
    first: int
    """Index in the request of the first code of this batch."""
    codes: NDArray[np.float32]
    pixels: NDArray[np.uint8]
    generation: int
    """Which weights decoded it, and as which class: see `DecodeService.generation`."""
    milliseconds: float


@dataclass(frozen=True, eq=False)
class _Pending:
    number: int
    codes: Codes
    labels: NDArray[np.int64] | None
    """(N,) the class of each code; None: the class that is chosen when it is decoded."""
    awaited: int
    first: int = 0


@dataclass(frozen=True, eq=False)
class _Work:
    decoder: Decodes
    lane: Lane
    pending: _Pending
    labels: NDArray[np.int64] | int
    generation: int
    model: int
    """Counts the decoders that were used."""
    is_alone: bool
    """Whether nothing else waits; else they take turns, call by call."""


@dataclass(frozen=True, eq=False)
class _Part:
    answer: Decoded
    model: int
    chunk: Chunk
    """To decode next."""


class DecodeService(QObject):
    """Decodes on a thread of its own. All methods belong to the main thread, and so do all answers.

    One request is in flight at a time, and after it the next is taken from the first lane that waits. Large requests go
    in calls of a few milliseconds (see `Chunk`), one after another without waiting for the main thread, and on several
    threads where the decoder lets them (see `Calls`). Whatever is asked for meanwhile cuts in between two calls, so
    that the probe never waits for a whole mosaic. In the background it leaves the processor to the others whenever they
    want it.
    """

    decoded = Signal(object)
    """A `Decoded`. Answers that another model has overtaken are dropped; those of an older request of the lane are not,
    since otherwise nothing would be seen while requests come faster than answers."""
    weights_changed = Signal(int)
    """The generation that now decodes, by other weights."""
    condition_changed = Signal(int)
    """The generation that now decodes, as another class."""
    given_up = Signal(int)
    """The number of a request that failed: no more of it will come. `failed` says why."""
    failed = Signal(str)
    _part_decoded = Signal(object)
    """A `_Part`, from the thread."""

    def __init__(self, parent: QObject | None = None, *, background: bool = False) -> None:
        super().__init__(parent)
        self._part_decoded.connect(self._on_part_decoded, Qt.ConnectionType.QueuedConnection)
        self._cut_in = threading.Event()
        """Set by the main thread: the request in flight is to be left where it is."""
        self._thread = TaskThread("decoding", self, background=background)
        self._decoder: Decodes | None = None
        self._next_weights: Mapping[str, Any] | None = None
        self._condition = 0
        self._generation = 0
        self._model = 0
        self._requests = 0
        self._pending: dict[Lane, _Pending] = {}
        self._busy = False
        self._chunk = Chunk()
        self._turns = 0
        self._last_turn: dict[Lane, int] = {}

    @property
    def generation(self) -> int:
        """Which weights decode, and as which class: counts up with each new decoder, each swap and each class."""
        return self._generation

    def use(self, decoder: Decodes | None) -> None:
        """Take another decoder, at its first class; what was asked of the one before is dropped."""
        self._cut_in.set()
        self._decoder = decoder
        self._condition = 0
        self._next_weights = None
        self._pending.clear()
        self._model += 1
        self._generation += 1
        self._chunk = Chunk()
        self.weights_changed.emit(self._generation)

    def swap(self, weights: Mapping[str, Any]) -> None:
        """Go on with newer weights of the same model, from the next request on."""
        self._cut_in.set()
        self._next_weights = weights
        self._advance()

    def condition(self, label: int) -> None:
        """Decode as another class of a conditional model, from the next call to the decoder on."""
        if label != self._condition:
            self._cut_in.set()
            self._condition = label
            self._generation += 1
            self.condition_changed.emit(self._generation)

    def request(self, lane: Lane, codes: Codes, labels: NDArray[np.int64] | None = None, *, awaited: int = 0) -> int:
        """Ask for (N, D) codes; replaces what the lane was still waiting for. Returns the request's number.

        They are decoded as the class that is chosen when their turn comes, or each as its own, `labels` (N,). No call
        to the decoder has codes of the first `awaited`, and others too.
        """
        self._cut_in.set()
        self._requests += 1
        whole = codes if isinstance(codes, Lifted) else np.ascontiguousarray(codes, np.float32)
        self._pending[lane] = _Pending(self._requests, whole, labels, awaited)
        self._advance()
        return self._requests

    def close(self) -> None:
        """End the thread and wait for it."""
        self._cut_in.set()
        self._pending.clear()
        self._thread.close()

    def _advance(self) -> None:
        if self._busy or self._decoder is None:
            return
        if self._next_weights is not None:
            self._start_swap(self._decoder, self._next_weights)
        elif self._pending:
            self._start_decode(self._decoder, self._next_lane())

    def _next_lane(self) -> Lane:
        """Choose among those that wait. Of two large ones neither must wait until the other has nothing to ask."""
        return min(self._pending, key=lambda lane: (min(lane, Lane.MOSAIC), self._last_turn.get(lane, 0), lane))

    def _start_swap(self, decoder: Decodes, weights: Mapping[str, Any]) -> None:
        self._next_weights = None

        def swapped(_result: object) -> None:
            self._generation += 1
            self.weights_changed.emit(self._generation)

        self._submit(lambda: decoder.swap(weights), swapped)

    def _start_decode(self, decoder: Decodes, lane: Lane) -> None:
        pending = self._pending.pop(lane)
        self._turns += 1
        self._last_turn[lane] = self._turns
        labels = self._condition if pending.labels is None else pending.labels
        work = _Work(decoder, lane, pending, labels, self._generation, self._model, is_alone=not self._pending)
        chunk = self._chunk
        self._cut_in.clear()

        def left(done: int) -> None:
            if done < len(pending.codes):
                self._pending.setdefault(lane, replace(pending, first=done))  # unless a newer one is there

        self._submit(lambda: self._decode(work, chunk), left, lambda: self._give_up(lane, pending.number))

    def _decode(self, work: _Work, chunk: Chunk) -> int:
        """Run on the thread: decode call by call until something cuts in. Returns how many codes are decoded by now."""
        pending, labels = work.pending, work.labels

        def decode(part: slice) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
            codes = pending.codes[part]
            return codes, work.decoder.decode(codes, labels if isinstance(labels, int) else labels[part])

        def tell(call: Call) -> None:
            generation, milliseconds = work.generation, 1000 * call.seconds
            answer = Decoded(work.lane, pending.number, call.first, call.codes, call.pixels, generation, milliseconds)
            self._part_decoded.emit(_Part(answer, work.model, call.chunk))

        extent = Extent(pending.first, pending.awaited, len(pending.codes))
        calls = Calls(decode, extent, chunk, lambda: work.is_alone and not self._cut_in.is_set(), tell)
        return calls.run(work.decoder.threads if work.is_alone else 1)

    @Slot(object)
    def _on_part_decoded(self, part: _Part) -> None:
        if part.model == self._model:
            self._chunk = part.chunk
            self.decoded.emit(part.answer)

    def _submit(
        self, work: Callable[[], Any], done: Callable[[Any], None], give_up: Callable[[], None] = lambda: None
    ) -> None:
        """Run `work` on the thread; what it answers, or that it failed, counts only while its model decodes."""
        self._busy = True
        model = self._model

        def answered(result: Any) -> None:
            self._busy = False
            if model == self._model:
                done(result)
            self._advance()

        def failed(message: str) -> None:
            self._busy = False
            if model == self._model:
                give_up()
                self.failed.emit(message)
            self._advance()

        self._thread.submit(Job(work, answered, failed))

    def _give_up(self, lane: Lane, number: int) -> None:
        """Ask no more for the rest of a request that failed: one message is enough."""
        pending = self._pending.get(lane)
        if pending is not None and pending.number == number:
            del self._pending[lane]
        self.given_up.emit(number)
