"""A look at a foreign model before it is imported: what is found, what is missing, and what it decodes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from vae_explorer.core.data.base import Images
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import UnclearError, import_model
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.trust import UntrustedError

SAMPLES = 9

_MOST_VALUES = 1 << 18
"""In an image: of larger ones, which take a second each, one is enough."""


@dataclass(frozen=True, eq=False)
class Examination:
    """What a look at a model's files says."""

    found: Wishes
    images: Images | None = None
    """(n, H, W, C) what codes drawn from N(0, I) decode to; None where it can't be read so."""
    problem: str = ""
    """One sentence; empty where it can be read."""
    missing: tuple[str, ...] = ()
    """Which wishes would help."""
    notes: tuple[str, ...] = ()
    untrusted: UntrustedError | None = None
    """What to trust, where the model is code that nobody has said to trust yet."""


def examine(path: Path, wishes: Wishes) -> Examination:
    """Read a foreign model as `wishes` say and decode a few codes; nothing is written. Never raises UserError."""
    try:
        imported = import_model(path, wishes)
        data = imported.config.data
        count = SAMPLES if data.image_size**2 * data.channels < _MOST_VALUES else 1
        codes = torch.randn(count, imported.config.model.latent_dims, generator=torch.Generator().manual_seed(0))
        images = Decoder(imported.config, imported.weights).decode(codes.numpy())
    except UnclearError as error:
        return Examination(wishes, problem=str(error), missing=error.wishes)
    except UntrustedError as error:
        return Examination(wishes, problem=str(error), untrusted=error)
    except UserError as error:
        return Examination(wishes, problem=str(error))
    return Examination(imported.found, images, notes=imported.notes)
