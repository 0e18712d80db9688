from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_explorer.tour.pictures import KINDS, SIZE, SUFFIXES, UNREADABLE, draw, write_pictures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "cells"
    write_pictures(folder, count=40)
    return folder


def test_every_kind_has_a_subfolder_with_as_many_pictures(folder: Path) -> None:
    counts = {kind.name: sum(file.name != UNREADABLE for file in kind.iterdir()) for kind in folder.iterdir()}
    assert counts == dict.fromkeys(KINDS, 10)


def test_the_pictures_are_of_several_formats_and_one_size(folder: Path) -> None:
    files = [file for file in folder.rglob("*.*") if file.name != UNREADABLE]
    assert {file.suffix for file in files} == set(SUFFIXES)
    for file in files:
        with Image.open(file) as image:
            assert (image.size, image.mode) == ((SIZE, SIZE), "RGB")


def test_one_file_cannot_be_read(folder: Path) -> None:
    [unreadable] = folder.rglob(UNREADABLE)
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(unreadable)


def test_the_same_seed_draws_the_same_pictures(tmp_path: Path, folder: Path) -> None:
    write_pictures(tmp_path / "again", count=40)
    for file in (tmp_path / "again").rglob("*.png"):
        assert file.read_bytes() == (folder / file.relative_to(tmp_path / "again")).read_bytes()


def test_pictures_of_a_kind_vary_and_kinds_differ_more() -> None:
    random = np.random.default_rng(0)
    sheets = {kind: np.stack([draw(kind, random) for _ in range(40)]).astype(float) for kind in KINDS}
    assert all(sheet.std(axis=0).max() > 20 for sheet in sheets.values())
    colours = np.stack([sheet.mean(axis=(0, 1, 2)) for sheet in sheets.values()])
    assert np.linalg.norm(colours[:, None] - colours[None], axis=2)[~np.eye(len(KINDS), dtype=bool)].min() > 8
