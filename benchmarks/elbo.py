"""Whether the VAE learns as well as others do, and how fast: `python benchmarks/elbo.py [--epochs 20] [--seeds 3]`.

`train`, a plain PyTorch loop, and pythae's VAE train the same network (784-400-20, ReLU, Adam at 1e-3, batches of 128)
from the same first weights on the same 4 500 of the 5 000 sample digits, in turns, with seeds 0, 1, …; once more the
plain loop begins with PyTorch's own weights, to show what those matter. The ELBO is that of the other 500 digits, by
one formula for all, in nats per image, with ten codes drawn for each. The pace is images for a second of the processor,
one thread each, so that other work on the machine doesn't count. `--full` is 60 epochs and five seeds. `--json PATH`
writes the table. For pythae: `pip install --no-deps pythae cloudpickle tqdm`.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from _plain import PlainVae, train_plainly
from _table import Row, print_table
from torch import Tensor
from torch.nn import functional

from vae_explorer.core.batches import split, to_floats
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, read_images
from vae_explorer.core.model import Model
from vae_explorer.core.progress import Control
from vae_explorer.core.training import train

BATCH = 128
DRAWS = 10

Encode = Callable[[Tensor], tuple[Tensor, Tensor]]
Decode = Callable[[Tensor], Tensor]
Coder = tuple[Encode, Decode]
"""(B, C, H, W) -> mean and log-variance (B, D) each; and (B, D) -> logits."""


@dataclass
class Contender:
    """One way of training, and how it did with each seed."""

    title: str
    train: Callable[[int], Coder]
    """From a seed."""
    elbos: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)
    """Images for a second of the processor."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    epochs, seeds = (60, 5) if arguments.full else (arguments.epochs, arguments.seeds)
    training, held_back = _digits()
    contenders = _contenders(training, epochs)
    for seed in range(seeds):
        for contender in contenders:
            started = time.process_time()
            coder = contender.train(seed)
            contender.paces.append(epochs * len(training) / (time.process_time() - started))
            contender.elbos.append(elbo(coder, held_back))
    title = f"VAE on the sample digits, 784-400-20, {epochs} epochs, {seeds} seeds"
    columns = ("trained by", "ELBO", "seeds from", "to", "− plain loop", "images/CPU s", "÷ plain loop")
    print_table(title, columns, [_row(one, contenders[0]) for one in contenders], arguments.json)


def elbo(coder: Coder, x: Tensor) -> float:
    """Return the mean ELBO of images, (N, C, H, W), in nats."""
    encode, decode = coder
    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        mean, log_var = encode(x)
        kl = 0.5 * (log_var.exp() - 1 - log_var + mean.square()).sum(1).mean()
        losses = [
            functional.binary_cross_entropy_with_logits(decode(z).flatten(1), x.flatten(1), reduction="sum") / len(x)
            for z in (mean + (0.5 * log_var).exp() * torch.randn(mean.shape, generator=generator) for _ in range(DRAWS))
        ]
    return -(torch.stack(losses).mean() + kl).item()


def _digits() -> tuple[ImageSet, Tensor]:
    """Return nine tenths of the digits to train on, and the others as (N, 1, 28, 28)."""
    digits = read_images("sample:digits")
    training, held_back = split(len(digits), 0.1, seed=0)
    paths = tuple(digits.paths[index] for index in training)
    labels = None if digits.labels is None else digits.labels[training]
    chosen = replace(digits, images=np.array(digits.images[training]), paths=paths, labels=labels)
    return chosen, to_floats(torch.from_numpy(np.array(digits.images[held_back])))


def _contenders(digits: ImageSet, epochs: int) -> list[Contender]:
    x = to_floats(torch.from_numpy(np.array(digits.images))).contiguous()
    contenders = [
        Contender("plain loop", lambda seed: _plain(_first_weights(digits, seed), x, epochs, seed)),
        Contender("VAE Explorer", lambda seed: _ours(_config(digits, epochs, seed), digits)),
        Contender("plain loop, PyTorch's first weights", lambda seed: _plain(None, x, epochs, seed)),
    ]
    if importlib.util.find_spec("pythae") is None:
        print("pythae is left out; for it: pip install --no-deps pythae cloudpickle tqdm")
        return contenders
    contenders.insert(2, Contender("pythae", lambda seed: _pythae(_first_weights(digits, seed), x, epochs, seed)))
    return contenders


def _plain(weights: list[Tensor] | None, x: Tensor, epochs: int, seed: int) -> Coder:
    torch.manual_seed(seed)
    model = _begun(x, weights)
    train_plainly(model, x, epochs, BATCH)
    return model.encode, model.decode


def _pythae(weights: list[Tensor], x: Tensor, epochs: int, seed: int) -> Coder:
    from _pythae import train_with_pythae

    model = _begun(x, weights)
    train_with_pythae(model, x, epochs, BATCH, seed)
    return model.encode, model.decode


def _begun(x: Tensor, weights: list[Tensor] | None) -> PlainVae:
    model = PlainVae(x.shape[1:])
    if weights is not None:
        model.load_state_dict(dict(zip(model.state_dict(), weights, strict=True)))
    return model


def _first_weights(digits: ImageSet, seed: int) -> list[Tensor]:
    """Return the weights that `train` begins with, in the order of the layers."""
    return list(Model.from_config(_config(digits, 1, seed)).network.state_dict().values())


def _config(digits: ImageSet, epochs: int, seed: int) -> RunConfig:
    return configure(
        digits,
        network="mlp",
        likelihood="bernoulli",
        objective="vae",
        latent_dims=20,
        epochs=epochs,
        batch_size=BATCH,
        learning_rate=1e-3,
        seed=seed,
        device="cpu",
        settings={"hidden": 400, "validation_fraction": 0},
    )


def _ours(config: RunConfig, digits: ImageSet) -> Coder:
    *_, last = train(config, digits, None, Control())
    if last.snapshot is None:
        msg = "training ends with a snapshot"
        raise RuntimeError(msg)
    model = Model.from_config(config)
    model.load_state_dict(dict(last.snapshot.weights))
    return lambda x: _mean_and_log_var(model, x), model.decode_raw


def _mean_and_log_var(model: Model, x: Tensor) -> tuple[Tensor, Tensor]:
    posterior = model.encode(x)
    if posterior.log_var is None:
        msg = "a VAE has a log-variance"
        raise TypeError(msg)
    return posterior.mean, posterior.log_var


def _row(contender: Contender, plain: Contender) -> Row:
    elbos = contender.elbos
    mean = statistics.mean(elbos)
    ratio = statistics.median(own / other for own, other in zip(contender.paces, plain.paces, strict=True))
    return (
        contender.title,
        f"{mean:.2f}",
        f"{min(elbos):.2f}",
        f"{max(elbos):.2f}",
        f"{mean - statistics.mean(plain.elbos):+.2f}",
        statistics.median(contender.paces),
        ratio,
    )


if __name__ == "__main__":
    main()
