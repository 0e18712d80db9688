"""Files that are damaged, or made to harm: each is told in one sentence, nothing of it runs, and no memory is taken."""

from __future__ import annotations

import json
import os
import pickle
import resource
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.core.importers.stacks import Plain, settled
from tests.core.importers.test_diffusers import KL
from tests.core.importers.test_disentangling_vae import saved as saved_burgess
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.importers.wishes import Wishes

FORMATS = ("pythae", "disentangling-vae", "autoencoder-kl", "state-dict", "old", "safetensors", "lightning")
PICKLED = tuple(name for name in FORMATS if name not in ("autoencoder-kl", "safetensors"))


@pytest.fixture
def made(request, tmp_path):
    """Return a function that makes a whole model of a format: what is imported, and the file of its weights."""

    def make(name):
        folder = tmp_path / "theirs"
        if name == "pythae":
            models = request.getfixturevalue("pythae")
            models.VAE(models.VAEConfig(input_dim=(1, 8, 8), latent_dim=3)).save(str(folder))
            return folder, folder / "model.pt"
        if name == "disentangling-vae":
            saved_burgess(folder)
            return folder, folder / "model.pt"
        if name == "autoencoder-kl":
            from diffusers import AutoencoderKL

            model: Any = AutoencoderKL(**KL)
            model.save_pretrained(folder)
            return folder, folder / "diffusion_pytorch_model.safetensors"
        return _file(name, folder)

    return make


def _file(name, folder):
    folder.mkdir()
    weights = settled(Plain).state_dict()
    if name == "safetensors":
        save_file(weights, folder / "weights.safetensors")
        return (folder / "weights.safetensors",) * 2
    path = folder / ("last.ckpt" if name == "lightning" else "weights.pt")
    held = {"pytorch-lightning_version": "2", "state_dict": weights} if name == "lightning" else weights
    torch.save(held, path, _use_new_zipfile_serialization=name != "old")
    return path, path


def known(name):
    """Return what has to be said of a model of a format."""
    return Plain.known if name in ("state-dict", "old", "safetensors", "lightning") else Wishes()


def refused(path, wishes=Plain.known):
    """Import, and return the sentence that says why it can't be done."""
    with pytest.raises(UserError) as why:
        import_model(path, wishes)
    sentence = str(why.value)
    assert sentence.endswith(".")
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 400
    return sentence


@pytest.mark.parametrize("name", FORMATS)
def test_the_whole_models_of_these_tests_are_imported(made, name):
    path, _ = made(name)
    assert import_model(path, known(name)).weights


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("name", FORMATS)
def test_a_truncated_file(made, name, share):
    path, weights = made(name)
    whole = weights.read_bytes()
    weights.write_bytes(whole[: int(len(whole) * share)])
    refused(path)


@pytest.mark.parametrize("name", ["pythae", "disentangling-vae", "autoencoder-kl"])
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 100_000, b"[]", b"\xff\xfe", b'{"name": 1e999, "_class_name": 3}']
)
def test_a_damaged_configuration(made, name, content):
    path, _ = made(name)
    config = next(path / one for one in ("model_config.json", "specs.json", "config.json") if (path / one).exists())
    config.write_bytes(content)
    refused(path)


def changed(name, weights, change):
    """Change the tensors of a model's file in place."""
    if weights.suffix == ".safetensors":
        from safetensors.torch import load_file

        save_file({key: change(tensor).contiguous() for key, tensor in load_file(weights).items()}, weights)
        return
    held = torch.load(weights, weights_only=True)
    inner = next((held[one] for one in ("model_state_dict", "state_dict") if one in held), held)
    for key, tensor in inner.items():
        inner[key] = change(tensor)
    torch.save(held, weights, _use_new_zipfile_serialization=name != "old")


