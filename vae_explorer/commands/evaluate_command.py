"""`evaluate`: how good a model is on given images."""

from __future__ import annotations

from typing import Any

from vae_explorer.commands.console import print_json, print_table
from vae_explorer.commands.options import AsJson, Images, Run
from vae_explorer.commands.reading import load_model, read_for


def command(run: Run, images: Images, *, as_json: AsJson = False) -> None:
    """Tell the ELBO of IMAGES under the model in RUN, and what it is made of, in nats per image."""
    from vae_explorer.core.data.base import printable
    from vae_explorer.core.evaluation import evaluate

    model = load_model(run)
    image_set = read_for(model, images)
    figures = evaluate(model, image_set.images)
    figures["skipped"] = [{"file": printable(one.path), "reason": one.reason} for one in image_set.skipped]
    if as_json:
        print_json(figures)
    else:
        print_table({_NAMES.get(name, name): _in_words(value) for name, value in figures.items()})


_NAMES = {
    "elbo": "ELBO (nats)",
    "reconstruction": "Reconstruction (nats)",
    "kl": "KL (nats)",
    "kl_per_dim": "KL of each dimension",
    "active_units": "Active dimensions",
    "images": "Images",
    "skipped": "Skipped",
}


def _in_words(value: Any) -> str:
    if value is None:
        return "– (a plain autoencoder has none)"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return ", ".join(f"{one:.3f}" for one in value) if value and isinstance(value[0], float) else str(len(value))
    return str(value)
