"""ONNX: a graph that runtimes of many languages and devices run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters.base import Exporter, check_installed, exporters, quietly

if TYPE_CHECKING:
    import onnx

    from vae_explorer.core.halves import Half
    from vae_explorer.core.model import Model

_MOST_BYTES = 2**31 - 2**20
"""Of weights: an ONNX file is a protobuf message, which ends at 2 GiB."""


@exporters.register
class OnnxFolder(Exporter):
    """A folder with `encoder.onnx` and `decoder.onnx` for batches of any size; the metadata of each has `config`."""

    name = "onnx"
    title = "ONNX"
    summary = "A folder with encoder.onnx and decoder.onnx, for ONNX Runtime and all else that reads ONNX."

    def check(self, model: Model) -> None:
        """Raise UserError where the weights are too many for a file, or ONNX isn't installed."""
        from vae_explorer.core.halves import check_traceable

        check_traceable(model)
        check_installed("Writing ONNX", "onnx", ("onnx", "onnxscript"))
        if 4 * model.count_parameters() > _MOST_BYTES:
            msg = "An ONNX file holds at most 2 GB of weights, and this model has more; safetensors has no such limit."
            raise UserError(msg)

    def write(self, model: Model, path: Path) -> None:
        """Trace both halves, and write them with their weights inside."""
        import onnx

        from vae_explorer.core.halves import halves_of

        path.mkdir()
        for half in halves_of(model):
            graph = _traced(half)
            onnx.helper.set_model_props(graph, {"config": model.config.to_json()})
            onnx.save_model(graph, path / f"{half.name}.onnx")


def _traced(half: Half) -> onnx.ModelProto:
    """Put what a half does with a batch of any size into ONNX's operations."""
    import torch

    with quietly():
        program = torch.onnx.export(
            half.trace(),
            dynamic_shapes=half.dynamic_shapes,
            input_names=half.inputs,
            output_names=half.outputs,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        msg = "torch wrote no ONNX graph"
        raise RuntimeError(msg)
    return program.model_proto