@pytest.mark.parametrize("name", FORMATS)
def test_swapped_shapes(made, name):
    path, weights = made(name)
    changed(name, weights, lambda tensor: tensor.transpose(0, -1) if tensor.ndim > 1 else tensor)
    refused(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", FORMATS)
def test_values_that_are_no_numbers(made, name, value):
    path, weights = made(name)
    changed(name, weights, lambda tensor: torch.full_like(tensor, value) if tensor.is_floating_point() else tensor)
    assert "NaN or infinite" in refused(path)


class Evil:
    """Would write a file if anybody unpickled it."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("name", PICKLED)
@pytest.mark.parametrize("way", ["beside", "instead", "bare"])
def test_a_pickle_that_would_write_a_file(made, tmp_path, name, way):
    path, weights = made(name)
    target, evil = tmp_path / "written", Evil(tmp_path / "written")
    held = torch.load(weights, weights_only=True)
    held = {**held, "more": evil} if way == "beside" else evil
    if way == "bare":
        weights.write_bytes(pickle.dumps(held))
    else:
        torch.save(held, weights, _use_new_zipfile_serialization=name != "old")
    refused(path)
    assert not target.exists()


def test_a_pickle_that_would_write_a_file_does_so_when_it_is_trusted(tmp_path):
    torch.save(Evil(tmp_path / "written"), tmp_path / "evil.pt")
    torch.load(tmp_path / "evil.pt", weights_only=False)
    assert (tmp_path / "written").exists(), "else the tests above would show nothing"


@pytest.mark.parametrize("half", ["encoder.pkl", "decoder.pkl"])
def test_pickled_networks_of_pythae_are_not_opened(made, tmp_path, half):
    path, _ = made("pythae")
    (path / half).write_bytes(pickle.dumps(Evil(tmp_path / "written")))
    assert half in import_model(path).notes[0]
    assert not (tmp_path / "written").exists()


def test_refused_code_is_named_as_such(made, tmp_path):
    path, weights = made("state-dict")
    torch.save({"weights": torch.zeros(1), "more": Evil(tmp_path / "written")}, weights)
    assert "pickled code" in refused(path)


@pytest.mark.parametrize("name", ["pythae", "disentangling-vae", "autoencoder-kl"])
def test_a_link_out_of_the_folder(made, tmp_path, name):
    path, weights = made(name)
    weights.rename(tmp_path / "outside")
    weights.symlink_to(tmp_path / "outside")
    assert "leads out of the model's folder" in refused(path)


@pytest.fixture
def _little_memory():
    """Let this process take no more than a few gigabytes: what is declared must never be asked for."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 30), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


TERABYTES, MANY = 1 << 42, 1 << 24


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize("name", ["safetensors", "autoencoder-kl"])
@pytest.mark.parametrize("lies", ["in the header", "of the header"])
def test_safetensors_that_declare_terabytes(made, name, lies):
    path, weights = made(name)
    header = {"decoder.0.weight": {"dtype": "F32", "shape": [TERABYTES // 4], "data_offsets": [0, TERABYTES]}}
    text = json.dumps(header).encode()
    length = len(text) if lies == "in the header" else TERABYTES
    weights.write_bytes(struct.pack("<Q", length) + text + bytes(64))
    refused(path)


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize("name", PICKLED)
def test_pickles_that_declare_terabytes(made, name):
    path, weights = made(name)
    whole = weights.read_bytes()
    if name == "old":
        weights.write_bytes(_longer(whole))
    else:
        _rewrite(weights, lambda member, content: _longer(content) if member.endswith("data.pkl") else content)
    assert weights.read_bytes() != whole
    assert "declares" in refused(path)


WIDTHS = {b"K": 1, b"M": 2, b"J": 4}
"""How many bytes a whole number has in a pickle, by its code."""


def _longer(pickled):
    """Declare 2^40 numbers in the first storage instead of those behind the name of its device."""
    device = pickled.index(b"cpu")
    code = next(at for at in range(device + 3, device + 20) if pickled[at : at + 1] in WIDTHS)
    rest = pickled[code + 1 + WIDTHS[pickled[code : code + 1]] :]
    return pickled[:code] + b"\x8a\x06" + (1 << 40).to_bytes(6, "little") + rest


def _rewrite(path, change):
    with zipfile.ZipFile(path) as archive:
        members = [(member.filename, archive.read(member)) for member in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, change(name, content))


@pytest.mark.usefixtures("_little_memory")
def test_a_zip_that_unpacks_to_far_more_than_it_is(made):
    path, weights = made("state-dict")
    with zipfile.ZipFile(weights, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 28))
    refused(path)


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize("as_zip", [True, False])
def test_a_tensor_that_repeats_one_number_terabytes_long(made, as_zip):
    path, weights = made("state-dict")
    held = {"decoder.0.weight": torch.zeros(1).expand(1 << 20, 1 << 20), "decoder.0.bias": torch.zeros(1)}
    torch.save(held, weights, _use_new_zipfile_serialization=as_zip)
    assert "larger than what is stored" in refused(path)


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize(
    "layers",
    [
        [{"kind": "linear", "inputs": 4, "outputs": MANY}, {"kind": "linear", "inputs": MANY, "outputs": MANY}],
        [{"kind": "linear", "inputs": 4, "outputs": 768}, {"kind": "reshape", "to": [3, 16, 16]},
         {"kind": "upsample", "factor": 1024}, {"kind": "upsample", "factor": 1024}],
        [{"kind": "linear", "inputs": 4, "outputs": 768}, {"kind": "reshape", "to": [3, 16, 1 << 24]}],
    ],
)  # fmt: skip
def test_a_run_that_describes_layers_beyond_all_memory(made, tmp_path, layers):
    from vae_explorer.core.model import load_model

    path, _ = made("state-dict")
    run = write_run(import_model(path, Plain.known), tmp_path / "run")
    raw = run.config.model_dump(mode="json")
    raw["model"]["network_settings"]["decoder"] = layers
    (run.path / "config.json").write_text(json.dumps(raw))
    with pytest.raises(UserError):
        load_model(run.path)


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_that_cannot_be_written_leaves_nothing(made, tmp_path, monkeypatch, name):
    path, _ = made(name)
    imported = import_model(
        path, Plain.known if name in ("state-dict", "old", "safetensors", "lightning") else Wishes()
    )

    def full(*_arguments):
        raise UserError("The disk is full.")

    monkeypatch.setattr("vae_explorer.core.run_folder.RunFolder.save_weights", full)
    with pytest.raises(UserError, match="full"):
        write_run(imported, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_does_not_exist_and_what_is_a_run_already(made, tmp_path):
    path, _ = made("state-dict")
    run = write_run(import_model(path, Plain.known), tmp_path / "run")
    assert "run folder already" in refused(run.path)
    assert "no file or folder" in refused(tmp_path / "nothing")
    assert "no model of a format" in refused(tmp_path)
    (tmp_path / "config.json").write_text('{"hidden": 3}', "utf-8")
    assert "neither a run's nor that of a model" in refused(tmp_path)


def test_a_wish_that_no_image_has(made):
    path, _ = made("state-dict")
    refused(path, replace(Plain.known, channels=3, image_size=1024))
