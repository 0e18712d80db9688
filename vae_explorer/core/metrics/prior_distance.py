"""How far codes are from the prior, without a model of either: the maximum mean discrepancy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.metrics.base import Figures, Line, NotApplicable, metrics
from vae_explorer.core.metrics.densities import draw
from vae_explorer.core.metrics.subject import Subject

CODES = 2000
"""Codes and draws of the prior, at most: the work grows with the square."""

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Of the kernel, in units of 2·D, the mean squared distance of two draws of the prior. Tolstikhin et al. 2018."""

Doubles = NDArray[np.float64]


@metrics.register
class PriorDistance:
    """MMD² between codes and the prior."""

    name: ClassVar[str] = "mmd"
    title: ClassVar[str] = "MMD² to the prior"
    summary: ClassVar[str] = "Squared maximum mean discrepancy between the codes of all images and N(0, I)."
    group: ClassVar[str] = "Codes"
    place: ClassVar[int] = 30
    lines: ClassVar[tuple[Line, ...]] = (
        Line(
            "value",
            "MMD² to the prior",
            "Unbiased, so near 0 where {codes} {drawn} are spread like N(0, I). Inverse multi-quadratic kernel, mean "
            "over 7 scales. A second draw of the prior gives {of_prior:.1e}.",
        ),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Compare codes drawn from the posteriors, or those of a plain autoencoder, with as many of the prior."""
        codes, random = subject.sample.codes, subject.random(cls.name)
        if len(codes) < 2:
            msg = "Needs at least two images: one code says nothing of a distribution."
            raise NotApplicable(msg)
        log_var = None if codes.log_var is None else codes.log_var[:CODES].astype(np.float64)
        z = draw(codes.mean[:CODES].astype(np.float64), log_var, random)
        prior, again = random.standard_normal((2, *z.shape))
        return {
            "value": squared_mmd(z, prior),
            "of_prior": squared_mmd(again, prior),
            "codes": len(z),
            "drawn": "codes" if log_var is None else "codes drawn from the posteriors",
            "scales": list(SCALES),
        }


def squared_mmd(one: Doubles, other: Doubles) -> float:
    """Estimate MMD² between two distributions from a sample of each, (n, D) and (m, D), without bias.

    Gretton et al. 2012, equation 3, with the kernel Σ c/(c + |x − y|²) over c = 2·D·`SCALES`, divided by their number.
    Both need two rows at least.
    """
    within = _mean_kernel(one, one, pairs=True) + _mean_kernel(other, other, pairs=True)
    return within - 2 * _mean_kernel(one, other, pairs=False)


def _mean_kernel(one: Doubles, other: Doubles, *, pairs: bool) -> float:
    """Mean kernel between the rows of two tables; `pairs`: they are the same table, and no row is its own partner."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    np.maximum(squares, 0, out=squares)
    widths = [2 * one.shape[1] * scale for scale in SCALES]
    total = sum(float((width / (width + squares)).sum()) for width in widths) / len(widths)
    return (total - len(one)) / (len(one) * (len(one) - 1)) if pairs else total / squares.size
