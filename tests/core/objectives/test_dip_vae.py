import math

import pytest
import torch

from tests.core.objectives.passes import make, pass_of, random_heads, terms_of
from vae_explorer.core.objectives.dip_vae_i import covariance

CODES = random_heads(500, 3)[:, 0]


def whitened(variance):
    """Give codes that are uncorrelated, each dimension with this variance."""
    centred = CODES.double() - CODES.double().mean(0)
    codes, *_ = torch.linalg.svd(centred, full_matrices=False)
    return math.sqrt(variance * len(CODES)) * codes.float()


def terms_at(name, mean, log_var):
    heads = torch.stack([mean, torch.full_like(mean, log_var)], 1)
    objective = make(name)
    return objective.terms(pass_of(objective, heads))


def test_the_covariance_is_that_of_the_batch():
    torch.testing.assert_close(covariance(CODES), torch.cov(CODES.T, correction=0))


@pytest.mark.parametrize(("name", "variance"), [("dip-vae-i", 1.0), ("dip-vae-ii", 0.75)])
def test_whitened_codes_are_not_penalised(name, variance):
    terms = terms_at(name, whitened(variance), math.log(0.25))
    assert terms["off_diagonal"].item() == pytest.approx(0, abs=1e-9)
    assert terms["diagonal"].item() == pytest.approx(0, abs=1e-9)
    torch.testing.assert_close(terms["regulariser"], terms["kl"])


def test_correlated_codes_are_penalised_by_their_covariances():
    first = whitened(1.0)[:, 0]
    terms = terms_at("dip-vae-i", torch.stack([first, 2 * first], 1), 0.0)
    assert terms["off_diagonal"].item() == pytest.approx(2 * 2**2, rel=1e-4)
    assert terms["diagonal"].item() == pytest.approx((4 - 1) ** 2, rel=1e-4)


def test_the_second_counts_the_spread_of_each_code():
    first, second = (terms_at(name, torch.zeros(5, 3), math.log(3)) for name in ("dip-vae-i", "dip-vae-ii"))
    assert first["diagonal"].item() == pytest.approx(3 * (0 - 1) ** 2)
    assert second["diagonal"].item() == pytest.approx(3 * (3 - 1) ** 2)


@pytest.mark.parametrize("name", ["dip-vae-i", "dip-vae-ii"])
def test_each_term_has_its_weight_beside_the_kl(name):
    terms = terms_of(name, {"lambda_od": 3, "lambda_d": 5})
    torch.testing.assert_close(terms["regulariser"], terms["kl"] + 3 * terms["off_diagonal"] + 5 * terms["diagonal"])
