from dataclasses import replace

import numpy as np
import pytest
import torch

from vae_explorer.core.configure import with_classes
from vae_explorer.core.metrics.base import NotApplicable, result_of
from vae_explorer.core.metrics.classification import Classification
from vae_explorer.core.metrics.subject import Subject
from vae_explorer.core.model import Model


@pytest.fixture
def labelled(make_images):
    """Return 300 noisy images of three classes, which have their own place bright."""
    images = make_images(count=300)
    labels = np.random.default_rng(0).integers(0, 3, 300)
    pixels = images.images // 4
    pixels[np.arange(300), labels, :] += 150
    return replace(images, images=pixels, labels=labels, label_names=("a", "b", "c"))


@pytest.fixture
def linear(labelled, make_config):
    return Model.from_config(make_config(labelled, network="linear", latent_dims=3))


def measure(model, images):
    return Classification.measure(Subject(model, images))


def test_codes_that_hold_the_class_tell_it(linear, labelled):
    with torch.no_grad():
        linear.network.encoder.weight.zero_()
        for dim in range(3):
            linear.network.encoder.weight[dim, 8 * dim : 8 * dim + 8] = 1
    told = measure(linear, labelled)
    assert (told["knn_codes"], told["linear_codes"], told["linear_pixels"]) == (1, 1, 1)
    assert told["knn_pixels"] > 0.95
    assert (told["training"], told["test"], told["classes"], told["pixel_dims"]) == (240, 60, 3, 64)


def test_codes_that_hold_nothing_guess(linear, labelled):
    torch.nn.init.zeros_(linear.network.encoder.weight)
    told = measure(linear, labelled)
    assert told["linear_codes"] == told["majority"] < 0.6
    assert told["linear_pixels"] == 1


def test_it_is_told_on_images_held_out(linear, labelled):
    """Labels drawn at random can be learned by heart, but not be told of other images."""
    random = replace(labelled, labels=np.random.default_rng(1).integers(0, 3, 300))
    told = measure(linear, random)
    assert all(told[name] < 0.6 for name in ("knn_codes", "knn_pixels", "linear_codes", "linear_pixels"))


def test_codes_of_an_encoder_that_is_told_the_label_prove_nothing(labelled, make_config):
    config = make_config(labelled, objective="cvae", latent_dims=3)
    told = measure(Model.from_config(with_classes(config, labelled)), labelled)
    assert (told["knn_codes"], told["linear_codes"]) == (None, None)
    assert (told["linear_pixels"], told["test"]) == (1, 60)
    reasons = result_of(Classification, told, 0).reasons
    assert all("is told the label" in reasons[name] for name in ("knn_codes", "linear_codes"))


def test_only_the_most_frequent_classes_count(linear, labelled, monkeypatch):
    monkeypatch.setattr("vae_explorer.core.metrics.classification.MOST_CLASSES", 2)
    labels = np.array([0] * 100 + [1] * 60 + [2] * 140)
    told = measure(linear, replace(labelled, labels=labels))
    assert (told["classes"], told["training"] + told["test"]) == (2, 240)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (None, "Needs labels"),
        (np.zeros(300, np.int64), "two classes"),
        (np.full(300, -1), "two classes"),
        (np.array([0, 1, 0, 1] + [-1] * 296), "at least 10 labelled"),
    ],
)
def test_without_classes_it_says_so(linear, labelled, labels, reason):
    with pytest.raises(NotApplicable, match=reason):
        measure(linear, replace(labelled, labels=labels))
