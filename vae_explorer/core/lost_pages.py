"""What becomes of a mapped file whose disk, or network mount, has gone: zeros, where the process would be killed.

Linux tells of a page that can't be read by the signal SIGBUS, in the midst of whatever reads it, and no exception can
be made of that. So an empty page takes its place, and whoever shows the file asks now and then whether any did.
"""

from __future__ import annotations

import ctypes
import mmap
import signal
import sys
from typing import Final

_ADDRESS_AT: Final = 16
"""In siginfo_t of every 64-bit Linux; before it lie number, error and code of the signal."""
_NO_SUCH_BYTE: Final = 2
"""BUS_ADRERR: the file has no such page, or it can't be read."""
_SIGINFO, _NODEFER, _FIXED = 4, 0x40000000, 0x10
_FAILED: Final = ctypes.c_void_p(-1).value

_Handler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class _Action(ctypes.Structure):
    """`struct sigaction` of glibc and musl."""

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_ulong * (128 // ctypes.sizeof(ctypes.c_ulong))),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


class _Pages:
    """Replaces lost pages, on whatever thread one is met."""

    def __init__(self) -> None:
        self.count = 0
        self._libc = ctypes.CDLL(None)
        self._libc.mmap.restype = ctypes.c_void_p
        self._libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
        self._handler = _Handler(self._replace)
        self._action = _Action(ctypes.cast(self._handler, ctypes.c_void_p), flags=_SIGINFO | _NODEFER)
        self._libc.sigaction(signal.SIGBUS, ctypes.byref(self._action), None)

    def _replace(self, number: int, info: int, _context: int) -> None:
        replaced = False
        try:
            replaced = self._is_replaced(info)
        finally:
            if not replaced:  # met again, it ends the process as ever
                self._libc.sigaction(number, ctypes.byref(_Action()), None)

    def _is_replaced(self, info: int) -> bool:
        if ctypes.c_int.from_address(info + 8).value != _NO_SUCH_BYTE:
            return False
        address = ctypes.c_size_t.from_address(info + _ADDRESS_AT).value & ~(mmap.PAGESIZE - 1)
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _FIXED
        self.count += 1
        return bool(self._libc.mmap(address, mmap.PAGESIZE, mmap.PROT_READ, flags, -1, 0) != _FAILED)


_pages: list[_Pages] = []


def outlive_lost_pages() -> None:
    """From now on read zeros where a mapped file can't be read. On 64-bit Linux; elsewhere nothing changes."""
    if sys.platform == "linux" and sys.maxsize > 2**32 and not _pages:
        _pages.append(_Pages())


def count_lost() -> int:
    """Return how many pages have been lost until now."""
    return sum(pages.count for pages in _pages)
