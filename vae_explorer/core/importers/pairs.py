"""Models in two files, or in one: which of them decodes and which encodes."""

from __future__ import annotations

from pathlib import Path

from vae_explorer.core.networks.foreign.opaque import Half


def halves_in(path: Path, *suffixes: str) -> dict[Half, Path]:
    """Find a model's files: a file is a decoder; a folder has a decoder.SUFFIX, and may have an encoder.SUFFIX.

    Empty where there is none. Never raises.
    """
    try:
        if path.is_file():
            return {"decoder": path} if path.suffix.lower() in suffixes else {}
        for suffix in suffixes:
            halves: dict[Half, Path] = {"decoder": path / f"decoder{suffix}", "encoder": path / f"encoder{suffix}"}
            if halves["decoder"].is_file():
                return {half: file for half, file in halves.items() if file.is_file()}
    except (OSError, ValueError):
        pass
    return {}
