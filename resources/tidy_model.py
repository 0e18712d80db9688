"""Tidy a trained VAE without changing what it decodes of images: `python resources/tidy_model.py RUN`.

Codes are moved and scaled so that each dimension has mean 0 and variance 1, as N(0, 1) has; dimensions that tell images
apart come first, those with most KL at the head; and those that tell nothing are cut off. The encoder's last layer and
the decoder's first take this up. What only resuming needs is removed: the optimiser knows nothing of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vae_explorer.core.data.base import read_images
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model, load_model
from vae_explorer.core.run_folder import RESUME, RunFolder

Floats = NDArray[np.float32]

_ACTIVE_VARIANCE = 0.01
"""A dimension is active where the means of its posteriors vary more than this: Burda et al. 2015, section 5."""


def main(run: Path) -> None:
    """Tidy the model in `run`, and say what became of its dimensions. Raises UserError."""
    model = load_model(run)
    config = model.config
    codes = encode_images(model, read_images(config.data.source, config.data.shape).images)
    if codes.log_var is None:
        msg = "A plain autoencoder's codes have no spread to be tidied by."
        raise UserError(msg)
    scale = np.sqrt(codes.mean.var(axis=0) + np.exp(codes.log_var).mean(axis=0))
    order, active = _order((codes.mean - codes.mean.mean(axis=0)) / scale, codes.log_var - 2 * np.log(scale))
    with torch.no_grad():
        _standardise(model, codes.mean.mean(axis=0), scale)
        _arrange(model, order, active)
    RunFolder.open(run).save_weights(model.state_dict())
    for file in run.glob(f"{Path(RESUME).stem}.*"):
        file.unlink()
    print(f"{run}: {active} active dimensions, which were {order[:active].tolist()}.")


def _order(mean: Floats, log_var: Floats) -> tuple[NDArray[np.int64], int]:
    """Return the dimensions, active ones first and by their KL, and how many are active. (N, D), (N, D) -> (D,)."""
    kl = 0.5 * (np.exp(log_var) - 1 - log_var + mean**2).mean(axis=0)
    is_active = mean.var(axis=0) > _ACTIVE_VARIANCE
    return np.lexsort((-kl, ~is_active)), int(is_active.sum())


def _layers(model: Model) -> tuple[nn.Linear, nn.Linear]:
    """Return the encoder's last layer, which gives the means and then the log-variances, and the decoder's first."""
    to_code = [one for one in model.network.encoder.modules() if isinstance(one, nn.Linear)][-1]
    return to_code, next(one for one in model.network.decoder.modules() if isinstance(one, nn.Linear))


def _standardise(model: Model, middle: Floats, scale: Floats) -> None:
    """Let codes be (z − middle) / scale."""
    to_code, from_code = _layers(model)
    shift, factor, dims = torch.from_numpy(middle), torch.from_numpy(scale), len(scale)
    from_code.bias.add_(from_code.weight @ shift)
    from_code.weight.mul_(factor)
    to_code.bias[:dims].sub_(shift).div_(factor)
    to_code.weight[:dims].div_(factor[:, None])
    to_code.bias[dims:].sub_(2 * factor.log())


def _arrange(model: Model, order: NDArray[np.int64], active: int) -> None:
    """Put the dimensions in order, and let those after the active ones be N(0, 1) for every image."""
    to_code, from_code = _layers(model)
    places = torch.from_numpy(order)
    from_code.weight[:] = from_code.weight[:, places]
    from_code.weight[:, active:] = 0
    for part in (to_code.weight, to_code.bias):
        heads = part.view(-1, len(order), *part.shape[1:])
        heads[:] = heads[:, places]
        heads[:, active:] = 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
