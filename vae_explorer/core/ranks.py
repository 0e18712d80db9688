"""The processes that work together, one or many: the only file that knows torch.distributed.

Whatever several ranks do together they must all do, in one order.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from vae_explorer.core.errors import Failure, ToldElsewhere, UserError
from vae_explorer.core.launch import Launch, launched
from vae_explorer.core.meeting import Board, last_words, meet, part

PATIENCE_VARIABLE = "VAE_EXPLORER_RENDEZVOUS_S"
"""Names how many seconds ranks wait for each other at the start."""

_PATIENCE_S, _LONGEST_S = 300.0, 1e6

_POLL_S = 0.1


class RankLost(Exception):  # noqa: N818  # the words of whoever tells it are elsewhere
    """Another rank has gone, so that what all do together can't be done."""


class _ChiefError(UserError):
    """What the chief did can't be done: a UserError that the chief tells the person."""


class Ranks:
    """The processes that work together: here, this one alone. `ranks` gives those of this program."""

    rank = 0
    size = 1
    local_rank = 0
    """Its number on its machine."""
    local_size = 1
    machine = ""
    """Tells the machines apart."""
    restarts = 0
    """How often all were started anew, since one of them had gone."""

    @property
    def alone(self) -> bool:
        """Whether there is no other process, and nothing that connects to any."""
        return True

    @property
    def is_chief(self) -> bool:
        """Whether this is rank 0, which writes and speaks."""
        return self.rank == 0

    def add_up(self, tensor: Tensor) -> Tensor:
        """Add up the tensors of all ranks, in place. Raises RankLost."""
        return tensor

    def begin_to_add_up(self, tensor: Tensor) -> Callable[[], Tensor]:
        """Begin to add up the tensors of all ranks, in place; return what waits for the sum. Both raise RankLost."""
        return lambda: tensor

    def any(self, flag: bool) -> bool:
        """Whether it holds for any rank. Raises RankLost."""
        return flag

    def from_chief(self, make: Callable[[], bytes]) -> bytes:
        """Let the chief make something, and hand it to all. Raises on all the UserError of `make`; RankLost."""
        return make()

    def on_chief(self, act: Callable[[], object]) -> None:
        """Let the chief do something. Raises on all the UserError of `act`; RankLost."""
        act()

    def announce(self, what: str) -> None:
        """Tell those that `await_announced` the same."""

    def await_announced(self, what: str, ended: Callable[[], bool]) -> None:
        """Wait, however long it takes, until another rank announces it, or `ended`."""


class _Group(Ranks):
    """Several, or one that torchrun has started."""

    def __init__(self, launch: Launch, board: Board, word: str) -> None:
        self.rank = launch.rank
        self.size = launch.size
        self.local_rank = launch.local_rank
        self.local_size = launch.local_size
        self.machine = launch.machine
        self.restarts = launch.restarts
        self._board = board
        self._word = word

    @property
    def alone(self) -> bool:
        return False

    def add_up(self, tensor: Tensor) -> Tensor:
        with _watching():
            if tensor.device.type in ("cpu", "cuda"):
                dist.all_reduce(tensor)
                return tensor
            elsewhere = tensor.cpu()  # gloo knows no other accelerator
            dist.all_reduce(elsewhere)
            return tensor.copy_(elsewhere)

    def begin_to_add_up(self, tensor: Tensor) -> Callable[[], Tensor]:
        if tensor.device.type not in ("cpu", "cuda"):
            return partial(self.add_up, tensor)
        with _watching():
            work = dist.all_reduce(tensor, async_op=True)

        def total() -> Tensor:
            with _watching():
                work.wait()
            return tensor

        return total

    def any(self, flag: bool) -> bool:
        return bool(self.add_up(torch.tensor([float(flag)])) > 0)

    def from_chief(self, make: Callable[[], bytes]) -> bytes:
        content, error = b"", None
        if self.is_chief:
            try:
                content = make()
            except UserError as why:
                content, error = str(why).encode(), why
        content, failed = self._told(content, failed=error is not None)
        if failed:
            raise error or _ChiefError(content.decode())
        return content

    def on_chief(self, act: Callable[[], object]) -> None:
        def act_silently() -> bytes:
            act()
            return b""

        self.from_chief(act_silently)

    def announce(self, what: str) -> None:
        with _watching():
            self._board.set(f"{self._word}/{what}", "")

    def await_announced(self, what: str, ended: Callable[[], bool]) -> None:
        with _watching():
            while not (self._board.check([f"{self._word}/{what}"]) or ended()):
                time.sleep(_POLL_S)

    def part(self, error: Exception, if_lost: str) -> NoReturn:
        """End with the others. Raises what the person is to be told: Failure or UserError; else ToldElsewhere."""
        reason = None if isinstance(error, RankLost | _ChiefError) else _sentence(error)
        try:
            told = part(self._board, self._word, self.rank, self.size, reason)
        except RuntimeError:  # whoever held the board has gone: rank 0, where no torchrun holds it
            told = "Rank 0 has gone without a word, so all others end." if self.rank == 1 else None
        if told is None:
            raise ToldElsewhere(self._last_words()) from error
        if reason is None:
            told = f"{told} {if_lost}"
        raise (UserError if isinstance(error, UserError) else Failure)(told) from error

    def _last_words(self) -> str:
        try:
            return last_words(self._board, self._word, self.size)
        except RuntimeError:  # whoever held the board has gone
            return ""

    def _told(self, content: bytes, *, failed: bool) -> tuple[bytes, bool]:
        header = torch.tensor([len(content), failed])
        with _watching():
            dist.broadcast(header, 0)
            length, failed = int(header[0]), bool(header[1])
            if length:
                body = torch.frombuffer(bytearray(content or bytes(length)), dtype=torch.uint8)
                dist.broadcast(body, 0)
                content = body.numpy().tobytes()
        return content, failed


