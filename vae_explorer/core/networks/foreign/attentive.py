"""What diffusers' AutoencoderKL is built of: residual blocks with group normalisation, and attention at the bottom.

The names of the parts are those that its weights are stored under.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

EPS = 1e-6


class ResidualBlock(nn.Module):
    """Adds to an image what two convolutions make of it, each after a normalisation. (B, C, H, W) -> (B, C', H, W)."""

    def __init__(self, inputs: int, outputs: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, EPS)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, outputs, EPS)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        """Keep the sides."""
        branch = self.conv1(functional.silu(self.norm1(x)))
        branch = self.conv2(functional.silu(self.norm2(branch)))
        shortcut: Tensor = x if self.conv_shortcut is None else self.conv_shortcut(x)
        total: Tensor = shortcut + branch
        return total


class Attention(nn.Module):
    """Lets every place of an image look at every other, with one head. (B, C, H, W) -> the same."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, EPS)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: Tensor) -> Tensor:
        """Shapes are kept."""
        places = self.group_norm(x).flatten(2).transpose(1, 2)  # (B, H·W, C)
        query, key, value = (layer(places).unsqueeze(1) for layer in (self.to_q, self.to_k, self.to_v))
        seen = functional.scaled_dot_product_attention(query, key, value).squeeze(1)
        total: Tensor = x + self.to_out[0](seen).transpose(1, 2).reshape(x.shape)
        return total


class Middle(nn.Module):
    """Two residual blocks at the smallest size, with attention between them."""

    def __init__(self, channels: int, groups: int, *, attention: bool) -> None:
        super().__init__()
        self.resnets = nn.ModuleList([ResidualBlock(channels, channels, groups) for _ in range(2)])
        self.attentions = nn.ModuleList([Attention(channels, groups)] if attention else [])

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same."""
        x = self.resnets[0](x)
        for attention in self.attentions:
            x = attention(x)
        last: Tensor = self.resnets[1](x)
        return last


class Halving(nn.Module):
    """A strided convolution that looks one pixel further to the right and below."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H/2, W/2)."""
        halved: Tensor = self.conv(functional.pad(x, (0, 1, 0, 1)))
        return halved


class Doubling(nn.Module):
    """Nearest upsampling and a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, 2·H, 2·W)."""
        doubled: Tensor = self.conv(functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        return doubled


class Stage(nn.Module):
    """Residual blocks at one size, and where another size follows, the way to it."""

    def __init__(self, widths: tuple[int, int], blocks: int, groups: int, *, ways: str = "") -> None:
        super().__init__()
        inputs, outputs = widths
        self.resnets = nn.ModuleList(
            [ResidualBlock(inputs if block == 0 else outputs, outputs, groups) for block in range(blocks)]
        )
        self.downsamplers = nn.ModuleList([Halving(outputs)] if ways == "down" else [])
        self.upsamplers = nn.ModuleList([Doubling(outputs)] if ways == "up" else [])

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H', W')."""
        for block in (*self.resnets, *self.downsamplers, *self.upsamplers):
            x = block(x)
        return x


class Half(nn.Module):
    """What encoder and decoder share: a convolution at either end."""

    def __init__(self, ends: tuple[int, int], inner: tuple[int, int], groups: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(ends[0], inner[0], 3, padding=1)
        self.conv_norm_out = nn.GroupNorm(groups, inner[1], EPS)
        self.conv_out = nn.Conv2d(inner[1], ends[1], 3, padding=1)

    def finish(self, x: Tensor) -> Tensor:
        """Normalise and give the last channels."""
        last: Tensor = self.conv_out(functional.silu(self.conv_norm_out(x)))
        return last


class Encoder(Half):
    """From an image to the channels of its posterior."""

    def __init__(
        self, ends: tuple[int, int], widths: tuple[int, ...], blocks: int, groups: int, *, attention: bool
    ) -> None:
        super().__init__(ends, (widths[0], widths[-1]), groups)
        pairs = zip((widths[0], *widths), widths, strict=False)
        self.down_blocks = nn.ModuleList(
            [
                Stage(pair, blocks, groups, ways="down" if stage < len(widths) - 1 else "")
                for stage, pair in enumerate(pairs)
            ]
        )
        self.mid_block = Middle(widths[-1], groups, attention=attention)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, channels, h, w)."""
        x = self.conv_in(x)
        for stage in self.down_blocks:
            x = stage(x)
        return self.finish(self.mid_block(x))


class Decoder(Half):
    """From a code to an image."""

    def __init__(
        self, ends: tuple[int, int], widths: tuple[int, ...], blocks: int, groups: int, *, attention: bool
    ) -> None:
        inwards = tuple(reversed(widths))
        super().__init__(ends, (inwards[0], inwards[-1]), groups)
        self.mid_block = Middle(inwards[0], groups, attention=attention)
        pairs = zip((inwards[0], *inwards), inwards, strict=False)
        self.up_blocks = nn.ModuleList(
            [
                Stage(pair, blocks + 1, groups, ways="up" if stage < len(widths) - 1 else "")
                for stage, pair in enumerate(pairs)
            ]
        )

    def forward(self, z: Tensor) -> Tensor:
        """(B, channels, h, w) -> (B, C, H, W)."""
        x: Tensor = self.mid_block(self.conv_in(z))
        for stage in self.up_blocks:
            x = stage(x)
        return self.finish(x)


def pointwise(channels: int, *, there: bool) -> nn.Module:
    """Give the 1×1 convolution beside the code, or nothing where a model has none."""
    return nn.Conv2d(channels, channels, 1) if there else nn.Identity()


def halves(moments: Tensor) -> tuple[Tensor, Tensor]:
    """Part what the encoder gives into means and log-variances."""
    mean, log_var = torch.chunk(moments, 2, dim=1)
    return mean, log_var
