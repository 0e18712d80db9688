"""ONNX files: a decoder, or a folder with decoder.onnx and encoder.onnx."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import Imported, Importer, importers, origin
from vae_explorer.core.importers.conditional import inputs_of, named_classes
from vae_explorer.core.importers.files import check_affordable, inside
from vae_explorer.core.importers.halves import opaque_model
from vae_explorer.core.importers.pairs import halves_in
from vae_explorer.core.importers.told import Told
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.networks.foreign.labels import Input
from vae_explorer.core.networks.foreign.onnx import HOW_TO_INSTALL, OnnxRunner
from vae_explorer.core.networks.foreign.opaque import Half
from vae_explorer.core.networks.foreign.specs import MOST_VALUES

if TYPE_CHECKING:
    import onnx

SUFFIX = ".onnx"

_MOST_BYTES = 2**31 - 2**20
"""Of a graph with its weights: a protobuf message ends at 2 GiB."""


@importers.register
class Onnx(Importer):
    """Keeps the graphs as they are; ONNX Runtime runs them."""

    name = "onnx"
    title = "ONNX (a decoder.onnx, alone or with an encoder.onnx in one folder)"
    summary = "Graphs of any framework, run by ONNX Runtime."

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it is such a file, or a folder with one."""
        return bool(halves_in(path, SUFFIX))

    @classmethod
    def load(cls, path: Path, wishes: Wishes) -> Imported:
        """Read the graphs with their weights, and try them out. Raises UserError."""
        graphs = {half: read_graph(file) for half, file in halves_in(path, SUFFIX).items()}
        files: dict[Half, bytes] = {half: graph.SerializeToString() for half, graph in graphs.items()}
        told = {half: _told(graph, half) for half, graph in graphs.items()}
        named = named_classes(_settings(graphs["decoder"]))
        return opaque_model(origin(cls, path), "onnx", files, OnnxRunner(files), told, wishes, named)


def read_graph(path: Path) -> onnx.ModelProto:
    """Read a graph, with the weights that lie in files beside it. Raises UserError before much memory is taken."""
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise UserError(HOW_TO_INSTALL) from error
    check_affordable(path)
    try:
        graph = onnx.load_model_from_string(path.read_bytes())
    except (DecodeError, OSError, ValueError) as error:
        raise _unusable(path, "it is damaged, or no ONNX file") from error
    _take_in_weights(graph, path)
    _check_values(graph, path)
    try:
        onnx.checker.check_model(graph)
        inferred = onnx.shape_inference.infer_shapes(graph, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError, RuntimeError) as error:
        raise _unusable(path, "it is damaged, or no whole graph") from error
    for value in (*inferred.graph.value_info, *inferred.graph.output):
        if math.prod(size or 1 for size in _sizes(value)) > MOST_VALUES:
            raise _unusable(path, f"“{printable(value.name)}” in it would be larger than can be held")
    return graph


def _take_in_weights(graph: onnx.ModelProto, path: Path) -> None:
    """Read weights from files beside the graph, inside its folder only, and put them into it. Raises UserError."""
    from onnx import TensorProto

    total = path.stat().st_size
    for tensor in _tensors(graph):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        where = {entry.key: entry.value for entry in tensor.external_data}
        file = inside(path.parent, where.get("location", ""))
        size = file.stat().st_size
        try:
            offset = int(where.get("offset", 0))
            length = int(where.get("length", size - offset))
        except ValueError as error:
            raise _unusable(path, "it doesn't say where its weights lie") from error
        total += length
        if not (0 <= offset <= offset + length <= size):
            raise _unusable(path, f"“{printable(file.name)}” is shorter than what is to be read from it")
        if total > _MOST_BYTES:
            raise _unusable(path, "it has more than 2 GB of weights")
        with file.open("rb") as content:
            content.seek(offset)
            tensor.raw_data = content.read(length)
        tensor.data_location = TensorProto.DEFAULT
        del tensor.external_data[:]


def _check_values(graph: onnx.ModelProto, path: Path) -> None:
    """Raise UserError where a weight isn't as large as it says, or holds no finite numbers."""
    import onnx

    for tensor in _tensors(graph):
        named = printable(tensor.name)
        if any(size < 0 for size in tensor.dims) or math.prod(tensor.dims) > _MOST_BYTES:
            raise _unusable(path, f"“{named}” claims to be larger than what is stored")
        try:
            values = onnx.numpy_helper.to_array(tensor)
        except (ValueError, TypeError, RuntimeError) as error:
            raise _unusable(path, f"“{named}” isn't as large as it claims") from error
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise _unusable(path, f"“{named}” holds values that are NaN or infinite")


def _tensors(message: Any) -> Iterator[Any]:
    """Yield every tensor in a protobuf message, wherever it may be: weights, constants, graphs within nodes."""
    from onnx import TensorProto

    if isinstance(message, TensorProto):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for one in value if hasattr(value, "__len__") else (value,):
                yield from _tensors(one)


def _told(graph: onnx.ModelProto, half: Half) -> Told:
    """Read off a graph what it says of its inputs, its outputs and its weights. Raises UserError."""
    from onnx import TensorProto

    numbers = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE}
    weights = [list(weight.dims) for weight in graph.graph.initializer if weight.dims and weight.data_type in numbers]
    given = {weight.name for weight in graph.graph.initializer}
    inputs = [value for value in graph.graph.input if value.name not in given]
    whole = (TensorProto.INT64, TensorProto.INT32)
    taken, label = inputs_of(
        half, [Input(one.name, one.type.tensor_type.elem_type in whole, _sizes(one)) for one in inputs]
    )
    outputs = [value.name for value in graph.graph.output]
    maker = next((node.op_type for node in graph.graph.node if outputs[:1] == list(node.output)[:1]), "")
    return Told(taken.sizes or None, maker, outputs, weights, label)


def _settings(graph: onnx.ModelProto) -> str:
    """Return the settings that this program's export has written into a graph; nothing where there are none."""
    return next((str(entry.value) for entry in graph.metadata_props if entry.key == "config"), "")


def _sizes(value: onnx.ValueInfoProto) -> list[int | None]:
    """List the sizes of a value; None for what may be any."""
    shape = value.type.tensor_type.shape
    return [size.dim_value if size.HasField("dim_value") and size.dim_value > 0 else None for size in shape.dim]


def _unusable(path: Path, why: str) -> UserError:
    return UserError(f"“{printable(path.name)}” can't be read: {why}.")
