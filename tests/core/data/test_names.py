import os

import numpy as np
import pytest

from vae_explorer.core.data.names import Numbered, StoredNames, write_names

ODD = ("", "a/ñ.png", "line\nbreak", os.fsdecode(b"\xff.png"), "last")


@pytest.fixture
def stored(tmp_path):
    write_names(ODD, tmp_path / "text", tmp_path / "ends.npy")
    return StoredNames(np.memmap(tmp_path / "text", np.uint8, "r"), np.load(tmp_path / "ends.npy", mmap_mode="r"))


def test_numbers_have_as_many_digits_as_the_last_needs():
    assert list(Numbered("face", 11))[::5] == ["face 00", "face 05", "face 10"]
    assert list(Numbered("face", 1)) == ["face 0"]
    assert list(Numbered("face", 0)) == []


def test_ten_million_names_take_no_memory_and_no_time():
    names = Numbered("image", 10_000_000)
    assert (names[123], names[-1]) == ("image 0000123", "image 9999999")
    assert names == Numbered("image", 10_000_000)
    assert names != Numbered("image", 9_999_999)
    assert names[5:7] == ("image 0000005", "image 0000006")


def test_what_was_stored_is_read_again(stored):
    assert tuple(stored) == ODD
    assert [stored[number] for number in range(-5, 5)] == [*ODD, *ODD]


def test_names_are_equal_to_any_sequence_of_the_same(stored):
    assert stored == ODD
    assert ODD == stored  # noqa: SIM300  # the other's turn
    assert stored != (*ODD[:-1], "other")
    assert stored != ODD[:-1]
    assert Numbered("x", 2) == ("x 0", "x 1")
    assert hash(Numbered("x", 2)) == hash(Numbered("x", 2))


def test_beyond_the_last_there_is_none(stored):
    for names in (stored, Numbered("x", 5)):
        with pytest.raises(IndexError):
            names[5]
