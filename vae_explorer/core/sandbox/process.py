"""A process that runs a model's code, from the side of those who ask it."""

from __future__ import annotations

import contextlib
import os
import site
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from vae_explorer.core.errors import UserError
from vae_explorer.core.runtime import total_memory
from vae_explorer.core.sandbox.fences import NO_FILES, NO_NETWORK, NO_SOCKETS
from vae_explorer.core.sandbox.messages import Array, BadMessageError, receive, send
from vae_explorer.core.trust import digest_of

Half = Literal["encoder", "decoder"]
Kind = Literal["torchscript", "torch-export"]

START_LIMIT_S = 120
"""For importing torch, which takes long on a busy machine."""

CALL_LIMIT_S = 60
"""For loading, encoding or decoding once."""

MOST_BYTES = 1 << 31
"""Of an answer."""

LEAST_MEMORY = 1 << 33
"""Address space that torch itself wants."""

_CHILD = "vae_explorer.core.sandbox.child"
_ROOT = Path(__file__).resolve().parents[3]
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "OMP_NUM_THREADS")
"""Of the environment: what torch needs to start. Passwords and tokens live in the rest."""


class Fenced:
    """Runs the code of one model. Starts at once; any thread may ask. Once it has failed it stays closed."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._asking = threading.Lock()
        self.told: dict[Half, dict[str, Any]] = {}
        """What is known of the halves that are loaded: see `child`."""
        memory = max(LEAST_MEMORY, total_memory(torch.device("cpu")) or LEAST_MEMORY)
        words = [sys.executable, "-P", "-m", _CHILD, kind, str(memory), str(CALL_LIMIT_S)]
        self._process = subprocess.Popen(  # noqa: S603  # this program's own module
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        self._why = ""
        self.close = weakref.finalize(self, _end, self._process)
        with self._watched(START_LIMIT_S, "start"):
            header, _ = receive(self._stdout, 0)
        self.fences = frozenset(header.get("fences", ()))
        """Which stand: see `fences`."""

    @property
    def weaknesses(self) -> str:
        """What this machine can't keep the code from, in a sentence; empty where nothing is known."""
        fenced_off = {"the network": {NO_NETWORK, NO_SOCKETS}, "writing files": {NO_FILES}}
        open_ = [what for what, fences in fenced_off.items() if not fences & self.fences]
        if not open_:
            return ""
        what = " and ".join(open_)
        return f"This system can't surely keep the code from {what}: Python refuses it, machine code might not ask."

    def load(self, half: Half, content: bytes) -> None:
        """Load a half's code. Raises UserError."""
        request = {"do": "load", "half": half, "kind": self._kind}
        self.told[half], _ = self._ask("load", request, np.frombuffer(content, np.uint8))

    def run(self, half: Half, array: NDArray[np.float32], labels: Array | None = None) -> list[NDArray[np.float32]]:
        """Encode or decode a batch, told its classes where the code takes any; give its first outputs.

        Raises UserError.
        """
        given = [array] if labels is None else [array, labels]
        return self._ask("run", {"do": "run", "half": half}, *given)[1]

    def _ask(self, verb: str, request: dict[str, Any], *given: Array) -> tuple[dict[str, Any], list[Array]]:
        with self._asking, self._watched(CALL_LIMIT_S, verb):
            send(self._stdin, request, given)
            header, arrays = receive(self._stdout, MOST_BYTES)
        if isinstance(error := header.get("error"), str):
            msg = f"The model's code failed to {verb}: {''.join(filter(str.isprintable, error))}."
            raise UserError(msg)
        return header, arrays

    @contextlib.contextmanager
    def _watched(self, limit_s: float, verb: str) -> Iterator[None]:
        """End the process where it takes too long or answers nonsense, and say so. Raises UserError."""
        if self._why:
            raise UserError(self._why)
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.close()

        timer = threading.Timer(limit_s, stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError, BadMessageError, ValueError) as error:
            self.close()
            took = f"took longer than {limit_s:g} seconds to {verb}, and was stopped"
            self._why = f"The model's code {took if late.is_set() else f'ended when it was to {verb}'}."
            raise UserError(self._why) from error
        finally:
            timer.cancel()
            timer.join()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    @property
    def _stdout(self) -> Any:
        return self._process.stdout


_shared: weakref.WeakValueDictionary[tuple[str, ...], Fenced] = weakref.WeakValueDictionary()


def fenced_with(kind: Kind, files: Mapping[Half, bytes]) -> Fenced:
    """Return a process with this code loaded: the one that somebody has of it already, or a new one. Raises UserError.

    It ends when nobody holds it any more.
    """
    name = (kind, *(f"{half} {digest_of(content)}" for half, content in sorted(files.items())))
    fenced = _shared.get(name)
    if fenced is None or not fenced.close.alive:
        fenced = Fenced(kind)
        for half, content in files.items():
            fenced.load(half, content)
        _shared[name] = fenced
    return fenced


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it, and with it whatever it began, and take the pipes down."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, 9)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()


def _environment() -> dict[str, str]:
    """Return what of the environment the code may see."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(_ROOT), "PYTHONUSERBASE": site.getuserbase(), "PYTHONDONTWRITEBYTECODE": "1"}
