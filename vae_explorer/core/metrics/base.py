"""What a metric is, and what it tells. Importing this needs neither torch nor scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from vae_explorer.core.registry import Registry

if TYPE_CHECKING:
    from vae_explorer.core.metrics.subject import Subject

Figures = dict[str, Any]
"""What a metric found, ready for JSON: numbers, lists of numbers, and numbers by name."""

Tick = Callable[[int, int], None]
"""Told how much of something is done, of how much: it may show that, or raise Cancelled."""

NO_VALUE = "–"

AT_THE_TOP = "elbo"
"""The metric whose figures stand at the top of the JSON object: those that every evaluation tells."""


def ignore_tick(_done: int, _total: int) -> None:
    """Tell nobody."""


class NotApplicable(Exception):  # noqa: N818  # not an error: most metrics don't apply to every model and image set
    """A metric can't be had here. The message is one sentence fit for a person that says why."""


@dataclass(frozen=True)
class Line:
    """A row of a table, to be filled in with one of a metric's figures."""

    key: str
    """Of the figure."""
    title: str
    meaning: str
    """What it says and how it was measured; `{name}` stands for another figure."""
    unit: str = ""
    absent: str = ""
    """Why the figure is None where it is."""


class Metric(Protocol):
    """A measure of a model on images."""

    name: ClassVar[str]
    """The word for it on the command line, and in JSON; what stands before a dot there is an object around it."""
    title: ClassVar[str]
    summary: ClassVar[str]
    group: ClassVar[str]
    """The heading that it stands under."""
    place: ClassVar[int]
    """Lower ones come first."""
    lines: ClassVar[tuple[Line, ...]]

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Measure. Raises NotApplicable, UserError, or Cancelled."""
        ...


metrics: Registry[Metric] = Registry("metric", "vae_explorer.core.metrics")


@dataclass(frozen=True)
class Row:
    """A figure in words."""

    title: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Result:
    """What one metric told, ready to show: a value that may cross threads."""

    name: str
    title: str
    group: str
    figures: Figures | None
    """None where it doesn't apply; all numbers in it are finite."""
    reasons: Mapping[str, str]
    """Why something is absent, a sentence for each: under its key, or under "" for the whole metric."""
    rows: tuple[Row, ...]
    seconds: float


def result_of(metric: type[Metric], figures: Figures | str, seconds: float) -> Result:
    """Put what a metric found into words, or the reason why it found nothing."""
    if isinstance(figures, str):
        row = Row(metric.title, NO_VALUE, figures)
        return Result(metric.name, metric.title, metric.group, None, {"": figures}, (row,), seconds)
    reasons = {line.key: line.absent for line in metric.lines if figures[line.key] is None}
    rows = tuple(_row(line, figures) for line in metric.lines)
    return Result(metric.name, metric.title, metric.group, _finite(figures), reasons, rows, seconds)


def figures_of(results: Sequence[Result]) -> Figures:
    """Put results into one object for JSON.

    The ELBO's figures stand at the top; each other metric is an object under its name, or null with its reason under
    `not_applicable`.
    """
    figures: Figures = {}
    reasons: dict[str, str] = {}
    for result in results:
        if result.name == AT_THE_TOP:
            figures |= result.figures or {}
            reasons |= result.reasons
        else:
            _place(figures, result.name, result.figures)
            reasons |= {f"{result.name}.{key}".rstrip("."): why for key, why in result.reasons.items()}
    return figures | {"not_applicable": reasons}


def _place(figures: Figures, name: str, found: Figures | None) -> None:
    *around, last = name.split(".")
    for word in around:
        figures = figures.setdefault(word, {})
    figures[last] = found


def _finite(value: Any) -> Any:
    """Replace what JSON can't hold, NaN and infinity, by None."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _row(line: Line, figures: Figures) -> Row:
    value = figures[line.key]
    meaning = line.absent if value is None else line.meaning.format(**figures)
    return Row(line.title, in_words(value, line.unit), meaning)


def in_words(value: Any, unit: str = "") -> str:
    """Write a figure as people read it: a number, several, or several by name."""
    if value is None:
        return NO_VALUE
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(in_words, value))
    text = _number(value) if isinstance(value, float) else f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{text} {unit}" if unit else text


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "∞" if value > 0 else NO_VALUE
    if 0 < abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.2f}" if abs(value) >= 100 else f"{value:.3f}"
