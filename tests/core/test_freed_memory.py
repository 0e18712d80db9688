import os
import subprocess
import sys

import pytest

from vae_explorer.core.freed_memory import KERNELS, keep_few_kernels, keep_freed_memory

FAULTS = """
import resource, sys
from vae_explorer.core.freed_memory import KERNELS, keep_few_kernels, keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
import numpy as np
def ask_and_free():
    np.ones(4_000_000, np.uint8), np.ones(20_000_000, np.uint8)
ask_and_free()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    ask_and_free()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(which: str) -> int:
    """Pages that the system had to hand out while the same memory was asked for and freed, twenty times."""
    finished = subprocess.run([sys.executable, "-c", FAULTS, which], stdout=subprocess.PIPE, check=True, text=True)
    return int(finished.stdout)


def test_memory_asked_for_again_and_again_is_handed_out_once():
    assert faults("kept") < 1000 < faults("given back")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_left_alone(monkeypatch, system):
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("ctypes.CDLL", lambda _: pytest.fail("a library was looked for"))
    keep_freed_memory()


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    keep_freed_memory()


def test_few_kernels_are_kept_unless_the_person_wants_more(monkeypatch):
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    keep_few_kernels()
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == KERNELS
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "7")
    keep_few_kernels()
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"
