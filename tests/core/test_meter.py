import torch

from vae_explorer.core.meter import Meter


def terms(*losses: float) -> dict[str, torch.Tensor]:
    return {"loss": torch.tensor(losses)}


def test_few_images_are_told_of_together_with_those_before():
    meter = Meter()
    meter.add(terms(1, 1, 1, 1), 4)
    assert meter.take(least=4) == {"loss": 1}
    meter.add(terms(6), 1)
    assert meter.take(least=4) == {"loss": 2}
    meter.add(terms(3, 3, 3, 3), 4)
    assert meter.take(least=4) == {"loss": 3}
    assert meter.take(least=4) == {}


def test_what_was_minimised_before_no_longer_counts():
    meter = Meter()
    meter.add(terms(1, 1, 1, 1), 4)
    meter.take(least=4)
    meter.forget_before()
    meter.add(terms(6), 1)
    assert meter.take(least=4) == {"loss": 6}
