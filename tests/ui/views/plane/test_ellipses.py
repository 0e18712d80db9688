from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.views.plane.planes import MakeState
from vae_explorer.core.latent.plane import LatentPlane
from vae_explorer.services.selection import Selection
from vae_explorer.services.state import AppState, Embedding, View
from vae_explorer.ui.views.plane.ellipses import MOST, axes_of, paint_posterior, paint_posteriors
from vae_explorer.ui.views.plane.viewport import Viewport

SIDE = 201
VIEWPORT = Viewport(View(0, 0, 0.01), SIDE, SIDE)
PLANE = LatentPlane.of_dims((0, 0, 0), 0, 1)


def embedding_of(state: AppState, stds: tuple[float, float, float]) -> Embedding:
    assert state.embedding is not None
    mean = np.zeros_like(state.embedding.mean)
    log_var = np.tile(2 * np.log(np.array(stds, np.float32)), (len(mean), 1))
    return Embedding(state.embedding.images, mean, log_var, state.embedding.span, state.embedding.histograms, 1)


def drawn(painter_does: object) -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#202020"))
    painter = QPainter(image)
    painter_does(painter)  # type: ignore[operator]  # a function of the painter
    painter.end()
    return image


def extent(image: QImage) -> tuple[int, int]:
    """Width and height of what isn't background, at least half as bright as white."""
    marked = [(x, y) for x in range(SIDE) for y in range(SIDE) if image.pixelColor(x, y).value() > 120]
    xs, ys = zip(*marked, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def test_a_covariance_is_projected_as_samples_are() -> None:
    generator = np.random.default_rng(0)
    origin, u, v = generator.normal(size=(3, 4)).astype(np.float32)
    plane, variances = LatentPlane(origin, u, v), np.array([0.5, 2.0, 1.0, 0.1], np.float32)
    samples = generator.normal(size=(200_000, 4)) * np.sqrt(variances)
    assert plane.covariance(variances) == pytest.approx(np.cov(plane.project(samples).T), rel=0.03, abs=0.01)


def test_the_axes_of_an_ellipse() -> None:
    long, short, angle = axes_of(np.diag([4.0, 1.0]).astype(np.float32))
    assert (long, short) == pytest.approx((2, 1))
    assert np.cos(angle) ** 2 == pytest.approx(1)
    _, _, tilted = axes_of(np.array([[2, 1], [1, 2]], np.float32))
    assert np.tan(tilted) == pytest.approx(1)


def test_a_posterior_reaches_two_standard_deviations(make_state: MakeState) -> None:
    embedding = embedding_of(make_state(3), (0.4, 0.2, 5.0))
    image = drawn(lambda painter: paint_posterior(painter, VIEWPORT, PLANE, embedding, 0))
    assert extent(image) == pytest.approx((160, 80), abs=4)


def test_a_posterior_that_is_a_point_and_a_code_without_one_draw_nothing(make_state: MakeState) -> None:
    blank = drawn(lambda _: None)
    tiny = embedding_of(make_state(3), (1e-4, 1e-4, 1.0))
    assert drawn(lambda painter: paint_posterior(painter, VIEWPORT, PLANE, tiny, 0)) == blank
    plain = make_state(3).embedding
    assert plain is not None
    assert drawn(lambda painter: paint_posterior(painter, VIEWPORT, PLANE, plain, 0)) == blank


def test_each_selected_image_has_its_ellipse_unless_they_are_too_many(make_state: MakeState) -> None:
    embedding = embedding_of(make_state(3), (0.4, 0.2, 1.0))
    few = Selection(np.array([0, 1]))
    image = drawn(lambda painter: paint_posteriors(painter, VIEWPORT, PLANE, embedding, few))
    assert extent(image) == pytest.approx((80, 40), abs=4)
    many = Selection(np.arange(MOST + 1))
    assert drawn(lambda painter: paint_posteriors(painter, VIEWPORT, PLANE, embedding, many)) == drawn(lambda _: None)
