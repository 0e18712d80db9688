"""The regulariser's weight, changed while training runs."""

import dataclasses

import numpy as np
import pytest

from tests.core.trainings import watch
from vae_explorer.core.errors import UserError
from vae_explorer.core.progress import Control
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import run_training, train


def losses(config, images, weight):
    steps = train(config, images, None, Control(report_every_s=0, weight=weight))
    return [step for step in steps if step.training]


def test_without_its_regulariser_a_vae_minimises_the_reconstruction_alone(make_images, make_config):
    images = make_images()
    for step in losses(make_config(images), images, 0.0):
        assert step.training["loss"] == pytest.approx(step.training["reconstruction"])
        assert step.training["kl"] > 0
        assert step.weight == 0


def test_the_weight_multiplies_what_the_settings_say(make_images, make_config):
    images = make_images()
    for step in losses(make_config(images, beta=2), images, 3.0):
        assert step.training["loss"] == pytest.approx(step.training["reconstruction"] + 6 * step.training["kl"])


def test_a_weight_changed_half_way_takes_effect_at_the_next_step(make_images, make_config):
    images = make_images()
    control = Control(report_every_s=0)
    weights = []
    for step in train(make_config(images), images, None, control):
        weights.append(step.weight)
        if step.step == 3:
            control.weight = 0.25
    assert weights[:3] == [1, 1, 1]
    assert set(weights) == {1, 0.25}


def test_a_resumed_run_keeps_the_weight_it_had_and_its_history_tells(make_images, make_config, tmp_path):
    images = make_images()
    config = make_config(images)
    folder = RunFolder.create(tmp_path / "run", config)
    control = Control(report_every_s=0, weight=0.5)
    for step in (steps := train(config, images, folder, control)):
        if step.step == 4:
            steps.close()
    resumed = list(train(config, images, folder, Control(report_every_s=0), resume=True))
    assert {step.weight for step in resumed} == {0.5}
    assert all(line["weight"] == 0.5 for line in folder.read_history())


def test_training_tells_the_spread_of_codes_as_well_as_their_means(make_images, make_config):
    images = make_images()
    last = watch(make_config(images), images).last
    assert last.codes is not None
    assert last.log_var is not None
    assert np.isfinite(last.codes).all()
    assert last.log_var.shape == last.codes.shape
    assert np.isfinite(last.log_var).all()
    assert watch(make_config(images, objective="ae"), images).last.log_var is None


def test_equal_images_are_told_before_training(make_images, make_config):
    images = make_images()
    equal = dataclasses.replace(images, images=np.repeat(images.images[:1], len(images), axis=0))
    with pytest.raises(UserError, match="All 21 images of “images” are equal"):
        run_training(make_config(equal), equal)
