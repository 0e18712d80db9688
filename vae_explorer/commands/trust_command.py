"""`trust`: a run folder that holds code."""

from __future__ import annotations

from vae_explorer.commands.options import Run
from vae_explorer.commands.reading import load_model


def command(run: Run) -> None:
    """Trust the code in RUN, an imported TorchScript or torch.export program, on this machine from now on.

    Its SHA-256 is remembered, so that the same code is trusted wherever it lies. It runs in a process without network
    or files where the system offers that, and could still read what you can read: trust it only if you know who made
    it. All other run folders hold no code, and need no trust.
    """
    from vae_explorer.core.data.base import printable
    from vae_explorer.core.trust import UntrustedError, trust

    name = printable(run.resolve().name)
    try:
        model = load_model(run)
    except UntrustedError as asked:
        trust(asked.name, asked.digests)
        print(f"“{name}” is trusted from now on: {', '.join(f'SHA-256 {digest}' for digest in asked.digests)}.")
        return
    print(f"“{name}” is trusted already." if model.network.is_code else f"“{name}” holds no code: nothing to trust.")
