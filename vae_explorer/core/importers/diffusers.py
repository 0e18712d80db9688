"""What all folders that diffusers saves have in common: config.json that names a class, beside safetensors."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor

from vae_explorer.core.config import DataConfig, ModelConfig, ObjectiveConfig, PosteriorKind, RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, UnclearError, origin
from vae_explorer.core.importers.building import OBJECTIVES, RANGES, data_config, likelihood_of
from vae_explorer.core.importers.files import inside, read_json, read_pickled, read_tensors, state_dict_in
from vae_explorer.core.importers.wishes import OutputKind, Wishes
from vae_explorer.core.networks.foreign.base import Range, foreign_networks
from vae_explorer.core.networks.foreign.spatial import grid_of
from vae_explorer.core.parts import part_settings

CONFIG = "config.json"
NAME = "diffusion_pytorch_model"
INDEX = f"{NAME}.safetensors.index.json"
PIPELINE, PART = "model_index.json", "vae"


class DiffusersImporter(Importer):
    """Reads one class of diffusers; the network of the same name is what it becomes."""

    class_name: ClassVar[str]
    posterior: ClassVar[PosteriorKind]
    input_range: ClassVar[Range]
    output: ClassVar[OutputKind]

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the folder's config.json, or that of the autoencoder in a whole pipeline, names this class."""
        try:
            return path.is_dir() and read_json(_home(path) / CONFIG).get("_class_name") == cls.class_name
        except (UserError, OSError):
            return False

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the model. Raises UserError."""
        home = _home(path)
        config = read_json(inside(home, CONFIG))
        output = wishes.output or cls.output
        ranges = {"input_range": cls.input_range, "output_range": RANGES[output]}
        settings = cls.settings(config) | _scaling(config) | ranges
        part_settings(foreign_networks.get(cls.name), settings)
        data = _data(config, wishes)
        image = (data.channels, data.image_size, data.image_size)
        grid = grid_of(image, settings["latent_channels"], cls.reduction(settings))
        run = RunConfig(
            data=data,
            model=ModelConfig(
                network=cls.name,
                likelihood=likelihood_of(output),
                latent_dims=math.prod(grid),
                posterior=cls.posterior,
                network_settings=settings,
            ),
            objective=ObjectiveConfig(name=OBJECTIVES[cls.posterior]),
            imported=origin(cls, path),
        )
        found = Wishes(data.image_size, data.channels, math.prod(grid), output, "chw", cls.posterior)
        return Imported(run, cls.renamed(_weights(home)), _notes(grid, config), found)

    @classmethod
    @abstractmethod
    def settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the network's settings, but for scaling and ranges, not yet validated. Raises UserError."""

    @classmethod
    @abstractmethod
    def reduction(cls, settings: Mapping[str, Any]) -> int:
        """Return how many pixels a place of the code is wide."""

    @classmethod
    @abstractmethod
    def renamed(cls, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the weights under our names."""


def _home(path: Path) -> Path:
    """Return the folder of the autoencoder itself, where `path` is that of a whole pipeline."""
    return path / PART if (path / PIPELINE).is_file() else path


def _scaling(config: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: config.get(name) for name in ("scaling_factor", "shift_factor")}
    return {name: value for name, value in given.items() if value is not None}


def _data(config: Mapping[str, Any], wishes: Wishes) -> DataConfig:
    channels, ends = config.get("in_channels", 3), config.get("out_channels", 3)
    if channels != ends:
        msg = f"The model takes images of {channels} channels and gives images of {ends}; both must be alike."
        raise UserError(msg)
    size = wishes.image_size or config.get("sample_size")
    if size is None:
        msg = "The model takes images of any size, and its folder names none: say --image-size, 256 say."
        raise UnclearError(msg, "image_size")
    sides = size if isinstance(size, list) and len(size) == 2 else [size, size]
    if not all(type(one) is int for one in (channels, *sides)):
        msg = f"{CONFIG} tells no usable size of images: {size!r:.60}."
        raise UserError(msg)
    return data_config([channels, *sides])


def _notes(grid: tuple[int, int, int], config: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [f"A code is {'×'.join(map(str, grid))} (channels, height, width), {math.prod(grid)} numbers."]
    if config.get("latents_mean") or config.get("latents_std"):
        notes.append("The channels' own latents_mean and latents_std are not applied to codes.")
    return tuple(notes)


def _weights(home: Path) -> dict[str, Tensor]:
    """Read all weights, from one file or from several that an index lists. Raises UserError."""
    if (home / INDEX).is_file():
        return _sharded(home)
    for name in (f"{NAME}.safetensors", f"{NAME}.fp16.safetensors"):
        if (home / name).is_file():
            return read_tensors(inside(home, name))
    if (home / f"{NAME}.bin").is_file():
        path = inside(home, f"{NAME}.bin")
        return state_dict_in(read_pickled(path), path)
    msg = f"“{printable(str(home))}” holds no {NAME}.safetensors."
    raise UserError(msg)


def _sharded(home: Path) -> dict[str, Tensor]:
    listed = read_json(inside(home, INDEX)).get("weight_map")
    if not isinstance(listed, dict) or not all(isinstance(name, str) for name in listed.values()):
        msg = f"{INDEX} lists no files."
        raise UserError(msg)
    weights: dict[str, Tensor] = {}
    for name in sorted(set(listed.values())):
        weights.update(read_tensors(inside(home, name)))
    return weights
