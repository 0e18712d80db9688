"""Which plane is shown: the changes that turn to another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.directions import Directions, directions_through
from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.state import AppState, Code, Pin, with_locks


def changes_to_dims(x_dim: int, y_dim: int) -> dict[str, Any]:
    """Return the changes that show two latent dimensions, all of the data in sight."""
    return {"plane_dims": (x_dim, y_dim), "directions": None, "projection": None, "view": None}


def changes_to_principal(state: AppState) -> dict[str, Any]:
    """Return the changes that show the two principal components of the codes, through their mean. Raises UserError."""
    if state.embedding is None:
        if state.model is not None and not state.model.can_encode:
            msg = "This model is a decoder alone: there are no codes of images to find principal components of."
        else:
            msg = "The images have not been encoded yet."
        raise UserError(msg)
    directions = state.embedding.principal
    return _along(directions, with_locks(state, directions.reference))


def changes_to_pins(pins: Sequence[Pin]) -> dict[str, Any]:
    """Return the changes that show the plane through three pins, with the probe at the first. Raises UserError."""
    first, second, third = pins
    names = (first.name, second.name, third.name)
    directions = directions_through(np.array([pin.code for pin in pins]), names)
    return _along(directions, first.code)


def changes_to_projection(state: AppState, projection: Projection) -> dict[str, Any]:
    """Return the changes that show codes as they are laid out; none where they are no longer those of the embedding."""
    if state.embedding is None or state.embedding.mean is not projection.codes:
        return {}
    return {"projection": projection, "directions": None, "view": None}


def _along(directions: Directions, probe: Code) -> dict[str, Any]:
    return {"directions": directions, "projection": None, "probe": probe, "original": None, "view": None}
