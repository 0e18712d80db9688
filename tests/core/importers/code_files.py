"""Models that are code, some of them hostile, and loading them as a person does who trusts them."""

import io
import zipfile

import pytest
import torch
from torch import Tensor, nn

from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.model import load_model
from vae_explorer.core.trust import UntrustedError, trust


def trusted(path):
    """Import what the person says to trust."""
    try:
        return import_model(path)
    except UntrustedError as asked:
        trust(asked.name, asked.digests)
        return import_model(path)


def loaded(path, tmp_path):
    return load_model(write_run(trusted(path), tmp_path / "run").path)


class Vae(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(64, 6), nn.Linear(3, 64)

    def forward(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.outer(z)).view(-1, 1, 8, 8)

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.outer(z)).view(-1, 1, 8, 8)

    @torch.jit.export
    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_var = self.inner(x.flatten(1)).chunk(2, dim=1)
        return mean, log_var


def scripted(module, path):
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.save(torch.jit.script(module.eval()), path)
    return path


def exported(module, path, *examples):
    shapes = tuple({0: torch.export.Dim("batch")} for _ in examples)
    torch.export.save(torch.export.export(module.eval(), examples, dynamic_shapes=shapes), path)
    return path


class Call:
    """Runs code when it is unpickled."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self):
        return exec, (self.code,)


def hostile(path, code):
    """A .pt2 that runs code when torch.export.load reads it: that unpickles sample inputs which are no tensors."""
    torch.export.save(torch.export.export(nn.Linear(3, 64), (torch.zeros(2, 3),)), path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (inputs,) = (name for name in members if name.endswith("sample_inputs/model.pt"))
    pickled = io.BytesIO()
    torch.save(Call(code), pickled)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (members | {inputs: pickled.getvalue()}).items():
            archive.writestr(name, content)
    return path
