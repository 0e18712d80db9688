"""Which images a step sees, and how they come to the device: kept there as bytes, or read in small pieces."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_explorer.core.data.base import ImageRows
from vae_explorer.core.runtime import free_memory, send

Indices = NDArray[np.int64]

_SHARE_OF_MEMORY = 0.25
"""Images move to an accelerator as a whole where they take at most this share of its free memory."""

_FINGERPRINTED = 256


class Batches:
    """Gathers images by index as (B, C, H, W) float32 in [0, 1] on a device.

    On an accelerator the bytes are kept there if they fit. On the CPU, and where they don't fit, only the images of the
    batch are read, so images in a file larger than memory work.
    """

    def __init__(self, images: ImageRows, device: torch.device, labels: Indices | None = None) -> None:
        self._images = images
        self._device = device
        free = free_memory(device)
        fits = free is not None and images.nbytes <= free * _SHARE_OF_MEMORY
        self._resident = torch.from_numpy(np.array(images)).to(device) if fits else None
        self._labels = None if labels is None else torch.from_numpy(labels).to(device)

    def gather(self, indices: Indices) -> Tensor:
        """Read the images at `indices` (B,)."""
        if self._resident is None:
            # Copying keeps torch from warning of read-only memory maps, and reads them row by row.
            chosen = send(torch.from_numpy(self._images[indices]), self._device)
        else:
            chosen = self._resident[send(torch.from_numpy(indices), self._device)]
        return to_floats(chosen)

    def labels(self, indices: Indices) -> Tensor | None:
        """Return the classes of the images at `indices`, (B,), where they have any."""
        return None if self._labels is None else self._labels[send(torch.from_numpy(indices), self._device)]


def to_floats(images: Tensor) -> Tensor:
    """(B, H, W, C) uint8 -> (B, C, H, W) float32 in [0, 1]; in memory channels stay last, as convolutions like them."""
    return images.permute(0, 3, 1, 2).to(torch.float32).mul_(1 / 255)


def count_held_back(count: int, validation_fraction: float) -> int:
    """Return how many of `count` images are for validation: at least one if any, and one always stays to train on."""
    if validation_fraction == 0 or count == 0:
        return 0
    return min(count - 1, max(1, round(count * validation_fraction)))


def split(count: int, validation_fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Divide image numbers into those to train on and those held back: the same for the same arguments."""
    held_back = count_held_back(count, validation_fraction)
    order = np.random.default_rng((seed, _SPLIT)).permutation(count).astype(np.int64)
    return np.sort(order[held_back:]), np.sort(order[:held_back])


class BatchPlan:
    """Which images each step trains on: it follows from seed and step alone, so a resumed run sees the same.

    Each epoch takes all images in an order of its own; its last batch may be smaller.
    """

    def __init__(self, images: Indices, batch_size: int, seed: int) -> None:
        self.images = len(images)
        """How many there are."""
        self.steps_per_epoch = math.ceil(len(images) / batch_size)
        self._chosen_among = images
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = -1
        self._order = images

    def steps(self, epochs: int) -> int:
        """Return how many steps so many epochs take."""
        return self.steps_per_epoch * epochs

    def batch(self, step: int) -> Indices:
        """Return the numbers of the images of a step (from 0)."""
        epoch, index = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = np.random.default_rng((self._seed, _ORDER, epoch)).permutation(self._chosen_among)
        return self._order[index * self._batch_size : (index + 1) * self._batch_size]


_SPLIT, _ORDER, _NOISE, _VALIDATION_NOISE = range(4)


def noise_generator(seed: int, *, validation: bool = False) -> torch.Generator:
    """Return the source of standard normal numbers: on the CPU, so that all devices draw the same."""
    purpose = _VALIDATION_NOISE if validation else _NOISE
    state = np.random.SeedSequence((seed, purpose)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]) >> 1)


def chunks(indices: Indices, size: int) -> Iterator[Indices]:
    """Cut into pieces of `size`, the last one shorter."""
    for start in range(0, len(indices), size):
        yield indices[start : start + size]


def fingerprint(images: ImageRows) -> str:
    """Tell one set of images from another by its shape and up to 256 of its images."""
    digest = hashlib.blake2b(repr(images.shape).encode(), digest_size=16)
    for index in np.unique(np.linspace(0, len(images) - 1, _FINGERPRINTED).astype(int)):
        digest.update(np.ascontiguousarray(images[index]).data)
    return digest.hexdigest()
