"""What must hold before training begins: told in a sentence, rather than found out later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vae_explorer.core.batches import count_held_back
from vae_explorer.core.classes import check_labelled, labels_for
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageRows, ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.parts import parts_of

_MAY_CHANGE = {"training.epochs", "training.learning_rate", "training.device", "data.source"}


def check_trainable(config: RunConfig, images: ImageSet) -> None:
    """Raise UserError where these images can't train this model."""
    check_own(config)
    objective = parts_of(config).objective
    shape, data = images.shape, config.data
    if (shape.size, shape.channels) != (data.image_size, data.channels):
        wanted, found = _in_words(data.image_size, data.channels), _in_words(shape.size, shape.channels)
        msg = f"The model takes {wanted} images, but these are {found}."
        raise UserError(msg)
    if len(images) < 2:
        msg = f"Training needs at least two images; “{images.title}” has {len(images) or 'none'}."
        raise UserError(msg)
    training = len(images) - count_held_back(len(images), data.validation_fraction)
    if config.training.batch_size > training:
        size = config.training.batch_size
        msg = f"The batch size {size} is larger than the {training} images to train on; choose at most {training}."
        raise UserError(msg)
    if config.training.batch_size < objective.least_batch:
        msg = (
            f"“{objective.title}” compares the codes of a batch with each other; choose a batch size of at least "
            f"{objective.least_batch}."
        )
        raise UserError(msg)
    if _all_equal(images.images):
        msg = f"All {len(images)} images of “{images.title}” are equal, so there is nothing to learn from them."
        raise UserError(msg)
    if objective.needs_labels:
        _check_classes(config, images)


def check_own(config: RunConfig) -> None:
    """Raise UserError where the model was trained elsewhere: its objective and its images aren't known well enough."""
    if config.imported:
        msg = "This model was imported, and training it further isn't possible here; train a model of your own instead."
        raise UserError(msg)


def _check_classes(config: RunConfig, images: ImageSet) -> None:
    title = parts_of(config).objective.title
    check_labelled(title, images)
    if not config.model.classes:
        msg = f"“{title}” needs classes, but the run's configuration names none."
        raise UserError(msg)
    labels_for(config.model.classes, images)


def _all_equal(images: ImageRows) -> bool:
    """Whether no image differs from the first. As a rule the second does, so little is read."""
    return all(np.array_equal(image, images[0]) for image in images)


def check_resumable(before: RunConfig, after: RunConfig) -> None:
    """Raise UserError where `after` changes more than a resumed run can: epochs, learning rate, device.

    What was trained elsewhere can't be resumed at all.
    """
    check_own(before)
    for name, old, new in _differences(before.model_dump(), after.model_dump()):
        if name not in _MAY_CHANGE:
            msg = f"“{name}” was {old} when this run began and cannot become {new}: train anew for that."
            raise UserError(msg)


def _differences(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _differences(before, after, f"{prefix}{name}.")
        elif before != after:
            yield f"{prefix}{name}", before, after


def _in_words(size: int, channels: int) -> str:
    return f"{size}×{size} {'grey' if channels == 1 else 'colour'}"
