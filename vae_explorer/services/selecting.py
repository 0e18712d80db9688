"""Selects images: among few at once, among many on a thread, so that the window goes on meanwhile. No torch here."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from vae_explorer.core.data.base import Cancelled, ImageSet
from vae_explorer.core.data.samples import spaced
from vae_explorer.services.selection import AT_ONCE, Mode, Selection, changes_to_select
from vae_explorer.services.state import Embedding, Store
from vae_explorer.services.task import Job, TaskThread, sentence_for

Find = Callable[[Embedding, threading.Event], NDArray[np.int64]]
"""Finds images by their numbers, on any thread. Raises Cancelled once the event is set."""


@dataclass(frozen=True, eq=False)
class _Wish:
    find: Find
    mode: Mode
    if_none: str
    images: ImageSet | None
    """Among which it is to find some."""


class SelectingService(QObject):
    """Carries out one wish after the other, each with the selection that the one before has left.

    All methods belong to the main thread. The thread begins with the first selection among many.
    """

    busy = Signal(str)
    """What is being done; empty once it is over."""
    noted = Signal(str)
    failed = Signal(str)
    """One sentence."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._thread: TaskThread | None = None
        self._waiting: deque[_Wish] = deque()
        self._cancel: threading.Event | None = None
        """Set: what is under way is of no interest any more."""
        self._said: deque[str] = deque()
        """Of what is under way, and of what waits for it."""

    def select(self, find: Find, mode: Mode = "replace", *, if_none: str = "") -> None:
        """Select what `find` finds. Where that is nothing and there are words for it, all stays, and they are noted."""
        if mode == "replace":
            self.give_up()
        embedding = self._store.state.embedding
        self._waiting.append(_Wish(find, mode, if_none, None if embedding is None else embedding.images))
        if self._cancel is None:
            self._next()

    def select_by(self, find: Callable[[], NDArray[np.int64]], mode: Mode) -> None:
        """Select what a function finds that nobody can stop."""
        self.select(lambda _embedding, _cancel: find(), mode)

    def save(self, write: Callable[[], str], count: int) -> None:
        """Write something of so many images, and note what `write` returns; of many on the thread."""
        if count <= AT_ONCE:
            self._at_once(write, self.noted.emit)
        else:
            self._on_thread(
                Job(write, self.noted.emit, self.failed.emit, is_saving=True),
                self.tr("Saving {0} names…").format(spaced(count)),
            )

    def give_up(self) -> None:
        """Leave the selection as it is, whatever is being sought."""
        self._waiting.clear()
        if self._cancel is not None:
            self._cancel.set()

    def close(self) -> None:
        """End the thread and wait for it."""
        self.give_up()
        if self._thread is not None:
            self._thread.close()

    def _next(self) -> None:
        embedding = self._store.state.embedding
        self._cancel = None
        while self._waiting and (embedding is None or self._waiting[0].images is not embedding.images):
            self._waiting.popleft()  # others have been opened meanwhile
        if not self._waiting or embedding is None:
            return
        wish, before, cancel = self._waiting.popleft(), self._store.state.selection, threading.Event()

        def work() -> dict[str, Any] | None:
            try:
                found = wish.find(embedding, cancel)
            except Cancelled:
                return None
            return {} if wish.if_none and not len(found) else changes_to_select(before, found, wish.mode)

        def done(changes: dict[str, Any] | None) -> None:
            if changes is not None and not cancel.is_set():
                self._take(embedding, before, wish, changes)

        if len(embedding.mean) <= AT_ONCE:
            self._at_once(work, done)
            self._next()
        else:
            self._cancel = cancel
            words = self.tr("Selecting among {0} images…").format(spaced(len(embedding.mean)))
            self._on_thread(Job(work, self._then_next(done), self._then_next(self.failed.emit)), words)

    def _then_next(self, act: Callable[[Any], None]) -> Callable[[Any], None]:
        def answered(value: Any) -> None:
            act(value)
            self._next()

        return answered

    def _take(self, embedding: Embedding, before: Selection | None, wish: _Wish, changes: dict[str, Any]) -> None:
        now = self._store.state.embedding
        if now is None or now.images is not embedding.images or self._store.state.selection is not before:
            return  # others have been opened, or selected, meanwhile
        if changes:
            self._store.update(**changes)
        else:
            self.noted.emit(wish.if_none)

    def _at_once(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        try:
            answer = work()
        except Exception as error:  # noqa: BLE001  # told as those of a thread are
            self.failed.emit(sentence_for(error))
        else:
            done(answer)

    def _on_thread(self, job: Job, words: str) -> None:
        self._thread = self._thread or TaskThread("selecting", self, background=True)
        self._said.append(words)
        self.busy.emit(self._said[0])

        def then(act: Callable[[Any], None]) -> Callable[[Any], None]:
            def answered(value: Any) -> None:
                self._said.popleft()  # jobs are answered in their order
                self.busy.emit(self._said[0] if self._said else "")
                act(value)

            return answered

        self._thread.submit(replace(job, on_done=then(job.on_done), on_failed=then(job.on_failed)))
