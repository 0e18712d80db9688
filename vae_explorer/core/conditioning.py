"""What makes a model conditional: the class of an image, joined to the image and to its code."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

_FIRST_PLANES = 0.1


class ClassNumbers(nn.Module):
    """Joins the number of a class to an image, as one more channel full of it, and the class to a code as one-hot.

    For a network that makes of the number what it likes: nothing here is learned.
    """

    def __init__(self, classes: int, height: int, width: int) -> None:
        super().__init__()
        self.classes = classes
        self.plane_shape = (1, height, width)

    def initialise(self, generator: Generator) -> None:
        """Draw the weights anew from `generator` alone, where there are any."""

    def join_images(self, x: Tensor, labels: Tensor) -> Tensor:
        """(B, C, H, W), (B,) -> (B, C + 1, H, W)."""
        return torch.cat([x, labels.to(x.dtype).view(-1, 1, 1, 1).expand(-1, *self.plane_shape)], dim=1)

    def join_codes(self, z: Tensor, labels: Tensor) -> Tensor:
        """(B, D), (B,) -> (B, D + classes)."""
        return torch.cat([z, functional.one_hot(labels, self.classes).to(z.dtype)], dim=1)


class Conditioning(ClassNumbers):
    """Joins a class to an image as a plane that is learned for each class.

    Sohn et al. 2015 give encoder and decoder the class as a further input; a plane serves every network alike.
    """

    def __init__(self, classes: int, height: int, width: int) -> None:
        super().__init__(classes, height, width)
        self.planes = nn.Embedding(classes, height * width)

    @torch.no_grad()
    def initialise(self, generator: Generator) -> None:
        """Draw the planes anew from `generator` alone."""
        self.planes.weight.normal_(0, _FIRST_PLANES, generator=generator)

    def join_images(self, x: Tensor, labels: Tensor) -> Tensor:
        """(B, C, H, W), (B,) -> (B, C + 1, H, W)."""
        return torch.cat([x, self.planes(labels).view(-1, *self.plane_shape)], dim=1)
