"""Layers laid out for weights that nobody trains: the same numbers, sooner."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

FEW_CHANNELS = 4
"""Transposed convolutions compute channels by the sixteen, so those that give few of them mostly compute nothing."""


class Doubling(nn.Module):
    """A transposed 4×4 convolution of stride 2, as a 3×3 convolution to each of the four pixels that one becomes.

    Shi et al. 2016, “Is the deconvolution layer the same as a convolutional layer?” To three channels it takes half as
    long, although five of nine weights are 0. Its parameters are named, and laid out, as those that it stands for; what
    is computed of them follows when others are loaded.
    """

    def __init__(self, like: nn.ConvTranspose2d) -> None:
        super().__init__()
        self.weight, self.bias = like.weight, like.bias
        self._kernel: Tensor
        self._biases: Tensor | None
        for name in ("_kernel", "_biases"):
            self.register_buffer(name, None, persistent=False)
        self._arrange()
        self.register_load_state_dict_post_hook(lambda _module, _keys: self._arrange())  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, colours, 2H, 2W)."""
        batch, _, height, width = x.shape
        pixels = functional.conv2d(x, self._kernel, self._biases, padding=1)
        # Row by row of each four, with channels last: pixel_shuffle does the same ten times as slowly.
        fours = pixels.permute(0, 2, 3, 1).reshape(batch, height, width, 2, -1)
        return fours.transpose(2, 3).reshape(batch, 2 * height, 2 * width, -1).permute(0, 3, 1, 2)

    def _arrange(self) -> None:
        """Lay the weights out: (in, out, 4, 4) -> (4·out, in, 3, 3), pixel by pixel, row by row."""
        weight = self.weight.detach()
        inputs, outputs = weight.shape[:2]
        kernel = weight.new_zeros(2, 2, outputs, inputs, 3, 3)
        for down in (0, 1):
            for across in (0, 1):
                # The pixel 2i + down takes from rows i − 1 and i, or i and i + 1, by the weights of every other row.
                rows, columns = slice(down, down + 2), slice(across, across + 2)
                part = weight[:, :, 1 - down :: 2, 1 - across :: 2].flip(2, 3)
                kernel[down, across, :, :, rows, columns] = part.transpose(0, 1)
        self._kernel = kernel.reshape(4 * outputs, inputs, 3, 3).contiguous(memory_format=torch.channels_last)
        self._biases = None if self.bias is None else self.bias.detach().repeat(4)


def lay_out(module: nn.Module) -> None:
    """Put what computes the same sooner in the place of layers, throughout a module. Afterwards it can't be trained."""
    for name, layer in module.named_children():
        if isinstance(layer, nn.ConvTranspose2d) and _doubles(layer) and layer.out_channels <= FEW_CHANNELS:
            setattr(module, name, Doubling(layer))
        else:
            lay_out(layer)


def _doubles(layer: nn.ConvTranspose2d) -> bool:
    shape = layer.kernel_size, layer.stride, layer.padding, layer.output_padding, layer.dilation, layer.groups
    return shape == ((4, 4), (2, 2), (1, 1), (0, 0), (1, 1), 1)
