"""From chains of layers and what is known of a model to a whole configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from vae_explorer.core.config import (
    DataConfig,
    ImportedFrom,
    ModelConfig,
    ObjectiveConfig,
    PosteriorKind,
    RunConfig,
)
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.chains import Part
from vae_explorer.core.importers.wishes import LARGEST_SIDE, SMALLEST_SIDE, OutputKind
from vae_explorer.core.networks.foreign.specs import ActivationSpec

OBJECTIVES: Mapping[PosteriorKind, str] = {"log_var": "vae", "log_std": "notes", "none": "ae"}
"""What is taken for the objective where the files don't name one."""

RANGES: Mapping[OutputKind, Literal["unit", "signed"]] = {
    "sigmoid": "unit",
    "tanh": "signed",
    "raw": "unit",
    "signed": "signed",
}
"""What a decoder's last layer gives, after the tanh that is applied to it here."""


def data_config(image: Sequence[int]) -> DataConfig:
    """Describe images of (channels, height, width). Raises UserError where this program has no such images."""
    if len(image) != 3 or image[1] != image[2]:
        msg = f"The model's images measure {'×'.join(map(str, image))}; only square images can be shown."
        raise UserError(msg)
    channels, size, _ = image
    if channels not in (1, 3):
        msg = f"The model's images have {channels} channels; only grey (1) and colour (3) can be shown."
        raise UserError(msg)
    if not SMALLEST_SIDE <= size <= LARGEST_SIDE:
        msg = f"The model's images have a side of {size} pixels; it must be from {SMALLEST_SIDE} to {LARGEST_SIDE}."
        raise UserError(msg)
    return DataConfig(source="", image_size=size, channels=cast("Literal[1, 3]", channels))


def ending(output: OutputKind) -> list[Part]:
    """Return what follows the decoder's last layer: a sigmoid is the likelihood's, a tanh is not."""
    return [Part(ActivationSpec(name="tanh"))] if output == "tanh" else []


def trained_by(
    decoder: list[Part], output: OutputKind, *, squared_error: bool
) -> tuple[list[Part], OutputKind, tuple[str, Mapping[str, Any]] | None]:
    """Return decoder, output and likelihood as they were trained: the sigmoid's value may have been a mean.

    Half the squared error is the Gaussian likelihood of variance 1.
    """
    if output == "sigmoid" and squared_error:
        return [*decoder, Part(ActivationSpec(name="sigmoid"))], "raw", ("gaussian", {"variance": 1.0})
    return decoder, output, None


def likelihood_of(output: OutputKind) -> str:
    """Choose the likelihood that shows such an output."""
    return "bernoulli" if output == "sigmoid" else "gaussian"


def chained_model(
    imported: ImportedFrom,
    data: DataConfig,
    latent_dims: int,
    encoder: Sequence[Part],
    decoder: Sequence[Part],
    output: OutputKind,
    posterior: PosteriorKind,
    *,
    layout: str = "chw",
    likelihood: tuple[str, Mapping[str, Any]] | None = None,
    objective: tuple[str, Mapping[str, Any]] | None = None,
) -> RunConfig:
    """Describe a model of two chains, the second of which ends before its sigmoid or tanh. Raises UserError."""
    name, settings = likelihood or (likelihood_of(output), {})
    aim, aims = objective or (OBJECTIVES[posterior], {})
    network = {
        "encoder": [part.spec.model_dump(mode="json") for part in encoder],
        "decoder": [part.spec.model_dump(mode="json") for part in [*decoder, *ending(output)]],
        "layout": layout,
        "input_range": RANGES[output],
        "output_range": RANGES[output],
    }
    return RunConfig(
        data=data,
        model=ModelConfig(
            network="layers",
            likelihood=name,
            latent_dims=latent_dims,
            posterior=posterior,
            network_settings=network,
            likelihood_settings=dict(settings),
        ),
        objective=ObjectiveConfig(name=aim, settings=dict(aims)),
        imported=imported,
    )
