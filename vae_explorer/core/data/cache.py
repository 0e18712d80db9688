"""The image cache: a folder's images at one shape, so that only what changed is decoded again.

One folder for each pair of source and shape holds `images-….npy`, (N, size, size, channels) uint8, and `manifest.json`,
which names it. New images make a new file, and the manifest replaces the old one in one move: whoever has the old file
mapped keeps it, and a crash at any moment leaves the old state or the new.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vae_explorer.core.data.base import Images, ImageShape, Progress
from vae_explorer.core.data.cache_filling import CachedImages, Filling, as_cached
from vae_explorer.core.data.file_list import FileList
from vae_explorer.core.data.image_rows import open_rows
from vae_explorer.core.data.manifest import Manifest, load_manifest

ENVIRONMENT_VARIABLE = "VAE_EXPLORER_CACHE"
"""Names another folder for all caches."""


def cache_home() -> Path:
    """Return the folder of all image caches."""
    override = os.environ.get(ENVIRONMENT_VARIABLE)
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_cache_path("vae-explorer", appauthor=False) / "images"


def cache_folder(source: Path, shape: ImageShape) -> Path:
    """Return the folder where the images of `source` at `shape` are cached."""
    key = os.fsencode(source) + f"\0{shape.size}\0{shape.channels}\0{shape.fit}".encode()
    return cache_home() / hashlib.sha256(key).hexdigest()[:32]


def read_cached(
    source: Path,
    shape: ImageShape,
    files: FileList,
    on_progress: Callable[[Progress], None],
    cancel: threading.Event,
) -> CachedImages:
    """Return the images of `files`, which lie in `source`, decoding only those that are new or have changed.

    Raises Cancelled (what was decoded until then is kept for the next time), and UserError when there is no room.
    """
    folder = cache_folder(source, shape)
    manifest, images = _load(folder, source, shape)
    if manifest.files == files and files:
        on_progress(Progress(len(files), len(files), len(files) - len(images)))
        return as_cached(images, manifest)
    return Filling(folder, manifest, images, files).run(on_progress, cancel)


def _load(folder: Path, source: Path, shape: ImageShape) -> tuple[Manifest, Images]:
    """Open a cache if it is whole and belongs to `source` at `shape`; else start from nothing."""
    manifest = load_manifest(folder)
    if manifest is not None and (manifest.source, manifest.shape) == (str(source), shape):
        try:
            images = open_rows(folder / Path(manifest.image_file).name, (manifest.rows, *shape.array_shape))
        except (OSError, EOFError, ValueError):
            pass  # cut short, or another's: it is made anew
        else:
            return manifest, images
    return Manifest.empty(source, shape), np.empty((0, *shape.array_shape), np.uint8)
