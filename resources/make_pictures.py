"""Make readme/*.png from a tour: `vae-explorer tour --out DIR`, then `python resources/make_pictures.py DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

_PICTURES = {"sample": "explore.png", "click-while-training": "train.png"}
"""The tour's screenshots that the README shows, and what they are called there."""

_TARGET = Path(__file__).parent / "readme"


def main(tour: Path) -> None:
    """Write the screenshots with 255 colours: small, and hardly to be told from the originals."""
    _TARGET.mkdir(exist_ok=True)
    for name, target in _PICTURES.items():
        [screenshot] = tour.glob(f"[0-9][0-9]-{name}.png")
        with Image.open(screenshot) as image:
            few = image.convert("RGB").quantize(255, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            few.save(_TARGET / target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
