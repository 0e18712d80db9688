"""From images to codes, in pieces that others can run between."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray

from vae_explorer.core.batches import to_floats
from vae_explorer.core.classes import Labels
from vae_explorer.core.data.base import Cancelled, ImageRows, Images, Progress, ignore_progress
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model, check_encodes
from vae_explorer.core.runtime import memory_errors_explained

BATCH = 256

_VALUES_IN_CACHE = 800_000
"""On a processor images of so many values are encoded at once, by measurement: a thousand digits, a fifth sooner than a
quarter of them; 65 of 64×64 pixels in colour, a fifth sooner than four times as many."""

_LEAST = 16

VALUES_AT_ONCE = 1 << 26
"""Images are encoded in batches whose widest layer has at most about so many numbers."""


@dataclass(frozen=True, eq=False)
class Codes:
    """Posteriors of images."""

    mean: NDArray[np.float32]
    """(N, D)."""
    log_var: NDArray[np.float32] | None
    """(N, D) true log-variance; None for a plain autoencoder."""

    def __len__(self) -> int:
        return len(self.mean)


def encode_chunks(
    model: Model, images: ImageRows, batch: int | None = None, labels: Labels | None = None
) -> Iterator[tuple[int, Codes]]:
    """Encode images (N, H, W, C) piece by piece, yielding the number of the first image of each piece with its codes.

    `batch` is how many at once; None: what is fastest. A conditional model needs `labels` (N,), see
    `classes.labels_for`. Raises UserError where the images haven't the model's shape.
    """
    check_shape(model, images)
    device = next(model.parameters()).device
    batch = min(batch or _fastest_batch(images, device), model.images_at_once(VALUES_AT_ONCE))
    for start in range(0, len(images), batch):
        chosen = slice(start, start + batch)
        yield start, _encode(model, np.array(images[chosen]), None if labels is None else labels[chosen], device)


def encode_images(
    model: Model,
    images: ImageRows,
    batch: int | None = None,
    *,
    labels: Labels | None = None,
    cancel: Event | None = None,
    on_progress: Callable[[Progress], None] = ignore_progress,
) -> Codes:
    """Encode images (N, H, W, C) uint8. Raises UserError where they haven't the model's shape; Cancelled."""
    size = (len(images), model.latent_dims)
    mean = np.empty(size, np.float32)
    log_var = None if model.config.model.posterior == "none" else np.empty(size, np.float32)
    for start, codes in encode_chunks(model, images, batch, labels):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        end = start + len(codes)
        mean[start:end] = codes.mean
        if log_var is not None:
            log_var[start:end] = codes.log_var
        on_progress(Progress(end, len(images)))
    return Codes(mean, log_var)


def _fastest_batch(images: ImageRows, device: torch.device) -> int:
    return max(_LEAST, _VALUES_IN_CACHE // math.prod(images.shape[1:])) if device.type == "cpu" else BATCH


def check_shape(model: Model, images: ImageRows) -> None:
    """Raise UserError where the model has no encoder, or the images (N, H, W, C) not the shape that it takes."""
    check_encodes(model)
    data = model.config.data
    wanted = (data.image_size, data.image_size, data.channels)
    if images.shape[1:] != wanted:
        found = "×".join(map(str, images.shape[1:]))
        msg = (
            f"The model takes images of {'×'.join(map(str, wanted))} (height, width, channels), but these are {found}."
        )
        raise UserError(msg)


def _encode(model: Model, images: Images, labels: Labels | None, device: torch.device) -> Codes:
    with memory_errors_explained(), torch.inference_mode():
        classes = None if labels is None else torch.from_numpy(labels).to(device)
        posterior = model.encode(to_floats(torch.from_numpy(images).to(device)), classes)
        log_var = posterior.log_var
        return Codes(posterior.mean.cpu().numpy(), None if log_var is None else log_var.cpu().numpy())
