"""The mutual information gap, in its two forms: their values aren't comparable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.metrics import mutual_info_score

from vae_explorer.core.metrics.base import Figures, Line, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.densities import draw, log_mean_exp, log_normal
from vae_explorer.core.metrics.factors import VaryingFactors, binned
from vae_explorer.core.metrics.subject import Subject

DRAWS = 2000
"""Codes drawn for the density form, at most."""

_AT_ONCE = 1_000_000
"""Densities that are held at once."""

_NO_DENSITY = "Codes without a spread have no densities."

Doubles = NDArray[np.float64]


@metrics.register
class MutualInformationGap:
    """MIG by a histogram of means, and by densities."""

    name: ClassVar[str] = "mig"
    title: ClassVar[str] = "MIG"
    summary: ClassVar[str] = "Mutual information gap: whether one dimension alone tells of each true factor."
    group: ClassVar[str] = "True factors"
    place: ClassVar[int] = 40
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "histogram_20_bins",
            "MIG, 20-bin histogram",
            "1 where one dimension alone tells of each factor. As disentanglement_lib has it: each dimension's "
            "posterior means of {images} images in 20 bins.",
        ),
        Line("histogram_per_factor", "MIG by factor, 20 bins", "The gaps that the mean above is of."),
        Line(
            "density",
            "MIG, density form",
            "As Chen 2018 has it: by the posteriors' densities, at {density_draws} codes drawn from {images} images.",
            absent=_NO_DENSITY,
        ),
        Line(
            "density_per_factor",
            "MIG by factor, density",
            "The gaps that the mean above is of.",
            absent=_NO_DENSITY,
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Measure both forms; codes without a spread have no densities."""
        factors, codes = subject.factors, subject.sample.codes
        by_histogram = gaps(histogram_information(subject.sample.means, factors, subject.tick), factors)
        figures: Figures = {
            "histogram_20_bins": float(by_histogram.mean()),
            "histogram_per_factor": factors.by_name(by_histogram),
            "density": None,
            "density_per_factor": None,
            "density_draws": min(DRAWS, len(codes)),
            "images": len(codes),
        }
        if codes.log_var is not None:
            log_var, random = codes.log_var.astype(np.float64), subject.random(cls.name)
            information = density_information(subject.sample.means, log_var, factors, random, subject.tick)
            by_density = gaps(information, factors)
            figures |= {"density": float(by_density.mean()), "density_per_factor": factors.by_name(by_density)}
        return figures


def gaps(information: Doubles, factors: VaryingFactors) -> Doubles:
    """(I₁ − I₂)/H for each factor, of the two dimensions that tell most of it. (D, K) in nats -> (K,).

    Chen et al. 2018, equation 6. Where there is but one dimension, I₂ is 0.
    """
    padded = np.vstack([information, np.zeros((1, len(factors)))]) if len(information) == 1 else information
    first, second = np.sort(padded, axis=0)[:-3:-1]
    entropies = [mutual_info_score(column, column) for column in factors.classes.T]
    return np.asarray((first - second) / entropies)


def histogram_information(means: Doubles, factors: VaryingFactors, tick: Tick = ignore_tick) -> Doubles:
    """Mutual information in nats of each dimension's means (n, D), cut into 20 bins, with each factor. -> (D, K)."""
    information = np.empty((means.shape[1], len(factors)))
    for dim, column in enumerate(means.T):
        tick(0, 1)
        code = binned(column)
        information[dim] = [mutual_info_score(factor, code) for factor in factors.classes.T]
    return information


def density_information(
    mean: Doubles,
    log_var: Doubles,
    factors: VaryingFactors,
    random: np.random.Generator,
    tick: Tick = ignore_tick,
) -> Doubles:
    """Mutual information in nats of each dimension of codes drawn from n posteriors (n, D) with each factor. -> (D, K).

    I(z_j; v) = E[log q(z_j|v) − log q(z_j)], where q(z_j) is the mixture of all posteriors and q(z_j|v) of those whose
    image has the factor's value v. Chen et al. 2018, appendix B.
    """
    origins = random.permutation(len(mean))[:DRAWS]
    z = draw(mean[origins], log_var[origins], random)
    members = [_members(column) for column in factors.classes.T]
    owns = factors.classes[origins]
    information = np.empty((mean.shape[1], len(factors)))
    for dim in range(mean.shape[1]):
        tick_here = partial(tick, dim, mean.shape[1])
        information[dim] = _information_of(z[:, dim], mean[:, dim], log_var[:, dim], members, owns, tick_here)
    return information


def _members(classes: NDArray[np.int64]) -> csr_array:
    """Make the matrix whose product takes means over classes: 1/size of a class for each image in it. -> (V, n)."""
    shares = 1 / np.bincount(classes)[classes]
    return csr_array((shares, (classes, np.arange(len(classes)))))


def _information_of(
    z: Doubles,
    mean: Doubles,
    log_var: Doubles,
    members: list[csr_array],
    owns: NDArray[np.int64],
    tick: Callable[[], None],
) -> Doubles:
    """E[log q(z|v) − log q(z)] for one dimension: z (S,), posteriors (n,), each z's own classes (S, K). -> (K,)."""
    totals = np.zeros(len(members))
    at_once = max(1, _AT_ONCE // len(mean))
    for start in range(0, len(z), at_once):
        tick()
        densities = log_normal(z[start : start + at_once, None], mean, log_var)
        overall = log_mean_exp(densities)
        largest = densities.max(axis=1, keepdims=True)
        relative = np.exp(densities - largest).T
        rows = np.arange(len(overall))
        for factor, member in enumerate(members):
            within = (member @ relative)[owns[start : start + at_once, factor], rows]
            totals[factor] += (np.log(within) + largest[:, 0] - overall).sum()
    return totals / len(z)
