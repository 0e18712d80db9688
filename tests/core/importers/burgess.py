"""A network with the names and the order of disentangling-vae's, to be saved as it saves one."""

from __future__ import annotations

import torch
from torch import nn


class Burgess(nn.Module):
    """`forward` reads: all but the last layers go through a ReLU."""

    def __init__(self, channels, size, dims):
        super().__init__()
        self.dims, self.large = dims, size == 64
        down = {f"conv{stage}": nn.Conv2d(channels if stage == 1 else 32, 32, 4, 2, 1) for stage in (1, 2, 3)}
        up = {f"convT{stage}": nn.ConvTranspose2d(32, channels if stage == 3 else 32, 4, 2, 1) for stage in (1, 2, 3)}
        self.encoder = nn.ModuleDict({
            **down,
            **({"conv_64": nn.Conv2d(32, 32, 4, 2, 1)} if self.large else {}),
            "lin1": nn.Linear(512, 256), "lin2": nn.Linear(256, 256), "mu_logvar_gen": nn.Linear(256, 2 * dims),
        })  # fmt: skip
        self.decoder = nn.ModuleDict({
            "lin1": nn.Linear(dims, 256), "lin2": nn.Linear(256, 256), "lin3": nn.Linear(256, 512),
            **({"convT_64": nn.ConvTranspose2d(32, 32, 4, 2, 1)} if self.large else {}),
            **up,
        })  # fmt: skip

    def encode(self, x):
        half = self.encoder
        for name in ("conv1", "conv2", "conv3", *(["conv_64"] if self.large else [])):
            x = torch.relu(half[name](x))
        x = torch.relu(half["lin2"](torch.relu(half["lin1"](x.flatten(1)))))
        return half["mu_logvar_gen"](x).view(-1, self.dims, 2).unbind(-1)

    def decode(self, z):
        half = self.decoder
        for name in ("lin1", "lin2", "lin3"):
            z = torch.relu(half[name](z))
        z = z.view(-1, 32, 4, 4)
        for name in (*(["convT_64"] if self.large else []), "convT1", "convT2"):
            z = torch.relu(half[name](z))
        return torch.sigmoid(half["convT3"](z))
