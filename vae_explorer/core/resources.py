"""Files that come with the program."""

from __future__ import annotations

from pathlib import Path

from vae_explorer.core.errors import UserError

_PACKAGE = Path(__file__).resolve().parents[1]
_HOMES = (_PACKAGE / "resources", _PACKAGE.parent / "resources")
"""Where an installed wheel has them, and where a checkout has them."""


def resource(*parts: str) -> Path:
    """Return the path of a packaged file or folder: `resource("samples", "digits.npz")`. Raises UserError."""
    for home in _HOMES:
        path = home.joinpath(*parts)
        if path.exists():
            return path
    msg = f"“{'/'.join(parts)}” is missing from this installation of VAE Explorer: install it again."
    raise UserError(msg)
