"""`export`: a model for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vae_explorer.commands.options import Run
from vae_explorer.commands.reading import load_model
from vae_explorer.core.data.base import printable
from vae_explorer.core.exporters.base import check_target, export_model, exporters


def command(
    run: Run,
    to: Annotated[
        str, typer.Option("--to", metavar="|".join(exporters.names()), help="The format.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="PATH", help="The file or folder to write; it must not exist.", show_default=False
        ),
    ],
) -> None:
    """Write the model in RUN for other programs.

    safetensors: one file with the weights, and config.json's text as `config` in its metadata. onnx, torch-export: a
    folder with an encoder and a decoder for batches of any size. Images are (N, C, H, W) in [0, 1]; the encoder gives
    `mean` and `log_var` (N, D), a plain autoencoder's `mean` alone. Of a conditional model both take `labels` (N,),
    int64, numbered as in the settings. pythae: a folder for its `AutoModel`, of a fully connected model with one hidden
    layer of up to 512 units, the Bernoulli likelihood and no classes.
    """
    check_target(exporters.get(to), out)
    export_model(load_model(run), to, out)
    print(f"Wrote the model as {exporters.get(to).title} to {printable(str(out))}.")
