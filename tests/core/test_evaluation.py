import numpy as np
import pytest
import torch

from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.evaluation import evaluate
from vae_explorer.core.model import Model
from vae_explorer.core.posterior import kl_from_prior


@pytest.fixture
def images(make_images):
    return make_images(count=50).images


@pytest.fixture
def make_model(make_images, make_config):
    return lambda **wishes: Model.from_config(make_config(make_images(), **wishes))


@pytest.mark.parametrize("objective", ["vae", "notes", "notes-log-var"])
def test_the_true_elbo_is_told_whatever_was_optimised(make_model, images, objective):
    model = make_model(objective=objective)
    told = evaluate(model, images)
    codes = encode_images(model, images)
    kl = kl_from_prior(torch.from_numpy(codes.mean), torch.from_numpy(codes.log_var)).mean(0)
    assert told["kl_per_dim"] == pytest.approx(kl.tolist(), rel=1e-4)
    assert told["kl"] == pytest.approx(sum(told["kl_per_dim"]))
    assert told["elbo"] == -(told["reconstruction"] + told["kl"])
    assert told["images"] == 50


def test_codes_are_drawn_and_not_the_means(make_model, images):
    model = make_model()
    with torch.no_grad():
        model.network.encoder[-1].bias[2:] = 3.0
        model.network.decoder[-1].weight *= 30
        x = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
        at_means = model(x, torch.zeros(50, 2))[0]["reconstruction"].mean().item()
    assert evaluate(model, images)["reconstruction"] > at_means + 1


def test_the_seed_decides_and_the_batches_do_not(make_model, images):
    model = make_model()
    told = evaluate(model, images, seed=1)
    assert evaluate(model, images, seed=1) == told
    assert evaluate(model, images, seed=2)["reconstruction"] != told["reconstruction"]
    assert evaluate(model, images, seed=1, batch=7)["kl"] == pytest.approx(told["kl"], rel=1e-6)


def test_a_dimension_that_never_moves_is_not_active(make_model, images):
    model = make_model(latent_dims=3)
    with torch.no_grad():
        model.network.encoder[-1].weight[:3] *= 30
        model.network.encoder[-1].weight[1] = 0
        model.network.encoder[-1].bias[1] = 100.0
    variances = encode_images(model, images).mean.var(0)
    assert (variances > 0.01).tolist() == [True, False, True]
    assert evaluate(model, images)["active_units"] == 2


def test_a_plain_autoencoder_claims_nothing_that_needs_a_posterior(make_model, images):
    model = make_model(objective="ae")
    told = evaluate(model, images)
    assert {name for name, value in told.items() if value is None} == {"elbo", "kl", "kl_per_dim", "active_units"}
    x = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    expected = model(x, torch.zeros(50, 2))[0]["reconstruction"].mean().item()
    assert told["reconstruction"] == pytest.approx(expected, rel=1e-5)


def test_what_cannot_be_evaluated(make_model, make_images, images):
    with pytest.raises(UserError, match="no images to evaluate"):
        evaluate(make_model(), images[:0])
    with pytest.raises(UserError, match="takes images of 8×8×1"):
        evaluate(make_model(), make_images(size=9).images)


def test_the_result_is_ready_for_json(make_model, images):
    import json

    assert json.loads(json.dumps(evaluate(make_model(), images)))["images"] == 50


def test_memory_mapped_images(tmp_path, make_model, images):
    np.save(tmp_path / "images.npy", images)
    model = make_model()
    assert evaluate(model, np.load(tmp_path / "images.npy", mmap_mode="r")) == evaluate(model, images)
