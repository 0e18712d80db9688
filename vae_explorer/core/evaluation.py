"""How good a model is on given images, by all the metrics that apply or by some of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from vae_explorer.core.errors import UserError
from vae_explorer.core.metrics.base import AT_THE_TOP, Metric, NotApplicable, Result, figures_of, metrics, result_of
from vae_explorer.core.metrics.elbo import Elbo, evaluate
from vae_explorer.core.metrics.subject import Subject

__all__ = ["Subject", "choose", "evaluate", "figures_of", "measure"]

ALL, BASIC = "all", "basic"


def choose(names: str) -> list[type[Metric]]:
    """Read “all”, “basic” (the ELBO and its parts) or names with commas between. Raises UserError."""
    if names.strip() == BASIC:
        return [Elbo]  # without importing scikit-learn, which takes longer than the ELBO of a few thousand images
    ordered = sorted(metrics.parts(), key=lambda metric: metric.place)
    wanted = {name.strip() for name in names.split(",")}
    if ALL in wanted:
        return ordered
    words = {BASIC if metric.name == AT_THE_TOP else _word(metric): metric for metric in ordered}
    if unknown := sorted(wanted - words.keys() - {metric.name for metric in ordered}):
        msg = f"There is no metric “{unknown[0]}”; there are: {ALL}, {', '.join(dict.fromkeys(words))}."
        raise UserError(msg)
    return [metric for metric in ordered if metric.name == AT_THE_TOP or wanted & {metric.name, _word(metric)}]


def measure(
    subject: Subject,
    chosen: Sequence[type[Metric]],
    on_progress: Callable[[str, float], None] = lambda _title, _share: None,
) -> Iterator[Result]:
    """Yield what each metric tells, one after another. Raises UserError, Cancelled.

    `on_progress` is told the title of the metric under way, and the share of all of them that is done.
    """
    for place, metric in enumerate(chosen):
        started = time.perf_counter()
        subject.on_tick = partial(_report, on_progress, metric.title, place, len(chosen))
        subject.tick(0, 1)
        try:
            found: dict[str, Any] | str = metric.measure(subject)
        except NotApplicable as why:
            found = str(why)
        yield result_of(metric, found, time.perf_counter() - started)


def _report(
    on_progress: Callable[[str, float], None], title: str, place: int, count: int, done: int, total: int
) -> None:
    on_progress(title, (place + done / total) / count)


def _word(metric: type[Metric]) -> str:
    """What calls for a metric on the command line: those of one object come together."""
    return metric.name.split(".")[0]
