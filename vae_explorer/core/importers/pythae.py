"""Folders that pythae saves: model_config.json beside model.pt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from vae_explorer.core.config import ImportedFrom, PosteriorKind
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, importers, origin
from vae_explorer.core.importers.building import chained_model, data_config, trained_by
from vae_explorer.core.importers.chains import Part, names_of
from vae_explorer.core.importers.files import inside, read_json, read_pickled, state_dict_in
from vae_explorer.core.importers.pythae_networks import find_decoder, find_encoder
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.parts import part_settings

CONFIG, WEIGHTS = "model_config.json", "model.pt"
PICKLED = ("encoder.pkl", "decoder.pkl")


class Kind(NamedTuple):
    """What a model of pythae is to this program."""

    objective: str
    posterior: PosteriorKind = "log_var"
    settings: Mapping[str, str] = {}
    """Our name of a setting, and theirs."""


KINDS: Mapping[str, Kind] = {
    "AEConfig": Kind("ae", "none"),
    "RAE_L2_Config": Kind("ae", "none"),
    "RAE_GP_Config": Kind("ae", "none"),
    "WAE_MMD_Config": Kind("wae-mmd", "none", {"lambda_mmd": "reg_weight"}),
    "VAEConfig": Kind("vae"),
    "BetaVAEConfig": Kind("beta-vae", settings={"beta": "beta"}),
    "BetaTCVAEConfig": Kind("beta-tcvae", settings={"alpha": "alpha", "beta": "beta", "gamma": "gamma"}),
    "FactorVAEConfig": Kind("factor-vae", settings={"gamma": "gamma"}),
    "INFOVAE_MMD_Config": Kind("info-vae", settings={"alpha": "alpha", "lambda_mmd": "lbd"}),
    "DisentangledBetaVAEConfig": Kind("capacity", settings={"gamma": "beta", "capacity": "C"}),
    "Adversarial_AE_Config": Kind("vae"),
    "IWAEConfig": Kind("vae"),
    "CIWAEConfig": Kind("vae"),
    "MIWAEConfig": Kind("vae"),
    "PIWAEConfig": Kind("vae"),
    "MSSSIM_VAEConfig": Kind("vae"),
    "VAEGANConfig": Kind("vae"),
}
"""By the name in model_config.json. Others have another prior, or no plain code, and aren't read."""


@importers.register
class Pythae(Importer):
    """Reads pythae's own networks, found by the shapes of their weights."""

    name = "pythae"
    title = "a pythae folder (model_config.json, model.pt)"
    summary = "Models of the library pythae with one of its own networks."
    tells_objective = True

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the folder has pythae's settings, and its weights or one of its models' names in them."""
        return (path / CONFIG).is_file() and ((path / WEIGHTS).is_file() or _names_a_kind(path / CONFIG))

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the model. Raises UserError."""
        weights, config = inside(path, WEIGHTS), read_json(inside(path, CONFIG))
        kind = _kind(config)
        image, dims = _image(config), _whole(config, "latent_dim")
        held = read_pickled(weights)
        foreign = state_dict_in(held.get("model_state_dict") if isinstance(held, dict) else None, path / WEIGHTS)
        posterior = wishes.posterior or kind.posterior
        encoder = find_encoder(foreign, image, dims, 1 if posterior == "none" else 2)
        decoder = find_decoder(foreign, image, dims)
        if encoder is None or not _is_whole("encoder.", encoder[0], foreign):
            raise _unknown_network(path, "encoder")
        if decoder is None or not _is_whole("decoder.", decoder[0], foreign):
            raise _unknown_network(path, "decoder")
        return _assembled(origin(cls, path), config, kind, posterior, (encoder, decoder), image, dims, wishes, path)


def _assembled(
    imported: ImportedFrom,
    config: Mapping[str, Any],
    kind: Kind,
    posterior: PosteriorKind,
    halves: tuple[tuple[list[Part], dict[str, Tensor]], tuple[list[Part], dict[str, Tensor]]],
    image: tuple[int, int, int],
    dims: int,
    wishes: Wishes,
    path: Path,
) -> Imported:
    (encoder, encoder_weights), (decoder, decoder_weights) = halves
    by_squares = config.get("reconstruction_loss", "mse") != "bce"
    decoder, output, likelihood = trained_by(decoder, wishes.output or "sigmoid", squared_error=by_squares)
    run = chained_model(
        imported, data_config(image), dims, encoder, decoder, output, posterior,
        likelihood=likelihood, objective=(kind.objective, _settings(kind, config)),
    )  # fmt: skip
    notes = [f"{name} is never opened: it is pickled code." for name in PICKLED if (path / name).exists()]
    found = Wishes(image[1], image[0], dims, wishes.output or "sigmoid", "chw", posterior)
    return Imported(run, encoder_weights | decoder_weights, tuple(notes), found)


def _is_whole(half: str, chain: list[Part], foreign: Mapping[str, Tensor]) -> bool:
    """Whether all of a half's weights have their place: else it is a network that only begins like one of pythae's."""
    return {name for name in foreign if name.startswith(half)} == names_of(chain, foreign)


def _names_a_kind(path: Path) -> bool:
    """Whether settings name a model of pythae's, so that loading tells what is missing."""
    try:
        return read_json(path).get("name") in KINDS
    except (UserError, TypeError):
        return False


def _kind(config: Mapping[str, Any]) -> Kind:
    name = config.get("name")
    if name not in KINDS:
        known = ", ".join(kind.removesuffix("Config").removesuffix("_") for kind in KINDS)
        msg = f"pythae's model “{name}” can't be read; those that can are {known}."
        raise UserError(msg)
    return KINDS[str(name)]


def _image(config: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return channels, height, width."""
    sizes = config.get("input_dim")
    if not isinstance(sizes, list) or len(sizes) != 3 or not all(type(size) is int and size > 0 for size in sizes):
        msg = f"{CONFIG} tells no image of channels, height and width: its input_dim is {sizes!r:.60}."
        raise UserError(msg)
    data_config(sizes)
    return sizes[0], sizes[1], sizes[2]


def _whole(config: Mapping[str, Any], name: str) -> int:
    value = config.get(name)
    if type(value) is not int or not 1 <= value <= 1 << 20:
        msg = f"{CONFIG} tells no usable {name}: it is {value!r:.60}."
        raise UserError(msg)
    return value


def _settings(kind: Kind, config: Mapping[str, Any]) -> dict[str, Any]:
    """Take over the objective's settings as far as ours can have such values."""
    objective = objectives.get(kind.objective)
    settings: dict[str, Any] = {}
    for ours, theirs in kind.settings.items():
        value = config.get(theirs)
        if isinstance(value, int | float) and math.isfinite(value):
            try:
                part_settings(objective, settings | {ours: value})
            except UserError:
                continue  # pythae's InfoVAE has by default a negative weight, which ours refuses
            settings[ours] = value
    return settings


def _unknown_network(path: Path, half: str) -> UserError:
    beside = f" (its {half}.pkl is pickled code, which is never opened)" if (path / f"{half}.pkl").exists() else ""
    return UserError(f"The {half} in this folder is none of pythae's own networks{beside}, so it can't be read.")
