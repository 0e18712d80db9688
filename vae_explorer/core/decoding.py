"""From codes to images, with weights that nobody trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import Images
from vae_explorer.core.errors import UserError
from vae_explorer.core.frozen import lay_out
from vae_explorer.core.model import Model, load_weights
from vae_explorer.core.runtime import memory_errors_explained

Floats = NDArray[np.float32]
Number = TypeVar("Number", np.uint8, np.float32)

_VALUES_AT_ONCE = 4_000_000
"""Codes are decoded in pieces of about so many output values, which bounds memory; of those of the widest layer where
that is wider."""

_VALUES_IN_CACHE = 320_000
"""On a processor, whose cache holds what lies between the layers of so many: 26 of 64×64 pixels in colour take half
as long each as 400 at once."""


class Decoder:
    """Owns a copy of a model. `weights` may come from any training snapshot.

    Used by one thread at a time or, where the model `decodes_side_by_side`, by several, but for `swap`.
    """

    def __init__(self, config: RunConfig, weights: Mapping[str, Tensor], device: str | torch.device = "cpu") -> None:
        model = Model.from_config(config).requires_grad_(requires_grad=False)
        # Convolutions decode a mosaic almost twice as fast with channels last.
        self.model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        lay_out(self.model)
        self.config = config
        self._device = torch.device(device)
        size, channels = config.data.image_size, config.data.channels
        self._on_processor = self._device.type == "cpu"
        self._shape = size, size, channels
        self._at_once = model.images_at_once(_VALUES_IN_CACHE if self._on_processor else _VALUES_AT_ONCE)
        load_weights(self.model, weights)

    def swap(self, weights: Mapping[str, Tensor]) -> None:
        """Take other weights of the same model, a snapshot's say, by copying them."""
        self.model.load_state_dict(dict(weights))

    def decode(self, codes: ArrayLike, labels: ArrayLike | None = None) -> Images:
        """Decode codes (N, D) to the expected images, (N, H, W, C) uint8, contiguous. Raises UserError.

        A conditional model decodes them as the classes `labels`, (N,) or one for all; without, as its first class.
        """
        return self._in_pieces(codes, labels, to_bytes, np.uint8)

    def decode_floats(self, codes: ArrayLike, labels: ArrayLike | None = None) -> Floats:
        """Decode as `decode` does, but without rounding: (N, H, W, C) float32 in [0, 1]. Raises UserError."""
        return self._in_pieces(codes, labels, channels_last, np.float32)

    def _in_pieces(
        self, codes: ArrayLike, labels: ArrayLike | None, told: Callable[[Tensor], Tensor], kind: type[Number]
    ) -> NDArray[Number]:
        """Decode codes (N, D), and tell the images as numbers of a kind."""
        z = np.ascontiguousarray(codes, np.float32)
        if z.ndim != 2 or z.shape[1] != self.model.latent_dims:
            msg = f"This model's codes have {self.model.latent_dims} numbers, but {_shape(z)} given."
            raise UserError(msg)
        classes = self._classes(labels, len(z))
        images = np.empty((len(z), *self._shape), kind)
        for piece in self._pieces(len(z)):
            self._decode(z[piece], classes[piece], told, images[piece])
        return images

    def _pieces(self, count: int) -> Iterator[slice]:
        """Cut so many codes into pieces that are decoded at once.

        On a processor they have few sizes, since oneDNN keeps a kernel for each.
        """
        start = 0
        while start < count:
            size = min(self._at_once, count - start)
            size = usual_size(size) if self._on_processor else size
            yield slice(start, start + size)
            start += size

    def _classes(self, labels: ArrayLike | None, count: int) -> NDArray[np.int64]:
        """Return the class of each code. Raises UserError where the model doesn't know one."""
        classes = np.broadcast_to(np.asarray(0 if labels is None else labels, np.int64), count)
        known = max(1, len(self.config.model.classes))
        if count and not 0 <= classes.min() <= classes.max() < known:
            msg = f"This model has {known} class{'' if known == 1 else 'es'}, numbered from 0."
            raise UserError(msg)
        return classes

    def _decode(
        self, z: Floats, classes: NDArray[np.int64], told: Callable[[Tensor], Tensor], into: NDArray[Any]
    ) -> None:
        conditional = self.model.conditioning is not None
        with memory_errors_explained(), torch.inference_mode():
            labels = torch.from_numpy(classes.copy()).to(self._device) if conditional else None
            images = self.model.decode(torch.from_numpy(z).to(self._device), labels)
            torch.from_numpy(into).copy_(told(images))


def usual_size(most: int) -> int:
    """Return the largest of 1, 2, 3, 4, 6, 8, 12, 16, 24 … that is no larger than `most`, which is 1 at least."""
    power = 1 << (most.bit_length() - 1)
    return power + power // 2 if power + power // 2 <= most else power


def to_bytes(images: Tensor) -> Tensor:
    """(B, C, H, W) in [0, 1] -> (B, H, W, C) uint8, rounded, on the same device."""
    return channels_last(images).mul(255).round_().to(torch.uint8)


def channels_last(images: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H, W, C), on the same device."""
    return images.permute(0, 2, 3, 1)


def _shape(z: NDArray[np.float32]) -> str:
    if z.ndim == 2:
        return f"{z.shape[1]} were"
    return f"an array of {'×'.join(map(str, z.shape)) or 'no axes'} instead of N×D was"
