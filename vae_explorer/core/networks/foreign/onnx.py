"""ONNX graphs, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from vae_explorer.core.errors import UserError
from vae_explorer.core.networks.foreign.base import foreign_networks
from vae_explorer.core.networks.foreign.opaque import Floats, Half, OpaqueNetwork, OpaqueSettings

_NUMBERS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}

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

    def run(self, half: Half, array: Floats) -> list[Floats]:
        """Run a graph on a batch for its one input. Raises UserError."""
        session = self.sessions[half]
        (given,) = session.get_inputs()
        try:
            outputs = session.run(None, {given.name: array.astype(_NUMBERS.get(given.type, np.float32))})
        except Exception as error:  # its exceptions have no base of their own
            msg = f"ONNX Runtime can't run the model: {_first_line(error)}."
            raise UserError(msg) from error
        return [np.asarray(output, np.float32) for output in outputs]


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines() or [type(error).__name__]
    return "".join(filter(str.isprintable, text[0]))[:200].rstrip(".")