ALONE = Ranks()
_joined: list[Ranks] = [ALONE]
"""The last is the one that works."""


def ranks() -> Ranks:
    """Return the processes that work together in this program just now."""
    return _joined[-1]


@contextmanager
def joined(if_lost: str = "") -> Iterator[Ranks]:
    """Work with the other processes that a launcher has started; alone where it has started none.

    Raises Failure where they don't all come in time, and where one goes without a word, with `if_lost` behind it. Any
    exception ends them all: one rank raises it, so that the person is told once, and the others ToldElsewhere.
    """
    launch = launched()
    if launch is None:
        yield ALONE
        return
    group = _meet(launch)
    _joined.append(group)
    try:
        yield group
        group.any(False)  # nobody leaves while another one may need it
    except Exception as error:  # noqa: BLE001  # whatever it is, the others must know
        group.part(error, if_lost)
    finally:
        _joined.pop()
        dist.destroy_process_group()


def _meet(launch: Launch) -> _Group:
    limit_s = _patience_s(launch)
    try:
        board, rank, size = next(iter(rendezvous("env://", timeout=timedelta(seconds=limit_s))))
        word = meet(board, rank, size, limit_s)
    except (RuntimeError, TimeoutError) as error:
        if launch.local_rank:
            raise ToldElsewhere from error
        msg = (
            f"The {launch.size} ranks did not all come to {launch.address} within {limit_s:g} s: start all of them, or "
            f"give {PATIENCE_VARIABLE} more seconds."
        )
        raise Failure(msg) from error
    has_gpus = torch.cuda.is_available() and dist.is_nccl_available()
    if has_gpus:
        torch.cuda.set_device(launch.local_rank % torch.cuda.device_count())
    backend = "cpu:gloo,cuda:nccl" if has_gpus else "gloo"
    dist.init_process_group(backend, store=PrefixStore(word, board), rank=rank, world_size=size)
    return _Group(launch, board, word)


def _patience_s(launch: Launch) -> float:
    text = os.environ.get(PATIENCE_VARIABLE, str(_PATIENCE_S))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < _LONGEST_S:
        msg = f"{PATIENCE_VARIABLE} is “{text}”, but takes a number of seconds."
        raise ToldElsewhere if launch.rank else UserError(msg)
    return seconds


@contextmanager
def _watching() -> Iterator[None]:
    """Tell what torch says of a connection that has ended."""
    try:
        yield
    except RuntimeError as error:
        raise RankLost(str(error)) from error


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, UserError | Failure) else f"{type(error).__name__}: {error}"
