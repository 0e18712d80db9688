"""Training by pythae, a library that the benchmarks alone compare with; imported only where it is installed."""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr

import torch
from _plain import PlainVae
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import Tensor

logging.disable(logging.INFO)


class _Encoder(BaseEncoder):  # type: ignore[misc]  # pythae has no types
    def __init__(self, plain: PlainVae) -> None:
        super().__init__()
        self.plain = plain

    def forward(self, x: Tensor) -> ModelOutput:
        mean, log_var = self.plain.encode(x)
        return ModelOutput(embedding=mean, log_covariance=log_var)


class _Decoder(BaseDecoder):  # type: ignore[misc]  # pythae has no types
    def __init__(self, plain: PlainVae) -> None:
        super().__init__()
        self.plain = plain

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=torch.sigmoid(self.plain.decode(z)))


class _Telling(TrainingCallback):  # type: ignore[misc]  # pythae has no types
    def __init__(self, on_step: Callable[[], None]) -> None:
        self._on_step = on_step

    def on_train_step_end(self, *_: object, **__: object) -> None:
        """Pass it on; pythae calls this after each batch."""
        self._on_step()


def train_with_pythae(
    plain: PlainVae,
    images: Tensor,
    epochs: int,
    batch_size: int,
    seed: int,
    on_step: Callable[[], None] = lambda: None,
) -> None:
    """Train on images (N, 1, H, W) in [0, 1] with pythae's own VAE, loss, loader and trainer."""
    settings = VAEConfig(input_dim=tuple(images.shape[1:]), latent_dim=plain.latent_dims, reconstruction_loss="bce")
    # Without images to evaluate on pythae ends in an error, unless it is to keep the best in training.
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        training = BaseTrainerConfig(
            output_dir=folder,
            per_device_train_batch_size=batch_size,
            num_epochs=epochs,
            learning_rate=1e-3,
            keep_best_on_train=True,
            seed=seed,
            no_cuda=True,
        )
        model = VAE(settings, encoder=_Encoder(plain), decoder=_Decoder(plain))
        data = BaseDataset(images, torch.zeros(len(images)))
        BaseTrainer(model, data, training_config=training, callbacks=[_Telling(on_step)]).train()
