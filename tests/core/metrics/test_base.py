import math
from typing import ClassVar

import pytest

from vae_explorer.core.metrics.base import Line, in_words, metrics, result_of


class Height:
    name: ClassVar[str] = "height"
    title: ClassVar[str] = "Height"
    summary: ClassVar[str] = "How high."
    group: ClassVar[str] = "Size"
    place: ClassVar[int] = 0
    lines: ClassVar[tuple[Line, ...]] = (
        Line("value", "Height", "Of {count} things.", "m"),
        Line("spread", "Spread", "Never shown.", absent="One thing has none."),
    )

    @classmethod
    def measure(cls, subject):
        raise NotImplementedError


def test_figures_become_rows():
    result = result_of(Height, {"value": 1.5, "spread": None, "count": 1}, seconds=2.0)
    assert [(row.title, row.value, row.meaning) for row in result.rows] == [
        ("Height", "1.500 m", "Of 1 things."),
        ("Spread", "–", "One thing has none."),
    ]
    assert result.reasons == {"spread": "One thing has none."}


def test_what_does_not_apply_says_why():
    result = result_of(Height, "Needs things.", seconds=0.0)
    assert result.figures is None
    assert result.reasons == {"": "Needs things."}
    assert [(row.title, row.value, row.meaning) for row in result.rows] == [("Height", "–", "Needs things.")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-144.31132, "-144.31"),
        (1.23456, "1.235"),
        (0.0, "0.000"),
        (0.00012, "1.2e-04"),
        (math.inf, "∞"),
        (math.nan, "–"),
        (7, "7"),
        (1877072, "1 877 072"),
        ([0.5, 2], "0.500, 2"),
        ({"x": 0.5, "yaw": None}, "x 0.500, yaw –"),
    ],
)
def test_figures_in_words(value, words):
    assert in_words(value) == words.replace(" 877 072", "\N{NARROW NO-BREAK SPACE}877\N{NARROW NO-BREAK SPACE}072")


def test_every_metric_says_what_it_is():
    for metric in metrics.parts():
        assert metric.summary.endswith(".")
        assert all(line.meaning.endswith((".", "nats).")) for line in metric.lines)
    places = [metric.place for metric in metrics.parts()]
    assert len(set(places)) == len(places)
