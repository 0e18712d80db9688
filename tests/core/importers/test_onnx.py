"""ONNX graphs as runs: equal to what ONNX Runtime itself gives, and refused where they would do harm."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.importers.base import UnclearError, import_model
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.model import Model

NOISE = np.random.default_rng(5)


def dense(inputs, outputs, batch="batch", ending=None, scale=1.0, prefix=""):
    """A layer of a graph: its nodes, its weights, and what it takes and gives."""
    weights = {
        f"{prefix}w": scale * NOISE.normal(size=(inputs, outputs)).astype(np.float32),
        f"{prefix}b": np.zeros(outputs, np.float32),
    }
    nodes = [helper.make_node("Gemm", [f"{prefix}x", *weights], [f"{prefix}h" if ending else f"{prefix}y"])]
    if ending:
        nodes.append(helper.make_node(ending, [f"{prefix}h"], [f"{prefix}y"]))
    given = helper.make_tensor_value_info(f"{prefix}x", TensorProto.FLOAT, [batch, inputs])
    made = helper.make_tensor_value_info(f"{prefix}y", TensorProto.FLOAT, [batch, outputs])
    return nodes, given, made, [numpy_helper.from_array(value, name) for name, value in weights.items()]


def saved(path, nodes, given, made, weights, **options):
    graph = helper.make_graph(nodes, "model", [given], made if isinstance(made, list) else [made], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path, **options)
    return path


def decoder(path, **options):
    return saved(path, *dense(3, 64, ending="Sigmoid", **options))


def run(path, array):
    return InferenceSession(path).run(None, {InferenceSession(path).get_inputs()[0].name: array})


@pytest.mark.parametrize("batch", ["batch", 1, 3])
def test_a_decoder_alone(imported, tmp_path, batch):
    ours = imported(decoder(tmp_path / "some decoder.onnx", batch=batch))
    z = NOISE.normal(size=(6, 3)).astype(np.float32)
    size = 6 if batch == "batch" else batch
    theirs = [run(tmp_path / "some decoder.onnx", z[start : start + size])[0] for start in range(0, 6, size)]
    np.testing.assert_allclose(ours.decode(torch.from_numpy(z)).flatten(1), np.concatenate(theirs), atol=1e-5)
    assert ours.config.data.image_size == 8
    assert ours.config.model.network_settings["output_range"] == "unit"
    assert not ours.can_encode
    with pytest.raises(UserError, match="decoder alone"):
        encode_images(ours, np.zeros((1, 8, 8, 1), np.uint8))


@pytest.mark.parametrize(("network", "objective"), [("mlp", "vae"), ("conv", "ae"), ("residual", "vae")])
def test_both_halves_that_were_exported_here(imported, make_images, make_config, tmp_path, network, objective):
    images = make_images(size=8, channels=3)
    wishes = {"network": network, "objective": objective, "latent_dims": 3, "likelihood": "bernoulli"}
    model = Model.from_config(make_config(images, **wishes))
    for weight in model.parameters():
        weight.data += 0.05 * torch.randn(weight.shape)
    export_model(model, "onnx", tmp_path / "exported")
    ours = imported(tmp_path / "exported")
    z, x = torch.randn(5, 3), torch.rand(4, 3, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), model.decode(z), rtol=0, atol=1e-5)
        found, wanted = ours.encode(x), model.encode(x)
        torch.testing.assert_close(found.mean, wanted.mean, rtol=0, atol=1e-5)
        if objective == "ae":
            assert found.log_var is None
        else:
            torch.testing.assert_close(found.log_var, wanted.log_var, rtol=0, atol=1e-5)
    # An upsampling's factors lie among the weights, too.
    assert 0 <= ours.config.model.network_settings["parameters"] - model.count_parameters() < 10


def test_it_is_decoded_like_every_model_and_can_be_copied(imported, tmp_path):
    import copy

    ours = imported(decoder(tmp_path / "decoder.onnx"))
    codes = NOISE.normal(size=(5, 3)).astype(np.float32)
    expected = np.rint(255 * run(tmp_path / "decoder.onnx", codes)[0]).astype(np.uint8).reshape(5, 8, 8, 1)
    assert np.array_equal(Decoder(ours.config, ours.state_dict()).decode(codes), expected)
    torch.testing.assert_close(
        copy.deepcopy(ours).decode(torch.from_numpy(codes)), ours.decode(torch.from_numpy(codes)), rtol=0, atol=0
    )


@pytest.mark.parametrize(
    ("ending", "scale", "output", "likelihood"),
    [("Sigmoid", 1, "raw", "gaussian"), ("Tanh", 1, "signed", "gaussian"), (None, 9, "sigmoid", "bernoulli")],
)
def test_what_brightness_is_told_in_is_found(imported, tmp_path, ending, scale, output, likelihood):
    saved(tmp_path / "decoder.onnx", *dense(3, 64, ending=ending, scale=scale))
    assert import_model(tmp_path / "decoder.onnx").found.output == output
    ours = imported(tmp_path / "decoder.onnx")
    assert ours.config.model.likelihood == likelihood
    raw = torch.from_numpy(run(tmp_path / "decoder.onnx", np.ones((1, 3), np.float32))[0])
    expected = {"raw": raw, "signed": (raw + 1) / 2, "sigmoid": raw.sigmoid()}[output]
    torch.testing.assert_close(ours.decode(torch.ones(1, 3)).flatten(1), expected, rtol=0, atol=1e-5)


def test_what_was_found_can_be_corrected(tmp_path):
    saved(tmp_path / "decoder.onnx", *dense(3, 3 * 64, ending="Sigmoid"))
    model = import_model(tmp_path / "decoder.onnx", Wishes(layout="hwc", output="tanh"))
    assert (model.config.data.channels, model.config.data.image_size) == (3, 8)
    decode = Decoder(model.config, model.weights).model.decode
    raw = run(tmp_path / "decoder.onnx", np.ones((1, 3), np.float32))[0].reshape(8, 8, 3)
    np.testing.assert_allclose(decode(torch.ones(1, 3))[0].permute(1, 2, 0), (np.tanh(raw) + 1) / 2, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 8, 8), (8, 8, 1), (3, 8, 8), (8, 8, 3), (8, 8)])
def test_the_order_of_numbers_is_found(imported, tmp_path, shape):
    count = int(np.prod(shape))
    nodes, given, _, weights = dense(3, count, ending="Sigmoid")
    nodes.append(helper.make_node("Reshape", ["y", "shape"], ["image"]))
    weights.append(numpy_helper.from_array(np.array([-1, *shape]), "shape"))
    made = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", *shape])
    path = saved(tmp_path / "decoder.onnx", nodes, given, made, weights)
    image = run(path, np.ones((1, 3), np.float32))[0][0]
    image = image[None] if image.ndim == 2 else image.transpose(2, 0, 1) if shape[-1] in (1, 3) else image
    np.testing.assert_allclose(imported(path).decode(torch.ones(1, 3))[0], image, atol=1e-5)


def test_codes_of_any_size_are_asked_for(tmp_path):
    nodes, given, made, weights = dense(3, 64)
    given.type.tensor_type.shape.dim[1].dim_param = "any"
    path = saved(tmp_path / "decoder.onnx", nodes, given, made, weights)
    with pytest.raises(UnclearError, match="latent-dims") as asked:
        import_model(path)
    assert asked.value.wishes == ("latent_dims",)
    assert import_model(path, Wishes(latent_dims=3)).config.model.latent_dims == 3


def test_pixels_that_make_no_square_are_asked_about(tmp_path):
    with pytest.raises(UnclearError, match="62 numbers"):
        import_model(saved(tmp_path / "decoder.onnx", *dense(3, 62)))


def test_weights_in_a_file_beside_it(imported, tmp_path):
    options = {"save_as_external_data": True, "location": "weights.bin", "size_threshold": 0}
    path = saved(tmp_path / "decoder.onnx", *dense(3, 64, ending="Sigmoid"), **options)
    assert (tmp_path / "weights.bin").is_file()
    theirs = run(path, np.ones((1, 3), np.float32))[0]
    ours = imported(path)
    (tmp_path / "weights.bin").unlink()
    np.testing.assert_allclose(ours.decode(torch.ones(1, 3)).flatten(1), theirs, atol=1e-5)


def external(path, location, **where):
    """A decoder whose weights are said to lie somewhere."""
    nodes, given, made, weights = dense(3, 64)
    weights[0].ClearField("raw_data")
    weights[0].data_location = TensorProto.EXTERNAL
    for key, value in ({"location": location} | where).items():
        entry = weights[0].external_data.add()
        entry.key, entry.value = key, str(value)
    graph = helper.make_graph(nodes, "model", [given], [made], weights)
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString())
    return path


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "link.bin", "folder/../../secret.bin"])
def test_weights_outside_of_the_folder_are_not_read(tmp_path, location):
    home = tmp_path / "model"
    home.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(4 * 3 * 64))
    (home / "link.bin").symlink_to(tmp_path / "secret.bin")
    with pytest.raises(UserError, match="leads out of"):
        import_model(external(home / "decoder.onnx", location))


@pytest.mark.parametrize(
    "where",
    [{"length": 10**12}, {"offset": 10**12}, {"offset": -8, "length": 8}, {"length": "many"}, {"length": 4}],
)
def test_weights_that_are_not_there(tmp_path, where):
    (tmp_path / "weights.bin").write_bytes(bytes(4 * 3 * 64))
    with pytest.raises(UserError, match="can't be read"):
        import_model(external(tmp_path / "decoder.onnx", "weights.bin", **where))


def test_a_size_of_terabytes_is_refused_before_memory_is_taken(tmp_path):
    nodes, given, made, weights = dense(3, 64)
    weights[0].dims[0] = 10**12
    with pytest.raises(UserError, match="larger than what is stored"):
        import_model(saved(tmp_path / "decoder.onnx", nodes, given, made, weights))


def test_a_graph_that_would_take_terabytes_is_refused(tmp_path):
    nodes, given, _, weights = dense(3, 64)
    weights.append(numpy_helper.from_array(np.array([1_000_000, 1_000_000]), "shape"))
    nodes += [
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
        helper.make_node("ReduceSum", ["large"], ["s"]),
    ]
    nodes.append(helper.make_node("Add", ["y", "s"], ["image"]))
    made = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 64])
    with pytest.raises(UserError, match="larger than can be held"):
        import_model(saved(tmp_path / "decoder.onnx", nodes, given, made, weights))


def test_nan_among_the_weights(tmp_path):
    nodes, given, made, weights = dense(3, 64)
    weights[0] = numpy_helper.from_array(np.full((3, 64), np.nan, np.float32), "w")
    with pytest.raises(UserError, match="NaN or infinite"):
        import_model(saved(tmp_path / "decoder.onnx", nodes, given, made, weights))


def test_images_that_are_nan(tmp_path):
    nodes, given, _, weights = dense(3, 64)
    nodes += [helper.make_node("Sub", ["y", "y"], ["zero"]), helper.make_node("Div", ["zero", "zero"], ["nan"])]
    made = helper.make_tensor_value_info("nan", TensorProto.FLOAT, ["batch", 64])
    with pytest.raises(UserError, match="NaN or infinite"):
        import_model(saved(tmp_path / "decoder.onnx", nodes, given, made, weights))


def test_truncated_anywhere(tmp_path):
    whole = decoder(tmp_path / "whole.onnx").read_bytes()
    for length in [0, 1, 7, 20, 60, *range(100, len(whole), 97), len(whole) - 1]:
        (tmp_path / "decoder.onnx").write_bytes(whole[:length])
        with pytest.raises(UserError):
            import_model(tmp_path / "decoder.onnx")


def test_swapped_shapes(tmp_path):
    nodes, given, made, weights = dense(3, 64)
    weights[0].dims[:] = [64, 3]
    with pytest.raises(UserError):
        import_model(saved(tmp_path / "decoder.onnx", nodes, given, made, weights))


def test_three_inputs_are_refused(tmp_path):
    nodes, given, made, weights = dense(3, 64)
    more = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 64]) for name in ("labels", "noise")]
    nodes += [helper.make_node("Add", ["y", "labels"], ["s"]), helper.make_node("Add", ["s", "noise"], ["image"])]
    made = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 64])
    graph = helper.make_graph(nodes, "model", [given, *more], [made], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, tmp_path / "decoder.onnx")
    with pytest.raises(UserError, match=r"takes 3 inputs \(x, labels, noise\)"):
        import_model(tmp_path / "decoder.onnx")


@pytest.mark.parametrize(
    ("names", "sizes", "posterior"),
    [
        (["a", "b"], (3, 3), "log_var"),
        (["z_log_var", "z_mean"], (3, 3), "log_var"),
        (["z", "mu", "logvar"], (3, 3, 3), "log_var"),
        (["both"], (6,), "log_var"),
        (["code"], (3,), "none"),
        (["features", "code"], (5, 3), "none"),
    ],
)
def test_an_encoder_s_outputs_are_told_apart(imported, tmp_path, names, sizes, posterior):
    decoder(tmp_path / "decoder.onnx")
    nodes: list[Any] = []
    weights: list[Any] = []
    made: list[Any] = []
    for name, size in zip(names, sizes, strict=True):
        (node,), given, output, more = dense(64, size, prefix=name)
        node.input[0], node.output[0], output.name = "x", name, name
        nodes, weights, made = [*nodes, node], weights + more, [*made, output]
    given.name = "x"
    path = saved(tmp_path / "encoder.onnx", nodes, given, made, weights)
    ours = imported(tmp_path)
    x = torch.rand(2, 1, 8, 8)
    theirs = dict(zip(names, run(path, x.flatten(1).numpy()), strict=True))
    mean = next((theirs[name] for name in ("z_mean", "mu", "a", "code") if name in theirs), None)
    spread = next((theirs[name] for name in ("z_log_var", "logvar", "b") if name in theirs), None)
    if mean is None:
        mean, spread = np.split(theirs["both"], 2, axis=1)
    posterior_found = ours.encode(x)
    np.testing.assert_allclose(posterior_found.mean, mean, atol=1e-5)
    assert ours.config.model.posterior == posterior
    if spread is not None:
        np.testing.assert_allclose(posterior_found.log_var, np.clip(spread, -30, 20), atol=1e-5)


def test_an_encoder_for_other_codes(tmp_path):
    decoder(tmp_path / "decoder.onnx")
    saved(tmp_path / "encoder.onnx", *dense(64, 5))
    with pytest.raises(UserError, match="gives 5 numbers for an image where 3 are needed"):
        import_model(tmp_path)


def test_without_onnx_it_says_how_to_get_it(tmp_path, monkeypatch):
    import sys

    decoder(tmp_path / "decoder.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"pip install 'vae-explorer\[onnx\]'"):
        import_model(tmp_path / "decoder.onnx")
