"""Two ranks train as one does: the same losses, gradients and weights, but for the order in which floats are added."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.core.together import run_together
from tests.core.trainings import every_step, watch
from vae_explorer.core import sharing
from vae_explorer.core.configure import configure
from vae_explorer.core.data.base import ImageSet, ImageShape
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.objectives.vae import Vae
from vae_explorer.core.ranks import ranks
from vae_explorer.core.run_folder import RunFolder

COUNT = 20
"""Images: 3 are held back, and 17 are two batches of 8 and one of a single image, of which one rank has none."""

STEPS = 3
"""In an epoch."""

WISHES: list[dict[str, Any]] = [
    *({"objective": name} for name in objectives.names()),
    *({"network": name, "epochs": 1} for name in networks.names() if name != "mlp"),
]


def the_images():
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 8, 8, 1), np.uint8)
    names = tuple(map(str, range(COUNT)))
    return ImageSet("/images", "images", pixels, names, np.arange(COUNT) % 2, ("cat", "dog"), shape=ImageShape(8, 1))


def the_config(**wishes):
    small: dict[str, Any] = {
        "network": "mlp",
        "epochs": 2,
        "batch_size": 8,
        "latent_dims": 3,
        "validation_fraction": 0.15,
    } | wishes
    if small["network"] == "mlp":
        small["hidden"] = "16,8"
    return configure(the_images(), settings=small | {"device": "cpu"})


def train(path, *, stop_at=None, **wishes):
    """Train in a folder, going on where there is a run; return what was reported: step, training, validation."""
    config, run = the_config(**wishes), Path(path)
    resume = bool(ranks().from_chief(lambda: b"resume" if run.exists() else b""))
    ranks().on_chief(lambda: resume or RunFolder.create(run, config))
    control = every_step(snapshot_every_s=None)
    watched = watch(config, the_images(), RunFolder(run, config), control, stop_at=stop_at, resume=resume)
    return [[moment.step, moment.training, moment.validation] for moment in watched.moments]


def train_all(out):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "PIECE_VALUES", 100)  # or all gradients of so small networks would be one piece
        return [train(Path(out) / str(number), **wishes) for number, wishes in enumerate(WISHES)]


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """Let two ranks train all, one after the other: the folder, and what each rank reported of each."""
    out = tmp_path_factory.mktemp("two")
    return out, run_together("tests.core.test_training_together:train_all", 2, out=str(out))


@pytest.mark.parametrize("number", range(len(WISHES)), ids=[next(iter(wishes.values())) for wishes in WISHES])
def test_two_ranks_report_and_learn_what_one_does(tmp_path, by_two, number):
    out, (first, second) = by_two
    alone = train(tmp_path / "alone", **WISHES[number])
    assert first[number] == second[number]
    assert_alike_curves(first[number], alone)
    assert_alike_runs(out / str(number), tmp_path / "alone")


def test_one_rank_two_ranks_and_one_again_are_one_run(tmp_path):
    unbroken = train(tmp_path / "unbroken", epochs=4)
    curve = train(tmp_path / "run", epochs=4, stop_at=4)
    curve += run_together(
        "tests.core.test_training_together:train", 2, path=str(tmp_path / "run"), epochs=4, stop_at=3 * STEPS - 1
    )[0]
    curve += train(tmp_path / "run", epochs=4)
    assert_alike_curves(told_of(curve), told_of(unbroken))
    assert_alike_runs(tmp_path / "run", tmp_path / "unbroken")


def diverge(path):
    """Train, the second rank alone computing a loss that is no number from the fifth step on."""
    terms = Vae.terms

    def broken(self, seen):
        computed = terms(self, seen)
        is_broken = ranks().rank == 1 and seen.moment.step >= 4
        return computed | {"loss": computed["loss"] * float("nan")} if is_broken else computed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vae, "terms", broken)
        config = the_config()
        ranks().on_chief(lambda: RunFolder.create(path, config))
        result = watch(config, the_images(), RunFolder(Path(path), config), every_step()).result
    return [result.step, result.finished, result.warning]


def test_a_loss_that_is_no_number_on_one_rank_takes_all_back_to_the_last_good_weights(tmp_path):
    first, second = run_together("tests.core.test_training_together:diverge", 2, path=str(tmp_path / "run"))
    assert first == second
    step, finished, warning = first
    assert (step, finished) == (3, False)
    assert "NaN or infinite by step 5" in warning
    folder = RunFolder.open(tmp_path / "run")
    assert folder.status.step == 3
    assert all(weight.isfinite().all() for weight in folder.load_weights().values())


def told_of(curve):
    return [moment for moment in curve if moment[1] or moment[2]]


def assert_alike_curves(curve, other):
    assert [moment[0] for moment in curve] == [moment[0] for moment in other]
    for (_, *moment), (_, *wanted) in zip(curve, other, strict=True):
        for terms, wanted_terms in zip(moment, wanted, strict=True):
            assert terms == (wanted_terms and pytest.approx(wanted_terms, rel=1e-5, abs=1e-5))


def assert_alike_runs(path, other):
    """Weights, gradients (of which the optimiser holds the mean), random state and counts."""
    (tensors, numbers), (wanted, wanted_numbers) = (RunFolder.open(one).load_resume() for one in (path, other))
    assert tensors.keys() == wanted.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor, wanted[name], rtol=1e-4, atol=1e-5)
    assert torch.equal(tensors["noise"], wanted["noise"])
    best = pytest.approx(wanted_numbers["best_loss"], rel=1e-5)
    assert numbers == wanted_numbers | {"elapsed_s": numbers["elapsed_s"], "best_loss": best}
