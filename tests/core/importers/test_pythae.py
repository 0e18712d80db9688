import json

import pytest
import torch

from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import import_model
from vae_explorer.core.parts import parts_of

VARIATIONAL = {
    "VAE": "vae",
    "BetaVAE": "beta-vae",
    "BetaTCVAE": "beta-tcvae",
    "FactorVAE": "factor-vae",
    "INFOVAE_MMD": "info-vae",
    "DisentangledBetaVAE": "capacity",
    "IWAE": "vae",
}
PLAIN = {"AE": "ae", "WAE_MMD": "wae-mmd", "RAE_L2": "ae"}

NETWORKS = {
    "mnist": ("Conv", "ResNet"),
    "cifar": ("Conv", "ResNet"),
    "celeba": ("Conv", "ResNet"),
}
IMAGES = {"mnist": (1, 28, 28), "cifar": (3, 32, 32), "celeba": (3, 64, 64)}


def config_of(library, name, **settings):
    kind = {"WAE_MMD": "WAE_MMD_Config", "RAE_L2": "RAE_L2_Config", "INFOVAE_MMD": "INFOVAE_MMD_Config"}
    return getattr(library, kind.get(name, f"{name}Config"))(**settings)


def saved(library, name, folder, networks=(), **settings):
    settings = {"input_dim": (1, 8, 8), "latent_dim": 3} | settings
    config = config_of(library, name, **settings)
    model = getattr(library, name)(config, *(network(config) for network in networks)).eval()
    model.save(str(folder))
    return model


@pytest.mark.parametrize("name", [*VARIATIONAL, *PLAIN])
def test_a_default_model_decodes_and_encodes_as_pythae_does(pythae, imported, tmp_path, name):
    theirs = saved(pythae, name, tmp_path / "theirs")
    ours = imported(tmp_path / "theirs")
    z, x = torch.randn(5, 3), torch.rand(4, 1, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), theirs.decoder(z).reconstruction, rtol=0, atol=1e-5)
        encoded, posterior = theirs.encoder(x), ours.encode(x)
        torch.testing.assert_close(posterior.mean, encoded.embedding, rtol=0, atol=1e-5)
        if name in VARIATIONAL:
            torch.testing.assert_close(posterior.log_var, encoded.log_covariance, rtol=0, atol=1e-5)
        else:
            assert posterior.log_var is None
    assert ours.config.objective.name == (VARIATIONAL | PLAIN)[name]
    assert parts_of(ours.config).objective.name == ours.config.objective.name


@pytest.mark.parametrize("images", NETWORKS)
@pytest.mark.parametrize("kind", ["Conv", "ResNet"])
@pytest.mark.parametrize("variational", [True, False])
def test_a_benchmark_network_decodes_and_encodes_as_pythae_does(pythae, imported, tmp_path, images, kind, variational):
    from importlib import import_module

    module = import_module(f"pythae.models.nn.benchmarks.{images}")
    encoder = getattr(module, f"Encoder_{kind}_{'VAE' if variational else 'AE'}_{images.upper()}")
    decoder = getattr(module, f"Decoder_{kind}_AE_{images.upper()}")
    name = "VAE" if variational else "AE"
    theirs = saved(pythae, name, tmp_path / "theirs", (encoder, decoder), input_dim=IMAGES[images], latent_dim=4)
    (tmp_path / "theirs" / "decoder.pkl").write_bytes(b"never opened")
    ours = imported(tmp_path / "theirs")
    z, x = torch.randn(2, 4), torch.rand(2, *IMAGES[images])
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), theirs.decoder(z).reconstruction, rtol=0, atol=1e-5)
        torch.testing.assert_close(ours.encode(x).mean, theirs.encoder(x).embedding, rtol=0, atol=1e-5)


def test_normalisation_uses_what_was_gathered_in_training(pythae, imported, tmp_path):
    from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_AE_MNIST

    config = pythae.AEConfig(input_dim=(1, 28, 28), latent_dim=4)
    theirs = pythae.AE(config, Encoder_Conv_AE_MNIST(config), Decoder_Conv_AE_MNIST(config)).train()
    theirs.decoder(torch.randn(16, 4))  # which moves the running statistics
    theirs.eval().save(str(tmp_path / "theirs"))
    ours, z = imported(tmp_path / "theirs").train(), torch.randn(2, 4)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), theirs.decoder(z).reconstruction, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("loss", "likelihood"), [("bce", "bernoulli"), ("mse", "gaussian")])
def test_the_loss_of_its_training_is_the_likelihood(pythae, tmp_path, loss, likelihood):
    saved(pythae, "VAE", tmp_path / "theirs", reconstruction_loss=loss)
    assert import_model(tmp_path / "theirs").config.model.likelihood == likelihood


def test_settings_of_the_objective_come_along(pythae, tmp_path):
    saved(pythae, "BetaVAE", tmp_path / "theirs", beta=7.0)
    assert import_model(tmp_path / "theirs").config.objective.settings["beta"] == 7.0


def test_pickled_networks_are_never_opened_and_it_is_said(pythae, tmp_path):
    saved(pythae, "VAE", tmp_path / "theirs")
    (tmp_path / "theirs" / "encoder.pkl").write_bytes(b"not even a pickle")
    assert import_model(tmp_path / "theirs").notes == ("encoder.pkl is never opened: it is pickled code.",)


def changed(folder, **changes):
    path = folder / "model_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "VQVAEConfig"}, "pythae's model “VQVAEConfig” can't be read; those that can are AE,"),
        ({"input_dim": [784]}, "tells no image of channels, height and width"),
        ({"input_dim": [1, 8, 9]}, "only square images"),
        ({"input_dim": [2, 8, 8]}, "2 channels"),
        ({"input_dim": [1, 10**6, 10**6]}, "a side of 1000000 pixels"),
        ({"latent_dim": 10**12}, "no usable latent_dim"),
        ({"latent_dim": 4}, "none of pythae's own networks"),
        ({"input_dim": [3, 8, 8]}, "none of pythae's own networks"),
    ],
)
def test_a_configuration_that_does_not_fit_is_told_in_a_sentence(pythae, tmp_path, changes, message):
    saved(pythae, "VAE", tmp_path / "theirs")
    changed(tmp_path / "theirs", **changes)
    with pytest.raises(UserError, match=message):
        import_model(tmp_path / "theirs")


def test_a_folder_without_weights_says_what_is_missing(tmp_path):
    (tmp_path / "model_config.json").write_text(json.dumps({"name": "VAEConfig", "input_dim": [1, 8, 8]}))
    with pytest.raises(UserError, match=r"holds no “model\.pt”"):
        import_model(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "Bert"}', '{"name": ["VAEConfig"]}'])
def test_settings_of_something_else_are_none_of_pythae(tmp_path, text):
    (tmp_path / "model_config.json").write_text(text)
    with pytest.raises(UserError, match="no model of a format that is known"):
        import_model(tmp_path)
