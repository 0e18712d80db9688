from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.core.data.base import ImageSet
from vae_explorer.services.state import AppState
from vae_explorer.ui.views.plane.card import HoverCard

MakeState = Callable[..., AppState]


@pytest.fixture
def images(make_state: MakeState) -> ImageSet:
    images = make_state().images
    assert images is not None
    return images


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(400, 300)
    parent.show()
    return parent


@pytest.fixture
def card(parent: QWidget) -> HoverCard:
    return HoverCard(parent)


def words(card: HoverCard) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel) if label.text() and not label.isHidden()]


def test_the_card_tells_label_and_name_and_shows_the_image(card: HoverCard, images: ImageSet) -> None:
    card.show_image(images, 4, QPoint(10, 10))
    assert card.isVisible()
    assert words(card) == ["green", "ring 4.png"]
    assert not card.findChildren(QLabel)[0].pixmap().isNull()


def test_without_labels_the_name_is_enough(card: HoverCard, images: ImageSet) -> None:
    card.show_image(replace(images, labels=None), 4, QPoint(10, 10))
    assert words(card) == ["ring 4.png"]


def test_a_long_path_is_cut_to_its_end_and_shown_without_what_is_no_text(card: HoverCard, images: ImageSet) -> None:
    paths = ("some/folder/\udcffing.png", *images.paths[1:])
    card.show_image(replace(images, paths=paths), 0, QPoint(10, 10))
    assert words(card)[-1] == "\ufffding.png"


@pytest.mark.parametrize("at", [QPoint(0, 0), QPoint(399, 0), QPoint(0, 299), QPoint(399, 299), QPoint(200, 150)])
def test_the_card_stays_inside_and_beside_the_cursor(
    card: HoverCard, parent: QWidget, images: ImageSet, at: QPoint
) -> None:
    card.show_image(images, 0, at)
    assert parent.rect().contains(card.geometry())
    assert not card.geometry().intersects(QRect(at - QPoint(2, 2), at + QPoint(2, 2)))


@pytest.mark.parametrize("width", [240, 400])
@pytest.mark.parametrize("at", [QPoint(0, 0), QPoint(239, 299), QPoint(120, 150)])
def test_long_words_are_cut_and_the_card_stays_inside(
    card: HoverCard, parent: QWidget, images: ImageSet, width: int, at: QPoint
) -> None:
    parent.resize(width, 300)
    names = tuple(f"a class with a rather long name that goes on and on, number {number}" for number in range(3))
    card.show_image(replace(images, label_names=names), 4, at, "by a column of a table with a long name: 12.5")
    assert parent.rect().contains(card.geometry())
    title, _, reading = words(card)
    assert title.startswith("a cl")
    assert title.endswith("1")
    assert "…" in title
    assert "…" in reading
    assert all(label.width() >= label.sizeHint().width() for label in card.findChildren(QLabel))


def test_what_colours_the_point_is_told_as_well(card: HoverCard, images: ImageSet) -> None:
    card.show_image(images, 4, QPoint(10, 10), "KL: 4.7 nats")
    assert words(card) == ["green", "ring 4.png", "KL: 4.7 nats"]
    card.show_image(images, 4, QPoint(10, 10))
    assert words(card) == ["green", "ring 4.png"]
