"""pythae: a folder of its own AE or VAE with the network that it builds by default."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters.base import Exporter, exporters

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vae_explorer.core.model import Model

HIDDEN = 512
"""Units of the one hidden layer that pythae's default encoder and decoder have each, with ReLU."""

_ALL = slice(None)


@exporters.register
class PythaeFolder(Exporter):
    """A folder that pythae's `AutoModel.load_from_folder` reads, without any pickled network.

    pythae's default network is one layer of 512 ReLU units each way and a sigmoid. Ours with fewer units is the same
    function once units of weight 0 are added. pythae doesn't clamp the log-variance, which ours does at −30 and 20.
    """

    name = "pythae"
    title = "pythae"
    summary = "A folder for pythae, of a fully connected model with one hidden layer of up to 512 units and a sigmoid."

    def check(self, model: Model) -> None:
        """Raise UserError where pythae's default network can't be this one."""
        if fault := _fault(model):
            default = f"pythae's default network is one hidden layer of {HIDDEN} units and a sigmoid"
            msg = f"{default}; {fault}: export it to onnx or torch-export instead."
            raise UserError(msg)

    def write(self, model: Model, path: Path) -> None:
        """Write the configuration, the weights, and which Python they are of, as pythae does."""
        import torch

        path.mkdir()
        version = {"name": "EnvironmentConfig", "python_version": f"{sys.version_info.major}.{sys.version_info.minor}"}
        for name, content in (("model_config", _configuration(model)), ("environment", version)):
            (path / f"{name}.json").write_text(json.dumps(content), encoding="ascii")
        torch.save({"model_state_dict": _weights(model)}, path / "model.pt")


def _fault(model: Model) -> str:
    """Say what of a model pythae's default network hasn't; empty where nothing is."""
    config = model.config.model
    if config.network != "mlp":
        return f"this model's network is “{config.network}”"
    *hidden, _ = [layer.out_features for layer in _layers(model.network.encoder)]
    if len(hidden) != 1:
        return f"this model has {len(hidden) or 'no'} hidden layer{'s' if hidden else ''}"
    if hidden[0] > HIDDEN:
        return f"this model's hidden layer has {hidden[0]}"
    if config.likelihood != "bernoulli":
        return f"this model's likelihood is “{config.likelihood}”, whose images are no sigmoid of the decoder's output"
    return "this model is conditional, and pythae's is not" if config.classes else ""


def _configuration(model: Model) -> dict[str, Any]:
    """Name pythae's model, in which what trained ours doesn't matter: decoding and encoding are the same."""
    data = model.config.data
    shared = {
        "input_dim": [data.channels, data.image_size, data.image_size],
        "latent_dim": model.latent_dims,
        "uses_default_encoder": True,
        "uses_default_decoder": True,
    }
    if model.config.model.posterior == "none":
        return {"name": "AEConfig", **shared}
    return {"name": "VAEConfig", **shared, "reconstruction_loss": "bce"}


def _weights(model: Model) -> dict[str, Tensor]:
    """Name the layers as pythae does, each hidden one with units added that do nothing."""
    encoder, decoder = _layers(model.network.encoder), _layers(model.network.decoder)
    dims = model.latent_dims
    named = {
        "encoder.layers.0.0": _padded(encoder[0], rows=HIDDEN),
        "encoder.embedding": _padded(encoder[1], columns=HIDDEN, chosen=slice(0, dims)),
        "decoder.layers.0.0": _padded(decoder[0], rows=HIDDEN),
        "decoder.layers.1.0": _padded(decoder[1], columns=HIDDEN),
    }
    if model.config.model.posterior != "none":
        # The notes' σ is half a log-variance.
        times = 2 if model.config.model.posterior == "log_std" else 1
        named["encoder.log_var"] = _padded(encoder[1], columns=HIDDEN, chosen=slice(dims, 2 * dims), times=times)
    return {f"{layer}.{part}": tensor for layer, parts in named.items() for part, tensor in parts.items()}


def _layers(stack: nn.Module) -> Sequence[nn.Linear]:
    from torch import nn

    return [layer for layer in stack.modules() if isinstance(layer, nn.Linear)]


def _padded(
    layer: nn.Linear, rows: int = 0, columns: int = 0, chosen: slice = _ALL, times: float = 1
) -> dict[str, Tensor]:
    """Take the `chosen` outputs of a layer, `times` as large, and zeros up to so many outputs or inputs."""
    from torch.nn import functional

    weight, bias = layer.weight.detach()[chosen] * times, layer.bias.detach()[chosen] * times
    outputs, inputs = weight.shape
    below, beside = max(0, rows - outputs), max(0, columns - inputs)
    return {"weight": functional.pad(weight, (0, beside, 0, below)), "bias": functional.pad(bias, (0, below))}
