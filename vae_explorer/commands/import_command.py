"""`import`: a model that was trained elsewhere, made a run folder."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vae_explorer.commands.console import note, print_json
from vae_explorer.commands.options import AsJson
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError

if TYPE_CHECKING:
    from vae_explorer.core.importers.base import Imported

Side = Annotated[int | None, typer.Option(metavar="S", min=4, max=1024, help="Height and width of its images.")]


def command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file or folder of another library.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="RUN", help="The run folder to write; must be new.", show_default=False)
    ],
    *,
    image_size: Side = None,
    channels: Annotated[int | None, typer.Option(metavar="1|3", help="1 for grey images, 3 for colour.")] = None,
    latent_dims: Annotated[int | None, typer.Option(metavar="D", min=1, help="Numbers in a code.")] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="What the decoder's last layer gives: sigmoid or tanh, where that is still to be applied; raw, "
            "brightness from 0 to 1; signed, brightness from -1 to 1.",
        ),
    ] = None,
    layout: Annotated[str | None, typer.Option(metavar="chw|hwc", help="The order of an image's numbers.")] = None,
    posterior: Annotated[
        str | None, typer.Option(metavar="KIND", help="The encoder's second output: log_var, log_std or none.")
    ] = None,
    activation: Annotated[
        str | None, typer.Option(metavar="NAME", help="What stands between the layers: relu, tanh, elu, …")
    ] = None,
    slope: Annotated[
        float | None, typer.Option(metavar="X", min=0, max=1, help="Of leaky-relu below 0 (0.01).")
    ] = None,
    plain: Annotated[
        str | None, typer.Option(metavar="NAME,…", help="Layers that no activation follows, as the file names them.")
    ] = None,
    classes: Annotated[
        int | None, typer.Option(metavar="K", min=1, help="How many classes a conditional model tells apart.")
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Run this model's code (TorchScript, .pt2), in a process without network or files where the system "
            "offers that. Its SHA-256 is remembered.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a model of another library and write it as the run folder RUN, which all other commands and the window open.

    What its files don't tell is asked for by the options; they also correct what was found wrongly.
    """
    from vae_explorer.core.importers.base import import_model, write_run
    from vae_explorer.core.importers.wishes import option, read_wishes
    from vae_explorer.core.trust import trusting

    if out.exists() or out.is_symlink():
        msg = f"“{printable(str(out))}” exists already; give another name."
        raise UserError(msg)
    options = {
        "image_size": image_size, "channels": channels, "latent_dims": latent_dims, "slope": slope, "output": output,
        "layout": layout, "posterior": posterior, "activation": activation, "classes": classes,
        "plain": [name.strip() for name in (plain or "").split(",") if name.strip()],
    }  # fmt: skip
    wishes = read_wishes(options, option)
    imported = trusting(partial(import_model, model, wishes)) if trust else import_model(model, wishes)
    folder = write_run(imported, out)
    for line in imported.notes:
        note(line)
    if as_json:
        print_json(_facts(imported, str(out)))
    else:
        print(f"Imported {folder.name}: {_summary(imported)}.")


def _summary(imported: Imported) -> str:
    from vae_explorer.core.importers.base import count
    from vae_explorer.core.importers.wishes import in_words
    from vae_explorer.core.quantities import short_count

    origin = imported.config.imported
    name = origin.format if origin else "this program's own"
    return f"{name}, {short_count(count(imported))} weights; {in_words(imported.found)}"


def _facts(imported: Imported, out: str) -> dict[str, Any]:
    from vae_explorer.core.importers.base import count

    found = {name: value for name, value in asdict(imported.found).items() if value is not None}
    return {
        "run": out,
        "imported": imported.config.model_dump()["imported"],
        "parameters": count(imported),
        "found": found,
        "notes": list(imported.notes),
    }
