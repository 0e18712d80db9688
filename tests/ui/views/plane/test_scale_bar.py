from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.core.latent.directions import Directions
from vae_explorer.core.shades import Shades
from vae_explorer.services.colours import ColourBy
from vae_explorer.ui import theme
from vae_explorer.ui.views.plane.scale_bar import BAR_PX, LEAST_BAR_PX, ScaleBar, reading
from vae_explorer.ui.views.plane.scene import Colouring, Scale

pytestmark = pytest.mark.usefixtures("qapp")

KL = ColourBy("kl")
SHADES = Shades.of(np.linspace(-5, 5, 1001))


def test_it_names_what_it_is_of_and_its_ends() -> None:
    assert ScaleBar(Scale(KL, SHADES)).words() == ("KL", "−4.9", "4.9 nats")
    assert ScaleBar(Scale(ColourBy("factor", "eye_opening"), SHADES)).words() == ("eye opening", "−4.9", "4.9")
    assert ScaleBar(Scale(ColourBy("dim", axis=2), SHADES)).words()[0] == "z3"
    directions = Directions((0, 0), (1, 0), (0, 1), ("PC 1 (80 %)", "PC 2 (20 %)"))
    along = ColourBy("direction", axis=1, directions=directions)
    assert ScaleBar(Scale(along, SHADES)).words()[0] == "PC 2 (20 %)"


def test_it_says_what_is_going_on() -> None:
    bar = ScaleBar(Scale(KL))
    assert bar.words() == ("KL: computing…",)
    bar.progress = 0.34
    assert bar.words() == ("KL: computing… 34 %",)
    assert ScaleBar(Scale(KL, Shades.nothing(3))).words() == ("KL: not known of any image",)


def test_of_a_training_it_says_the_step_and_that_it_can_be_computed_anew() -> None:
    bar = ScaleBar(Scale(ColourBy("squared_error"), SHADES, step=1200))
    assert bar.words()[0] == "squared error at step 1\u202f200"
    assert bar.is_of_older_weights
    assert "click to compute it anew" in bar.tip()
    bar.progress = 0.5
    assert bar.words()[0].endswith("(50 %)")


def test_its_tip_tells_of_outliers_and_of_what_is_not_known() -> None:
    tip = ScaleBar(Scale(KL, Shades.of([*np.linspace(0, 1, 1000), 70, math.nan]))).tip()
    assert "From 0 to 70." in tip
    assert "in their colours: 20." in tip
    assert "in grey: 1." in tip
    calm = ScaleBar(Scale(KL, Shades.of([1.0, 2.0]))).tip()
    assert "grey" not in calm


def test_its_colours_go_from_little_to_much() -> None:
    bar = ScaleBar(Scale(KL, SHADES))
    image = QImage(bar.size(1000), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    painter.setFont(theme.font(theme.SMALL_PT))
    bar.paint(painter)
    painter.end()
    row = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
    blue, yellow = (nearest(row, colour) for colour in (theme.SCALE[0], theme.SCALE[-1]))
    assert 0 < yellow - blue <= BAR_PX
    assert near(row[yellow], theme.SCALE[-1]) > -20
    assert near(row[blue], theme.SCALE[0]) > -20


def nearest(row: list[QColor], colour: str) -> int:
    return max(range(len(row)), key=lambda x: near(row[x], colour))


def near(one: QColor, other: str) -> int:
    wanted = QColor(other)
    return -abs(one.red() - wanted.red()) - abs(one.green() - wanted.green()) - abs(one.blue() - wanted.blue())


def test_where_there_is_little_room_the_bar_is_shorter() -> None:
    bar = ScaleBar(Scale(KL, SHADES))
    wide = bar.size(1000).width()
    assert bar.size(wide - 50).width() == wide - 50
    assert bar.size(10).width() == wide - BAR_PX + LEAST_BAR_PX


def test_what_colours_one_image_is_said() -> None:
    shades = Shades.of([4.7123, math.nan])
    colours = Colouring(shades.steps, (), Scale(KL, shades))
    assert [reading(KL, colours, index) for index in (0, 1)] == ["KL: 4.71 nats", "KL: not known"]
    assert reading(KL, Colouring(shades.steps, (), Scale(KL)), 0) == ""
    groups = Colouring(np.array([1, 0]), ("glad", "sad"))
    assert reading(ColourBy("column", "mood"), groups, 0) == "mood: sad"
    assert reading(ColourBy("label"), groups, 0) == ""
