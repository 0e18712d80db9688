"""VAEs as PyTorch's own example trains them, with nothing of this program in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
"""Of the decoder's output and the images, (B, C, H, W) each: −log p(x|z), summed. -> ()."""


class PlainVae(nn.Module):
    """784-400-20 with ReLU, as in pytorch/examples vae/main.py."""

    def __init__(self, shape: Sequence[int], hidden: int = 400, latent_dims: int = 20) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.latent_dims = latent_dims
        pixels = self.shape[0] * self.shape[1] * self.shape[2]
        self.seen = nn.Linear(pixels, hidden)
        self.posterior = nn.Linear(hidden, 2 * latent_dims)
        self.imagined = nn.Linear(latent_dims, hidden)
        self.output = nn.Linear(hidden, pixels)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) in [0, 1] -> mean and log-variance, (B, D) each."""
        mean, log_var = self.posterior(functional.relu(self.seen(x.flatten(1)))).chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, H, W) logits."""
        output: Tensor = self.output(functional.relu(self.imagined(z)))
        return output.view(-1, *self.shape)


class PlainConvVae(nn.Module):
    """Burgess et al. 2018 for 64×64 images: four 4×4 convolutions of stride 2, two dense layers, and back."""

    def __init__(self, colours: int, latent_dims: int = 2) -> None:
        super().__init__()
        self.latent_dims = latent_dims
        maps, dense, grid = (colours, 32, 32, 64, 64), 256, (64, 4, 4)
        down = [nn.Conv2d(*pair, 4, stride=2, padding=1) for pair in pairwise(maps)]
        up = [nn.ConvTranspose2d(*pair, 4, stride=2, padding=1) for pair in pairwise(reversed(maps))]
        self.encoder = nn.Sequential(
            *(layer for convolution in down for layer in (convolution, nn.ReLU())),
            nn.Flatten(),
            nn.Linear(1024, dense),
            nn.ReLU(),
            nn.Linear(dense, 2 * latent_dims),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dims, dense),
            nn.ReLU(),
            nn.Linear(dense, 1024),
            nn.Unflatten(1, grid),
            *(layer for convolution in up for layer in (nn.ReLU(), convolution)),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, 64, 64) in [0, 1] -> mean and log-variance, (B, D) each."""
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, C, 64, 64) means."""
        output: Tensor = self.decoder(z)
        return output


def cross_entropy(output: Tensor, x: Tensor) -> Tensor:
    """Of a sigmoid decoder: −log p(x|z) in nats, summed over the batch too."""
    return functional.binary_cross_entropy_with_logits(output, x, reduction="sum")


def squared_error(output: Tensor, x: Tensor) -> Tensor:
    """Of a linear decoder with the variance ½: −log p(x|z) in nats but for n/2·log(π), summed over the batch too."""
    return functional.mse_loss(output, x, reduction="sum")


def take_step(
    model: PlainVae | PlainConvVae, optimizer: torch.optim.Optimizer, x: Tensor, noise: Tensor, loss_of: Loss
) -> Tensor:
    """Train on one batch. Returns its mean loss."""
    mean, log_var = model.encode(x)
    output = model.decode(mean + torch.exp(0.5 * log_var) * noise)
    kl = -0.5 * torch.sum(1 + log_var - mean.square() - log_var.exp())
    loss = (loss_of(output, x) + kl) / len(x)
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()
    return loss.detach()


def plain_steps(
    model: PlainVae | PlainConvVae,
    images: Tensor,
    batch_size: int,
    *,
    fused: bool = False,
    loss_of: Loss = cross_entropy,
) -> Iterator[int]:
    """Train on images (N, C, H, W) in [0, 1] with Adam at 1e-3, epoch after epoch, yielding the size of each batch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused)
    while True:
        for chosen in torch.split(torch.randperm(len(images)), batch_size):
            take_step(model, optimizer, images[chosen], torch.randn(len(chosen), model.latent_dims), loss_of)
            yield len(chosen)


def train_plainly(model: PlainVae, images: Tensor, epochs: int, batch_size: int) -> None:
    """Train for so many epochs with default Adam and nothing else."""
    steps = plain_steps(model, images, batch_size)
    for _ in range(epochs * -(-len(images) // batch_size)):
        next(steps)
