"""The machine that training and decoding run on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import launched

KINDS = ("cuda", "mps", "xpu")
"""Accelerators in the order in which `auto` tries them."""

_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "failed to allocate")


def available_devices() -> list[str]:
    """List all devices by name, the fastest first; the CPU is last and always there."""
    return [name for kind in KINDS for name in _devices_of(kind)] + ["cpu"]


def pick_device(name: str) -> torch.device:
    """Return the device called `name`; `auto` takes CUDA, then MPS, XPU, CPU. Raises UserError where it isn't there.

    Several ranks on a machine take its devices in turn, each one of its own.
    """
    devices, here = available_devices(), launched()
    local_rank, local_size = (here.local_rank, here.local_size) if here is not None else (0, 1)
    if name == "auto":
        name = devices[0].partition(":")[0]
    own = name if name in ("cpu", "mps") or ":" in name else f"{name}:{local_rank}"
    kind = name.partition(":")[0]
    there = sum(device.startswith(f"{kind}:") for device in devices)
    if there and local_size > 1 and (":" in name or own not in devices):
        msg = (
            f"The {local_size} ranks on this machine need a device each, and it has {there} of {kind}: start so "
            f"many ranks with --device {kind}, or any number with --device cpu."
        )
        raise UserError(msg)
    if own not in devices:
        msg = f"There is no device “{name}” on this machine; there are: auto, {', '.join(devices)}."
        raise UserError(msg)
    return torch.device(own)


def describe_device(device: torch.device) -> str:
    """Name the hardware behind a device: “cuda:0 (NVIDIA H100)”, “cpu (8 threads)”."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    if device.type == "xpu":
        return f"{device} ({torch.xpu.get_device_name(device)})"
    if device.type == "mps":
        return f"{device} ({platform.processor() or 'Apple GPU'})"
    threads = torch.get_num_threads()
    return f"cpu ({threads} thread{'' if threads == 1 else 's'})"


def use_threads(count: int) -> None:
    """Let operations of the calling thread share their work among `count` threads, whatever other threads use."""
    torch.get_num_threads()  # else the thread's first operation would take over what any thread has set last
    torch.set_num_threads(count)


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """Bring a tensor from the CPU to `device` without waiting until the device has done what it was asked before.

    For what a step needs: from ordinary memory CUDA copies only once it has nothing else to do.
    """
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def free_memory(device: torch.device) -> int | None:
    """Return the bytes that are free on an accelerator, or None where it doesn't say."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return None


def total_memory(device: torch.device) -> int | None:
    """Return the bytes that a device has in all, or None where it doesn't say."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    if device.type == "xpu":
        return torch.xpu.get_device_properties(device).total_memory
    return _main_memory()


def _main_memory() -> int | None:
    """Return the bytes that this process may have: a container often has less than its machine. None on Windows."""
    if sys.platform == "win32":
        return None
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for limit in _CONTAINER_LIMITS:
        with suppress(OSError, ValueError):  # there is none, or it reads “max”
            sizes.append(int(limit.read_text(encoding="ascii")))
    return min(sizes)


@contextmanager
def memory_errors_explained() -> Iterator[None]:
    """Turn running out of memory into a UserError that says which setting to lower."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        msg = "The device ran out of memory; lower the batch size or the image size."
        raise UserError(msg) from error


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that there is too little memory, on whatever device."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return any(sign in text for sign in _OUT_OF_MEMORY)


def _devices_of(kind: str) -> list[str]:
    if kind == "mps":
        return ["mps"] if torch.backends.mps.is_available() else []
    backend = torch.cuda if kind == "cuda" else torch.xpu
    return [f"{kind}:{index}" for index in range(backend.device_count())] if backend.is_available() else []
