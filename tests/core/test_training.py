import threading
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch

from vae_explorer.core.batches import Batches, split
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.evaluation import evaluate
from vae_explorer.core.model import Model, load_model, load_weights
from vae_explorer.core.objectives.vae import Vae
from vae_explorer.core.progress import Control, Snapshot, TrainResult, TrainStep
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import run_training, train

LAST = 9
"""Steps of the run that `make_config` describes: 21 images, 2 held back, 3 steps in each of 3 epochs, the last of 3."""


def every_step(**changes) -> Control:
    """Report, validate, copy and publish at every step, so that nothing depends on the clock."""
    return Control(**({"report_every_s": 0.0, "snapshot_every_s": 0.0} | changes))


@dataclass
class Watched:
    """A training with all it told."""

    moments: list[TrainStep] = field(default_factory=list)
    ended: TrainResult | None = None

    def of(self, name) -> list[Any]:
        return [getattr(moment, name) for moment in self.moments]

    @property
    def result(self) -> TrainResult:
        assert self.ended is not None
        return self.ended

    @property
    def last(self) -> Snapshot:
        snapshot = self.moments[-1].snapshot
        assert snapshot is not None
        return snapshot


def watch(config, images, folder=None, control=None, *, stop_at=None, resume=False) -> Watched:
    control = control or every_step()
    watched = Watched()

    def on_step(moment):
        watched.moments.append(moment)
        if moment.step == stop_at:
            control.stop()

    watched.ended = run_training(config, images, folder, control, on_step=on_step, resume=resume)
    return watched


@pytest.fixture
def images(make_images):
    return make_images()


@pytest.fixture
def config(images, make_config):
    return make_config(images)


def assert_same_run(first: RunFolder, second: RunFolder):
    """Weights, optimiser, random state and counts are equal, bit by bit."""
    (tensors, numbers), (others, other_numbers) = first.load_resume(), second.load_resume()
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name
    assert numbers | {"elapsed_s": 0} == other_numbers | {"elapsed_s": 0}
    weights, other_weights = first.load_weights(), second.load_weights()
    assert all(torch.equal(weights[name], other_weights[name]) for name in weights)


@pytest.fixture
def uninterrupted(tmp_path, config, images):
    folder = RunFolder.create(tmp_path / "uninterrupted", config)
    watch(config, images, folder)
    return folder


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


@pytest.mark.parametrize("stops", [[1], [4], [3], [9], [2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9], [4, 4]])
def test_a_stopped_and_resumed_run_is_bit_equal(tmp_path, config, images, uninterrupted, stops):
    folder = RunFolder.create(tmp_path / "stopped", config)
    for number, stop in enumerate(stops):
        result = watch(config, images, folder, stop_at=stop, resume=number > 0).result
        assert (result.step, result.finished) == (stop, stop == LAST)
    assert watch(config, images, RunFolder.open(folder.path), resume=True).result.finished
    assert_same_run(folder, uninterrupted)


@pytest.mark.parametrize("objective", ["ae", "notes", "notes-log-var"])
@pytest.mark.parametrize("network", ["conv", "linear"])
def test_every_part_resumes_bit_equal(tmp_path, images, make_config, network, objective):
    config = make_config(images, network=network, objective=objective)
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
    assert paused.wait(30)
    control.stop()
    thread.join(30)
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


def break_from(step, monkeypatch, value=float("nan")):
    terms = Vae.terms

    def broken(self, seen):
        told = terms(self, seen)
        return told | {"loss": told["loss"] * value} if seen.step >= step else told

    monkeypatch.setattr(Vae, "terms", broken)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("folder_name", ["run", None])
def test_a_loss_that_is_no_number_keeps_the_last_good_weights(
    tmp_path, config, images, monkeypatch, value, folder_name
):
    good = watch(config, images)
    folder = RunFolder.create(tmp_path / folder_name, config) if folder_name else None
    break_from(5, monkeypatch, value)
    watched = watch(config, images, folder)
    assert not watched.result.finished
    assert "NaN or infinite by step 6" in str(watched.result.warning)
    kept = watched.last
    assert kept.step == watched.result.step == 4
    then = next(snapshot for snapshot in good.of("snapshot") if snapshot and snapshot.step == 4)
    assert all(torch.equal(tensor, kept.weights[name]) for name, tensor in then.weights.items())
    if folder:
        assert folder.status.step == 4
        assert all(torch.equal(tensor, kept.weights[name]) for name, tensor in folder.load_weights().items())
        assert all(line["step"] <= 4 for line in folder.read_history())
        load_model(folder.path)


def test_a_loss_that_is_no_number_is_noticed_between_reports(tmp_path, config, images, monkeypatch):
    folder = RunFolder.create(tmp_path / "run", config)
    break_from(7, monkeypatch)
    watched = watch(config, images, folder, Control(report_every_s=1e9))
    assert watched.result.warning
    assert folder.status.step < 7
    load_model(folder.path)


def test_closing_a_broken_run_keeps_the_last_good_weights(tmp_path, config, images, monkeypatch):
    folder = RunFolder.create(tmp_path / "run", config)
    model = Model.from_config(config)
    monkeypatch.setattr(Model, "from_config", lambda _config: model)
    steps = train(config, images, folder, every_step())
    while next(steps).step < 5:
        pass
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    steps.close()
    load_model(folder.path)
    assert folder.status.step <= 5


def test_a_broken_run_resumes_with_a_lower_learning_rate(tmp_path, images, make_config):
    config = make_config(images, network="linear", likelihood="gaussian", learning_rate=1, epochs=40)
    folder = RunFolder.create(tmp_path / "run", config)
    watch(config, images, folder, stop_at=4)
    slower = make_config(images, network="linear", likelihood="gaussian", learning_rate=1e-3, epochs=40)
    assert watch(slower, images, folder, resume=True).result.finished


def test_history_tells_the_curves(config, images, uninterrupted):
    lines = uninterrupted.read_history()
    assert [line["step"] for line in lines] == sorted(line["step"] for line in lines)
    assert lines[-1]["validation"]
    assert all(set(line["training"]) == {"loss", "reconstruction", "kl", "elbo"} for line in lines if line["training"])
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


@pytest.mark.parametrize(
    ("count", "wishes", "message"),
    [
        (1, {"batch_size": 1}, "at least two images; “images” has 1"),
        (0, {"batch_size": 1}, "has none"),
        (21, {"batch_size": 20}, "batch size 20 is larger than the 19 images"),
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
