import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from vae_explorer.core.data.base import Factor, Factors
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.evaluation import Subject, choose, evaluate, figures_of, measure
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
    assert json.loads(json.dumps(evaluate(make_model(), images)))["images"] == 50


def test_memory_mapped_images(tmp_path, make_model, images):
    np.save(tmp_path / "images.npy", images)
    model = make_model()
    assert evaluate(model, np.load(tmp_path / "images.npy", mmap_mode="r")) == evaluate(model, images)


@pytest.fixture
def known(make_images):
    """Return images with labels and true factors, so that every metric applies."""
    random = np.random.default_rng(0)
    images, labels = make_images(count=300), random.integers(0, 3, 300)
    values = np.stack([labels, random.random(300)], axis=1).astype(np.float64)
    factors = Factors((Factor("class", 3), Factor("light", None)), values)
    return replace(images, labels=labels, label_names=("a", "b", "c"), factors=factors)


def tell(model, images, names="all"):
    return list(measure(Subject(model, images, importance_samples=5), choose(names)))


def test_everything_applies_to_a_vae_on_images_with_factors_and_labels(make_model, known):
    results = tell(make_model(), known)
    assert not any(result.reasons for result in results)
    figures = json.loads(json.dumps(figures_of(results), allow_nan=False))
    assert figures["elbo"] == evaluate(make_model(), known.images)["elbo"]
    assert figures["is_nll"]["k"] == 5
    assert figures["mig"].keys() >= {"histogram_20_bins", "density"}
    assert figures["code_at_work"].keys() == {"classification", "storage"}
    assert figures["not_applicable"] == {}


def test_the_same_subject_gives_the_same_figures(make_model, known):
    assert figures_of(tell(make_model(), known)) == figures_of(tell(make_model(), known))


def test_of_a_plain_autoencoder_what_needs_a_posterior_is_absent_with_its_reason(make_model, known):
    figures = figures_of(tell(make_model(objective="ae"), known))
    assert (figures["elbo"], figures["is_nll"], figures["kl_parts"], figures["mig"]["density"]) == (None,) * 4
    assert figures["mig"]["histogram_20_bins"] is not None
    assert figures["mmd"]["drawn"] == "codes"
    assert figures["not_applicable"].keys() == {
        *("elbo", "kl", "kl_per_dim", "active_units"),
        *("is_nll", "kl_parts", "mig.density", "mig.density_per_factor"),
    }


def test_without_factors_and_labels_the_reasons_are_told(make_model, make_images):
    bare = make_images(count=50)
    figures = figures_of(tell(make_model(), bare))
    assert figures["mig"] is None
    assert figures["code_at_work"]["classification"] is None
    assert figures["code_at_work"]["storage"] is not None
    assert "sample:faces" in figures["not_applicable"]["mig"]


def test_a_conditional_model_is_told_the_classes(make_config, known):
    model = Model.from_config(make_config(known, objective="cvae"))
    first = figures_of(tell(model, known, "is_nll,code_at_work"))
    assert first["code_at_work"]["storage"]["code_bytes"] == 4 * 2 + 1
    others = replace(known, labels=(known.labels + 1) % 3)
    assert figures_of(tell(model, others, "is_nll"))["is_nll"]["value"] != first["is_nll"]["value"]


def test_metrics_are_chosen_by_name_and_the_elbo_is_always_there():
    assert [metric.name for metric in choose("basic")] == ["elbo"]
    assert [metric.name for metric in choose("mmd, mig")] == ["elbo", "mmd", "mig"]
    assert [metric.name for metric in choose("code_at_work")][1:] == [
        "code_at_work.classification",
        "code_at_work.storage",
    ]
    assert len(choose("all")) == len(choose("all,mig")) > 8
    with pytest.raises(UserError, match="no metric “gim”"):
        choose("mig,gim")


def test_progress_goes_from_0_to_1_and_names_what_is_under_way(make_model, known):
    moments = []
    list(measure(Subject(make_model(), known), choose("mmd,dci"), lambda *moment: moments.append(moment)))
    shares = [share for _, share in moments]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1] > 0.6) == (0, True)
    assert list(dict(moments)) == ["ELBO", "MMD² to the prior", "DCI"]


@pytest.mark.parametrize("objective", ["vae", "ae"])
@pytest.mark.parametrize("count", [1, 2, 12])
def test_few_images_are_measured_as_far_as_they_go(make_config, known, objective, count):
    few = replace(
        known,
        images=known.images[:count],
        labels=known.labels[:count],
        factors=Factors(known.factors.factors, known.factors.values[:count]),
    )
    model = Model.from_config(make_config(known, objective=objective, latent_dims=1))
    figures = figures_of(tell(model, few))
    assert figures["images"] == count
    assert "at least 100 images" in figures["not_applicable"]["mig"]
    assert (figures["mmd"] is None) == (count < 2)
    assert (figures["code_at_work"]["classification"] is None) == (count < 10)


def test_one_dimension_has_a_gap_too(make_config, known):
    figures = figures_of(tell(Model.from_config(make_config(known, latent_dims=1)), known))
    assert 0 < figures["mig"]["histogram_20_bins"] <= 1
    assert figures["dci"]["completeness"] == 1
