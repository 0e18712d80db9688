"""VAE Explorer: see what a generative model has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from vae_explorer.api import TrainedModel

__all__ = ["__version__", "load"]

__version__ = "0.1.0"


def load(path: str | os.PathLike[str], device: str = "auto") -> TrainedModel:
    """Load a model to encode and decode numpy arrays with: a run folder, or what `vae-explorer import` reads.

    `device` is “auto” (the fastest there is), “cpu”, “cuda:0”, … Raises UserError with one sentence.
    """
    from vae_explorer.api import TrainedModel  # torch takes a second to import, which the window can't wait for

    return TrainedModel.load(path, device)
