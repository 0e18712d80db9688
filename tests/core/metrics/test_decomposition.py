import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from vae_explorer.core.metrics.decomposition import decompose


def exact_kl(mean, log_var):
    return 0.5 * (np.exp(log_var) - 1 - log_var + mean**2).sum(1)


def draws(mean, log_var, seed=0):
    return mean + np.exp(log_var / 2) * np.random.default_rng(seed).normal(size=mean.shape)


def decomposed(posteriors, seed=0):
    mean, log_var = posteriors
    return decompose(mean, log_var, draws(mean, log_var, seed))


@pytest.fixture
def posteriors():
    """Return 800 posteriors whose dimensions depend on each other."""
    random = np.random.default_rng(5)
    mean = random.normal(size=(800, 2)) @ random.normal(size=(2, 4))
    return mean, random.uniform(-4, 0.5, (800, 4))


def test_the_parts_sum_up_to_the_kl(posteriors):
    mean, log_var = posteriors
    z = draws(mean, log_var)
    parts = decompose(mean, log_var, z)
    scale = np.exp(log_var / 2)
    ratios = (norm.logpdf(z, mean, scale) - norm.logpdf(z)).sum(1)
    assert parts.mutual_information + parts.total_correlation + parts.dimension_wise_kl == pytest.approx(ratios.mean())
    assert parts.kl == pytest.approx(ratios.mean())
    error = ratios.std() / np.sqrt(len(z))
    assert parts.kl == pytest.approx(exact_kl(mean, log_var).mean(), abs=4 * error)


def test_each_part_is_what_its_formula_says(posteriors):
    mean, log_var = (some[:30] for some in posteriors)
    z = draws(mean, log_var)
    mixture = [multivariate_normal(m, np.diag(np.exp(v))) for m, v in zip(mean, log_var, strict=True)]
    joint = np.log(np.mean([one.pdf(z) for one in mixture], axis=0))
    marginals = np.log(norm.pdf(z[:, None], mean, np.exp(log_var / 2)).mean(1))
    given = norm.logpdf(z, mean, np.exp(log_var / 2)).sum(1)
    parts = decompose(mean, log_var, z)
    assert parts.mutual_information == pytest.approx((given - joint).mean())
    assert parts.total_correlation == pytest.approx((joint - marginals.sum(1)).mean())
    assert parts.dimension_wise_kl == pytest.approx((marginals - norm.logpdf(z)).sum(1).mean())


def test_dependence_is_total_correlation(posteriors):
    assert decomposed(posteriors).total_correlation > 0.5


@pytest.mark.parametrize("seed", range(5))
def test_total_correlation_of_independent_dimensions_is_near_0_and_not_below(seed):
    random = np.random.default_rng(seed)
    axis = np.linspace(-2, 2, 20)
    mean = np.array([(x, y) for x in axis for y in axis])  # a grid: the mixture is exactly a product
    log_var = np.full(mean.shape, -1.0)
    parts = decompose(mean, log_var, draws(mean, log_var, int(random.integers(1000))))
    assert parts.total_correlation == pytest.approx(0, abs=1e-9)


def test_total_correlation_is_not_negative(posteriors):
    for seed in range(5):
        assert decomposed(posteriors, seed).total_correlation >= 0


def test_codes_that_tell_images_apart_tell_the_logarithm_of_their_number():
    mean = np.linspace(0, 3000, 64)[:, None]
    log_var = np.zeros(mean.shape)
    parts = decompose(mean, log_var, draws(mean, log_var))
    assert parts.mutual_information == pytest.approx(np.log(64))


def test_one_posterior_for_all_tells_nothing_of_the_image():
    mean, log_var = np.full((500, 3), 0.7), np.full((500, 3), -1.2)
    z = draws(mean, log_var)
    parts = decompose(mean, log_var, z)
    assert parts.mutual_information == pytest.approx(0, abs=1e-9)
    assert parts.total_correlation == pytest.approx(0, abs=1e-9)
    assert parts.dimension_wise_kl == pytest.approx(parts.kl)


def test_the_size_of_the_pieces_does_not_matter(posteriors, monkeypatch):
    whole = decomposed(posteriors)
    monkeypatch.setattr("vae_explorer.core.metrics.decomposition._AT_ONCE", 1)
    assert decomposed(posteriors) == whole
