"""What else changes in the state where another model decodes, or where codes come. No torch here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vae_explorer.core.latent.offered import MOST_SINGLE
from vae_explorer.services.colouring import changes_to_fit
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.planes import changes_to_principal
from vae_explorer.services.state import AppState, Embedding


def changes_to_model(model: ModelInfo) -> dict[str, Any]:
    """Return the changes that show another model, from the origin of its latent space."""
    dims = model.latent_dims
    return {
        "model": model,
        "embedding": None,
        "probe": (0.0,) * dims,
        "plane_dims": (0, min(1, dims - 1)),
        "view": None,
        "original": None,
        "condition": 0,
        "directions": None,
        "projection": None,
        "selection": None,
        "locked": frozenset(),
        "pins": (),
    }


def changes_to_codes(state: AppState, embedding: Embedding) -> dict[str, Any]:
    """Return the changes that go with codes that came: of other images, or of the same by newer weights."""
    before, changes = state.embedding, {}
    if before is None or embedding.images is not before.images:
        changes = {"hidden": frozenset(), "original": None, "selection": None} | changes_to_fit(state, embedding)
        if embedding.mean.shape[1] > MOST_SINGLE and len(embedding.mean) > 1:
            # Two of thousands of dimensions show next to nothing.
            changes |= changes_to_principal(replace(state, embedding=embedding, locked=frozenset()))
    elif state.original is not None:
        # While training goes on the image's code moves, and only what is decoded there is its reconstruction.
        changes = {"probe": embedding.code(state.original)}
    if state.projection is not None and state.projection.codes is not embedding.mean:
        changes |= {"projection": None, "view": None}  # it laid out codes that have moved since
    return changes
