import json

import pytest
import torch

from tests.core.importers.burgess import Burgess
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import import_model


def saved(folder, channels=1, size=32, dims=3, *, as_zip=True, **specs):
    folder.mkdir()
    model = Burgess(channels, size, dims).eval()
    torch.save(model.state_dict(), folder / "model.pt", _use_new_zipfile_serialization=as_zip)
    known = {"img_size": [channels, size, size], "latent_dim": dims, "model_type": "Burgess"}
    (folder / "specs.json").write_text(json.dumps(known | specs))
    return model


@pytest.mark.parametrize(("channels", "size"), [(1, 32), (3, 64)])
@pytest.mark.parametrize("as_zip", [True, False])
def test_it_decodes_and_encodes_as_its_own_network_does(imported, tmp_path, channels, size, as_zip):
    theirs = saved(tmp_path / "theirs", channels, size, as_zip=as_zip)
    ours = imported(tmp_path / "theirs")
    z, x = 3 * torch.randn(4, 3), torch.rand(4, channels, size, size)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), theirs.decode(z), rtol=0, atol=1e-5)
        mean, log_var = theirs.encode(x)
        torch.testing.assert_close(ours.encode(x).mean, mean, rtol=0, atol=1e-5)
        torch.testing.assert_close(ours.encode(x).log_var, log_var, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("specs", "objective", "settings"),
    [
        ({"loss": "VAE"}, "vae", {}),
        ({"loss": "betaH", "betaH_B": 4}, "beta-vae", {"beta": 4}),
        ({"loss": "betaB", "betaB_G": 100, "betaB_finC": 25}, "capacity", {"gamma": 100, "capacity": 25}),
        ({"loss": "btcvae", "btcvae_B": 6}, "beta-tcvae", {"beta": 6}),
        ({"loss": "factor", "factor_G": 6}, "factor-vae", {"gamma": 6}),
        ({"loss": "another"}, "vae", {}),
    ],
)
def test_its_loss_is_the_objective(tmp_path, specs, objective, settings):
    saved(tmp_path / "theirs", **specs)
    config = import_model(tmp_path / "theirs").config
    assert config.objective.name == objective
    assert {name: config.objective.settings[name] for name in settings} == settings


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ({"img_size": [1, 28, 28]}, "no image of 32 or 64 pixels"),
        ({"img_size": [3, 32, 32]}, "aren't those of the network that specs.json names"),
        ({"img_size": [1, 64, 64]}, "aren't those of the network that specs.json names"),
        ({"latent_dim": "3"}, "no usable latent_dim"),
        ({"latent_dim": 10**9}, "no usable latent_dim"),
    ],
)
def test_specs_that_do_not_fit_are_told_in_a_sentence(tmp_path, specs, message):
    saved(tmp_path / "theirs", **specs)
    with pytest.raises(UserError, match=message):
        import_model(tmp_path / "theirs")
