import os
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.core.trainings import LAST, Watched, assert_same_run, every_step, watch
from tests.patience import PATIENCE_S
from vae_explorer.core.batches import Batches, split
from vae_explorer.core.data import arrays
from vae_explorer.core.data.base import read_images
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import ChangedError, UserError
from vae_explorer.core.evaluation import evaluate
from vae_explorer.core.model import Model, load_model, load_weights
from vae_explorer.core.objectives.vae import Vae
from vae_explorer.core.progress import Control, TrainResult
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import run_training, train


def test_training_lowers_the_loss_and_ends(images, make_config):
    watched = watch(make_config(images, epochs=60), images)
    losses = [moment.training["loss"] for moment in watched.moments if moment.training]
    assert np.mean(losses[-9:]) < np.mean(losses[:9]) - 0.5
    assert watched.result == TrainResult(step=180, epoch=60, finished=True)


def test_moments_tell_where_training_is(config, images):
    watched = watch(config, images)
    assert watched.of("step") == [0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 9]
    assert watched.of("epoch") == [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3]
    assert set(watched.of("total_steps")) == {LAST}
    assert [moment.step for moment in watched.moments if moment.validation] == [3, 6, 9]
    assert watched.moments[0].remaining_s is None
    assert watched.moments[-1].remaining_s == 0
    assert watched.moments[-1].images_per_s > 0


def record_batches(monkeypatch) -> list[np.ndarray]:
    """Return a list that grows by the image numbers of each batch."""
    seen: list[np.ndarray] = []
    gather = Batches.gather

    def gather_and_tell(self, chosen):
        seen.append(chosen)
        return gather(self, chosen)

    monkeypatch.setattr(Batches, "gather", gather_and_tell)
    return seen


def test_the_last_partial_batch_is_used(config, images, monkeypatch):
    seen = record_batches(monkeypatch)
    watch(config, images)
    epoch, held_back = np.concatenate(seen[:3]), seen[3]
    assert [len(batch) for batch in seen[:3]] == [8, 8, 3]
    assert sorted([*epoch, *held_back]) == list(range(21))


def test_epochs_differ_in_order_and_runs_do_not(config, images, monkeypatch):
    seen = record_batches(monkeypatch)
    watch(config, images)
    first = seen.copy()
    seen.clear()
    watch(config, images)
    assert [batch.tolist() for batch in seen] == [batch.tolist() for batch in first]
    assert first[0].tolist() != first[4].tolist()


def test_the_same_seed_gives_the_same_model_and_another_another(config, images, make_config):
    runs = [watch(c, images).last.weights for c in (config, config, make_config(images, seed=1))]
    assert all(torch.equal(runs[0][name], runs[1][name]) for name in runs[0])
    assert any(not torch.equal(runs[0][name], runs[2][name]) for name in runs[0])


def test_how_often_it_reports_does_not_change_what_is_learned(config, images):
    often, rarely = (watch(config, images, control=c) for c in (every_step(), Control(report_every_s=1e9)))
    weights, others = (watched.last.weights for watched in (often, rarely))
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    assert rarely.of("step") == [0, 1, 3, 9, 9]


def test_the_loss_of_an_epochs_small_last_batch_is_not_told_alone(config, images):
    alone, told = (watch(config, images, control=every_step(report_every_s=every)) for every in (0.0, 1e-9))
    losses, smooth = (
        {moment.step: moment.training["loss"] for moment in watched.moments if moment.training}
        for watched in (alone, told)
    )
    assert smooth[3] == pytest.approx((8 * losses[1] + 8 * losses[2] + 3 * losses[3]) / 19)
    # As few of the last batches as hold four times eight images.
    assert smooth[9] == pytest.approx(np.average([losses[step] for step in range(4, 10)], weights=[8, 8, 3, 8, 8, 3]))


def test_pausing_saves_publishes_and_changes_nothing(tmp_path, config, images, uninterrupted):
    folder = RunFolder.create(tmp_path / "paused", config)
    control = every_step()
    steps = train(config, images, folder, control)
    while next(steps).step < 5:
        pass
    control.running.clear()
    told = next(steps)
    assert (told.step, told.snapshot is not None, folder.status.step) == (5, True, 5)
    control.running.set()
    while next(steps, None):
        pass
    assert_same_run(folder, uninterrupted)


