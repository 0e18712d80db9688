from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.core import picture
from vae_explorer.core.captions import Captions, Words, board_layout, captions_of
from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.board import Board, Layout
from vae_explorer.core.latent.grid import Axis
from vae_explorer.core.picture import captioned, mosaic

AXES = [Axis.of(dim, (-1, 1), 2) for dim in range(3)]
BOARDS = [Board.of_plane(AXES[0], AXES[1]), Board.of_pairs(AXES), Board.of_rows(AXES)]


def images_for(board: Board, channels: int = 1, side: int = 5) -> np.ndarray:
    """Images all of one value, each another one, up to 200."""
    values = np.arange(len(board), dtype=np.uint8) * (200 // len(board))
    return np.broadcast_to(values[:, None, None, None], (len(board), side, side, channels)).copy()


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 3])
def test_every_cell_is_where_the_layout_says(board: Board, channels: int, scale: int) -> None:
    layout, images = board_layout(board, 5 * scale), images_for(board, channels)
    pixels = mosaic(layout, images)
    assert pixels.shape == (layout.size[1], layout.size[0], channels)
    for number in range(len(board)):
        left, top = map(int, layout.corner(board.cell(number)))
        cell = pixels[top : top + 5 * scale, left : left + 5 * scale]
        assert np.array_equal(cell, images[number].repeat(scale, 0).repeat(scale, 1))


def test_what_no_block_covers_is_paper() -> None:
    pixels = mosaic(board_layout(BOARDS[1], 5), images_for(BOARDS[1]))
    assert (pixels[0, -1], pixels[-1, -1]) == (255, images_for(BOARDS[1])[-1, 0, 0])


def test_an_image_is_neither_turned_nor_mirrored() -> None:
    image = np.arange(6 * 6 * 3, dtype=np.uint8).reshape(1, 6, 6, 3)
    assert np.array_equal(mosaic(Layout(Board.of_plane(Axis.of(0, (-1, 1), 1)), 6, 4), image), image[0])


@pytest.mark.parametrize("board", BOARDS)
def test_the_words_leave_the_mosaic_alone(board: Board) -> None:
    layout = board_layout(board, 30)
    body = mosaic(layout, images_for(board, 3, side=30))
    page = captioned(body, captions_of(layout, Words({})))
    rows, wide = page[12 : 12 + len(body)], body.shape[1]
    found = [left for left in range(page.shape[1]) if np.array_equal(rows[:, left : left + wide], body)]
    assert len(found) == 1
    around = page.copy()
    around[12 : 12 + len(body), found[0] : found[0] + body.shape[1]] = 255
    assert (around < 128).any()
    assert (around[:4] == around[-4:]).all()


def test_words_beside_are_written_beside_their_rows() -> None:
    layout = board_layout(BOARDS[2], 40)
    captions = captions_of(layout, Words({1: "a rather long name"}))
    page = captioned(mosaic(layout, images_for(BOARDS[2], side=40)), captions)
    left = page.shape[1] - 12 - int(layout.size[0])
    dark = page[:, :left].min(axis=(1, 2)) < 128
    for mark in captions.left:
        centre = int(12 + mark.centre)
        assert dark[centre - 16 : centre + 16].any()


def test_without_words_there_is_a_margin_alone() -> None:
    body = np.zeros((20, 30, 1), np.uint8)
    page = captioned(body, Captions((), ()))
    assert page.shape == (44, 54, 3)
    assert (page[12:32, 12:42] == 0).all()


@pytest.mark.parametrize("name", ["slant", "Krümmung", "σ → ∞", "头"])
def test_any_name_can_be_written(name: str) -> None:
    layout = board_layout(BOARDS[0], 40)
    body = mosaic(layout, images_for(BOARDS[0], side=40))
    page = captioned(body, captions_of(layout, Words({0: name, 1: name})))
    assert (page[-30:] < 128).any()


def test_a_name_longer_than_the_mosaic_is_whole() -> None:
    layout = board_layout(BOARDS[0], 40)
    body = mosaic(layout, images_for(BOARDS[0], side=40))
    pages = [
        captioned(body, captions_of(layout, Words({0: f"{name}.", 1: f"{name}."})))
        for name in ("a name that is much too long", "a name that is much too long for so few images")
    ]
    for page in pages:
        assert (page[:10] == 255).all()
        assert (page[:, :10] == 255).all()
        assert (page[:, -10:] == 255).all()
    short, long = ((page < 128).any(axis=2).sum() for page in pages)
    assert long > short + 100


def test_too_large_a_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = board_layout(BOARDS[0], 5)
    monkeypatch.setattr(picture, "LARGEST_SIDE", 9)
    with pytest.raises(UserError, match="would be 10 pixels wide or high; 9 is the most"):
        mosaic(layout, images_for(BOARDS[0]))
