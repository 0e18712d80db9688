import pytest
from PySide6.QtCore import QRectF

from vae_explorer.ui.widgets.pixels import fitted


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_sharp_pixels_are_whole_screen_pixels(ratio: float) -> None:
    target = fitted(28, 28, QRectF(0, 0, 251, 400), ratio, sharp=True)
    per_pixel = target.width() * ratio / 28
    assert per_pixel == int(251 * ratio / 28)
    assert (target.left() * ratio).is_integer()


def test_smooth_pixels_fill_the_place_and_keep_the_shape() -> None:
    assert fitted(20, 10, QRectF(0, 0, 100, 100), 1.0, sharp=False) == QRectF(0, 25, 100, 50)


def test_what_is_too_large_is_shrunk() -> None:
    assert fitted(512, 512, QRectF(0, 0, 128, 128), 1.0, sharp=True) == QRectF(0, 0, 128, 128)
