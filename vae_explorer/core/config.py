"""Everything that defines a run, validated and versioned. No torch here: the window reads it before torch is there."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vae_explorer.core.data.base import ImageShape
from vae_explorer.core.errors import UserError

SCHEMA_VERSION = 1

MOST_CLASSES = 1000
"""That a conditional model can tell apart."""

PosteriorKind = Literal["log_var", "log_std", "none"]
"""What the encoder's second output is: a log-variance, a log standard deviation (as the notes print it), or nothing."""

PartSettings = dict[str, Any]
"""Settings that belong to one network, likelihood or objective; its own `Settings` class validates them."""


class Settings(BaseModel):
    """A frozen, strict settings object: unknown keys are refused, since they may change what a run means."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataConfig(Settings):
    """Which images, and how they are brought to one shape."""

    source: str = Field(description="A folder, an .npy, .npz, HDF5 or idx(.gz) file, or sample:NAME.")
    image_size: Annotated[int, Field(ge=4, le=1024)] = Field(28, description="Height and width in pixels.")
    channels: Literal[1, 3] = Field(1, description="1 for grey, 3 for colour.")
    fit: Literal["crop", "pad", "stretch"] = Field(
        "crop", description="How an image that isn't square becomes so: centre crop, padding with black, or stretching."
    )
    validation_fraction: Annotated[float, Field(ge=0, le=0.9)] = Field(
        0.1, description="Share of the images held back from training, to see whether the model generalises."
    )

    @property
    def shape(self) -> ImageShape:
        """The one shape that all images are brought to."""
        return ImageShape(self.image_size, self.channels, self.fit)


class ModelConfig(Settings):
    """Network, likelihood and latent space. `posterior` follows from the objective that trained the model."""

    network: str = Field("mlp", description="The encoder and decoder pair.")
    likelihood: str = Field("bernoulli", description="How the decoder's output is compared with an image.")
    latent_dims: Annotated[int, Field(ge=1, le=1 << 24)] = Field(
        2, description="Numbers in the code of an image: at most 64, but for some imported networks."
    )
    posterior: PosteriorKind = "log_var"
    classes: Annotated[tuple[str, ...], Field(max_length=MOST_CLASSES)] = Field(
        (), description="The labels that a conditional model knows, in their order; other models have none."
    )
    network_settings: PartSettings = Field(default_factory=dict)
    likelihood_settings: PartSettings = Field(default_factory=dict)


class ObjectiveConfig(Settings):
    """What training minimises."""

    name: str = Field("vae", description="The quantity that training minimises.")
    settings: PartSettings = Field(default_factory=dict)


class TrainingConfig(Settings):
    """How training proceeds."""

    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = Field(50, description="Passes over the training images.")
    batch_size: Annotated[int, Field(ge=1, le=65_536)] = Field(128, description="Images in one step.")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(1e-3, description="Adam's step size.")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(0, description="The same seed gives the same run.")
    device: str = Field("auto", description="auto takes CUDA, then MPS, XPU, CPU.")


class ImportedFrom(Settings):
    """Where a model comes from that was trained elsewhere."""

    format: str = Field(description="The importer that read it.")
    name: str = Field(description="What the file or folder was called.")


class RunConfig(Settings):
    """A whole run: what `config.json` in a run folder holds."""

    schema_version: Literal[1] = 1
    data: DataConfig
    model: ModelConfig = ModelConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    training: TrainingConfig = TrainingConfig()
    imported: ImportedFrom | None = None
    """None for a model that was trained here."""

    def to_json(self) -> str:
        """Return the text of `config.json`: ASCII, so that a folder whose name isn't valid Unicode survives in it."""
        raw = self.model_dump(exclude=None if self.imported else {"imported"})
        return json.dumps(raw, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, called: str = "config.json") -> RunConfig:
        """Read the text of what is `called` so. Raises UserError with one sentence on what is wrong."""
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            msg = f"{called} is not valid JSON ({error})."
            raise UserError(msg) from error
        return cls.from_dict(raw, called)

    @classmethod
    def from_dict(cls, raw: object, called: str = "config.json") -> RunConfig:
        """Validate a decoded config.json, which is `called` so. Raises UserError with one sentence."""
        version = raw.get("schema_version") if isinstance(raw, dict) else None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            msg = f"{called} has schema version {version}; this program reads up to {SCHEMA_VERSION}: update it."
            raise UserError(msg)
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            msg = f"{called} does not describe a run: {first_problem(error)}."
            raise UserError(msg) from error


def first_problem(error: ValidationError) -> str:
    """Put the first fault of a validation into words: “model.latent_dims: Input should be … (got 0)”."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the whole"
    if fault["type"] == "extra_forbidden":
        return f"it has the unknown setting “{where}”"
    if fault["type"] == "missing":
        return f"“{where}” is missing"
    return f"“{where}”: {fault['msg'][0].lower()}{fault['msg'][1:]} (got {fault['input']!r:.60})"
