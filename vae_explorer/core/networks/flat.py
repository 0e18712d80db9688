"""What fully connected networks share: to them an image is one row of numbers."""

from __future__ import annotations

from torch import Tensor

from vae_explorer.core.networks.base import Network


class Flat(Network):
    """An encoder and a decoder of rows. A subclass makes them."""

    def encode(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, heads, D)."""
        flat: Tensor = self.encoder(x.flatten(1))
        return flat.view(flat.shape[0], self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W)."""
        flat: Tensor = self.decoder(z)
        return flat.view(flat.shape[0], *self.shape.image)
