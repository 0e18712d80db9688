import numpy as np
import pytest
import torch

from vae_explorer.core.batches import (
    Batches,
    BatchPlan,
    chunks,
    count_held_back,
    fingerprint,
    noise_generator,
    split,
    to_floats,
)


@pytest.mark.parametrize(
    ("count", "fraction", "held_back"),
    [(0, 0.1, 0), (1, 0.5, 0), (2, 0.1, 1), (2, 0.9, 1), (10, 0, 0), (5000, 0.1, 500), (4, 0.01, 1)],
)
def test_some_are_held_back_and_one_always_stays(count, fraction, held_back):
    training, validation = split(count, fraction, seed=0)
    assert count_held_back(count, fraction) == len(validation) == held_back
    assert sorted([*training, *validation]) == list(range(count))


def test_the_split_follows_from_the_seed():
    first, again, other = (split(100, 0.3, seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_a_plan_takes_every_image_once_an_epoch():
    plan = BatchPlan(np.arange(10, 20), batch_size=4, seed=0)
    assert plan.steps_per_epoch == 3
    first, second = (np.concatenate([plan.batch(step) for step in steps]) for steps in (range(3), range(3, 6)))
    assert sorted(first) == sorted(second) == list(range(10, 20))
    assert first.tolist() != second.tolist()


def test_a_plan_can_begin_anywhere():
    plans = [BatchPlan(np.arange(10), batch_size=3, seed=5) for _ in range(2)]
    batches = [plans[0].batch(step).tolist() for step in range(12)]
    assert [plans[1].batch(step).tolist() for step in (11, 0, 7)] == [batches[11], batches[0], batches[7]]


def test_batches_are_the_images_between_black_and_white(make_images):
    images = make_images(channels=3).images
    batch = Batches(images, torch.device("cpu")).gather(np.array([3, 0]))
    assert batch.shape == (2, 3, 8, 8)
    np.testing.assert_allclose(batch.numpy(), images[[3, 0]].transpose(0, 3, 1, 2) / 255, rtol=1e-6)


def test_white_is_exactly_one():
    assert to_floats(torch.full((1, 1, 1, 1), 255, dtype=torch.uint8)).item() == 1


def test_chunks_cover_everything():
    assert [piece.tolist() for piece in chunks(np.arange(5), 2)] == [[0, 1], [2, 3], [4]]
    assert not list(chunks(np.arange(0), 2))


def test_training_and_validation_draw_different_noise():
    drawn = [torch.randn(3, generator=noise_generator(0, validation=validation)) for validation in (True, False, False)]
    assert not torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn[1], drawn[2])


def test_a_fingerprint_tells_images_apart(make_images):
    images = make_images(count=1000).images
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 1
    prints = [fingerprint(i) for i in (images, images.copy(), changed, images[:-1])]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3
