"""The process that runs a model's code: `python -m vae_explorer.core.sandbox.child KIND MEMORY_BYTES CALL_LIMIT_S`.

It answers what comes on its standard input. All fences stand before the first byte of the model is looked at.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from vae_explorer.core.sandbox import fences
from vae_explorer.core.sandbox.messages import Array, receive, send

GRACE_S = 5
"""The other side stops a call that takes too long; where that side is gone, this one ends itself so much later."""

MOST_BYTES = 1 << 34
MOST_OUTPUTS, MOST_WEIGHTS = 3, 10_000


def main() -> None:
    """Fence this process in, then answer until the other side closes the pipe."""
    kind, memory_bytes, limit_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    requests, answers = _pipes()
    standing = [fences.NO_NETWORK] if fences.leave_the_network() else []
    if standing:
        _go_on_as_child()
    _import_all(kind)
    tempfile.tempdir = str(Path.cwd().root)  # torch asks for its name, and looking for it would mean to write
    fences.limit_resources(memory_bytes)
    send(answers, {"fences": standing + fences.raise_fences()})
    with contextlib.suppress(EOFError):
        _answer(requests, answers, limit_s)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the two pipes away from what the model's code may print or read."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    return requests, answers


def _go_on_as_child() -> None:
    """Go on in a child, the first of its own namespace of processes: when it ends, so does all that it began.

    This process waits for it, and ends it when nobody is left who asks.
    """
    asker = os.getppid()
    child = os.fork()
    if child == 0:
        return
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if os.getppid() != asker:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.2)
    os._exit(0)


def _import_all(kind: str) -> None:
    """Import what loading will need, by loading something of our own: torch makes a folder for caches meanwhile."""
    import torch

    from vae_explorer.core import runtime  # noqa: F401  # wanted where memory is short

    if kind == "torch-export":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = io.BytesIO()
            torch.export.save(torch.export.export(torch.nn.Identity(), (torch.zeros(1),)), file)
            _run(_load(kind, "decoder", file.getvalue())[0], "decoder", np.zeros(1, np.float32))


def _answer(requests: BinaryIO, answers: BinaryIO, limit_s: int) -> None:
    loaded: dict[str, Any] = {}
    while True:
        request, arrays = receive(requests, MOST_BYTES)
        try:
            with _ending_by_itself(limit_s), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer, outputs = _do(loaded, request, arrays)
        except Exception as error:  # noqa: BLE001  # whatever the model's code raises is the answer
            answer, outputs = {"error": _in_words(error)[:300]}, []
        send(answers, answer, outputs)


def _in_words(error: Exception) -> str:
    """Name what was raised, and give its last line: TorchScript's own begins with the name."""
    from vae_explorer.core.runtime import is_out_of_memory

    if is_out_of_memory(error):
        return "it needs more memory than there is"
    lines = str(error).strip().splitlines()
    name = f"{type(error).__name__}: "
    return name + (lines[-1].removeprefix(name) if lines else "")


@contextlib.contextmanager
def _ending_by_itself(limit_s: int) -> Iterator[None]:
    alarm = getattr(signal, "alarm", lambda _: 0)  # Windows has none
    alarm(limit_s + GRACE_S)
    try:
        yield
    finally:
        alarm(0)


def _do(loaded: dict[str, Any], request: dict[str, Any], arrays: list[Array]) -> tuple[dict[str, Any], list[Array]]:
    if request["do"] == "load":
        loaded[request["half"]], told = _load(request["kind"], request["half"], arrays[0].tobytes())
        return told, []
    return {}, _run(loaded[request["half"]], request["half"], *arrays)


def _load(kind: str, half: str, content: bytes) -> tuple[Any, dict[str, Any]]:
    """Load code; with it give what is known of its inputs (sizes, null where any), its end, and its weights.

    torch.export.load may unpickle what it reads, which is why only this process calls it.
    """
    import torch

    if kind == "torchscript":
        script = torch.jit.load(io.BytesIO(content), map_location="cpu").eval()  # type: ignore[no-untyped-call]
        method = _method(script, half)
        schema = method.schema if hasattr(method, "schema") else method.forward.schema
        names = [one.name for one in schema.arguments[1:] if not one.has_default_value()]
        return script, {"inputs": None, "names": names, "ending": "", "weights": _shapes(script.state_dict())}
    program = torch.export.load(io.BytesIO(content))
    return program.module(), {**_ends(program), "weights": _shapes(program.state_dict)}


def _shapes(weights: dict[str, Any]) -> list[list[int]]:
    return [list(weight.shape) for weight in weights.values()][:MOST_WEIGHTS]


def _ends(program: Any) -> dict[str, Any]:
    nodes = {node.name: node for node in program.graph.nodes}
    inputs = [nodes[name].meta["val"] for name in program.graph_signature.user_inputs]
    return {
        "inputs": [[size if isinstance(size, int) else None for size in one.shape] for one in inputs],
        "names": list(program.graph_signature.user_inputs),
        "kinds": [str(one.dtype).removeprefix("torch.") for one in inputs],
        "ending": str(getattr(nodes.get(program.graph_signature.user_outputs[0]), "target", "")),
    }


def _run(module: Any, half: str, *given: Array) -> list[Array]:
    """Call a half: its method `decode` or `encode` where it has one. Labels come second."""
    import torch

    with torch.no_grad():
        outputs = _method(module, half)(*map(torch.from_numpy, given))
        return [one.detach().float().numpy() for one in _tensors(outputs)][:MOST_OUTPUTS]


def _method(module: Any, half: str) -> Any:
    return getattr(module, "decode" if half == "decoder" else "encode", module)


def _tensors(value: Any) -> Iterator[Any]:
    import torch

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _tensors(one)


if __name__ == "__main__":
    main()
