"""Models that other libraries save, and how these decode them: what the benchmark of importing compares with."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.trust import digest_of, trust

logging.disable(logging.INFO)
warnings.simplefilter("ignore")

MNIST, DIMS = (1, 28, 28), 10

_WISHES = Wishes(output="sigmoid", activation="relu", posterior="log_var")


@dataclass(frozen=True, eq=False)
class Foreign:
    """A saved model, and what its own library makes of our codes: (B, D) -> (B, C, H, W) in [0, 1]."""

    name: str
    path: Path
    decode: Callable[[Tensor], Tensor]
    wishes: Wishes = Wishes()  # noqa: RUF009  # a frozen value


def make_all(folder: Path) -> Iterator[Foreign]:
    """Make one model of each format, with weights drawn at random from a seed."""
    torch.manual_seed(0)
    yield from _of_pythae(folder)
    yield _burgess(folder / "disentangling-vae")
    yield from _of_diffusers(folder)
    yield from _stacks(folder)
    yield from _whole_files(folder)


def _of_pythae(folder: Path) -> Iterator[Foreign]:
    from pythae.models import VAE, VAEConfig
    from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_VAE_MNIST

    for name, networks in (
        ("pythae, MLP", ()),
        ("pythae, MNIST conv", (Encoder_Conv_VAE_MNIST, Decoder_Conv_AE_MNIST)),
    ):
        config = VAEConfig(input_dim=MNIST, latent_dim=DIMS)
        model = VAE(config, *(network(config) for network in networks)).eval()
        path = folder / name
        model.save(str(path))
        yield Foreign(name, path, partial(_reconstruction, model))


def _reconstruction(model: Any, z: Tensor) -> Tensor:
    image: Tensor = model.decoder(z).reconstruction
    return image


def _burgess(path: Path) -> Foreign:
    """Make disentangling-vae's network, which no package brings: the tests have one of its names and its order."""
    from tests.core.importers import test_disentangling_vae

    tests: Any = test_disentangling_vae  # which have no types
    return Foreign("disentangling-vae, 64 pixels", path, tests.saved(path, channels=3, size=64, dims=DIMS).decode)


def _of_diffusers(folder: Path) -> Iterator[Foreign]:
    import diffusers

    library: Any = diffusers  # whose models have no types
    kl = library.AutoencoderKL(
        block_out_channels=(64, 128, 128), down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3, sample_size=64,
    ).eval()  # fmt: skip
    tiny = library.AutoencoderTiny().eval()
    kl.save_pretrained(folder / "kl")
    tiny.save_pretrained(folder / "tiny")
    scale = kl.config.scaling_factor
    yield Foreign(
        "diffusers AutoencoderKL, 1 024 numbers", folder / "kl",
        lambda z: _brightness(kl.decode(z.view(-1, 4, 16, 16) / scale).sample),
    )  # fmt: skip
    yield Foreign(
        "diffusers AutoencoderTiny, 256 numbers", folder / "tiny",
        lambda z: _brightness(tiny.decode(z.view(-1, 4, 8, 8)).sample), Wishes(image_size=64),
    )  # fmt: skip


def _brightness(sample: Tensor) -> Tensor:
    return ((sample + 1) / 2).clamp(0, 1)


def _stacks(folder: Path) -> Iterator[Foreign]:
    layers = (nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20), nn.Linear(20, 400), nn.Linear(400, 784))
    names = ("fc1", "fc_mu", "fc_logvar", "fc3", "fc4")
    weights = {
        f"{name}.{own}": tensor.detach()
        for name, layer in zip(names, layers, strict=True)
        for own, tensor in layer.named_parameters()
    }

    def decode(z: Tensor) -> Tensor:
        return torch.sigmoid(layers[4](torch.relu(layers[3](z)))).view(-1, *MNIST)

    save_file(weights, folder / "stack.safetensors")
    torch.save(weights, folder / "stack.pt")
    torch.save({"pytorch-lightning_version": "2.5.0", "state_dict": weights}, folder / "stack.ckpt")
    for name, file in (("safetensors", "stack.safetensors"), ("state dict", "stack.pt"), ("Lightning", "stack.ckpt")):
        yield Foreign(f"{name}, 784-400-20", folder / file, decode, _WISHES)


def _whole_files(folder: Path) -> Iterator[Foreign]:
    """Make one decoder in the formats whose files are kept whole; the two that are code count as trusted."""
    import onnxruntime

    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid()).eval()
    example, sizes = torch.zeros(2, 20), ({0: torch.export.Dim("batch")},)
    program = torch.export.export(decoder, (example,), dynamic_shapes=sizes)
    files = {kind: folder / f"decoder{suffix}" for kind, suffix in _SUFFIXES.items()}
    torch.onnx.export(program, f=files["ONNX"], dynamo=True, external_data=False, verbose=False)
    torch.export.save(program, files["torch.export"])
    torch.jit.save(torch.jit.trace(decoder, example), files["TorchScript"])  # type: ignore[no-untyped-call]  # torch's own lack
    session = onnxruntime.InferenceSession(files["ONNX"])

    def by_onnx_runtime(z: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {session.get_inputs()[0].name: z.numpy()})[0]).view(-1, *MNIST)

    for kind, file in files.items():
        trust(file.name, [digest_of(file.read_bytes())])
        run = by_onnx_runtime if kind == "ONNX" else lambda z: decoder(z).view(-1, *MNIST)
        yield Foreign(f"{kind}, 20-400-784", file, run)


_SUFFIXES = {"ONNX": ".onnx", "torch.export": ".pt2", "TorchScript": ".pt"}
