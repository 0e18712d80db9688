"""Folders of disentangling-vae (YannDubs): specs.json beside model.pt, with the network of Burgess et al. 2018."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, importers, origin
from vae_explorer.core.importers.building import chained_model, data_config, trained_by
from vae_explorer.core.importers.chains import Part, take
from vae_explorer.core.importers.files import inside, read_json, read_pickled, state_dict_in
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.networks.foreign.convolutions import ConvSpec, ConvTransposeSpec
from vae_explorer.core.networks.foreign.specs import ActivationSpec, LinearSpec, ReshapeSpec

SPECS, WEIGHTS = "specs.json", "model.pt"
MAPS, HIDDEN, KERNEL = 32, 256, 4
GRID = (MAPS, 4, 4)
"""What all images are reduced to: those of 64 pixels by one convolution more than those of 32."""

MOST_DIMS = 65_536

HEADS = "encoder.mu_logvar_gen"


@importers.register
class DisentanglingVae(Importer):
    """Reads the one network that there is; all of its losses train the same one."""

    name = "disentangling-vae"
    title = "a disentangling-vae folder (specs.json, model.pt)"
    summary = "Models of disentangling-vae, of 32 or 64 pixels."
    tells_objective = True

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the folder has the two files."""
        return all((path / name).is_file() for name in (SPECS, WEIGHTS))

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the model. Raises UserError."""
        specs = read_json(inside(path, SPECS))
        image, dims = _image(specs), specs.get("latent_dim")
        if type(dims) is not int or not 1 <= dims <= MOST_DIMS:
            msg = f"{SPECS} tells no usable latent_dim: it is {dims!r:.60}."
            raise UserError(msg)
        weights_file = inside(path, WEIGHTS)
        foreign = _untangled(state_dict_in(read_pickled(weights_file), weights_file))
        encoder, decoder = _encoder(image, dims), _decoder(image, dims)
        halves = take(encoder, "encoder", foreign), take(decoder, "decoder", foreign)
        if halves[0] is None or halves[1] is None:
            msg = f"The weights in {WEIGHTS} aren't those of the network that {SPECS} names."
            raise UserError(msg)
        by_squares = specs.get("rec_dist", "bernoulli") != "bernoulli"
        decoder, output, likelihood = trained_by(decoder, wishes.output or "sigmoid", squared_error=by_squares)
        config = chained_model(
            origin(cls, path), data_config(image), dims, encoder, decoder, output, "log_var",
            likelihood=likelihood, objective=_objective(specs),
        )  # fmt: skip
        found = Wishes(image[1], image[0], dims, wishes.output or "sigmoid", "chw", "log_var")
        return Imported(config, halves[0] | halves[1], (), found)


def _image(specs: Mapping[str, Any]) -> tuple[int, int, int]:
    sizes = specs.get("img_size")
    if not isinstance(sizes, list) or len(sizes) != 3 or sizes[1:] not in ([32, 32], [64, 64]):
        msg = f"{SPECS} tells no image of 32 or 64 pixels: its img_size is {sizes!r:.60}."
        raise UserError(msg)
    if sizes[0] not in (1, 3):
        msg = f"The model's images have {sizes[0]!r:.20} channels; only grey (1) and colour (3) can be shown."
        raise UserError(msg)
    return sizes[0], sizes[1], sizes[2]


def _untangled(foreign: dict[str, Tensor]) -> dict[str, Tensor]:
    """Sort the last layer's rows: there mean and log-variance of each dimension lie side by side."""
    for name in (f"{HEADS}.weight", f"{HEADS}.bias"):
        rows = foreign.get(name)
        if rows is not None and rows.ndim and len(rows) % 2 == 0:
            foreign[name] = torch.cat([rows[0::2], rows[1::2]])
    return foreign


def _relu() -> Part:
    return Part(ActivationSpec(name="relu"))


def _down(inputs: int, name: str) -> list[Part]:
    spec = ConvSpec(inputs=inputs, outputs=MAPS, kernel=(KERNEL, KERNEL), stride=(2, 2), padding=(1, 1))
    return [Part(spec, (f"encoder.{name}",)), _relu()]


def _up(outputs: int, name: str) -> Part:
    spec = ConvTransposeSpec(inputs=MAPS, outputs=outputs, kernel=(KERNEL, KERNEL), stride=(2, 2), padding=(1, 1))
    return Part(spec, (f"decoder.{name}",))


def _dense(inputs: int, outputs: int, name: str) -> Part:
    return Part(LinearSpec(inputs=inputs, outputs=outputs), (name,))


def _encoder(image: tuple[int, int, int], dims: int) -> list[Part]:
    large = _down(MAPS, "conv_64") if image[1] == 64 else []
    return [
        *_down(image[0], "conv1"), *_down(MAPS, "conv2"), *_down(MAPS, "conv3"), *large,
        Part(ReshapeSpec(to=(math.prod(GRID),))),
        _dense(math.prod(GRID), HIDDEN, "encoder.lin1"), _relu(),
        _dense(HIDDEN, HIDDEN, "encoder.lin2"), _relu(),
        _dense(HIDDEN, 2 * dims, HEADS),
    ]  # fmt: skip


def _decoder(image: tuple[int, int, int], dims: int) -> list[Part]:
    large = [_up(MAPS, "convT_64"), _relu()] if image[1] == 64 else []
    return [
        _dense(dims, HIDDEN, "decoder.lin1"), _relu(),
        _dense(HIDDEN, HIDDEN, "decoder.lin2"), _relu(),
        _dense(HIDDEN, math.prod(GRID), "decoder.lin3"), _relu(),
        Part(ReshapeSpec(to=GRID)), *large,
        _up(MAPS, "convT1"), _relu(), _up(MAPS, "convT2"), _relu(), _up(image[0], "convT3"),
    ]  # fmt: skip


_OBJECTIVES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "VAE": ("vae", {}),
    "betaH": ("beta-vae", {"beta": "betaH_B"}),
    "betaB": ("capacity", {"gamma": "betaB_G", "capacity": "betaB_finC"}),
    "factor": ("factor-vae", {"gamma": "factor_G"}),
    "btcvae": ("beta-tcvae", {"alpha": "btcvae_A", "beta": "btcvae_B", "gamma": "btcvae_G"}),
}
"""Its losses, and the settings that main.py writes into specs.json."""


def _objective(specs: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    name, settings = _OBJECTIVES.get(str(specs.get("loss")), ("vae", {}))
    given = {ours: specs.get(theirs) for ours, theirs in settings.items()}
    return name, {ours: value for ours, value in given.items() if isinstance(value, int | float) and 0 <= value <= 1e4}
