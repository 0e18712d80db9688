"""A VAE as PyTorch's own example trains it, with nothing of this program in it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class PlainVae(nn.Module):
    """784-400-20 with ReLU, as in pytorch/examples vae/main.py."""

    def __init__(self, pixels: int, hidden: int = 400, latent_dims: int = 20) -> None:
        super().__init__()
        self.latent_dims = latent_dims
        self.seen = nn.Linear(pixels, hidden)
        self.posterior = nn.Linear(hidden, 2 * latent_dims)
        self.imagined = nn.Linear(latent_dims, hidden)
        self.logits = nn.Linear(hidden, pixels)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) in [0, 1] -> mean and log-variance, (B, D) each."""
        mean, log_var = self.posterior(functional.relu(self.seen(x.flatten(1)))).chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, pixels) logits."""
        logits: Tensor = self.logits(functional.relu(self.imagined(z)))
        return logits


def train_plainly(model: PlainVae, images: Tensor, epochs: int, batch_size: int) -> None:
    """Train on images (N, C, H, W) in [0, 1] with Adam at 1e-3 and nothing else."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for chosen in torch.split(torch.randperm(len(images)), batch_size):
            x = images[chosen]
            mean, log_var = model.encode(x)
            logits = model.decode(mean + torch.exp(0.5 * log_var) * torch.randn_like(mean))
            cross_entropy = functional.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="sum")
            kl = -0.5 * torch.sum(1 + log_var - mean.square() - log_var.exp())
            optimizer.zero_grad()
            torch.autograd.backward((cross_entropy + kl) / len(x))
            optimizer.step()
