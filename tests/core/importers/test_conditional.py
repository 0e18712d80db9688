"""Conditional models in files that are kept whole: exported here and imported again, and made elsewhere."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from tests.core.importers.code_files import exported, scripted, trusted
from vae_explorer import load
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.importers.base import UnclearError, import_model, write_run
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.model import Model, load_model

NOISE = np.random.default_rng(5)
DIMS, SIZE = 3, 8


@pytest.fixture(autouse=True)
def _nothing_trusted_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def ours(make_config):
    """A model of cats and dogs, its weights large enough that the class shows."""
    pixels = NOISE.integers(0, 256, (20, SIZE, SIZE, 1), np.uint8)
    images = ImageSet(
        source="/images", title="images", images=pixels, paths=(), labels=np.arange(20) % 2,
        label_names=("cat", "dog"), shape=ImageShape(SIZE, 1),
    )  # fmt: skip
    model = Model.from_config(make_config(images, objective="cvae", latent_dims=DIMS))
    for weight in model.parameters():
        weight.data += 0.3 * torch.randn(weight.shape)
    return model


@pytest.mark.parametrize("kind", ["onnx", "torch-export"])
def test_what_was_exported_here_is_conditional_again(ours, tmp_path, kind):
    export_model(ours, kind, tmp_path / "exported")
    imported = trusted(tmp_path / "exported")
    assert imported.found.classes == 2
    assert imported.notes[0] == "Conditional on 2 classes."
    theirs = load_model(write_run(imported, tmp_path / "run").path)
    assert theirs.config.model.classes == ("cat", "dog")
    assert theirs.config.objective.name == "cvae"
    z, x, labels = torch.randn(5, DIMS), torch.rand(5, 1, SIZE, SIZE), torch.tensor([0, 1, 1, 0, 1])
    with torch.inference_mode():
        torch.testing.assert_close(theirs.decode(z, labels), ours.decode(z, labels), rtol=0, atol=1e-5)
        assert (theirs.decode(z, 1 - labels) - theirs.decode(z, labels)).abs().max() > 0.01
        found, wanted = theirs.encode(x, labels), ours.encode(x, labels)
        torch.testing.assert_close(found.mean, wanted.mean, rtol=0, atol=1e-5)
        torch.testing.assert_close(found.log_var, wanted.log_var, rtol=0, atol=1e-5)


def test_classes_that_nothing_names_are_numbered(ours, tmp_path):
    export_model(ours, "onnx", tmp_path / "exported")
    for half in ("decoder", "encoder"):
        graph = onnx.load(tmp_path / "exported" / f"{half}.onnx")
        del graph.metadata_props[:]
        onnx.save(graph, tmp_path / "exported" / f"{half}.onnx")
    with pytest.raises(UnclearError, match=r"“labels”.*nothing tells of how many; give --classes") as asked:
        import_model(tmp_path / "exported")
    assert asked.value.wishes == ("classes",)
    imported = import_model(tmp_path / "exported", Wishes(classes=2))
    assert imported.config.model.classes == ("0", "1")
    assert "numbered, since nothing names them" in imported.notes[0]
    z = NOISE.normal(size=(4, DIMS)).astype(np.float32)
    theirs = load(tmp_path / "exported", "cpu", classes=2)
    with torch.inference_mode():
        expected = ours.decode(torch.from_numpy(z), torch.ones(4, dtype=torch.int64)).permute(0, 2, 3, 1)
    np.testing.assert_allclose(theirs.decode_floats(z, "1"), expected, atol=1e-5)
    with pytest.raises(UserError, match="ONNX Runtime can't run the model"):
        import_model(tmp_path / "exported", Wishes(classes=3))  # the encoder has planes for two


def decoder(path, labels, kind=TensorProto.FLOAT, batch="batch", swapped=False, name="second"):
    """Write a graph of sigmoid(z·w + onehot·v), to which labels come in the shape and the type given."""
    rows = 5000 if labels == ["batch", 5000] else 4
    w, v = NOISE.normal(size=(DIMS, 64)).astype(np.float32), NOISE.normal(size=(rows, 64)).astype(np.float32)
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, [batch, DIMS])
    second = helper.make_tensor_value_info(name, kind, labels)
    nodes = [helper.make_node("MatMul", ["z", "w"], ["a"])]
    if kind == TensorProto.FLOAT:
        nodes.append(helper.make_node("MatMul", [name, "v"], ["b"]))
    else:
        nodes += [
            helper.make_node("Reshape", [name, "row"], ["flat"]),
            helper.make_node("Gather", ["v", "flat"], ["b"]),
        ]
    nodes += [helper.make_node("Add", ["a", "b"], ["c"]), helper.make_node("Sigmoid", ["c"], ["image"])]
    weights = [
        numpy_helper.from_array(w, "w"), numpy_helper.from_array(v, "v"),
        numpy_helper.from_array(np.array([-1]), "row"),
    ]  # fmt: skip
    made = helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 64])
    graph = helper.make_graph(nodes, "model", [second, z] if swapped else [z, second], [made], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return lambda codes, numbers: 1 / (1 + np.exp(-(codes @ w + v[numbers])))


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("batch", ["batch", 1, 3])
@pytest.mark.parametrize(
    ("labels", "kind", "wishes"),
    [
        ([4], TensorProto.FLOAT, Wishes()),
        (["k"], TensorProto.FLOAT, Wishes(classes=4)),
        ([], TensorProto.INT64, Wishes(classes=4)),
        ([1], TensorProto.INT32, Wishes(classes=4)),
    ],
)
def test_each_way_to_tell_a_class(imported, tmp_path, labels, kind, wishes, batch, swapped):
    name = "label" if swapped else "second"
    theirs = decoder(tmp_path / "decoder.onnx", [batch, *labels], kind, batch, swapped, name)
    model = imported(tmp_path / "decoder.onnx", wishes)
    assert model.config.model.classes == ("0", "1", "2", "3")
    assert not model.can_encode
    codes, numbers = NOISE.normal(size=(7, DIMS)).astype(np.float32), np.array([0, 1, 2, 3, 2, 1, 0])
    with torch.inference_mode():
        found = model.decode(torch.from_numpy(codes), torch.from_numpy(numbers)).flatten(1)
    np.testing.assert_allclose(found, theirs(codes, numbers), atol=1e-5)


@pytest.mark.parametrize(
    ("labels", "kind", "wishes", "sentence"),
    [
        (["batch", 2, 4], TensorProto.FLOAT, Wishes(), r"takes 2 inputs \(z, second\) where one or two are needed"),
        (["batch", 4], TensorProto.INT64, Wishes(), "a class as a whole number or as one-hot"),
        (["batch", 4], TensorProto.FLOAT, Wishes(classes=5), "is told differently: 4 and 5"),
        (["batch", 5000], TensorProto.FLOAT, Wishes(), "tells 5000 classes apart; a model tells at most 1000"),
        (["batch"], TensorProto.INT64, Wishes(classes=9), "can't run the model"),
    ],
)
def test_inputs_that_are_no_class(tmp_path, labels, kind, wishes, sentence):
    decoder(tmp_path / "decoder.onnx", labels, kind)
    with pytest.raises(UserError, match=sentence):
        import_model(tmp_path / "decoder.onnx", wishes)


def test_settings_that_are_none_name_no_classes(tmp_path):
    decoder(tmp_path / "decoder.onnx", ["batch", 4])
    graph = onnx.load(tmp_path / "decoder.onnx")
    for settings in ("", "{", "[]", '{"model": {"classes": [1]}}', "[" * 100_000):
        helper.set_model_props(graph, {"config": settings})
        onnx.save(graph, tmp_path / "decoder.onnx")
        assert import_model(tmp_path / "decoder.onnx").config.model.classes == ("0", "1", "2", "3")


class OneHot(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.outer = nn.Linear(DIMS + 4, 64)

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return torch.sigmoid(self.outer(torch.cat([z, label], 1))).view(-1, 1, 8, 8)


def test_a_program_of_torch_export_may_take_one_hot(tmp_path):
    theirs = OneHot()
    path = exported(theirs, tmp_path / "decoder.pt2", torch.zeros(2, DIMS), torch.zeros(2, 4))
    model = load_model(write_run(trusted(path), tmp_path / "run").path)
    z, labels = torch.randn(5, DIMS), torch.tensor([3, 2, 1, 0, 0])
    with torch.inference_mode():
        expected = theirs(z, nn.functional.one_hot(labels, 4).float())
        torch.testing.assert_close(model.decode(z, labels), expected, rtol=0, atol=1e-5)


def test_torchscript_of_two_inputs_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match=r"takes 2 inputs \(z, label\), and TorchScript doesn't tell what they are"):
        trusted(scripted(OneHot(), tmp_path / "decoder.pt"))
