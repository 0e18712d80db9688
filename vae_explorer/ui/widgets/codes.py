"""Latent codes as text."""

from __future__ import annotations

from collections.abc import Sequence


def code_text(code: Sequence[float]) -> str:
    """Write a code as the command line reads it back: “0.31,-1.2”. Six significant digits."""
    return ",".join(f"{value:.6g}" for value in code)


def code_shown(code: Sequence[float]) -> str:
    """Write a code to be read: three decimals, in columns of the same width."""
    return "  ".join(f"{value:+.3f}" for value in code)
