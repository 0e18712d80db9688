import json

import numpy as np
import pytest
import torch

from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model, load_model, load_weights
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.run_folder import RunFolder


@pytest.fixture
def images(make_images):
    return make_images()


@pytest.fixture
def saved(tmp_path, images, make_config):
    """A run folder that holds an untrained model."""
    folder = RunFolder.create(tmp_path / "run", make_config(images))
    folder.save_weights(Model.from_config(folder.config).state_dict())
    return folder


def edit(folder, change):
    path = folder.path / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


@pytest.mark.parametrize("objective", objectives.names())
@pytest.mark.parametrize("network", networks.names())
def test_a_loaded_model_decodes_and_encodes_bit_by_bit_as_it_did(tmp_path, images, make_config, network, objective):
    config = make_config(images, network=network, objective=objective)
    model = Model.from_config(config)
    folder = RunFolder.create(tmp_path / "run", config)
    folder.save_weights(model.state_dict())
    loaded = load_model(folder.path)
    before, after = (encode_images(m, images.images) for m in (model, loaded))
    assert np.array_equal(before.mean, after.mean)
    first, second = (Decoder(config, m.state_dict()).decode(before.mean) for m in (model, loaded))
    assert np.array_equal(first, second)


def test_forward_gives_the_terms_of_the_objective(images, make_config):
    model = Model.from_config(make_config(images))
    x = torch.from_numpy(images.images).permute(0, 3, 1, 2) / 255
    terms, posterior = model(x, torch.zeros(len(x), 2))
    assert torch.equal(posterior.mean, model.encode(x).mean)
    assert terms["loss"].shape == (21,)
    reconstruction = model.likelihood.negative_log_likelihood(model.network.decode(model.encode(x).mean), x)
    torch.testing.assert_close(terms["reconstruction"], reconstruction)


def test_parameters_are_counted(images, make_config):
    model = Model.from_config(make_config(images, network="linear"))
    assert model.count_parameters() == (64 * 4 + 4) + (2 * 64 + 64)


def test_decoded_images_lie_between_black_and_white(images, make_config):
    decoded = Model.from_config(make_config(images, likelihood="gaussian")).decode(100 * torch.randn(3, 2))
    assert decoded.shape == (3, 1, 8, 8)
    assert decoded.min() >= 0
    assert decoded.max() <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["model"].update(network="transformer"), "no network called “transformer”; there are: conv"),
        (lambda c: c["model"].update(likelihood="poisson"), "no likelihood called “poisson”"),
        (lambda c: c["objective"].update(name="gan"), "no objective called “gan”"),
        (lambda c: c["model"]["network_settings"].update(depth=3), "“mlp” cannot be used: .*unknown setting “depth”"),
        (lambda c: c["model"]["network_settings"].update(hidden=[0]), "hidden.0"),
        (lambda c: c["objective"]["settings"].update(beta=-1), "“beta”"),
        (lambda c: c["model"].update(posterior="none"), "needs the posterior “log_var”, not “none”"),
        (lambda c: c["model"].update(network="linear", network_settings={}), "do not fit the network “linear”"),
        (lambda c: c["model"].update(latent_dims=3), "has the shape .* where .* is needed"),
        (lambda c: c["data"].update(image_size=9), "has the shape"),
        (lambda c: c["model"]["network_settings"].update(hidden=[16]), "do not fit the network “mlp”"),
        (lambda c: c["model"]["network_settings"].update(hidden=[16, 8, 4]), "do not fit the network “mlp”"),
    ],
)
def test_a_model_that_cannot_be_is_told_in_a_sentence(saved, change, message):
    edit(saved, change)
    with pytest.raises(UserError, match=message) as raised:
        load_model(saved.path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(saved, value):
    weights = saved.load_weights()
    weights["decoder.0.weight" if "decoder.0.weight" in weights else next(iter(weights))][0] = value
    saved.save_weights(weights)
    with pytest.raises(UserError, match="NaN or infinite"):
        load_model(saved.path)


def test_weights_with_something_extra(saved):
    saved.save_weights(saved.load_weights() | {"extra": torch.ones(1)})
    with pytest.raises(UserError, match="“extra” has no place"):
        load_model(saved.path)


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, torch.float8_e5m2, torch.bool])
def test_weights_of_another_kind(saved, dtype):
    saved.save_weights({name: tensor.to(dtype) for name, tensor in saved.load_weights().items()})
    with pytest.raises(UserError, match=r"no ordinary numbers|damaged"):
        load_model(saved.path)


def test_weights_of_half_precision_are_read(saved):
    saved.save_weights({name: tensor.half() for name, tensor in saved.load_weights().items()})
    assert next(load_model(saved.path).parameters()).dtype == torch.float32


def test_weights_are_refused_before_any_is_taken(saved):
    model = load_model(saved.path)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    changed = {name: tensor + 1 for name, tensor in before.items()}
    changed.popitem()
    with pytest.raises(UserError, match="is missing"):
        load_weights(model, changed)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_large_but_finite_weights_are_weights(saved):
    weights = {name: torch.full_like(tensor, 3e38) for name, tensor in saved.load_weights().items()}
    saved.save_weights(weights)
    assert load_model(saved.path).count_parameters() > 0
