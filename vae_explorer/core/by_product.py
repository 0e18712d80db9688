"""Codes that training computes anyway: whoever watches need not encode the images again."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_explorer.core.batches import Indices
from vae_explorer.core.posterior import Posterior
from vae_explorer.core.runtime import send

Floats = NDArray[np.float32]


class Codes:
    """The posterior of each of N images, by the weights of the step that saw it last. Lives on the device."""

    def __init__(self, images: int, latent_dims: int, device: torch.device) -> None:
        self._mean = torch.full((images, latent_dims), math.nan, device=device)
        self._log_var: Tensor | None = None

    def put(self, chosen: Indices, posterior: Posterior) -> None:
        """Take the posterior (B, D) of the images with these numbers, (B,)."""
        where = send(torch.from_numpy(chosen), self._mean.device)
        self._mean[where] = posterior.mean.detach()
        if posterior.log_var is not None:
            if self._log_var is None:
                self._log_var = torch.full_like(self._mean, math.nan)
            self._log_var[where] = posterior.log_var.detach()

    def copies(self) -> tuple[Floats, Floats | None]:
        """Copy means and log-variances (N, D) to the CPU; NaN where no step has seen an image."""
        log_var = None if self._log_var is None else _copy(self._log_var)
        return _copy(self._mean), log_var


def _copy(tensor: Tensor) -> Floats:
    return np.asarray(tensor.to("cpu", copy=True).numpy(), np.float32)
