"""Disentanglement, completeness and informativeness, by how much trees use each dimension to predict each factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from vae_explorer.core.metrics.base import Figures, Line, NotApplicable, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.factors import VaryingFactors
from vae_explorer.core.metrics.subject import Subject

TRAINING, TEST = 2000, 2000
"""Images at most that trees learn on and are scored on."""

MOST_CLASSIFIED = 10
"""Factors of more classes are predicted as numbers: one tree instead of one for each class, and no overfitting."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """What trees learned of K factors from D dimensions."""

    importances: Doubles
    """(D, K), how much each dimension serves to predict each factor; a factor's sum up to 1."""
    scores: Doubles
    """(K,) on images that they haven't seen: accuracy for a class, R² (at least 0) for a number."""


@metrics.register
class Dci:
    """DCI by gradient boosting."""

    name: ClassVar[str] = "dci"
    title: ClassVar[str] = "DCI"
    summary: ClassVar[str] = "Disentanglement, completeness, informativeness, by gradient-boosted trees."
    group: ClassVar[str] = "True factors"
    place: ClassVar[int] = 60
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "disentanglement",
            "DCI disentanglement",
            "1 where each dimension serves one factor alone (Eastwood & Williams 2018). By {booster}, {training} "
            "images; another booster gives other values.",
        ),
        Line("completeness", "DCI completeness", "1 where each factor is predicted by one dimension alone."),
        Line(
            "informativeness",
            "DCI informativeness",
            "How well the trees predict the factors of {test} other images: accuracy up to 10 classes, R² beyond.",
        ),
        Line("informativeness_per_factor", "DCI by factor", "The informativeness that the mean above is of."),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Train trees for each factor."""
        factors = subject.factors
        if len(factors) < 2:
            msg = "Needs at least two true factors that vary."
            raise NotApplicable(msg)
        training = min(TRAINING, len(subject.sample) // 2)
        means = subject.sample.means[: training + TEST]
        found = predict(means, factors.first(len(means)), training, subject.tick)
        return {
            "disentanglement": disentanglement(found.importances),
            "completeness": completeness(found.importances),
            "informativeness": float(found.scores.mean()),
            "informativeness_per_factor": factors.by_name(found.scores),
            "booster": "scikit-learn's gradient boosting with 100 trees of depth 3",
            "training": training,
            "test": len(means) - training,
        }


def predict(means: Doubles, factors: VaryingFactors, training: int, tick: Tick = ignore_tick) -> Predictions:
    """Learn each factor from the first `training` rows of the means (n, D), and score on the rest. Raises Cancelled."""
    importances, scores = np.zeros((means.shape[1], len(factors))), np.zeros(len(factors))
    for place, count in enumerate(factors.counts):
        tick_here = partial(tick, place, len(factors))
        as_classes = count <= MOST_CLASSIFIED
        wanted = factors.classes[:, place] if as_classes else factors.values[:, place]
        if len(np.unique(wanted[:training])) > 1:
            trees = GradientBoostingClassifier if as_classes else GradientBoostingRegressor
            model = trees(random_state=0).fit(means[:training], wanted[:training], monitor=_after_each_tree(tick_here))
            importances[:, place] = model.feature_importances_
            scores[place] = max(0.0, model.score(means[training:], wanted[training:]))
    return Predictions(importances, scores)


def disentanglement(importances: Doubles) -> float:
    """Mean over dimensions of 1 − entropy of the factors that it serves, by how much it serves. (D, K)."""
    return _concentration(importances)


def completeness(importances: Doubles) -> float:
    """Mean over factors of 1 − entropy of the dimensions that serve it, by how much they serve. (D, K)."""
    return _concentration(importances.T)


def _concentration(importances: Doubles) -> float:
    """Mean over rows, weighed by their sums, of 1 − entropy to the base of the number of columns."""
    total = importances.sum()
    if total == 0 or importances.shape[1] == 1:
        return 0.0 if total == 0 else 1.0
    sums = importances.sum(1, keepdims=True)
    shares = np.divide(importances, sums, where=sums > 0, out=np.zeros_like(importances))
    logs = np.log(np.where(shares > 0, shares, 1)) / np.log(importances.shape[1])
    return float(((1 + (shares * logs).sum(1)) * sums[:, 0]).sum() / total)


def _after_each_tree(tick: Callable[[], None]) -> Callable[..., bool]:
    """Make of `tick` what scikit-learn asks after each tree whether to end."""

    def monitor(_tree: int, _model: object, _locals: object) -> bool:
        tick()
        return False

    return monitor
