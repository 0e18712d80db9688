"""ONNX graphs, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.foreign.base import foreign_networks
from vae_explorer.core.networks.foreign.labels import Given, Input, told_apart
from vae_explorer.core.networks.foreign.opaque import Floats, Half, OpaqueNetwork, OpaqueSettings

_NUMBERS = {
    "tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
    "tensor(int64)": np.int64, "tensor(int32)": np.int32,
}  # fmt: skip

_WHOLE = ("tensor(int64)", "tensor(int32)")

HOW_TO_INSTALL = "ONNX models need onnx and onnxruntime, which aren't installed: pip install 'vae-explorer[onnx]'."


@foreign_networks.register
class OnnxNetwork(OpaqueNetwork):
    """Runs a decoder's graph, and an encoder's where there is one."""

    name = "onnx"
    title = "ONNX"
    summary = "An imported ONNX graph, run by ONNX Runtime on the CPU."

    class Settings(OpaqueSettings):
        """What is known of the graphs."""

    def make_runner(self) -> OnnxRunner:
        """Make sessions of the graphs. Raises UserError."""
        return OnnxRunner(self.files)


class OnnxRunner:
    """Sessions of ONNX Runtime. Raises UserError where it isn't installed or takes no such graph."""

    def __init__(self, files: Mapping[Half, bytes]) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise UserError(HOW_TO_INSTALL) from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self.sessions: dict[Half, Any] = {
                half: onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
                for half, content in files.items()
            }
        except Exception as error:  # its exceptions have no base of their own
            msg = f"ONNX Runtime can't load the model: {_first_line(error)}."
            raise UserError(msg) from error

    def run(self, half: Half, array: Floats, labels: Given | None = None) -> list[Floats]:
        """Run a graph on a batch, told its classes where it takes any. Raises UserError."""
        session = self.sessions[half]
        given = {one.name: one for one in session.get_inputs()}
        apart = told_apart([Input(one.name, one.type in _WHOLE, one.shape) for one in given.values()])
        batches = [array] if labels is None else [array, labels]
        names = [one.name for one in apart or () if one is not None]
        try:
            feed = {name: _as_taken(batch, given[name]) for name, batch in zip(names, batches, strict=True)}
            outputs = session.run(None, feed)
        except Exception as error:  # its exceptions have no base of their own
            msg = f"ONNX Runtime can't run the model: {_first_line(error)}."
            raise UserError(msg) from error
        return [np.asarray(output, np.float32) for output in outputs]


def _as_taken(batch: Given, taken: Any) -> Given:
    """Bring a batch to the numbers that an input takes, and labels (N,) to as many axes as it has."""
    numbers = batch.astype(_NUMBERS.get(taken.type, np.float32))
    return numbers.reshape(-1, *[1] * (len(taken.shape) - 1)) if numbers.ndim == 1 else numbers


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines() or [type(error).__name__]
    return "".join(filter(str.isprintable, text[0]))[:200].rstrip(".")
