import threading
from typing import Any, cast

import pytest
import torch

from tests.core.together import told
from tests.patience import PATIENCE_S
from vae_explorer.core import runtime
from vae_explorer.core.errors import UserError
from vae_explorer.core.runtime import (
    available_devices,
    describe_device,
    memory_errors_explained,
    pick_device,
    send,
    use_threads,
)


@pytest.fixture
def machine(monkeypatch):
    """Return a function that pretends to a machine with these devices."""

    def pretend(**devices: int):
        monkeypatch.setattr(
            runtime,
            "_devices_of",
            lambda kind: [f"{kind}:{n}" if kind != "mps" else kind for n in range(devices.get(kind, 0))],
        )

    return pretend


@pytest.mark.parametrize(
    ("devices", "first"),
    [
        ({}, "cpu"),
        ({"xpu": 1}, "xpu:0"),
        ({"mps": 1, "xpu": 1}, "mps"),
        ({"cuda": 2, "mps": 1, "xpu": 1}, "cuda:0"),
    ],
)
def test_auto_takes_the_fastest(machine, devices, first):
    machine(**devices)
    assert str(pick_device("auto")) == first


def test_a_device_is_taken_by_its_name(machine):
    machine(cuda=2)
    assert available_devices() == ["cuda:0", "cuda:1", "cpu"]
    assert [str(pick_device(name)) for name in ("cpu", "cuda", "cuda:1")] == ["cpu", "cuda:0", "cuda:1"]


@pytest.mark.parametrize(("name", "devices"), [("auto", {"cuda": 2}), ("cuda", {"cuda": 2}), ("xpu", {"xpu": 4})])
def test_each_rank_of_a_machine_takes_a_device_of_its_own(machine, monkeypatch, name, devices):
    machine(**devices)
    second_of_two(monkeypatch)
    kind = next(iter(devices))
    assert str(pick_device(name)) == f"{kind}:1"
    assert str(pick_device("cpu")) == "cpu"


@pytest.mark.parametrize(("name", "devices"), [("auto", {"cuda": 1}), ("cuda", {"cuda": 1}), ("cuda:1", {"cuda": 2})])
def test_ranks_do_not_share_a_device(machine, monkeypatch, name, devices):
    machine(**devices)
    second_of_two(monkeypatch)
    with pytest.raises(UserError, match=rf"2 ranks on this machine need a device each, and it has {devices['cuda']} "):
        pick_device(name)


def second_of_two(monkeypatch):
    for name, value in told(1, 2, 0).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", ["cuda:9", "mps", "tpu", "", "cuda:", "CPU"])
def test_a_device_that_is_not_there(machine, name):
    machine(cuda=2)
    with pytest.raises(UserError, match=r"no device “.*there are: auto, cuda:0, cuda:1, cpu"):
        pick_device(name)


def test_the_real_machine_has_a_processor():
    assert available_devices()[-1] == "cpu"
    assert describe_device(torch.device("cpu")).startswith("cpu (")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("MPS backend out of memory (MPS allocated: 18 GB"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes."),
    ],
)
def test_running_out_of_memory_is_explained(error):
    with pytest.raises(UserError, match="lower the batch size or the image size"), memory_errors_explained():
        raise error


def test_real_exhaustion_is_recognised():
    with pytest.raises(UserError, match="out of memory"), memory_errors_explained():
        torch.empty(1 << 60, dtype=torch.uint8)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="shapes"), memory_errors_explained():
        raise RuntimeError("shapes do not match")


def test_each_thread_shares_its_work_among_as_many_threads_as_it_was_told():
    said, other_done = {}, threading.Event()

    def first():
        use_threads(1)
        assert other_done.wait(PATIENCE_S)
        said["first"] = torch.get_num_threads()

    def second():
        use_threads(2)
        said["second"] = torch.get_num_threads()
        other_done.set()

    running = [threading.Thread(target=work) for work in (first, second)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert said == {"first": 1, "second": 2}


class Sent:
    """Pretends to be a tensor, and tells how it was sent."""

    def __init__(self, told=()):
        self.told = told

    def pin_memory(self):
        return Sent((*self.told, "pinned"))

    def to(self, device, *, non_blocking=False):
        return Sent((*self.told, device.type, non_blocking))


@pytest.mark.parametrize(("device", "told"), [("cuda:0", ("pinned", "cuda", True)), ("mps", ("mps", False))])
def test_what_a_step_needs_is_sent_to_cuda_without_waiting(device, told):
    sent: Any = send(cast(torch.Tensor, Sent()), torch.device(device))
    assert sent.told == told


def test_nothing_is_copied_from_the_cpu_to_itself():
    tensor = torch.ones(3)
    assert send(tensor, torch.device("cpu")) is tensor
