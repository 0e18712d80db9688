import pytest
import torch

from tests.core.objectives.passes import terms_of


@pytest.mark.parametrize(("step", "beta"), [(0, 0.0), (50, 2.0), (99, 3.96), (100, 4.0), (10**9, 4.0)])
def test_beta_grows_to_its_value_and_stays(step, beta):
    terms = terms_of("beta-vae", {"beta": 4, "warm_up_steps": 100}, step=step)
    assert terms["beta"].item() == pytest.approx(beta)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + beta * terms["kl"])


def test_without_warm_up_beta_is_there_from_the_start():
    assert terms_of("beta-vae", {"beta": 7, "warm_up_steps": 0})["beta"].item() == 7
