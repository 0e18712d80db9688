"""`from vae_explorer import load`: what it gives is what the program itself computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.core.importers.code_files import Vae, scripted
from tests.core.importers.stacks import Example, settled
from tests.running import fresh_python
from vae_explorer import load
from vae_explorer.api import TrainedModel
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.model import Model, load_model
from vae_explorer.core.run_folder import RunFolder

NOISE = np.random.default_rng(3)
PIXELS = NOISE.integers(0, 256, (300, 8, 8, 1), np.uint8)
CODES = NOISE.normal(size=(7, 3)).astype(np.float32)


@pytest.fixture
def model(trained: Path) -> TrainedModel:
    return load(trained, "cpu")


def conditional() -> TrainedModel:
    images = ImageSet(
        source="/images", title="images", images=PIXELS[:20], paths=(), labels=np.arange(20) % 2,
        label_names=("cat", "dog"), shape=ImageShape(8, 1),
    )  # fmt: skip
    wishes: dict[str, str | float | None] = {
        "objective": "cvae",
        "network": "mlp",
        "hidden": "8",
        "latent_dims": 3,
        "batch_size": 4,
    }
    return TrainedModel(Model.from_config(configure(images, settings=wishes)), "cpu")


def test_importing_the_package_is_light() -> None:
    said = fresh_python("from vae_explorer import load; print(*sys.modules)")
    assert said.status == 0, said.err
    assert not {"torch", "numpy", "pydantic", "PySide6"} & set(said.out.split())


def test_codes_are_those_of_the_program(model: TrainedModel, trained: Path) -> None:
    expected = encode_images(load_model(trained), PIXELS)
    mean, log_var = model.encode(PIXELS)
    assert expected.log_var is not None
    assert log_var is not None
    assert np.array_equal(mean, expected.mean)
    assert np.array_equal(log_var, expected.log_var)


def test_grey_images_need_no_channel_and_floats_are_brightness(model: TrainedModel) -> None:
    mean = model.encode(PIXELS).mean
    assert np.array_equal(model.encode(PIXELS[..., 0]).mean, mean)
    np.testing.assert_allclose(model.encode(PIXELS / 255).mean, mean, atol=1e-6)


def test_a_plain_autoencoder_has_no_spread(trained: Path) -> None:
    raw = RunFolder.open(trained).config.model_dump()
    raw["model"]["posterior"], raw["objective"] = "none", {"name": "ae"}
    mean, log_var = TrainedModel(Model.from_config(RunConfig.from_dict(raw)), "cpu").encode(PIXELS)
    assert mean.shape == (300, 3)
    assert log_var is None


def test_images_are_those_of_the_program(model: TrainedModel, trained: Path) -> None:
    folder = RunFolder.open(trained)
    expected = Decoder(folder.config, folder.load_weights()).decode(CODES)
    assert np.array_equal(model.decode(CODES), expected)
    floats = model.decode_floats(CODES.tolist())
    assert floats.dtype == np.float32
    assert np.array_equal(np.rint(floats * 255).astype(np.uint8), expected)


def test_no_images_have_no_codes_and_no_codes_no_images(model: TrainedModel) -> None:
    assert model.encode(PIXELS[:0]).mean.shape == (0, 3)
    assert model.decode(CODES[:0]).shape == (0, 8, 8, 1)


def test_a_grid_goes_to_the_right_and_upwards(model: TrainedModel) -> None:
    grid = model.grid((2, 0), steps=5, span=(-1, 1), hold={1: 0.5})
    assert grid.shape == (5, 5, 8, 8, 1)
    corners = model.decode([[1, 0.5, -1], [1, 0.5, 1], [-1, 0.5, -1], [-1, 0.5, 1]])
    assert np.array_equal(grid[[0, 0, -1, -1], [0, -1, 0, -1]], corners)
    assert model.grid([1], steps=4).shape == (1, 4, 8, 8, 1)


def test_a_conditional_model_takes_classes_by_name_or_number() -> None:
    model = conditional()
    assert model.classes == ("cat", "dog")
    dogs = model.decode(CODES, "dog")
    assert np.array_equal(dogs, model.decode(CODES, 1))
    assert np.array_equal(dogs, model.decode(CODES, ["dog"] * 7))
    assert not np.array_equal(dogs, model.decode(CODES))
    assert not np.array_equal(model.encode(PIXELS, "dog").mean, model.encode(PIXELS, "cat").mean)
    assert np.array_equal(model.grid(steps=2, labels="dog")[0, 0], model.decode([[-2.5, 2.5, 0]], "dog")[0])


@pytest.mark.parametrize("labels", ["horse", 2, -1, [0, 1], ["dog", "cat"], 0.5])
def test_classes_that_are_not_there(labels: object) -> None:
    with pytest.raises(UserError):
        conditional().decode(CODES, labels)  # type: ignore[arg-type]  # that is the point


def test_a_conditional_model_is_told_what_it_encodes() -> None:
    with pytest.raises(UserError, match="needs their classes"):
        conditional().encode(PIXELS)


@pytest.mark.parametrize(
    ("images", "why"),
    [
        (PIXELS[:, :7], "N×8×8×1"),
        (np.zeros((2, 8, 8, 3), np.uint8), "these are 2×8×8×3"),
        (PIXELS.astype(np.int64), "uint8, or floats"),
        (PIXELS.astype(float), "from 0 to 1"),
        (np.full((1, 8, 8), np.nan), "from 0 to 1"),
        (None, "an array of"),
        (0.5, "an array of"),
    ],
)
def test_images_of_another_kind(model: TrainedModel, images: object, why: str) -> None:
    with pytest.raises(UserError, match=why):
        model.encode(images)  # type: ignore[arg-type]  # that is the point


def test_codes_and_dimensions_that_do_not_fit(model: TrainedModel) -> None:
    with pytest.raises(UserError, match="codes have 3 numbers"):
        model.decode(np.zeros((1, 2)))
    with pytest.raises(UserError, match="knows no classes"):
        model.decode(CODES, "dog")
    for dims, hold in (((0, 3), None), ((0, 0), None), ((), None), ((0, 1), {-1: 0.0})):
        with pytest.raises(UserError):
            model.grid(dims, hold=hold)


@pytest.mark.parametrize("codes", ["x", [[0, 0, np.nan]], [[0, np.inf, 0]], [[1e300, 0, 0]], [[1j, 0, 0]]])
def test_codes_that_are_no_numbers_are_refused_not_drawn(model: TrainedModel, codes: object) -> None:
    with pytest.raises(UserError, match="finite numbers"):
        model.decode(codes)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(UserError, match="finite numbers"):
        model.decode_floats(codes)  # type: ignore[arg-type]


def test_a_single_code_is_told_to_lack_an_axis(model: TrainedModel) -> None:
    with pytest.raises(UserError, match="an array of 3 instead of N×D was given"):
        model.decode(np.zeros(3))


@pytest.mark.parametrize("steps", [0, -1, 2.5, 10**9])
def test_a_grid_of_no_or_endlessly_many_images(model: TrainedModel, steps: int) -> None:
    with pytest.raises(UserError, match="whole number from 1 to"):
        model.grid(steps=steps)


def test_what_is_no_model_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run folder"):
        load(tmp_path / "nowhere")


def test_a_foreign_model_is_loaded_as_it_is(trained: Path, tmp_path: Path) -> None:
    folder = RunFolder.open(trained)
    wishes = folder.config.model.model_copy(update={"likelihood": "bernoulli", "likelihood_settings": {}})
    ours = Model.from_config(folder.config.model_copy(update={"model": wishes}))
    export_model(ours, "pythae", tmp_path / "theirs")
    theirs = load(tmp_path / "theirs", "cpu")
    with torch.inference_mode():
        expected = ours.decode(torch.from_numpy(CODES)).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(theirs.decode_floats(CODES), expected, atol=1e-5)


# What is said of a model whose files don't tell it


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.save(settled(Example).state_dict(), tmp_path / "weights.pt")
    return tmp_path / "weights.pt"


def test_what_the_files_do_not_tell_can_be_said(weights: Path) -> None:
    theirs: Any = settled(Example)
    theirs.load_state_dict(torch.load(weights))
    options: dict[str, Any] = {"activation": "relu", "output": "sigmoid", "posterior": "log_var"}
    ours = load(weights, "cpu", **options | {"image_size": np.int64(8), "channels": 1, "plain": []})
    codes = np.random.default_rng(0).normal(size=(5, 5)).astype(np.float32)
    with torch.inference_mode():
        expected = theirs.decode(torch.from_numpy(codes)).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(ours.decode_floats(codes), expected, atol=1e-5)
    leaky = load(weights, "cpu", **options | {"activation": "leaky-relu"}, slope=0.5)
    assert not np.allclose(leaky.decode_floats(codes), expected, atol=1e-5)


def test_what_is_missing_is_called_as_it_is_given_here(weights: Path) -> None:
    with pytest.raises(UserError, match="Say: output") as refused:
        load(weights, "cpu")
    assert "--" not in str(refused.value)
    with pytest.raises(UserError, match="image_size and channels may help"):
        load(weights, "cpu", activation="relu", output="sigmoid", posterior="log_var", image_size=9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"output": "loud"}, "output is one of sigmoid, tanh, raw, signed, not “loud”."),
        ({"activation": 3}, "activation is one of relu"),
        ({"layout": "cwh"}, "layout is one of chw, hwc, not “cwh”."),
        ({"posterior": "variance"}, "posterior is one of"),
        ({"image_size": 3}, "image_size is a whole number from 4 to 1024, not 3."),
        ({"image_size": 28.0}, "image_size is a whole number"),
        ({"channels": 2}, "channels is 1 for grey images or 3 for colour, not 2."),
        ({"latent_dims": True}, "latent_dims is a whole number"),
        ({"slope": -0.1}, "slope is a number from 0 to 1, not -0.1."),
        ({"slope": float("nan")}, "slope is a number from 0 to 1"),
        ({"plain": "fc1"}, "plain is a list of the names of layers, not “fc1”."),
        ({"plain": [1]}, "plain is a list of the names of layers"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(weights: Path, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        load(weights, "cpu", **options)
    assert str(refused.value).startswith(sentence)


def test_a_run_tells_all_of_itself(trained: Path) -> None:
    with pytest.raises(UserError, match="is a run folder, which tells all of itself: leave output, slope out"):
        load(trained, "cpu", output="raw", slope=0.2)


def test_a_device_that_is_not_there_is_told_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no device “cuda:77”"):
        load(tmp_path, "cuda:77")


def test_code_is_run_once_it_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))
    path = scripted(Vae(), tmp_path / "decoder.pt")
    with pytest.raises(UserError, match="trust it with trust=True"):
        load(path, "cpu")
    assert load(path, "cpu", trust=True).latent_dims == 3
    assert load(path, "cpu").latent_dims == 3


def test_one_dimension_may_be_named_alone(model: TrainedModel) -> None:
    assert np.array_equal(model.grid(dims=1, steps=3), model.grid(dims=(1,), steps=3))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hold": {0: 1.0}}, "Dimension 0 can't be held, since the grid runs along it"),
        ({"dims": 7}, "there is none numbered 7"),
        ({"dims": "01"}, "Dimensions are whole numbers"),
        ({"dims": (0, 1, 2)}, "one dimension, or two different ones"),
        ({"hold": {"a": 1.0}}, "Dimensions are whole numbers"),
    ],
)
def test_a_grid_that_cannot_be_meant(model: TrainedModel, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        model.grid(**options)


def test_a_model_without_a_name_is_not_the_working_folder() -> None:
    with pytest.raises(UserError, match="No model is named"):
        load("")


def test_a_model_says_what_it_is(model: TrainedModel) -> None:
    assert repr(model) == "<TrainedModel: vae, mlp, bernoulli, latent_dims=3, images 8×8×1, on cpu>"
    assert "2 classes" in repr(conditional())
