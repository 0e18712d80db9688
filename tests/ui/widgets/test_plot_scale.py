import pytest
from PySide6.QtCore import QRectF

from vae_explorer.ui.widgets.plot_scale import beside

AREA = QRectF(44, 24, 200, 100)


@pytest.mark.parametrize(("width", "right"), [(20, 38), (38, 38), (60, 60)])
def test_a_number_beside_the_axis_is_never_cut_off(width: float, right: float) -> None:
    place = beside(AREA, 50, width)
    assert (place.left(), place.right()) == (right - width, right)
    assert place.center().y() == 50
