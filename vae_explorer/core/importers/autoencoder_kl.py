"""Folders of diffusers' AutoencoderKL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import importers
from vae_explorer.core.importers.diffusers import DiffusersImporter

_OLD_NAMES = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
"""What attention's layers were called in files of before diffusers 0.15."""

_PLACES = {
    "encoder.": "network.encoder.body.",
    "quant_conv.": "network.encoder.quant_conv.",
    "decoder.": "network.decoder.body.",
    "post_quant_conv.": "network.decoder.post_quant_conv.",
}


@importers.register
class AutoencoderKlImporter(DiffusersImporter):
    """Reads config.json and safetensors; diffusers itself isn't needed."""

    name = "autoencoder-kl"
    title = "a diffusers folder of an AutoencoderKL"
    summary = "The variational autoencoder of latent diffusion models."
    class_name = "AutoencoderKL"
    posterior = "log_var"
    input_range = "signed"
    output = "signed"

    @classmethod
    def settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the network's settings. Raises UserError where it has parts that aren't known here."""
        widths = config.get("block_out_channels", [64])
        for name, known in (("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")):
            kinds = config.get(name, [known])
            if not isinstance(kinds, list) or set(map(str, kinds)) != {known}:
                msg = f"The model has parts that can't be read: its {name} are {kinds!r:.60}."
                raise UserError(msg)
        if config.get("act_fn", "silu") not in ("silu", "swish"):
            msg = f"The model has an activation that can't be read: {config.get('act_fn')!r:.60}."
            raise UserError(msg)
        return {
            "widths": widths,
            "blocks": config.get("layers_per_block", 1),
            "groups": config.get("norm_num_groups", 32),
            "latent_channels": config.get("latent_channels", 4),
            "attention": config.get("mid_block_add_attention", True),
            "quant_conv": config.get("use_quant_conv", True),
            "post_quant_conv": config.get("use_post_quant_conv", True),
            "scaling_factor": config.get("scaling_factor", 0.18215),
        }

    @classmethod
    def reduction(cls, settings: Mapping[str, Any]) -> int:
        """Each size but the last is halved."""
        return int(2 ** (len(settings["widths"]) - 1))

    @classmethod
    def renamed(cls, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the weights under our names, those of attention's older forms too."""
        return {_renamed(name): _flat(name, tensor) for name, tensor in weights.items()}


def _renamed(name: str) -> str:
    for old, new in _OLD_NAMES.items():
        if ".attentions." in name:
            name = name.replace(old, new)
    half = next((half for half in _PLACES if name.startswith(half)), None)
    return name if half is None else _PLACES[half] + name.removeprefix(half)


def _flat(name: str, tensor: Tensor) -> Tensor:
    """Make a matrix of attention's 1×1 convolutions, which the oldest files have."""
    return tensor[:, :, 0, 0] if ".attentions." in name and tensor.shape[2:] == (1, 1) else tensor
