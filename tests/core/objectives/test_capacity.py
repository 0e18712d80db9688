import pytest
import torch

from tests.core.objectives.passes import terms_of


@pytest.mark.parametrize(("step", "capacity"), [(0, 0.0), (50, 5.0), (100, 10.0), (10**9, 10.0)])
def test_the_capacity_grows_to_its_value_and_stays(step, capacity):
    terms = terms_of("capacity", {"gamma": 7, "capacity": 10, "capacity_steps": 100}, step=step)
    assert terms["capacity"].item() == pytest.approx(capacity)
    torch.testing.assert_close(terms["regulariser"], 7 * (terms["kl"].mean() - capacity).abs())


def test_without_capacity_and_with_weight_one_the_batch_has_the_loss_of_a_vae():
    terms = terms_of("capacity", {"gamma": 1, "capacity": 0, "capacity_steps": 0})
    torch.testing.assert_close(terms["loss"].mean(), -terms["elbo"].mean())


def test_it_is_the_mean_over_the_batch_that_is_held_and_no_single_image():
    plain = terms_of("capacity", {"capacity_steps": 0})
    mean = plain["kl"].mean().item()
    assert plain["kl"].std() > 0.1
    held = terms_of("capacity", {"capacity": mean, "capacity_steps": 0})
    torch.testing.assert_close(held["loss"], held["reconstruction"], atol=1e-3, rtol=0)
