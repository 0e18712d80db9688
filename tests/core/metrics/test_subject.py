import threading
from dataclasses import replace

import numpy as np
import pytest

from vae_explorer.core.data.base import Cancelled
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics.base import NotApplicable
from vae_explorer.core.metrics.subject import LEAST_FACTORED, Subject
from vae_explorer.core.model import Model


@pytest.fixture
def images(make_images):
    return make_images(count=300)


@pytest.fixture
def model(images, make_config):
    return Model.from_config(make_config(images))


def test_the_sample_is_a_random_choice_in_random_order(model, images, monkeypatch):
    monkeypatch.setattr("vae_explorer.core.metrics.subject.SAMPLE", 280)
    sample = Subject(model, images).sample
    assert len(sample) == len(set(sample.indices)) == 280
    assert sorted(sample.indices) != sample.indices.tolist()
    codes = encode_images(model, images.images[sample.indices])
    assert sample.codes.mean == pytest.approx(codes.mean, abs=1e-6)
    assert sample.codes.log_var == pytest.approx(codes.log_var, abs=1e-6)


def test_the_seed_decides(model, images):
    def indices(seed):
        return Subject(model, images, seed=seed).sample.indices

    assert np.array_equal(indices(1), indices(1))
    assert not np.array_equal(indices(1), indices(2))


def test_purposes_have_random_numbers_of_their_own(model, images):
    subject = Subject(model, images)
    assert subject.random("one").random() == subject.random("one").random() != subject.random("other").random()


def test_it_can_be_cancelled(model, images):
    cancel = threading.Event()
    subject = Subject(model, images, cancel=cancel)
    subject.tick(0, 1)
    cancel.set()
    with pytest.raises(Cancelled):
        subject.tick(0, 1)
    with pytest.raises(Cancelled):
        _ = subject.sample


def test_factors_are_those_of_the_sample(model, images, draw_factors):
    factors = draw_factors(300)
    subject = Subject(model, replace(images, factors=factors))
    assert np.array_equal(subject.factors.values, factors.values[subject.sample.indices])


def test_without_factors_it_says_which_images_have_them(model, images):
    with pytest.raises(NotApplicable, match="sample:faces"):
        _ = Subject(model, images).factors


def test_too_few_images_say_nothing_of_factors(model, make_images, draw_factors):
    few = replace(make_images(count=LEAST_FACTORED - 1), factors=draw_factors(LEAST_FACTORED - 1))
    with pytest.raises(NotApplicable, match="at least 100 images"):
        _ = Subject(model, few).factors
    alike = replace(make_images(count=200), factors=draw_factors(200, sizes=(1,)))
    with pytest.raises(NotApplicable, match="that vary"):
        _ = Subject(model, alike).factors


def test_what_cannot_be_measured(model, make_images):
    with pytest.raises(UserError, match="takes images of 8×8×1"):
        Subject(model, make_images(size=9))
    with pytest.raises(UserError, match="no images"):
        Subject(model, replace(make_images(), images=make_images().images[:0]))


def test_codes_that_are_no_numbers(model, images):
    model.network.encoder[-1].weight.data[:] = 3e38
    with pytest.raises(UserError, match="not finite numbers"):
        _ = Subject(model, images).sample
