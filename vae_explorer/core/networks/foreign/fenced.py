"""Models that are code: TorchScript and torch.export, run in a process with fences around it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from vae_explorer.core.networks.foreign.base import foreign_networks
from vae_explorer.core.networks.foreign.opaque import OpaqueNetwork, OpaqueSettings
from vae_explorer.core.sandbox.process import Fenced, fenced_with
from vae_explorer.core.trust import check_trusted, trusting_command


@foreign_networks.register
class FencedNetwork(OpaqueNetwork):
    """Runs somebody's code, and only where a person trusts it: a run folder that holds some is asked about too."""

    name = "fenced"
    title = "PyTorch code"
    summary = "An imported TorchScript or torch.export program, run in a process without network or files."

    is_code = True

    class Settings(OpaqueSettings):
        """What is known of the code."""

        kind: Literal["torchscript", "torch-export"] = Field(description="What the files are.")

    settings: Settings

    def check_allowed(self, run: Path) -> None:
        """Raise UntrustedError where nobody trusts the code."""
        check_trusted(run.resolve().name, *self.files.values(), command=trusting_command(run))

    def make_runner(self) -> Fenced:
        """Start the process and load the code. Raises UntrustedError, UserError."""
        files = self.files
        check_trusted("This model", *files.values(), command="vae-explorer trust RUN")
        return fenced_with(self.settings.kind, files)
