"""How badly each image is reconstructed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray

from vae_explorer.core.batches import to_floats
from vae_explorer.core.classes import Labels
from vae_explorer.core.data.base import Cancelled, ImageRows, Images, Progress, ignore_progress
from vae_explorer.core.encoding import BATCH, check_shape
from vae_explorer.core.model import Model
from vae_explorer.core.runtime import memory_errors_explained


@dataclass(frozen=True, eq=False)
class Misfit:
    """What separates images from what is decoded of their codes, the posteriors' means. Nobody writes to the arrays."""

    squared_error: NDArray[np.float32]
    """(N,) mean over pixels and channels of the squared difference of brightness, which is from 0 to 1."""
    nll: NDArray[np.float32]
    """(N,) −log p(x|z) in nats, by the model's likelihood. Of a density it may be negative."""


def measure_misfit(
    model: Model,
    images: ImageRows,
    *,
    labels: Labels | None = None,
    cancel: Event | None = None,
    on_progress: Callable[[Progress], None] = ignore_progress,
) -> Misfit:
    """Encode and decode images (N, H, W, C) uint8, by a conditional model as `labels` (N,).

    Raises UserError where the images haven't the model's shape; Cancelled.
    """
    check_shape(model, images)
    squared_error, nll = np.empty((2, len(images)), np.float32)
    for start in range(0, len(images), BATCH):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        chosen = slice(start, start + BATCH)
        piece = _measure(model, np.array(images[chosen]), None if labels is None else labels[chosen])
        squared_error[chosen], nll[chosen] = piece.squared_error, piece.nll
        on_progress(Progress(min(start + BATCH, len(images)), len(images)))
    return Misfit(squared_error, nll)


def _measure(model: Model, images: Images, labels: Labels | None) -> Misfit:
    device = next(model.parameters()).device
    with memory_errors_explained(), torch.inference_mode():
        x = to_floats(torch.from_numpy(images).to(device))
        classes = None if labels is None else torch.from_numpy(labels).to(device)
        output = model.decode_raw(model.encode(x, classes).mean, classes)
        nll = model.likelihood.negative_log_likelihood(output, x)
        squared_error = (model.likelihood.to_image(output) - x).square().flatten(1).mean(1)
        return Misfit(squared_error.cpu().numpy(), nll.cpu().numpy())
