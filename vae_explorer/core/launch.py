"""What a launcher such as torchrun tells each process that it starts. No torch here: the console asks who may speak."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vae_explorer.core.errors import UserError

WAIT_S = 10
"""For the launcher to end all others, once the first has told what is wrong."""

_NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Launch:
    """One process among those that work together."""

    rank: int
    size: int
    """How many there are, on all machines."""
    local_rank: int
    """Its number on its machine."""
    local_size: int
    machine: str
    """Tells the machines apart."""
    restarts: int
    """How often the launcher has started all anew, since one of them had gone."""
    restarts_left: int

    @property
    def address(self) -> str:
        """Where the processes meet."""
        return f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"


def launched() -> Launch | None:
    """Return what the environment says; None for a process that was started by itself."""
    told = os.environ
    restarts = int(told.get("TORCHELASTIC_RESTART_COUNT", "0"))
    if not all(told.get(name) for name in _NEEDED):
        return None
    return Launch(
        rank=int(told["RANK"]),
        size=int(told["WORLD_SIZE"]),
        local_rank=int(told.get("LOCAL_RANK", "0")),
        local_size=int(told.get("LOCAL_WORLD_SIZE", "1")),
        machine=told.get("GROUP_RANK", socket.gethostname()),
        restarts=restarts,
        restarts_left=int(told.get("TORCHELASTIC_MAX_RESTARTS", "0")) - restarts,
    )


def quieten_torch() -> None:
    """Keep torch from printing stack traces of connections that fail: to be called before torch is imported."""
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")


def speaks() -> bool:
    """Whether this process is the one that tells the person: of several, rank 0."""
    launch = launched()
    return launch is None or launch.rank == 0


def leave_word(sentence: str) -> None:
    """Tell the launcher in a sentence why this process ends: it is the last that torchrun's own report says."""
    path = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if path and sentence:
        more = {"py_callstack": sentence, "timestamp": str(int(time.time()))}
        part = Path(f"{path}.part")
        with suppress(OSError):  # on a full disk torchrun does without
            part.write_text(json.dumps({"message": {"message": sentence, "extraInfo": more}}), encoding="ascii")
            part.replace(path)


@contextmanager
def first_tells() -> Iterator[None]:
    """Let the first of several processes tell what is wrong with what all were given: the launcher ends the others.

    Whoever is still there some seconds later has a reason of its own, and tells it.
    """
    try:
        yield
    except UserError:
        if not speaks():
            time.sleep(WAIT_S)
        raise
