"""Networks that nobody here takes apart: the file itself is kept, and something else runs it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from vae_explorer.core.conditioning import ClassNumbers
from vae_explorer.core.networks.base import NetworkShape
from vae_explorer.core.networks.foreign.base import ForeignNetwork, ForeignSettings
from vae_explorer.core.networks.foreign.labels import Given, LabelKind, given_as
from vae_explorer.core.networks.foreign.spec import Size

Half = Literal["encoder", "decoder"]
Floats = NDArray[np.float32]

MOST_FILE_BYTES = 1 << 33

FileBytes = Annotated[int, Field(ge=0, le=MOST_FILE_BYTES)]
Batch = Annotated[int, Field(ge=0, le=1 << 16)]


class Runner(Protocol):
    """What runs the files."""

    def run(self, half: Half, array: Floats, labels: Given | None = None) -> list[Floats]:
        """Encode or decode a batch, told its classes where the half takes any. Raises UserError."""


class OpaqueSettings(ForeignSettings):
    """What is known of the files."""

    decoder_bytes: Annotated[FileBytes, Field(ge=1)] = Field(description="Size of the decoder's file.")
    encoder_bytes: FileBytes = Field(0, description="Size of the encoder's file; 0 where there is none.")
    code: Annotated[tuple[Size, ...], Field(min_length=1, max_length=3)] = Field(
        description="The shape of a code as the decoder takes it."
    )
    layout: Literal["chw", "hwc"] = Field("chw", description="The order of an image's numbers.")
    image_axes: Annotated[int, Field(ge=1, le=3)] = Field(
        3, description="Axes of an image that the encoder takes: 2 without channels, 1 for pixels in a row."
    )
    heads: Annotated[tuple[Annotated[int, Field(ge=0, le=2)], ...], Field(max_length=2)] = Field(
        (), description="Which of the encoder's outputs are mean and spread; a single one may hold both."
    )
    batches: tuple[Batch, Batch] = Field(
        (0, 0), description="Codes and images that the files take at once; 0 where any number will do."
    )
    labels: tuple[LabelKind, LabelKind] = Field(
        ("none", "none"), description="How decoder and encoder are told the class: not, by its number, or as one-hot."
    )
    output_tanh: bool = Field(default=False, description="Whether the decoder's output is still to go through tanh.")
    parameters: Annotated[int, Field(ge=0)] = Field(0, description="How many weights the files hold.")


class OpaqueNetwork(ForeignNetwork):
    """Keeps the files as bytes among the weights, and runs them on the CPU. A subclass says by what.

    The runner is made when it is first needed, and again after other weights were loaded or the network was copied.
    """

    decodes_side_by_side: ClassVar[bool] = False

    encoder: File
    decoder: File

    def __init__(self, shape: NetworkShape, settings: OpaqueSettings) -> None:
        super().__init__(shape, settings)
        self.ranges = (settings.input_range, settings.output_range)
        self.settings = settings
        self.encoder, self.decoder = File(settings.encoder_bytes), File(settings.decoder_bytes)
        self.runner: Runner | None = None
        self.register_load_state_dict_post_hook(_forget_runner)  # type: ignore[no-untyped-call]

    @abstractmethod
    def make_runner(self) -> Runner:
        """Make what runs the files that are there now. Raises UserError."""

    @property
    def files(self) -> dict[Half, bytes]:
        """The files that there are."""
        halves: dict[Half, File] = {"decoder": self.decoder, "encoder": self.encoder}
        return {half: file.read() for half, file in halves.items() if file.content.numel()}

    @property
    def can_encode(self) -> bool:
        """Whether there is a file for it."""
        return self.settings.encoder_bytes > 0

    def encode(self, x: Tensor) -> Tensor:
        """(B, *encoder_input) -> (B, heads, D)."""
        x, labels = self._take_off_labels(x)
        images = images_for(self.to_input(x), self.settings.layout, self.settings.image_axes)
        outputs = self._run("encoder", images, labels)
        flat = np.concatenate([outputs[head].reshape(len(x), -1) for head in self.settings.heads], axis=1)
        return torch.from_numpy(flat).to(x.device).reshape(len(x), self.shape.heads, -1)

    def decode(self, z: Tensor) -> Tensor:
        """(B, decoder_input) -> (B, C, H, W)."""
        labels = z[:, self.shape.latent_dims :].argmax(1) if self.shape.classes else None
        codes = z[:, : self.shape.latent_dims].reshape(len(z), *self.settings.code)
        flat = torch.from_numpy(self._run("decoder", codes, labels)[0]).to(z.device)
        flat = torch.tanh(flat) if self.settings.output_tanh else flat
        channels, height, width = self.shape.image
        if self.settings.layout == "hwc":
            return self.to_brightness(flat.reshape(len(z), height, width, channels).permute(0, 3, 1, 2))
        return self.to_brightness(flat.reshape(len(z), channels, height, width))

    def make_conditioning(self) -> ClassNumbers:
        """Make what joins the number of the class: the files know what to make of it."""
        _, height, width = self.shape.image
        return ClassNumbers(self.shape.classes, height, width)

    def _take_off_labels(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """(B, *encoder_input) -> images (B, C, H, W), and of a conditional model the numbers of their classes (B,)."""
        if not self.shape.classes:
            return x, None
        return x[:, :-1], x[:, -1, 0, 0].round().long()

    def _run(self, half: Half, batch: Tensor, labels: Tensor | None) -> list[Floats]:
        """Run a half, in as many pieces as its file asks for."""
        if self.runner is None:
            self.runner = self.make_runner()
        array = np.ascontiguousarray(batch.detach().cpu().numpy(), np.float32)
        is_encoder = half == "encoder"
        numbers = np.zeros(len(array), np.int64) if labels is None else labels.detach().cpu().numpy()
        told = given_as(self.settings.labels[is_encoder], numbers, self.shape.classes)
        return run_in_batches(self.runner, half, array, self.settings.batches[is_encoder], told)

    def __deepcopy__(self, memo: dict[int, object]) -> OpaqueNetwork:
        copied = type(self)(self.shape, self.settings).to(self.decoder.content.device)
        copied.load_state_dict(self.state_dict())
        memo[id(self)] = copied
        return copied


class File(nn.Module):
    """A file's bytes, among the weights."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.content = nn.Parameter(torch.zeros(size, dtype=torch.uint8), requires_grad=False)

    def read(self) -> bytes:
        """Return the file."""
        content: bytes = self.content.detach().cpu().numpy().tobytes()
        return content


def images_for(images: Tensor, layout: str, axes: int) -> Tensor:
    """Bring images (B, C, H, W) to what an encoder takes: so many axes beside the batch."""
    ordered = images.permute(0, 2, 3, 1) if layout == "hwc" else images
    if axes == 1:
        return ordered.flatten(1)
    return ordered if axes == 3 else ordered.squeeze(1 if layout == "chw" else 3)


def run_in_batches(runner: Runner, half: Half, array: Floats, size: int, labels: Given | None = None) -> list[Floats]:
    """Run a half on (N, …), in pieces of `size` with the last one filled up; 0: all at once."""
    if not size or len(array) == size:
        return runner.run(half, array, labels)
    pieces = []
    for start in range(0, len(array), size):
        piece = slice(start, start + size)
        told = None if labels is None else _filled_up(labels[piece], size)
        pieces.append(runner.run(half, _filled_up(array[piece], size), told))
    return [np.concatenate(outputs)[: len(array)] for outputs in zip(*pieces, strict=True)]


def _filled_up(array: Given, size: int) -> Given:
    return np.concatenate([array, np.zeros((size - len(array), *array.shape[1:]), array.dtype)])


def _forget_runner(network: OpaqueNetwork, _keys: object) -> None:
    network.runner = None
