from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from tests.core.importers.stacks import ALL, Convolutional, Example, Generator, Plain, settled
from vae_explorer.core.config import DataConfig, RunConfig
from vae_explorer.core.configure import apply_settings
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import UnclearError, import_model
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.model import Model


def as_pickle(model, path):
    torch.save(model.state_dict(), path)


def as_old_pickle(model, path):
    torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False)


def as_safetensors(model, path):
    save_file(model.state_dict(), path)


def as_checkpoint(model, path):
    weights = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    torch.save({"epoch": 3, "state_dict": weights, "optimizer": {"lr": 1e-3}}, path)


def as_lightning(model, path):
    weights = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    held = {"pytorch-lightning_version": "2.5.0", "global_step": 10**12, "state_dict": weights}
    torch.save(held | {"hyper_parameters": {"latent_dim": model.dims, "lr": 1e-3}}, path)


WAYS = {
    "weights.pt": as_pickle,
    "weights.pth": as_old_pickle,
    "weights.safetensors": as_safetensors,
    "checkpoint.tar": as_checkpoint,
    "last.ckpt": as_lightning,
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("kind", ALL)
def test_it_decodes_and_encodes_as_the_model_itself_does(imported, tmp_path, kind, name):
    theirs = settled(kind)
    WAYS[name](theirs, tmp_path / name)
    ours = imported(tmp_path / name, theirs.known)
    z, x = 2 * torch.randn(6, theirs.dims), torch.rand(6, *theirs.image)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), theirs.decode(z), rtol=0, atol=1e-5)
        assert theirs.decode(z).std() > 0.02, "nothing to compare"
        assert ours.can_encode == (theirs.encode is not None)
        if theirs.encode is None:
            return
        mean, log_var = theirs.encode(x)
        torch.testing.assert_close(ours.encode(x).mean, mean, rtol=0, atol=1e-5)
        if log_var is not None:
            torch.testing.assert_close(ours.encode(x).log_var, log_var, rtol=0, atol=1e-5)
    assert ours.config.imported.format == ("lightning" if name == "last.ckpt" else "state-dict")


@pytest.mark.parametrize(("network", "size"), [("mlp", 8), ("linear", 8), ("conv", 32)])
@pytest.mark.parametrize("objective", ["vae", "ae"])
def test_weights_of_this_programs_own_models_are_read(imported, tmp_path, network, size, objective):
    config = RunConfig(data=DataConfig(source="", image_size=size, channels=1))
    config = apply_settings(config, {"network": network, "objective": objective, "latent_dims": 3})
    own = Model.from_config(config)
    save_file(own.state_dict(), tmp_path / "own.safetensors")
    posterior = config.model.posterior
    ours = imported(tmp_path / "own.safetensors", Wishes(output="sigmoid", activation="relu", posterior=posterior))
    z, x = torch.randn(4, 3), torch.rand(4, 1, size, size)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), own.decode(z), rtol=0, atol=1e-5)
        torch.testing.assert_close(ours.encode(x).mean, own.encode(x).mean, rtol=0, atol=1e-5)


def test_all_that_is_missing_is_asked_for_at_once(tmp_path):
    as_pickle(settled(Example), tmp_path / "weights.pt")
    with pytest.raises(UnclearError) as asked:
        import_model(tmp_path / "weights.pt")
    assert asked.value.wishes == ("output", "activation", "posterior")
    assert all(f"--{name}" in str(asked.value) for name in asked.value.wishes)


def test_what_names_tell_is_not_asked_for(tmp_path):
    as_pickle(settled(Convolutional), tmp_path / "weights.pt")
    with pytest.raises(UnclearError) as asked:
        import_model(tmp_path / "weights.pt")
    assert asked.value.wishes == ("output", "activation")


def test_where_activations_stand_is_told(tmp_path):
    as_pickle(settled(Convolutional), tmp_path / "weights.pt")
    notes = import_model(tmp_path / "weights.pt", Convolutional.known).notes
    assert "decoder_input" in notes[0]


def test_a_decoder_alone_is_told_to_be_one(imported, tmp_path):
    as_pickle(settled(Generator), tmp_path / "weights.pt")
    assert "no encoder" in import_model(tmp_path / "weights.pt", Generator.known).notes[1]
    ours = imported(tmp_path / "weights.pt", Generator.known)
    with pytest.raises(UserError, match="a decoder alone"):
        ours.encode(torch.rand(1, 3, 16, 16))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda held: held | {"decoder.0.weight": torch.rand(128, 5)}, "don't lead from the images|lead from a code"),
        (lambda held: held | {"decoder.5.weight": torch.rand(7, 3, 4, 4)}, "lead from a code to a square image"),
        (lambda held: held | {"scale": torch.rand(())}, "can't be read"),
        (lambda held: held | {"attention.in_proj": torch.rand(3, 3)}, "“attention”"),
        (lambda held: {name: held[name] for name in held if "encoder" in name}, "No layers of a decoder"),
        (lambda held: held | {"decoder.0.bias": torch.full((128,), torch.nan)}, "NaN or infinite"),
        (lambda held: {}, "no weights by name"),
        (lambda held: [1, 2], "no weights by name"),
    ],
)
def test_weights_that_fit_nothing_are_told_in_a_sentence(tmp_path, change, message):
    torch.save(change(settled(Plain).state_dict()), tmp_path / "weights.pt")
    with pytest.raises(UserError, match=message):
        import_model(tmp_path / "weights.pt", Plain.known)


