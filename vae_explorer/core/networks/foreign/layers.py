"""Any chain of layers, told one by one."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field
from torch import Tensor

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.base import NetworkShape
from vae_explorer.core.networks.foreign.base import ForeignNetwork, ForeignSettings, foreign_networks
from vae_explorer.core.networks.foreign.spec import Shape, in_words
from vae_explorer.core.networks.foreign.specs import Specs, build_chain, chain_shape, check_weights


@foreign_networks.register
class Layers(ForeignNetwork):
    """An encoder and a decoder, each a chain of layers; or a decoder alone."""

    name = "layers"
    title = "Layers"
    summary = "An imported chain of linear and convolutional layers."

    class Settings(ForeignSettings):
        """The layers, and how images go in and come out."""

        encoder: Specs = Field((), description="From an image to its posterior: mean first, then spread. May be empty.")
        decoder: Specs = Field(min_length=1, description="From a code to an image.")
        layout: Literal["chw", "hwc"] = Field("chw", description="The order of an image's numbers.")

    def __init__(self, shape: NetworkShape, settings: Settings) -> None:
        super().__init__(shape, settings)
        self.ranges = (settings.input_range, settings.output_range)
        self.layout = settings.layout
        check_weights((*settings.encoder, *settings.decoder))
        _check_ends("decoder", chain_shape(settings.decoder, (shape.decoder_input,)), math.prod(shape.image))
        if settings.encoder:
            ends = chain_shape(settings.encoder, self._laid_out(shape.encoder_input))
            _check_ends("encoder", ends, shape.heads * shape.latent_dims)
        self.encoder = build_chain(settings.encoder)
        self.decoder = build_chain(settings.decoder)

    @property
    def can_encode(self) -> bool:
        """Whether there is an encoder."""
        return bool(list(self.encoder.children()))

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        image = self.to_input(x)
        flat: Tensor = self.encoder(image.permute(0, 2, 3, 1) if self.layout == "hwc" else image)
        return flat.reshape(flat.shape[0], self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        image = self.to_brightness(self.decoder(z))
        if self.layout == "hwc":
            return image.reshape(z.shape[0], *self._laid_out(self.shape.image)).permute(0, 3, 1, 2)
        return image.reshape(z.shape[0], *self.shape.image)

    def _laid_out(self, image: tuple[int, int, int]) -> Shape:
        channels, height, width = image
        return (height, width, channels) if self.layout == "hwc" else image


def _check_ends(half: str, ends: Shape, wanted: int) -> None:
    if math.prod(ends) != wanted:
        msg = f"The model's {half} ends in {in_words(ends)} values where {wanted} are needed."
        raise UserError(msg)
