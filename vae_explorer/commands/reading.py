"""Images and models for a command, with progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from vae_explorer.commands.console import note, note_skipped
from vae_explorer.commands.progress import progress_display

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.core.config import DataConfig
    from vae_explorer.core.data.base import ImageSet, Progress
    from vae_explorer.core.decoding import Decoder
    from vae_explorer.core.model import Model


def read(images: str, data: DataConfig, cancel: Event | None = None) -> ImageSet:
    """Read images, brought to the shape that `data` says; list the skipped ones. Raises UserError, Cancelled."""
    from vae_explorer.core.data.base import read_images

    with progress_display("Reading images") as display:
        image_set = read_images(images, data.shape, _shown(display.show), cancel)
    note_skipped(image_set.skipped)
    if image_set.note:
        note(image_set.note)
    return image_set


def read_for(model: Model, images: str) -> ImageSet:
    """Read images for a model. Raises UserError."""
    return read(images, model.config.data)


def load_model(run: Path, device: str = "cpu") -> Model:
    """Load a model and bring it to `device`, which is looked for first. Raises UserError."""
    from vae_explorer.core.model import load_model
    from vae_explorer.core.runtime import memory_errors_explained, pick_device

    picked = pick_device(device)
    with memory_errors_explained():
        return load_model(run).to(picked)


def load_encoding_model(run: Path, device: str) -> Model:
    """Load a model that has an encoder: asked before its images are read, which may take long. Raises UserError."""
    from vae_explorer.core.model import check_encodes

    model = load_model(run, device)
    check_encodes(model)
    return model


def load_decoder(run: Path, device: str) -> Decoder:
    """Load a model's decoder, on `device`. Raises UserError."""
    from vae_explorer.core.decoding import Decoder
    from vae_explorer.core.run_folder import RunFolder
    from vae_explorer.core.runtime import memory_errors_explained, pick_device

    picked = pick_device(device)
    folder = RunFolder.open(run)
    with memory_errors_explained():
        decoder = Decoder(folder.config, folder.load_weights(), picked)
    decoder.model.network.check_allowed(folder.path)
    return decoder


def load_stored(path: Path, *names: str) -> NDArray[Any] | None:
    """Read the array in an .npy, or the first of `names` that an .npz has; None without any. Raises UserError."""
    from vae_explorer.core.data.array_files import load_array, refused
    from vae_explorer.core.data.stored import Refused

    try:
        return load_array(path, names)
    except (OSError, Refused) as why:
        raise refused(path, why) from why


def _shown(show: Callable[[int, int], None]) -> Callable[[Progress], None]:
    return lambda progress: show(progress.done, progress.total)