def test_a_wish_that_contradicts_the_shapes_is_refused(tmp_path):
    as_pickle(settled(Plain), tmp_path / "weights.pt")
    with pytest.raises(UserError, match="codes of 4 numbers, not 5"):
        import_model(tmp_path / "weights.pt", replace(Plain.known, latent_dims=5))
    with pytest.raises(UserError, match="lead from a code to a square image"):
        import_model(tmp_path / "weights.pt", replace(Plain.known, image_size=17))
    with pytest.raises(UserError, match="fits no posterior “log_var”"):
        import_model(tmp_path / "weights.pt", replace(Plain.known, posterior="log_var"))


def test_layers_to_leave_plain_must_be_there(tmp_path):
    as_pickle(settled(Plain), tmp_path / "weights.pt")
    with pytest.raises(UserError, match=r"no layer “decoder\.99” to leave plain; there are: .*decoder\.0"):
        import_model(tmp_path / "weights.pt", replace(Plain.known, plain=("decoder.99",)))


def test_of_a_decoder_alone_no_posterior_is_told(tmp_path):
    as_pickle(settled(Generator), tmp_path / "weights.pt")
    assert import_model(tmp_path / "weights.pt", Generator.known).found.posterior is None


def test_what_lies_outside_all_layers_is_told_by_its_own_name(tmp_path):
    torch.save(settled(Plain).state_dict() | {"scale": torch.rand(3)}, tmp_path / "weights.pt")
    with pytest.raises(UserError, match=r"The tensor “scale” \(3\), which is part of no layer, can't be read"):
        import_model(tmp_path / "weights.pt", Plain.known)


def test_the_layers_that_nothing_follows_are_told_but_not_those_before_a_normalisation(tmp_path):
    as_pickle(settled(Generator), tmp_path / "weights.pt")
    (told, _) = import_model(tmp_path / "weights.pt", Generator.known).notes
    assert told == "No activation follows 6; one follows every other layer."


def test_hyper_parameters_that_mean_something_else_are_passed_over(tmp_path):
    held = {"pytorch-lightning_version": "2.5.0", "state_dict": settled(Plain).state_dict()}
    torch.save(held | {"hyper_parameters": {"channels": 64, "image_size": 7}}, tmp_path / "last.ckpt")
    assert import_model(tmp_path / "last.ckpt", Plain.known).config.data.channels == 3


def lightning(path, kind, **parameters):
    held = {"pytorch-lightning_version": "2.5.0", "state_dict": settled(kind).state_dict()}
    torch.save(held | {"hyper_parameters": parameters}, path)
    return path


def test_words_among_the_hyper_parameters_need_not_be_told(tmp_path):
    told = {"activation": "nn.LeakyReLU()", "negative_slope": 0.2, "output_activation": "Tanh", "z_dim": 6}
    path = lightning(tmp_path / "last.ckpt", Convolutional, **told)
    imported = import_model(path, Wishes(plain=("decoder_input",)))
    assert imported.found.activation == "leaky-relu"
    assert imported.found.slope == 0.2
    assert imported.found.output == "tanh"
    assert imported.notes[0] == "Its hyper-parameters tell output tanh, activation leaky-relu."


def test_what_a_person_says_goes_before_the_hyper_parameters(tmp_path):
    path = lightning(tmp_path / "last.ckpt", Plain, activation="tanh", output="raw")
    imported = import_model(path, Plain.known)
    assert imported.found == import_model(lightning(tmp_path / "other.ckpt", Plain), Plain.known).found
    assert not any("hyper-parameters" in note for note in imported.notes)


def test_a_size_that_contradicts_the_shapes_takes_no_word_with_it(tmp_path):
    path = lightning(tmp_path / "last.ckpt", Example, activation="relu", channels=3, image_size=8, latent_dim=7)
    with pytest.raises(UnclearError) as asked:
        import_model(path)
    assert asked.value.wishes == ("output", "posterior")


@pytest.mark.parametrize("parameters", [
    {"activation": "mish", "output": 3}, {"activation": ["relu"]}, {"activation": "relu", "act": "tanh"}, {"act": None},
    [1, 2],
])  # fmt: skip
def test_hyper_parameters_that_tell_nothing_are_asked_for(tmp_path, parameters):
    held = {"pytorch-lightning_version": "2.5.0", "state_dict": settled(Example).state_dict()}
    torch.save(held | {"hyper_parameters": parameters}, tmp_path / "last.ckpt")
    with pytest.raises(UnclearError) as asked:
        import_model(tmp_path / "last.ckpt")
    assert asked.value.wishes == ("output", "activation", "posterior")