def test_a_paused_training_waits_and_a_stop_ends_it(config, images):
    control = every_step()
    watched = Watched()
    paused = threading.Event()

    def on_step(moment):
        watched.moments.append(moment)
        if moment.step == 4:
            if control.running.is_set():
                control.running.clear()
            else:
                paused.set()

    def work():
        watched.ended = run_training(config, images, None, control, on_step=on_step)

    thread = threading.Thread(target=work)
    thread.start()
    assert paused.wait(PATIENCE_S)
    control.stop()
    thread.join(PATIENCE_S)
    assert watched.ended is not None
    assert watched.result.step == 4


def test_a_stop_is_seen_between_the_batches_of_a_validation(tmp_path, images, make_config, monkeypatch):
    config = make_config(images, validation_fraction=0.6)
    folder = RunFolder.create(tmp_path / "run", config)
    control = every_step()
    gather = Batches.gather
    batches = []

    def gather_and_stop(self, chosen):
        batches.append(chosen)
        if len(batches) == 2:
            control.stop()
        return gather(self, chosen)

    monkeypatch.setattr(Batches, "gather", gather_and_stop)
    watched = watch(config, images, folder, control)
    assert len(batches) == 2
    assert not any(watched.of("validation"))
    monkeypatch.setattr(Batches, "gather", gather)
    again = watch(config, images, folder, resume=True)
    assert next(moment.step for moment in again.moments if moment.validation) == 1


def test_snapshots_are_copies_numbered_from_the_untrained_model(config, images):
    watched = watch(config, images)
    snapshots = [snapshot for snapshot in watched.of("snapshot") if snapshot]
    assert [snapshot.number for snapshot in snapshots] == list(range(1, len(snapshots) + 1))
    assert snapshots[0].step == 0
    assert snapshots[-1].step == LAST
    untrained = Model.from_config(config).state_dict()
    assert all(torch.equal(untrained[name], tensor) for name, tensor in snapshots[0].weights.items())
    assert any(not torch.equal(untrained[name], tensor) for name, tensor in snapshots[-1].weights.items())


def test_only_the_last_snapshot_where_none_are_asked_for(config, images):
    watched = watch(config, images, control=every_step(snapshot_every_s=None))
    assert [moment.step for moment in watched.moments if moment.snapshot] == [LAST]
    assert watched.moments[-1].snapshot


def test_validation_is_an_elbo_on_the_held_back_images(config, images, tmp_path):
    folder = RunFolder.create(tmp_path / "run", config)
    watched = watch(config, images, folder)
    told: dict[str, float] = [terms for terms in watched.of("validation") if terms][-1]
    assert told["elbo"] == pytest.approx(-(told["reconstruction"] + told["kl"]), rel=1e-5)
    held_back = split(21, 0.1, 0)[1]
    own = evaluate(load_model(folder.path), images.images[held_back])
    assert told["kl"] == pytest.approx(own["kl"], rel=1e-4)
    assert told["reconstruction"] == pytest.approx(own["reconstruction"], rel=0.2)


def test_the_best_validation_is_marked(config, images):
    validated = [moment for moment in watch(config, images).moments if moment.validation]
    best = float("inf")
    for moment in validated:
        assert moment.validation
        assert moment.is_best == (moment.validation["loss"] < best)
        best = min(best, moment.validation["loss"])


def test_nothing_is_validated_where_nothing_is_held_back(images, make_config):
    watched = watch(make_config(images, validation_fraction=0), images)
    assert not any(watched.of("validation"))
    assert watched.result.finished


def test_history_tells_the_curves(config, images, uninterrupted):
    lines = uninterrupted.read_history()
    assert [line["step"] for line in lines] == sorted(line["step"] for line in lines)
    assert lines[-1]["validation"]
    assert all(
        set(line["training"]) == {"loss", "reconstruction", "kl", "elbo", "regulariser"}
        for line in lines
        if line["training"]
    )
    assert any(line["is_best"] for line in lines)


def test_history_has_no_line_twice_after_resuming(tmp_path, config, images):
    folder = RunFolder.create(tmp_path / "run", config)
    watch(config, images, folder, stop_at=5)
    folder.append_history({"step": 8})
    watch(config, images, folder, resume=True)
    steps = [line["step"] for line in folder.read_history()]
    assert steps == sorted(steps)
    assert {"step": 8} not in folder.read_history()


def test_memory_mapped_images_train_as_others_do(tmp_path, config, images):
    np.save(tmp_path / "images.npy", images.images)
    mapped = replace(images, images=np.load(tmp_path / "images.npy", mmap_mode="r"))
    weights, others = (watch(config, i).last.weights for i in (images, mapped))
    assert all(torch.equal(weights[name], others[name]) for name in weights)


