"""The FactorVAE score: hold one factor, see which dimension varies least, and guess the factor from that."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.metrics.base import Figures, Line, NotApplicable, Tick, ignore_tick, metrics
from vae_explorer.core.metrics.factors import VaryingFactors
from vae_explorer.core.metrics.subject import Subject

TRAINING_VOTES, TEST_VOTES = 10_000, 5_000
"""As disentanglement_lib takes them."""

IMAGES_PER_VOTE = 64

LEAST_GROUP = 10
"""Images that share a factor's value, at least, for their variance to say something."""

LEAST_SPREAD = 0.05
"""Standard deviation below which a dimension is left out: it varies least whatever is held."""

Doubles = NDArray[np.float64]
Groups = list[list[NDArray[np.int64]]]
"""For each factor those groups of images, by their numbers, that share its value."""


@metrics.register
class FactorVaeScore:
    """The accuracy of a majority vote."""

    name: ClassVar[str] = "factor_vae_score"
    title: ClassVar[str] = "FactorVAE score"
    summary: ClassVar[str] = "How often the dimension that varies least tells which true factor is held."
    group: ClassVar[str] = "True factors"
    place: ClassVar[int] = 70
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "value",
            "FactorVAE score",
            "Accuracy of telling which factor is held from the dimension that varies least (Kim & Mnih 2018): "
            "{test_votes} votes of 64 images that share a value, among {images}; guessing gives about {chance:.2f}. "
            "Dimensions with a spread under 0.05 are left out: {left_out}.",
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Vote with groups of images that share a factor's value."""
        factors, means = subject.factors, subject.sample.means
        groups = [group for group in groups_of(factors) if group]
        if len(groups) < 2:
            msg = f"Needs at least two true factors, each with {LEAST_GROUP} images or more that share a value."
            raise NotApplicable(msg)
        return {
            "value": score(means, groups, subject.random(cls.name), subject.tick),
            "chance": 1 / len(groups),
            "left_out": int((means.std(0) < LEAST_SPREAD).sum()),
            "training_votes": TRAINING_VOTES,
            "test_votes": TEST_VOTES,
            "images": len(means),
        }


def groups_of(factors: VaryingFactors) -> Groups:
    """Gather, for each factor, the images of each class that has at least `LEAST_GROUP` of them."""
    groups: Groups = []
    for classes in factors.classes.T:
        order = np.argsort(classes, kind="stable")
        pieces = np.split(order, np.cumsum(np.bincount(classes))[:-1])
        groups.append([piece for piece in pieces if len(piece) >= LEAST_GROUP])
    return groups


def score(means: Doubles, groups: Groups, random: np.random.Generator, tick: Tick = ignore_tick) -> float:
    """Accuracy of the majority vote on codes (n, D): a dimension votes for the factor it varied least with most often.

    0 where no dimension varies enough, as in disentanglement_lib.
    """
    spread = means.std(0)
    active = means[:, spread >= LEAST_SPREAD] / spread[spread >= LEAST_SPREAD]
    if not active.shape[1]:
        return 0.0
    votes = np.zeros((2, active.shape[1], len(groups)), np.int64)
    for number in range(TRAINING_VOTES + TEST_VOTES):
        if number % 500 == 0:
            tick(number, TRAINING_VOTES + TEST_VOTES)
        factor = int(random.integers(len(groups)))
        votes[int(number >= TRAINING_VOTES), _least(active, groups[factor], random), factor] += 1
    training, test = votes
    return float(test[np.arange(len(test)), training.argmax(1)].sum() / TEST_VOTES)


def _least(codes: Doubles, groups: list[NDArray[np.int64]], random: np.random.Generator) -> int:
    """Return the dimension that varies least while the factor that makes these groups is held at a random value."""
    group = groups[int(random.integers(len(groups)))]
    chosen = group if len(group) <= IMAGES_PER_VOTE else random.choice(group, IMAGES_PER_VOTE, replace=False)
    return int(codes[chosen].var(0).argmin())
