import pytest

from tests.core.trainings import assert_same_run, every_step, watch
from vae_explorer.core import interrupting, learning
from vae_explorer.core.networks.base import networks
from vae_explorer.core.progress import Control
from vae_explorer.core.run_folder import RunFolder

PAUSES = (2, 17, 40, 77)
"""Looks at which a pause is found."""


@pytest.fixture(autouse=True)
def _every_step_counts_as_large(monkeypatch):
    monkeypatch.setattr(learning, "LARGE_STEP_VALUES", 0)


def stop_at_look(monkeypatch, number: int) -> list[int]:
    """Stop training while it looks for the `number`-th time, in the middle of a step."""
    looks: list[int] = []
    look = interrupting.Interrupts._look

    def count(self):
        looks.append(len(looks))
        if len(looks) == number:
            self._control.stop()
        look(self)

    monkeypatch.setattr(interrupting.Interrupts, "_look", count)
    return looks


@pytest.mark.parametrize("number", [1, 3, 5, 8, 14, 19, 33, 40])
def test_a_run_stopped_within_a_step_resumes_bit_equal(tmp_path, config, images, uninterrupted, monkeypatch, number):
    folder = RunFolder.create(tmp_path / "run", config)
    with monkeypatch.context() as patch:
        looks = stop_at_look(patch, number)
        ended = watch(config, images, folder).result
    assert not ended.finished
    assert len(looks) == number, "nothing is computed after the stop"
    watch(config, images, folder, resume=True)
    assert_same_run(folder, uninterrupted)


def test_a_pause_within_a_step_changes_nothing(tmp_path, config, images, uninterrupted, monkeypatch):
    folder = RunFolder.create(tmp_path / "run", config)
    control = every_step()
    looks: list[int] = []
    look = interrupting.Interrupts._look

    def pause_sometimes(self):
        looks.append(1)
        if len(looks) in PAUSES:
            control.running.clear()
        look(self)

    monkeypatch.setattr(interrupting.Interrupts, "_look", pause_sometimes)
    monkeypatch.setattr(control.running, "wait", control.running.set)
    assert watch(config, images, folder, control).result.finished
    assert len(looks) > max(PAUSES)
    assert_same_run(folder, uninterrupted)


def test_small_steps_are_not_watched(config, images, monkeypatch):
    monkeypatch.setattr(learning, "LARGE_STEP_VALUES", 10**9)
    looks = stop_at_look(monkeypatch, 1)
    assert watch(config, images, control=Control()).result.finished
    assert looks == []


@pytest.mark.parametrize("network", [name for name in networks.names() if name != "linear"])
def test_every_deep_network_is_stopped_between_its_layers_and_resumes(
    tmp_path, make_config, images, monkeypatch, network
):
    config = make_config(images, network=network, epochs=1)
    whole = RunFolder.create(tmp_path / "whole", config)
    watch(config, images, whole)
    folder = RunFolder.create(tmp_path / "run", config)
    with monkeypatch.context() as patch:
        stop_at_look(patch, 11)
        assert watch(config, images, folder).result.step == 0
    watch(config, images, folder, resume=True)
    assert_same_run(folder, whole)
