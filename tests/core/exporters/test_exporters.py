"""What is exported does in the other library what the model does here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters import base
from vae_explorer.core.exporters.base import export_model, exporters
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.model import Model, load_model, load_weights

TOLERANCE = 1e-5

NETWORKS = ("mlp", "linear", "conv", "pool", "residual")


@pytest.fixture
def make_model(make_images, make_config):
    """Return a function that makes a model of odd-sized colour images, its weights spread enough to tell on images."""

    def make(labels: bool = False, **wishes) -> Model:
        images = make_images(size=10, channels=3)
        if labels:
            classes = {"labels": np.arange(len(images)) % 3, "label_names": ("a", "b", "c")}
            images = type(images)(**(vars(images) | classes))
        model = Model.from_config(make_config(images, latent_dims=3, **wishes))
        noise = torch.Generator().manual_seed(0)
        for weight in model.parameters():
            weight.data += 0.05 * torch.randn(weight.shape, generator=noise)
        return model

    return make


@pytest.fixture
def numbers(make_images):
    """Codes (5, 3), images (5, 3, 10, 10) and classes (5,)."""
    noise = torch.Generator().manual_seed(1)
    z, images = 2 * torch.randn(5, 3, generator=noise), torch.rand(5, 3, 10, 10, generator=noise)
    return z, images, torch.tensor([2, 0, 1, 1, 2])


def expected(model: Model, numbers):
    """Return what the model itself makes of the numbers: posterior and images."""
    z, images, labels = numbers
    given = labels if model.conditioning is not None else None
    with torch.inference_mode():
        posterior = model.encode(images, given)
        heads = [posterior.mean] if posterior.log_var is None else [posterior.mean, posterior.log_var]
        return [head.numpy() for head in heads], [model.decode(z, given).numpy()]


def agree(found, wanted) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("network", NETWORKS)
def test_onnxruntime_encodes_and_decodes_as_the_model(tmp_path: Path, make_model, numbers, network: str) -> None:
    model = make_model(network=network)
    export_model(model, "onnx", tmp_path / "model")
    run_onnx(tmp_path / "model", model, numbers)


@pytest.mark.parametrize("objective", ["ae", "cvae", "notes"])
@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli", "continuous-bernoulli"])
def test_onnxruntime_runs_every_kind(tmp_path: Path, make_model, numbers, objective: str, likelihood: str) -> None:
    model = make_model(labels=objective == "cvae", objective=objective, likelihood=likelihood)
    export_model(model, "onnx", tmp_path / "model")
    run_onnx(tmp_path / "model", model, numbers)


def run_onnx(folder: Path, model: Model, numbers) -> None:
    from onnxruntime import InferenceSession

    z, images, labels = (tensor.numpy() for tensor in numbers)
    extra = {"labels": labels} if model.conditioning is not None else {}
    encoder, decoder = (InferenceSession(folder / f"{name}.onnx") for name in ("encoder", "decoder"))
    posterior, decoded = expected(model, numbers)
    agree(encoder.run(None, {"images": images} | extra), posterior)
    agree(decoder.run(None, {"z": z} | extra), decoded)
    assert [output.name for output in encoder.get_outputs()] == ["mean", "log_var"][: len(posterior)]
    assert [output.name for output in decoder.get_outputs()] == ["images"]
    assert RunConfig.from_json(decoder.get_modelmeta().custom_metadata_map["config"]) == model.config


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("objective", ["vae", "ae", "cvae"])
def test_pytorch_alone_runs_what_torch_export_wrote(
    tmp_path: Path, make_model, numbers, network: str, objective: str
) -> None:
    model = make_model(labels=objective == "cvae", network=network, objective=objective)
    export_model(model, "torch-export", tmp_path / "model")
    z, images, labels = numbers
    extra = (labels,) if model.conditioning is not None else ()
    settings = {"config.json": ""}
    encoder, decoder = (
        torch.export.load(tmp_path / "model" / f"{name}.pt2", extra_files=settings).module()
        for name in ("encoder", "decoder")
    )
    posterior, decoded = expected(model, numbers)
    with torch.inference_mode():
        agree(encoder(images, *extra), posterior)
        agree(decoder(z, *extra), decoded)
    assert RunConfig.from_json(settings["config.json"]) == model.config


@pytest.mark.parametrize(("to", "names"), [("onnx", "*.onnx"), ("torch-export", "*.pt2")])
def test_each_half_holds_its_own_weights_and_no_folder_of_this_machine(
    tmp_path: Path, make_model, to: str, names: str
) -> None:
    model = make_model(network="linear")
    export_model(model, to, tmp_path / "model")
    marker = model.network.decoder.weight.detach().numpy().tobytes()
    written = {path.stem: path.read_bytes() for path in (tmp_path / "model").glob(names)}
    assert set(written) == {"encoder", "decoder"}
    assert [name for name, content in written.items() if marker in content] == ["decoder"]
    assert not any(str(Path(base.__file__).parents[2]).encode() in content for content in written.values())


@pytest.mark.parametrize("objective", ["vae", "ae", "cvae", "factor-vae"])
def test_safetensors_tell_the_whole_model(tmp_path: Path, make_model, numbers, objective: str) -> None:
    model = make_model(labels=objective == "cvae", objective=objective)
    path = tmp_path / "model.safetensors"
    export_model(model, "safetensors", path)
    with safe_open(path, framework="pt") as file:
        again = Model.blank(RunConfig.from_json(file.metadata()["config"])).eval()
        names: list[str] = file.keys()
        load_weights(again, {name: file.get_tensor(name) for name in names})
    assert again.config == model.config
    for found, wanted in zip(expected(again, numbers), expected(model, numbers), strict=True):
        agree(found, wanted)


@pytest.mark.parametrize("hidden", ["512", "20"])
@pytest.mark.parametrize("objective", ["vae", "ae", "notes", "beta-tcvae", "wae-mmd"])
def test_pythae_loads_its_folder(tmp_path: Path, make_model, numbers, objective: str, hidden: str) -> None:
    from pythae.models import AutoModel

    model = make_model(objective=objective, hidden=hidden, likelihood="bernoulli")
    export_model(model, "pythae", tmp_path / "model")
    theirs = AutoModel.load_from_folder(str(tmp_path / "model")).eval()
    posterior, decoded = expected(model, numbers)
    z, images, _ = numbers
    with torch.inference_mode():
        found = theirs.encoder(images)
        agree([theirs.decoder(z).reconstruction], decoded)
    names = ("embedding", "log_covariance")[: 1 if model.config.model.posterior == "none" else 2]
    agree([found[name] for name in names], posterior)
    assert not list((tmp_path / "model").glob("*.pkl"))


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"network": "conv"}, "network is “conv”"),
        ({"hidden": "16,8"}, "has 2 hidden layers"),
        ({"hidden": ""}, "has no hidden layer:"),
        ({"hidden": "600"}, "hidden layer has 600"),
        ({"hidden": "16", "likelihood": "gaussian"}, "likelihood is “gaussian”"),
        ({"hidden": "16", "likelihood": "bernoulli", "objective": "cvae", "labels": True}, "is conditional"),
    ],
)
def test_what_pythae_has_no_default_network_for_is_refused(tmp_path: Path, make_model, wishes, why: str) -> None:
    with pytest.raises(UserError, match=why):
        export_model(make_model(**wishes), "pythae", tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_told_with_how_to_get_it(tmp_path: Path, make_model, monkeypatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(UserError, match=r"needs onnx, .* pip install 'vae-explorer\[onnx\]'"):
        exporters.get("onnx")().check(make_model())


@pytest.mark.parametrize("to", ["onnx", "torch-export"])
def test_an_imported_model_is_exported_as_its_own(tmp_path: Path, make_model, numbers, to: str) -> None:
    """By way of pythae, whose model becomes a chain of layers here; and with its encoder taken off."""
    export_model(make_model(hidden="16", likelihood="bernoulli"), "pythae", tmp_path / "theirs")
    imported = import_model(tmp_path / "theirs")
    export_model(model_of(imported.config, imported.weights), to, tmp_path / "both")
    assert len(list((tmp_path / "both").iterdir())) == 2
    alone = imported.config.model_dump()
    alone["model"]["network_settings"]["encoder"] = []
    weights = {name: tensor for name, tensor in imported.weights.items() if ".encoder." not in name}
    decoder = model_of(RunConfig.from_dict(alone), weights)
    export_model(decoder, to, tmp_path / "alone")
    (written,) = (tmp_path / "alone").iterdir()
    assert written.stem == "decoder"
    z = numbers[0]
    if to == "onnx":
        from onnxruntime import InferenceSession

        found = InferenceSession(written).run(None, {"z": z.numpy()})
    else:
        found = [image.detach() for image in torch.export.load(written).module()(z)]
    agree(found, [decoder.decode(z).detach()])


@pytest.mark.parametrize("to", ["onnx", "torch-export"])
def test_what_is_kept_as_a_file_is_not_exported_as_a_graph(tmp_path: Path, make_model, to: str) -> None:
    export_model(make_model(), "onnx", tmp_path / "graphs")
    imported = import_model(tmp_path / "graphs")
    with pytest.raises(UserError, match="kept as the file that it was imported from"):
        export_model(model_of(imported.config, imported.weights), to, tmp_path / "again")


def test_what_torch_can_not_follow_is_told_in_a_sentence(tmp_path: Path, make_model, monkeypatch) -> None:
    model = make_model()
    monkeypatch.setattr(type(model.network), "decode", lambda self, z: z * float(z.sum()))
    with pytest.raises(UserError, match="The decoder of the network “mlp” can't be written as a graph"):
        export_model(model, "torch-export", tmp_path / "model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("objective", ["vae", "ae", "cvae"])
def test_an_exported_safetensors_file_becomes_a_run_again(tmp_path: Path, make_model, numbers, objective: str) -> None:
    model = make_model(labels=objective == "cvae", objective=objective)
    export_model(model, "safetensors", tmp_path / "model.safetensors")
    again = load_model(write_run(import_model(tmp_path / "model.safetensors"), tmp_path / "run").path)
    assert again.config == model.config
    for found, wanted in zip(expected(again, numbers), expected(model, numbers), strict=True):
        agree(found, wanted)


def test_settings_in_a_safetensors_file_that_are_none(tmp_path: Path, make_model) -> None:
    weights = {name: tensor.detach() for name, tensor in make_model().state_dict().items()}
    save_file(weights, tmp_path / "model.safetensors", {"config": '{"schema_version": 1, "data": []}'})
    with pytest.raises(UserError, match=r"The settings in “model\.safetensors” can't be used: config.json does not"):
        import_model(tmp_path / "model.safetensors")


def model_of(config: RunConfig, weights) -> Model:
    model = Model.blank(config).eval()
    load_weights(model, weights)
    return model


def test_more_weights_than_an_onnx_file_holds_are_refused(make_model, monkeypatch) -> None:
    model = make_model()
    monkeypatch.setattr(model, "count_parameters", lambda: 2**29)
    with pytest.raises(UserError, match="at most 2 GB"):
        exporters.get("onnx")().check(model)


def test_nothing_is_left_of_a_failed_export(tmp_path: Path, make_model, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporters.get("pythae"), "write", full)
    with pytest.raises(UserError, match="cannot be written: no space left on device"):
        export_model(make_model(hidden="16", likelihood="bernoulli"), "pythae", tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_pythae_s_configuration_is_plain_json(tmp_path: Path, make_model) -> None:
    export_model(make_model(hidden="16", likelihood="bernoulli"), "pythae", tmp_path / "model")
    config = json.loads((tmp_path / "model" / "model_config.json").read_text())
    assert config["name"] == "VAEConfig"
    assert config["input_dim"] == [3, 10, 10]
    assert config["latent_dim"] == 3
