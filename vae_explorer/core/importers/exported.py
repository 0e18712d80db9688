"""Models of this program that were exported as one safetensors file: settings and weights, nothing to be found out."""

from __future__ import annotations

from pathlib import Path

from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, importers
from vae_explorer.core.importers.files import read_tensors
from vae_explorer.core.importers.wishes import Wishes


@importers.register
class Exported(Importer):
    """Makes a run of it again."""

    name = "exported"
    title = "a safetensors file that this program exported"
    summary = "Models that export --to safetensors wrote here."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether the file's metadata has the settings of a run."""
        return path.suffix.lower() == ".safetensors" and '"schema_version"' in _settings(path)

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:  # noqa: ARG003  # nothing is left to wish for
        """Read settings and weights. Raises UserError."""
        try:
            config = RunConfig.from_json(_settings(path))
        except UserError as error:
            msg = f"The settings in “{path.name}” can't be used: {error}"
            raise UserError(msg) from error
        data = config.data
        found = Wishes(data.image_size, data.channels, config.model.latent_dims)
        return Imported(config, read_tensors(path), found=found)


def _settings(path: Path) -> str:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return str((file.metadata() or {}).get("config", ""))
    except (SafetensorError, OSError, ValueError, RuntimeError):
        return ""
