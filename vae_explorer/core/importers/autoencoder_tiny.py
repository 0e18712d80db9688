"""Folders of diffusers' AutoencoderTiny."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import importers
from vae_explorer.core.importers.diffusers import DiffusersImporter

_USUAL = [64, 64, 64, 64]


@importers.register
class AutoencoderTinyImporter(DiffusersImporter):
    """Reads config.json and safetensors; diffusers itself isn't needed.

    In diffusers images go in and come out from −1 to 1, and the layers inside know them from 0 to 1, as we do.
    """

    name = "autoencoder-tiny"
    title = "a diffusers folder of an AutoencoderTiny"
    summary = "The tiny autoencoder for latent diffusion models (TAESD)."
    class_name = "AutoencoderTiny"
    posterior = "none"
    input_range = "unit"
    output = "raw"

    @classmethod
    def settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the network's settings. Raises UserError where it has parts that aren't known here."""
        if config.get("upsampling_scaling_factor", 2) != 2 or config.get("upsample_fn", "nearest") != "nearest":
            msg = "The model enlarges images in a way that can't be read: only nearest upsampling by 2 can."
            raise UserError(msg)
        return {
            "encoder_widths": config.get("encoder_block_out_channels", _USUAL),
            "decoder_widths": config.get("decoder_block_out_channels", _USUAL),
            "encoder_blocks": config.get("num_encoder_blocks", [1, 3, 3, 3]),
            "decoder_blocks": config.get("num_decoder_blocks", [3, 3, 3, 1]),
            "latent_channels": config.get("latent_channels", 4),
            "activation": config.get("act_fn", "relu"),
        }

    @classmethod
    def reduction(cls, settings: Mapping[str, Any]) -> int:
        """Each size but the last is halved."""
        return int(2 ** (len(settings["encoder_widths"]) - 1))

    @classmethod
    def renamed(cls, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the weights under our names: both halves are plain chains of the same layers."""
        return {_renamed(name): tensor for name, tensor in weights.items()}


def _renamed(name: str) -> str:
    for half in ("encoder", "decoder"):
        if name.startswith(f"{half}.layers."):
            return f"network.{half}." + name.removeprefix(f"{half}.layers.")
    return name
