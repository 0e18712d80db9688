"""The separated attribute predictability score: how much better the best dimension predicts a factor than the next."""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from vae_explorer.core.metrics.base import Figures, Line, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.factors import Classes, VaryingFactors
from vae_explorer.core.metrics.subject import Subject

IMAGES = 5000
"""Images at most; classifiers learn on the first half and are scored on the other."""

LEAST_VARIANCE = 1e-12
"""A dimension that varies less predicts nothing."""

Doubles = NDArray[np.float64]


@metrics.register
class AttributePredictability:
    """SAP by regression, and by classification."""

    name: ClassVar[str] = "sap"
    title: ClassVar[str] = "SAP"
    summary: ClassVar[str] = "Separated attribute predictability: how far the best dimension is ahead for each factor."
    group: ClassVar[str] = "True factors"
    place: ClassVar[int] = 50
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "regression",
            "SAP, regression",
            "1 where one dimension alone predicts each factor. Squared correlation with the factor's values, {images} "
            "images (Kumar 2018; disentanglement_lib's form for continuous factors).",
        ),
        Line(
            "classification",
            "SAP, classification",
            "Accuracy of a linear SVM for each dimension and factor (disentanglement_lib's form for discrete factors); "
            "at most 1 − 1/classes, and low by nature where a factor has many.",
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Measure both forms."""
        means, factors = subject.sample.means[:IMAGES], subject.factors.first(IMAGES)
        return {
            "regression": separation(squared_correlations(means, factors)),
            "classification": separation(accuracies(means, factors, subject.tick)),
            "images": len(means),
        }


def separation(scores: Doubles) -> float:
    """Mean over factors of the best dimension's score less the next one's. (D, K); where D = 1 the next has 0."""
    padded = np.vstack([scores, np.zeros((1, scores.shape[1]))]) if len(scores) == 1 else scores
    first, second = np.sort(padded, axis=0)[:-3:-1]
    return float((first - second).mean())


def squared_correlations(means: Doubles, factors: VaryingFactors) -> Doubles:
    """R² of a line through each factor's values against each dimension's means (n, D). -> (D, K)."""
    codes, values = means - means.mean(0), factors.values - factors.values.mean(0)
    covariance = codes.T @ values / len(codes)
    variances = codes.var(0)[:, None] * values.var(0)
    known = (codes.var(0) > LEAST_VARIANCE)[:, None] & (variances > 0)
    return np.where(known, covariance**2 / np.where(known, variances, 1), 0)


def accuracies(means: Doubles, factors: VaryingFactors, tick: Tick = ignore_tick) -> Doubles:
    """Accuracy, on the second half, of a linear SVM for each factor from each dimension alone (n, D). -> (D, K).

    The settings are disentanglement_lib's: C = 0.01, and classes weigh the same.
    """
    half = len(means) // 2
    scores = np.zeros((means.shape[1], len(factors)))
    for dim, column in enumerate(means.T):
        tick(dim, means.shape[1])
        code = column[:, None] / max(column.std(), LEAST_VARIANCE)
        for place, classes in enumerate(factors.classes.T):
            if len(np.unique(classes[:half])) > 1:
                scores[dim, place] = _accuracy(code, classes, half)
    return scores


def _accuracy(code: Doubles, classes: Classes, half: int) -> float:
    """Score on the rest what was learned from the first `half` of codes (n, 1) and classes (n,)."""
    machine = LinearSVC(C=0.01, class_weight="balanced", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(code[:half], classes[:half])
    return float(machine.score(code[half:], classes[half:]))
