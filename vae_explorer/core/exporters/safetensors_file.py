"""One safetensors file: the weights, and the settings as JSON in its header."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.core.exporters.base import Exporter, exporters

if TYPE_CHECKING:
    from vae_explorer.core.model import Model


@exporters.register
class SafetensorsFile(Exporter):
    """Weights by name. The header's metadata has `config`, the text of a run's config.json."""

    name = "safetensors"
    title = "safetensors"
    summary = "One file with the weights by name and all settings: what reads safetensors reads it, without unpickling."
    suffix = ".safetensors"

    def check(self, model: Model) -> None:
        """Let every model pass."""

    def write(self, model: Model, path: Path) -> None:
        """Write the weights and, in the same file's metadata, the settings."""
        from safetensors.torch import save_file

        weights = {name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()}
        save_file(weights, path, {"format": "pt", "config": model.config.to_json()})
