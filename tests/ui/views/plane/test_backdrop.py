from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.services.state import View
from vae_explorer.ui.views.plane import backdrop
from vae_explorer.ui.views.plane.backdrop import CORNER_PX, TICK_PX, name_prior, paint_axes, tick_step
from vae_explorer.ui.views.plane.viewport import Viewport
from vae_explorer.ui.widgets.hint import TOP_PX

VIEWPORT = Viewport(View(0, 0, 0.01), 400, 300)

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.mark.parametrize("units_per_pixel", [1e-6, 0.0013, 0.01, 0.37, 999.0])
def test_ticks_stand_at_round_numbers_not_too_near_each_other(units_per_pixel: float) -> None:
    step = tick_step(units_per_pixel)
    digit = float(f"{step:e}".split("e")[0])
    assert digit in (1, 2, 5)
    assert TICK_PX <= step / units_per_pixel < 2.6 * TICK_PX


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, QPointF]]:
    """What is written, and where its middle comes, or what it points at."""
    texts: list[tuple[str, QPointF]] = []
    for name in ("write", "write_pointing"):
        monkeypatch.setattr(backdrop, name, lambda _painter, at, text, *_: texts.append((text, at)))
    return texts


def painted(paint: Callable[[QPainter], None]) -> None:
    image = QImage(VIEWPORT.width, VIEWPORT.height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint(painter)
    painter.end()


def test_the_corners_are_free_of_numbers_for_the_names(written: list[tuple[str, QPointF]]) -> None:
    painted(lambda painter: paint_axes(painter, VIEWPORT, "PC 1 (12 %)", "PC 2 (5 %)"))
    numbers = [(text, at) for text, at in written if "PC" not in text]
    assert {"0", "1", "−1"} <= {text for text, _ in numbers}
    for _, at in numbers:
        if at.x() == 0:
            assert CORNER_PX < at.y() < VIEWPORT.height - CORNER_PX
        else:
            assert CORNER_PX < at.x() < VIEWPORT.width - CORNER_PX - 60
    places = {text: at for text, at in written if "PC" in text}
    assert places["PC 2 (5 %)"].y() < TOP_PX // 2 < TOP_PX  # above the hint


@pytest.mark.parametrize(("dx", "is_named"), [(0, True), (-150, True), (-230, True), (-600, False)])
def test_the_prior_is_named_inside_the_view_or_not_at_all(*, dx: float, is_named: bool) -> None:
    viewport = Viewport(VIEWPORT.panned(dx, 0), VIEWPORT.width, VIEWPORT.height)
    image = QImage(VIEWPORT.width, VIEWPORT.height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    name_prior(painter, viewport, (0, 0), dims=2)
    painter.end()
    edges = [image.pixelColor(x, y) for x in (0, image.width() - 1) for y in range(image.height())]
    assert all(colour == QColor("white") for colour in edges)
    marked = any(image.pixelColor(x, y).lightness() < 90 for x in range(400) for y in range(300))
    assert marked == is_named
