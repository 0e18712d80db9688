"""`--device` of the commands that only use a model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.running import Run
from vae_explorer.core.model import Model

Words = tuple[object, ...]


@pytest.fixture
def commands(trained: Path, pictures: Path, tmp_path: Path) -> list[Words]:
    """Return a command line of each."""
    return [
        ("evaluate", trained, pictures, "--metrics", "basic"),
        ("encode", trained, pictures, "--out", tmp_path / "codes.npz"),
        ("encode", trained, pictures, "--out", tmp_path / "codes"),
        ("decode", trained, "--z", "0,0,0", "--out", tmp_path / "image.png"),
        ("grid", trained, "--steps", "2", "--images", pictures, "--out", tmp_path / "grid.png"),
    ]


def test_a_device_that_is_not_there_is_told_before_anything_is_done(
    run: Run, commands: list[Words], tmp_path: Path
) -> None:
    for words in commands:
        said = run(*words, "--device", "cuda:77").error()
        assert said.startswith("There is no device “cuda:77” on this machine; there are: auto, ")
    assert not list(tmp_path.iterdir())


def test_the_device_that_is_asked_for_is_used(run: Run, commands: list[Words], monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[torch.device] = []
    decode, encode = Model.decode_raw, Model.encode

    def noting_decode(model: Model, z: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        used.append(z.device)
        return decode(model, z, labels)

    def noting_encode(model: Model, x: torch.Tensor, labels: torch.Tensor | None = None) -> object:
        used.append(x.device)
        return encode(model, x, labels)

    monkeypatch.setattr(Model, "decode_raw", noting_decode)
    monkeypatch.setattr(Model, "encode", noting_encode)
    for words in commands:
        used.clear()
        said = run(*words, "--device", "cpu")
        assert said.status == 0, said.err
        assert {device.type for device in used} == {"cpu"}
