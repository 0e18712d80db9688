"""Training by pythae, a library that the benchmarks alone compare with; imported only where it is installed."""

from __future__ import annotations

import io
import logging
import tempfile
from contextlib import redirect_stderr

import torch
from _plain import PlainVae
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
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


def train_with_pythae(plain: PlainVae, images: Tensor, epochs: int, batch_size: int, seed: int) -> None:
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
        BaseTrainer(model, BaseDataset(images, torch.zeros(len(images))), training_config=training).train()
