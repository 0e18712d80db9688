"""torch.export: a graph of PyTorch's operations, which runs without this program's code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.core.exporters.base import Exporter, exporters, quietly

if TYPE_CHECKING:
    from vae_explorer.core.model import Model


@exporters.register
class TorchExport(Exporter):
    """A folder with `encoder.pt2` and `decoder.pt2` for batches of any size; each has `config.json` inside."""

    name = "torch-export"
    title = "torch.export (.pt2)"
    summary = "A folder with encoder.pt2 and decoder.pt2, which PyTorch runs, compiles and optimises by itself."

    def check(self, model: Model) -> None:
        """Raise UserError where there is no graph to be had."""
        from vae_explorer.core.halves import check_traceable

        check_traceable(model)

    def write(self, model: Model, path: Path) -> None:
        """Trace both halves."""
        import torch

        from vae_explorer.core.halves import halves_of

        settings = {"config.json": model.config.to_json()}
        path.mkdir()
        for half in halves_of(model):
            with quietly():
                torch.export.save(half.trace(), path / f"{half.name}.pt2", extra_files=settings)
