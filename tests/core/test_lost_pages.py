"""A mapped file that can't be read any more: zeros instead of the end."""

import sys

import pytest

from tests.running import fresh_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this signal with an address")

CUT_SHORT = """
import os, threading
import numpy as np
from vae_explorer.core.lost_pages import count_lost, outlive_lost_pages
{prepare}
np.save("{path}", np.ones((64, 1024), np.float32))
mapped = np.load("{path}", mmap_mode="r")
os.truncate("{path}", 4096)
sums = []
def read():
    sums.append(float(mapped.sum()))
threads = [threading.Thread(target=read) for _ in range(3)]
for thread in threads: thread.start()
read()
for thread in threads: thread.join()
print(len(sums), all(0 < one < 1024 for one in sums), count_lost() >= 63)
"""


def test_what_is_lost_reads_as_zeros_on_every_thread(tmp_path):
    said = fresh_python(CUT_SHORT.format(path=tmp_path / "a.npy", prepare="outlive_lost_pages(); outlive_lost_pages()"))
    assert said.out == "4 True True\n"


def test_without_it_the_process_ends(tmp_path):
    said = fresh_python(CUT_SHORT.format(path=tmp_path / "a.npy", prepare=""))
    assert said.status < 0