def test_images_whose_file_changes_end_training_and_what_was_learned_is_saved(
    tmp_path, config, images, monkeypatch, uninterrupted
):
    monkeypatch.setattr(arrays, "IN_MEMORY", 0)
    path = tmp_path / "images.npy"
    np.save(path, images.images)
    os.utime(path, (1e9, 1e9))
    folder = RunFolder.create(tmp_path / "run", config)
    there = replace(images, images=read_images(str(path), images.shape).images)
    steps = train(config, there, folder, every_step())
    while next(steps).step < 5:
        pass
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(ChangedError, match=r"“images\.npy” has changed"):
        next(steps)
    assert folder.status.step == 5
    path.write_bytes(content)
    again = replace(images, images=read_images(str(path), images.shape).images)
    watch(config, again, folder, resume=True)
    assert_same_run(folder, uninterrupted)


@pytest.mark.parametrize(
    ("count", "wishes", "message"),
    [
        (1, {"batch_size": 1}, "at least two images; “images” has 1"),
        (0, {"batch_size": 1}, "has none"),
        (21, {"batch_size": 20}, "batch size 20 is larger than the 19 images"),
        (21, {"batch_size": 1, "objective": "wae-mmd"}, "batch with each other; choose a batch size of at least 2"),
        (21, {"device": "cuda:9"}, "no device “cuda:9”"),
        (21, {"device": "tpu"}, "no device “tpu”"),
        (21, {"image_size": 9}, "takes 9×9 grey images, but these are 8×8 grey"),
        (21, {"channels": 3}, "takes 8×8 colour images"),
    ],
)
def test_what_cannot_be_trained_is_told_before_it_begins(make_images, make_config, count, wishes, message):
    config = make_config(make_images(), **wishes)
    with pytest.raises(UserError, match=message):
        watch(config, make_images(count=count))


def test_two_images_are_enough(make_images, make_config):
    images = make_images(count=2)
    assert watch(make_config(images, batch_size=1), images).result.finished


def test_running_out_of_memory_says_what_to_lower(config, images, monkeypatch):
    def exhausted(_self, _terms):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    monkeypatch.setattr(Vae, "terms", exhausted)
    with pytest.raises(UserError, match="lower the batch size or the image size"):
        watch(config, images)


def test_grad_mode_does_not_leak_to_whoever_listens(config, images):
    for _ in train(config, images, None, every_step()):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


def test_a_linear_autoencoder_reaches_the_error_of_pca(make_images, make_config):
    random = np.random.default_rng(0)
    factors = random.normal(size=(64, 3)) * [30, 20, 10] @ random.normal(size=(3, 64)) + random.normal(128, 8, (64, 64))
    images = replace(make_images(count=64), images=factors.clip(0, 255).astype(np.uint8).reshape(64, 8, 8, 1))
    config = make_config(
        images,
        network="linear",
        likelihood="gaussian",
        objective="ae",
        latent_dims=3,
        epochs=2500,
        batch_size=64,
        validation_fraction=0,
        learning_rate=0.01,
    )
    weights = watch(config, images, control=Control(report_every_s=1e9)).last.weights
    model = Model.from_config(config)
    model.load_state_dict(dict(weights))
    pixels = images.images.reshape(64, 64) / 255
    variances = np.linalg.svd(pixels - pixels.mean(0), compute_uv=False) ** 2 / 64
    constant = 0.5 * 64 * np.log(np.pi)
    error = evaluate(model, images.images)["reconstruction"] - constant
    unexplained_by_pca = variances[3:].sum() / variances.sum()
    assert error / variances.sum() == pytest.approx(unexplained_by_pca, abs=1e-3)
    assert unexplained_by_pca < 0.05


def test_snapshots_carry_the_codes_that_training_came_by(config, images):
    watched = watch(config, images)
    snapshots = [snapshot for snapshot in watched.of("snapshot") if snapshot]
    assert snapshots[0].codes.shape == (len(images), config.model.latent_dims)
    assert np.isnan(snapshots[0].codes).all()
    assert np.isfinite(snapshots[-1].codes).all()


def test_the_codes_of_a_step_are_those_of_the_weights_before_it(config, images):
    watched = watch(config, images)
    before, after = [snapshot for snapshot in watched.of("snapshot") if snapshot][:2]
    model = Model.from_config(config)
    load_weights(model, before.weights)
    exact = encode_images(model, images.images).mean
    seen = np.isfinite(after.codes).all(axis=1)
    assert 0 < seen.sum() < len(images)
    np.testing.assert_allclose(after.codes[seen], exact[seen], rtol=1e-4, atol=1e-5)
