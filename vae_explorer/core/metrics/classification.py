"""The code at work: telling images of different classes apart, beside doing so by their pixels."""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from vae_explorer.core.metrics.base import Figures, Line, NotApplicable, Tick, metrics
from vae_explorer.core.metrics.subject import Subject

TRAINING, TEST = 4000, 1000
"""Images at most that classifiers learn on and are scored on."""

NEIGHBOURS = 5

LEAST_IMAGES = 10

_TOLD = "A conditional model's encoder is told the label, so that finding it again in the code would prove nothing."

MOST_CLASSES = 20
"""The most frequent ones; the work grows with their number."""

PIXELS_AT_MOST = 20_000_000
"""Of large images fewer are taken, so that classifying their pixels ends soon and they fit into memory."""

_STEPS, _PIECES = 25, 8
"""A linear probe takes at most so many steps in each of so many pieces; more hardly make it any better."""

_NO_CODES = {"knn_codes": None, "linear_codes": None}

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


@metrics.register
class Classification:
    """How well classes are told apart by codes, beside pixels."""

    name: ClassVar[str] = "code_at_work.classification"
    title: ClassVar[str] = "Classification"
    summary: ClassVar[str] = "Accuracy of nearest neighbours and of a linear probe on codes, beside the same on pixels."
    group: ClassVar[str] = "The code at work"
    place: ClassVar[int] = 80
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "knn_codes",
            "5-NN on codes",
            "Accuracy on {test} images held out, by a vote of the 5 nearest of {training} codes; {classes} "
            "classes, of which always guessing the most frequent one gives {majority:.3f}.",
            absent=_TOLD,
        ),
        Line("knn_pixels", "5-NN on pixels", "The same on {pixel_dims} pixel values from 0 to 1."),
        Line(
            "linear_codes",
            "Linear probe on codes",
            "Accuracy on the same images of a logistic regression on standardised codes.",
            absent=_TOLD,
        ),
        Line("linear_pixels", "Linear probe on pixels", "The same on pixel values from 0 to 1."),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Classify held-out images by their codes, but for a conditional model's, and by their pixels."""
        places, labels = _labelled(subject)
        test = min(TEST, len(places) // 5)
        learned = np.unique(labels[test:], return_counts=True)
        if len(learned[0]) < 2:
            msg = "Needs images of at least two classes, and those chosen to learn from have one."
            raise NotApplicable(msg)
        images = subject.pixels(subject.sample.indices[places])
        pixels = np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)
        score = _Scores(labels, test, subject.tick)
        codes = subject.sample.codes.mean[places]
        return {
            **(score.of("codes", codes, standardised=True) if subject.classes is None else _NO_CODES),
            **score.of("pixels", pixels, standardised=False),
            "majority": float((labels[:test] == learned[0][learned[1].argmax()]).mean()),
            "classes": len(np.unique(labels)),
            "neighbours": NEIGHBOURS,
            "training": len(labels) - test,
            "test": test,
            "pixel_dims": pixels.shape[1],
        }


class _Scores:
    """Accuracies on the first `test` images after learning from the others."""

    def __init__(self, labels: Labels, test: int, tick: Tick) -> None:
        self._labels = labels
        self._test = test
        self._tick = tick
        self._done = 0

    def of(self, name: str, inputs: Floats, *, standardised: bool) -> Figures:
        """Score both classifiers on inputs (n, F)."""
        training, labels = inputs[self._test :], self._labels[self._test :]
        self._tick(self._done, 4)
        neighbours = KNeighborsClassifier(min(NEIGHBOURS, len(training))).fit(training, labels)
        figures = {f"knn_{name}": self._accuracy(neighbours, inputs)}
        if standardised:
            inputs = StandardScaler().fit(training).transform(inputs)
        figures[f"linear_{name}"] = self._accuracy(self._probe(inputs[self._test :], labels), inputs)
        return figures

    def _probe(self, inputs: Floats, labels: Labels) -> LogisticRegression:
        """Fit a logistic regression in pieces, since between them it can be given up."""
        probe = LogisticRegression(max_iter=_STEPS, warm_start=True)
        for _ in range(_PIECES):
            self._tick(self._done, 4)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                probe.fit(inputs, labels)
            if probe.n_iter_.max() < _STEPS:
                break
        return probe

    def _accuracy(self, classifier: ClassifierMixin, inputs: Floats) -> float:
        self._done += 1
        return float(classifier.score(inputs[: self._test], self._labels[: self._test]))


def _labelled(subject: Subject) -> tuple[NDArray[np.int64], Labels]:
    """Choose images of the most frequent classes: their places in the sample, and labels. Raises NotApplicable."""
    if subject.images.labels is None:
        msg = "Needs labels: those of a sample, of an array file, or the names of subfolders."
        raise NotApplicable(msg)
    labels = subject.images.labels[subject.sample.indices]
    found, counts = np.unique(labels[labels >= 0], return_counts=True)
    frequent = found[np.argsort(-counts, kind="stable")[:MOST_CLASSES]]
    values = int(np.prod(subject.images.images.shape[1:]))
    places = np.flatnonzero(np.isin(labels, frequent))[: min(TRAINING + TEST, PIXELS_AT_MOST // values)]
    if len(frequent) < 2 or len(places) < LEAST_IMAGES:
        msg = f"Needs at least {LEAST_IMAGES} labelled images of two classes or more."
        raise NotApplicable(msg)
    return places, np.asarray(labels[places], np.int64)
