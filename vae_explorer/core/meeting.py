"""How processes that work together find each other, and how they part: what they write on a board that all can read.

The board is a store of torch.distributed, hosted by torchrun, which outlives each of them and may still bear what an
earlier attempt has written.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from collections.abc import Callable
from typing import Protocol

GRACE_S = 2.0
"""How long the last words of others are waited for. Who has none by then has gone: no error keeps anyone longer."""

_POLL_S = 0.02


class Board(Protocol):
    """What all can write to and read."""

    def set(self, key: str, value: str, /) -> None:
        """Write."""

    def get(self, key: str, /) -> bytes:
        """Read; the key must be there."""

    def check(self, keys: list[str], /) -> bool:
        """Whether all keys are there."""

    def add(self, key: str, amount: int, /) -> int:
        """Add to a number, which begins at 0, and return it."""


def meet(board: Board, rank: int, size: int, limit_s: float) -> str:
    """Wait for all ranks, and return a word that no earlier meeting has used. Raises TimeoutError.

    Each rank knocks with a word of its own, since a rank of an earlier attempt may have knocked as well. Rank 0 answers
    whoever knocks, until all have confirmed its answer.
    """
    word = own = uuid.uuid4().hex
    board.set(_knock(rank), own)
    deadline = time.monotonic() + limit_s
    if rank:
        _wait_until(lambda: board.check([_answer(own)]), deadline)
        word = board.get(_answer(own)).decode()
    board.set(_name(word, rank), f"process {os.getpid()} on {socket.gethostname()}")
    names = [_name(word, other) for other in range(size)]

    def all_there() -> bool:
        if rank == 0:
            _answer_all(board, size, word)
        return board.check(names)

    _wait_until(all_there, deadline)
    return word


def name_of(board: Board, word: str, rank: int) -> str:
    """Tell which process of which machine has met as `rank`."""
    return board.get(_name(word, rank)).decode()


def part(board: Board, word: str, rank: int, size: int, reason: str | None) -> str | None:
    """Leave the last words of this rank, and return what it should tell the person: None where another one does.

    The `reason` is a sentence; None where all that this rank knows is that another one has gone.
    """
    board.set(_last(word, rank), json.dumps(reason))
    if reason is None:
        gone = _gone(board, word, size)
        if gone is None:
            return None
        reason = _in_words(board, word, gone, size)
    elif rank:
        reason = f"Rank {rank} ({name_of(board, word, rank)}) ended: {reason}"
    return reason if board.add(f"{word}/told", 1) == 1 else None


def last_words(board: Board, word: str, size: int) -> str:
    """Return the reason that some rank has left; empty where none has."""
    keys = [_last(word, rank) for rank in range(size)]
    reasons = (json.loads(board.get(key)) for key in keys if board.check([key]))
    return next((reason for reason in reasons if reason is not None), "")


def _gone(board: Board, word: str, size: int) -> list[int] | None:
    """Wait for the last words of all, and return the ranks without any; None where some rank has a reason to end."""
    deadline = time.monotonic() + GRACE_S
    while True:
        heard = [rank for rank in range(size) if board.check([_last(word, rank)])]
        if any(json.loads(board.get(_last(word, rank))) is not None for rank in heard):
            return None
        if len(heard) == size or time.monotonic() > deadline:
            return [rank for rank in range(size) if rank not in heard]
        time.sleep(_POLL_S)


def _in_words(board: Board, word: str, gone: list[int], size: int) -> str:
    if not gone:
        return f"The {size} ranks have lost touch with each other."
    names = " and ".join(f"{rank} ({name_of(board, word, rank)})" for rank in gone)
    return f"Rank {names} of {size} has gone without a word, killed or with its machine, so all others end."


def _answer_all(board: Board, size: int, word: str) -> None:
    for rank in range(1, size):
        if board.check([_knock(rank)]):
            board.set(_answer(board.get(_knock(rank)).decode()), word)


def _wait_until(done: Callable[[], bool], deadline: float) -> None:
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_POLL_S)


def _knock(rank: int) -> str:
    return f"knock/{rank}"


def _answer(word: str) -> str:
    return f"answer/{word}"


def _name(word: str, rank: int) -> str:
    return f"{word}/name/{rank}"


def _last(word: str, rank: int) -> str:
    return f"{word}/last/{rank}"
