import math
from dataclasses import replace

import numpy as np
import pytest

from tests.core.trainings import LAST, assert_same_run, every_step, watch
from vae_explorer.core.errors import UserError
from vae_explorer.core.likelihoods import likelihoods
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.progress import TrainResult
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import train


@pytest.mark.parametrize("stops", [[1], [4], [3], [9], [2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9], [4, 4]])
def test_a_stopped_and_resumed_run_is_bit_equal(tmp_path, config, images, uninterrupted, stops):
    folder = RunFolder.create(tmp_path / "stopped", config)
    for number, stop in enumerate(stops):
        result = watch(config, images, folder, stop_at=stop, resume=number > 0).result
        assert (result.step, result.finished) == (stop, stop == LAST)
    assert watch(config, images, RunFolder.open(folder.path), resume=True).result.finished
    assert_same_run(folder, uninterrupted)


@pytest.mark.parametrize("network", [name for name in networks.names() if name != "mlp"])
def test_every_network_resumes_bit_equal(tmp_path, images, make_config, network):
    assert_resumes_bit_equal(tmp_path, images, make_config(images, network=network))


@pytest.mark.parametrize("likelihood", likelihoods.names())
def test_every_likelihood_resumes_bit_equal(tmp_path, images, make_config, likelihood):
    assert_resumes_bit_equal(tmp_path, images, make_config(images, likelihood=likelihood))


def test_a_learned_variance_resumes_bit_equal_and_is_a_weight_of_the_model(tmp_path, images, make_config):
    config = make_config(images, likelihood="gaussian", learn_variance=True)
    assert_resumes_bit_equal(tmp_path, images, config)
    weights = RunFolder.open(tmp_path / "halves").load_weights()
    assert weights["likelihood.log_variance"].item() != pytest.approx(math.log(0.5), abs=1e-4)


@pytest.mark.parametrize("objective", objectives.names())
def test_every_objective_resumes_bit_equal(tmp_path, images, make_config, objective):
    labelled = replace(images, labels=np.arange(len(images)) % 2, label_names=("cat", "dog"))
    assert_resumes_bit_equal(tmp_path, labelled, make_config(labelled, objective=objective))


def assert_resumes_bit_equal(tmp_path, images, config):
    whole, halves = (RunFolder.create(tmp_path / name, config) for name in ("whole", "halves"))
    watch(config, images, whole)
    watch(config, images, halves, stop_at=5)
    watch(config, images, halves, resume=True)
    assert_same_run(whole, halves)


def test_a_run_closed_in_mid_epoch_resumes_bit_equal(tmp_path, config, images, uninterrupted):
    folder = RunFolder.create(tmp_path / "closed", config)
    steps = train(config, images, folder, every_step())
    while next(steps).step < 5:
        pass
    steps.close()
    assert folder.status.step == 5
    watch(config, images, folder, resume=True)
    assert_same_run(folder, uninterrupted)


def test_a_run_killed_after_a_save_resumes_bit_equal(tmp_path, config, images, uninterrupted, monkeypatch):
    monkeypatch.setattr("vae_explorer.core.schedule.SAVE_EVERY_S", 0.0)
    monkeypatch.setattr("vae_explorer.core.schedule.SAVING_SHARE", float("inf"))
    folder = RunFolder.create(tmp_path / "killed", config)
    steps = train(config, images, folder, every_step())
    while next(steps).step < 5:
        pass
    copy = RunFolder.create(tmp_path / "copy", config)
    for name in ("resume.safetensors", "model.safetensors", "history.jsonl"):
        (copy.path / name).write_bytes((folder.path / name).read_bytes())
    steps.close()
    assert copy.status.step == 4
    watch(config, images, copy, resume=True)
    assert_same_run(copy, uninterrupted)


def test_a_finished_run_goes_on_for_more_epochs(tmp_path, config, images, make_config, uninterrupted):
    longer = make_config(images, epochs=5)
    whole = RunFolder.create(tmp_path / "longer", longer)
    watch(longer, images, whole)
    assert watch(longer, images, uninterrupted, resume=True).result == TrainResult(15, 5, finished=True)
    assert_same_run(uninterrupted, whole)
    assert RunFolder.open(uninterrupted.path).config.training.epochs == 5


def test_a_finished_run_resumed_as_it_is_ends_at_once(config, images, uninterrupted):
    watched = watch(config, images, uninterrupted, resume=True)
    assert watched.result.finished
    assert watched.of("step") == [LAST, LAST]


def test_resuming_refuses_what_would_be_another_run(config, images, make_images, make_config, uninterrupted):
    with pytest.raises(UserError, match=r"“training\.batch_size” was 8 .* cannot become 4"):
        watch(make_config(images, batch_size=4), images, uninterrupted, resume=True)
    with pytest.raises(UserError, match=r"“objective\.settings\.beta”"):
        watch(make_config(images, beta=2), images, uninterrupted, resume=True)
    with pytest.raises(UserError, match="have changed"):
        watch(config, make_images(seed=1), uninterrupted, resume=True)
    with pytest.raises(UserError, match="have changed"):
        watch(config, make_images(count=22), uninterrupted, resume=True)


def test_resuming_needs_something_to_resume(tmp_path, config, images):
    folder = RunFolder.create(tmp_path / "run", config)
    with pytest.raises(UserError, match=r"holds no resume\.safetensors"):
        watch(config, images, folder, resume=True)


def test_resume_state_of_another_network_is_refused(tmp_path, config, images, make_config, uninterrupted):
    other = RunFolder.create(tmp_path / "other", make_config(images, hidden="12,8"))
    watch(other.config, images, other)
    (uninterrupted.path / "resume.safetensors").write_bytes((other.path / "resume.safetensors").read_bytes())
    with pytest.raises(UserError, match="do not fit the network"):
        watch(config, images, uninterrupted, resume=True)


@pytest.mark.parametrize("damage", ["noise", "adam", "numbers"])
def test_incomplete_resume_state_is_refused(config, images, uninterrupted, damage):
    tensors, numbers = uninterrupted.load_resume()
    if damage == "noise":
        del tensors["noise"]
    elif damage == "adam":
        del tensors[next(name for name in tensors if name.startswith("adam."))]
    else:
        numbers["step"] = "many"
    uninterrupted.save_resume(tensors, numbers)
    with pytest.raises(UserError, match="damaged or belongs to another run"):
        watch(config, images, uninterrupted, resume=True)
