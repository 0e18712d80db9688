"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: what train makes.", show_default=False)]
Images = Annotated[
    str,
    typer.Argument(
        metavar="IMAGES",
        help="A folder, an .npy, .npz, HDF5 or idx(.gz) file (file.npz:NAME, file.h5:NAME), or "
        "sample:digits, sample:faces or sample:shapes, with :COUNT or "
        ":COUNT:SEED behind it; hf:FOLDER or hf:NAME for the library datasets.",
        show_default=False,
    ),
]
Device = Annotated[str, typer.Option("--device", metavar="D", help="auto, cpu, cuda:0, mps, …")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
