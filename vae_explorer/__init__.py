"""VAE Explorer: see what a generative model has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from vae_explorer.api import TrainedModel
    from vae_explorer.core.config import PosteriorKind
    from vae_explorer.core.importers.wishes import Layout, OutputKind
    from vae_explorer.core.networks.foreign.names import ActivationName

__all__ = ["__version__", "load"]

__version__ = "0.1.0"


def load(
    path: str | os.PathLike[str],
    device: str = "auto",
    *,
    image_size: int | None = None,
    channels: int | None = None,
    latent_dims: int | None = None,
    output: OutputKind | None = None,
    layout: Layout | None = None,
    posterior: PosteriorKind | None = None,
    activation: ActivationName | None = None,
    slope: float | None = None,
    plain: Sequence[str] = (),
    classes: int | None = None,
    trust: bool = False,
) -> TrainedModel:
    """Load a model to encode and decode numpy arrays with: a run folder, or what `vae-explorer import` reads.

    `device` is “auto” (the fastest there is), “cpu”, “cuda:0”, … The others are the options of `import`. They say what
    the files of another library's model don't tell, or correct what was found wrongly; None: find out.

    `image_size`: height and width of its images, 4 to 1024. `channels`: 1 for grey images, 3 for colour. `latent_dims`:
    numbers in a code. `output`: what the decoder's last layer gives; “sigmoid” or “tanh” where that is still to be
    applied, “raw” for brightness from 0 to 1, “signed” for brightness from −1 to 1. `layout`: the order of an image's
    numbers, “chw” or “hwc”. `posterior`: the encoder's second output, “log_var”, “log_std” or “none”. `activation`:
    what stands between the layers, “relu” say; `slope`: of “leaky-relu” below 0, 0 to 1; `plain`: names of the layers
    that none follows. `classes`: how many a conditional model tells apart. `trust`: run the model's code (TorchScript,
    .pt2), in a process without network or files where the system offers that; its SHA-256 is remembered.

    Raises UserError with one sentence, also where a value is none that an option can have.
    """
    from vae_explorer.api import TrainedModel  # torch takes a second to import, which the window can't wait for
    from vae_explorer.core.importers.wishes import read_wishes

    options = {
        "image_size": image_size, "channels": channels, "latent_dims": latent_dims, "output": output, "layout": layout,
        "posterior": posterior, "activation": activation, "slope": slope, "plain": plain, "classes": classes,
    }  # fmt: skip
    return TrainedModel.load(path, device, read_wishes(options), trust=trust)
