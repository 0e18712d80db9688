"""Models as people write them, each with its own names, to be saved as weights alone."""

from __future__ import annotations

import torch
from torch import nn

from vae_explorer.core.importers.wishes import Wishes


class Example(nn.Module):
    """The one of PyTorch's examples: nothing but numbered linear layers."""

    known = Wishes(activation="relu", output="sigmoid", posterior="log_var")

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 40)
        self.fc21 = nn.Linear(40, 5)
        self.fc22 = nn.Linear(40, 5)
        self.fc3 = nn.Linear(5, 40)
        self.fc4 = nn.Linear(40, 64)

    image, dims = (1, 8, 8), 5

    def encode(self, x):
        hidden = torch.relu(self.fc1(x.flatten(1)))
        return self.fc21(hidden), self.fc22(hidden)

    def decode(self, z):
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z)))).view(-1, 1, 8, 8)


class Named(nn.Module):
    """Another of its kind, whose names tell which layer gives the spread, but not which are the encoder's."""

    known = Wishes(activation="relu", output="sigmoid")
    image, dims = (1, 8, 8), 5

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 40)
        self.fc_mu = nn.Linear(40, 5)
        self.fc_logvar = nn.Linear(40, 5)
        self.fc3 = nn.Linear(5, 40)
        self.fc4 = nn.Linear(40, 64)

    def encode(self, x):
        hidden = torch.relu(self.fc1(x.flatten(1)))
        return self.fc_mu(hidden), self.fc_logvar(hidden)

    def decode(self, z):
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z)))).view(-1, 1, 8, 8)


class Convolutional(nn.Module):
    """Strided convolutions with batch normalisation, a linear layer that nothing follows, and tanh at the end."""

    known = Wishes(activation="leaky-relu", slope=0.2, output="tanh", plain=("decoder_input",))
    image, dims = (3, 32, 32), 6

    def __init__(self):
        super().__init__()
        down = [self._down(3, 8), self._down(8, 16), self._down(16, 32)]
        self.encoder = nn.Sequential(*down)
        self.fc_mu = nn.Linear(32 * 16, 6)
        self.fc_var = nn.Linear(32 * 16, 6)
        self.decoder_input = nn.Linear(6, 32 * 16)
        self.decoder = nn.Sequential(self._up(32, 16), self._up(16, 8))
        self.final_layer = nn.Sequential(
            nn.ConvTranspose2d(8, 8, 3, 2, 1, 1), nn.BatchNorm2d(8), nn.LeakyReLU(0.2), nn.Conv2d(8, 3, 3, padding=1),
            nn.Tanh(),
        )  # fmt: skip

    @staticmethod
    def _down(inputs, outputs):
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))

    @staticmethod
    def _up(inputs, outputs):
        return nn.Sequential(
            nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, 1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)
        )

    def encode(self, x):
        flat = self.encoder(2 * x - 1).flatten(1)
        return self.fc_mu(flat), self.fc_var(flat)

    def decode(self, z):
        image = self.final_layer(self.decoder(self.decoder_input(z).view(-1, 32, 4, 4)))
        return (image + 1) / 2


class Plain(nn.Module):
    """An autoencoder of two sequences, whose wrapper puts a name before all others."""

    known = Wishes(activation="elu", output="raw")
    image, dims = (3, 16, 16), 4

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 8, 4, 2, 1), nn.ELU(), nn.Conv2d(8, 8, 4, 2, 1), nn.ELU(), nn.Flatten(), nn.Linear(128, 4)
        )
        self.decoder = nn.Sequential(
            nn.Linear(4, 128), nn.ELU(), nn.Unflatten(1, (8, 4, 4)), nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ELU(),
            nn.ConvTranspose2d(8, 3, 4, 2, 1),
        )  # fmt: skip

    def encode(self, x):
        return self.encoder(x), None

    def decode(self, z):
        return self.decoder(z).clamp(0, 1)


class Halved(nn.Module):
    """An encoder whose last layer gives mean and spread one after the other; colour images, height first."""

    known = Wishes(activation="tanh", output="sigmoid", posterior="log_std", layout="hwc")
    image, dims = (3, 8, 8), 4

    def __init__(self):
        super().__init__()
        self.enc = nn.ModuleList([nn.Linear(192, 32), nn.Linear(32, 8)])
        self.dec = nn.ModuleList([nn.Linear(4, 32), nn.Linear(32, 192)])

    def encode(self, x):
        heads = self.enc[1](torch.tanh(self.enc[0](x.permute(0, 2, 3, 1).flatten(1))))
        return heads[:, :4], 2 * heads[:, 4:]

    def decode(self, z):
        flat = torch.sigmoid(self.dec[1](torch.tanh(self.dec[0](z))))
        return flat.view(-1, 8, 8, 3).permute(0, 3, 1, 2)


class Generator(nn.Module):
    """A decoder alone, after DCGAN's generator: its code is an image of one pixel."""

    known = Wishes(activation="relu", output="tanh")
    image, dims = (3, 16, 16), 10

    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(10, 16, 4, 1, 0, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.ConvTranspose2d(8, 3, 4, 2, 1, bias=False),
        )  # fmt: skip

    encode = None

    def decode(self, z):
        return (torch.tanh(self.main(z[:, :, None, None])) + 1) / 2


ALL = (Example, Named, Convolutional, Plain, Halved, Generator)


def settled(kind):
    """Make a model whose normalisations have seen something, and whose images aren't almost grey."""
    torch.manual_seed(0)
    model = kind()
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(torch.rand_like(buffer) + ("var" in name))
        for weight in model.parameters():
            weight.mul_(4 if kind is Generator else 1.5)
    return model.eval()
