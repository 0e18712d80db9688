"""What makes a model conditional: the class of an image, joined to the image and to its code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import UserError

Labels = NDArray[np.int64]
"""(N,) for each image the number of its class."""

_FIRST_PLANES = 0.1


class Conditioning(nn.Module):
    """Joins a class to an image as one more channel, a plane that is learned for each class, and to a code as one-hot.

    Sohn et al. 2015 give encoder and decoder the class as a further input; a plane serves every network alike.
    """

    def __init__(self, classes: int, height: int, width: int) -> None:
        super().__init__()
        self.classes = classes
        self.plane_shape = (1, height, width)
        self.planes = nn.Embedding(classes, height * width)

    @torch.no_grad()
    def initialise(self, generator: Generator) -> None:
        """Draw the planes anew from `generator` alone."""
        self.planes.weight.normal_(0, _FIRST_PLANES, generator=generator)

    def join_images(self, x: Tensor, labels: Tensor) -> Tensor:
        """(B, C, H, W), (B,) -> (B, C + 1, H, W)."""
        return torch.cat([x, self.planes(labels).view(-1, *self.plane_shape)], dim=1)

    def join_codes(self, z: Tensor, labels: Tensor) -> Tensor:
        """(B, D), (B,) -> (B, D + classes)."""
        return torch.cat([z, functional.one_hot(labels, self.classes).to(z.dtype)], dim=1)


def labels_for(classes: Sequence[str], images: ImageSet) -> Labels | None:
    """Number the images' labels as a model of `classes` does; None for a model that is not conditional.

    Raises UserError where images have no labels, or one that the model doesn't know.
    """
    if not classes:
        return None
    if images.labels is None:
        msg = f"“{images.title}” has no labels, which this conditional model needs: sort the images into subfolders."
        raise UserError(msg)
    numbers = {name: number for number, name in enumerate(classes)}
    unknown = [name for name in images.label_names if name not in numbers]
    if unknown:
        msg = f"The model knows the labels {_listed(classes)}, but not “{unknown[0]}”."
        raise UserError(msg)
    return np.array([numbers[name] for name in images.label_names], np.int64)[images.labels]


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
