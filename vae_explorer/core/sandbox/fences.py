"""What keeps somebody's code from the network, from files and from other programs. Only the child process uses it.

Linux has it from the kernel: namespaces (no network, no other process in sight), Landlock (no file is written, no
program started), seccomp (no socket at all). Elsewhere, and where the kernel allows none of it, an audit hook refuses
what Python itself is asked to do, which machine code can get around. `raise_fences` tells which of them stand.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator

NO_NETWORK, NO_FILES, NO_SOCKETS, WATCHED = "network", "files", "sockets", "python"
"""The fences by name: a network namespace, Landlock, seccomp, the audit hook."""

_NEW_USER, _NEW_NET, _NEW_IPC, _NEW_PID = 0x10000000, 0x40000000, 0x08000000, 0x20000000
_SET_NO_NEW_PRIVS = 38


def leave_the_network() -> bool:
    """Move this process to namespaces of its own, and its next child to one of processes. Single-threaded only.

    Returns whether there is no network any more.
    """
    if sys.platform != "linux":
        return False
    apart = _NEW_NET | _NEW_IPC | _NEW_PID
    return any(_libc().unshare(flags) == 0 for flags in (_NEW_USER | apart, apart))


def limit_resources(memory_bytes: int) -> None:
    """Allow so much address space, no file content at all and no core dump, where the system has such limits."""
    if sys.platform == "win32":
        return
    import resource

    limits = {resource.RLIMIT_AS: memory_bytes, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for which, most in limits.items():
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some
            resource.setrlimit(which, (most, most))


def raise_fences() -> list[str]:
    """Put up all that this machine has, for all that this process does from now on. Returns which stand."""
    standing = []
    if sys.platform == "linux":
        _libc().prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        standing += [NO_FILES] if _landlock() else []
        standing += [NO_SOCKETS] if _seccomp() else []
    sys.addaudithook(_refuse)
    return [*standing, WATCHED]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


_FILE_RIGHTS = {1: 0x1FFF & ~0b1100, 2: 1 << 13, 3: 1 << 14}
"""By the version of Landlock that brought them: writing, making, removing and executing, but not reading; moving
between folders; truncating."""

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""System calls whose numbers are the same on all architectures."""


def _landlock() -> bool:
    version = _libc().syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    rights = sum(right for since, right in _FILE_RIGHTS.items() if since <= version)
    ruleset = ctypes.create_string_buffer(struct.pack("<Q", rights))
    descriptor = _libc().syscall(_CREATE_RULESET, ruleset, 8, 0)
    if descriptor < 0:
        return False
    try:
        return bool(_libc().syscall(_RESTRICT_SELF, descriptor, 0) == 0)
    finally:
        os.close(descriptor)


_CALLS = {
    "x86_64": (0xC000003E, 317, (41, 53, 59, 322, 101, 425, 310, 311, 321)),
    "aarch64": (0xC00000B7, 277, (198, 199, 221, 281, 117, 425, 270, 271, 280)),
}
"""Of an architecture: its number, that of seccomp, and those of socket, socketpair, execve, execveat, ptrace,
io_uring_setup, process_vm_readv, process_vm_writev, bpf."""

_ALLOW, _DENY, _SYNC = 0x7FFF0000, 0x00050000 | errno.EACCES, 1


def _seccomp() -> bool:
    if platform.machine() not in _CALLS:
        return False
    architecture, seccomp, calls = _CALLS[platform.machine()]
    program = b"".join(_filter(architecture, calls))
    code = ctypes.create_string_buffer(program)
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    return bool(_libc().syscall(seccomp, 1, _SYNC, head) == 0)


def _filter(architecture: int, calls: tuple[int, ...]) -> Iterator[bytes]:
    """Give the instructions, (code, jump if true, jump if false, number) each: deny some calls and foreign ones."""
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    steps = [(load, 0, 0, 4), (equal, 0, len(calls) + 3, architecture), (load, 0, 0, 0)]
    steps += [(at_least, len(calls) + 1, 0, 0x40000000)]
    steps += [(equal, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps += [(answer, 0, 0, _ALLOW), (answer, 0, 0, _DENY)]
    return (struct.pack("<HBBI", *step) for step in steps)


_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.remove", "os.rename",
    "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.kill",
    "os.startfile", "shutil.", "ftplib.", "http.", "urllib.", "smtplib.", "webbrowser.", "winreg.", "ctypes.dlopen",
    "_winapi.", "tempfile.", "pty.",
)  # fmt: skip

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        _, mode, flags = arguments
        if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITING):
            msg = "the model's code may not write files"
            raise PermissionError(msg)
    elif event.startswith(_REFUSED):
        msg = f"the model's code may not do this: {event}"
        raise PermissionError(msg)
