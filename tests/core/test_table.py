from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vae_explorer.core.errors import UserError
from vae_explorer.core.shades import UNKNOWN, Groups, Shades
from vae_explorer.core.table import Table, read_table

IMAGES = ("a/1.png", "a/2.png", "b/3.png", "ä.png")
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_table(*lines: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return write_table


def groups(table: Table, name: str) -> list[str]:
    content = table.columns[name]
    assert isinstance(content, Groups)
    return [content.names[number] for number in content.numbers]


def shades(table: Table, name: str) -> Shades:
    content = table.columns[name]
    assert isinstance(content, Shades)
    return content


def test_rows_are_joined_by_path_whatever_their_order(write: Write) -> None:
    path = write("file,age,mood", "ä.png,4,sad", "b/3.png,3,glad", "a/2.png,2,glad", "a/1.png,1,sad", "else.png,9,odd")
    table = read_table(path, IMAGES)
    assert list(table.columns) == ["age", "mood"]
    assert (table.title, table.missing, table.paths) == ("t.csv", 0, IMAGES)
    assert groups(table, "mood") == ["sad", "glad", "glad", "sad"]
    age = shades(table, "age")
    assert (age.least, age.most, age.unknown) == (1, 4, 0)
    assert (np.diff(age.steps) > 0).all()


@pytest.mark.parametrize("name", ["a/1.png", "1.png", "./a/1.png", "a\\1.png", "/somewhere/else/1.png", " 1.png "])
def test_an_image_is_found_by_its_path_or_by_a_name_of_its_own(write: Write, name: str) -> None:
    table = read_table(write("file,mood", f"{name},sad"), IMAGES)
    assert groups(table, "mood") == ["sad", "?", "?", "?"]
    assert table.missing == 3


def test_names_are_the_same_however_their_letters_are_composed(write: Write) -> None:
    assert groups(read_table(write("file,mood", "a\u0308.png,sad"), IMAGES), "mood")[3] == "sad"


def test_the_column_of_the_names_may_be_anywhere(write: Write) -> None:
    table = read_table(write("mood,picture", "sad,1.png", "glad,2.png"), IMAGES)
    assert list(table.columns) == ["mood"]


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (("file;x", "1.png;0,5", "2.png;1,5"), "utf-8"),
        (("file\tx", "1.png\t0.5", "2.png\t1.5"), "utf-8"),
        (("file,x", "1.png,0.5", "2.png,1.5"), "utf-8-sig"),
        (("file,x", "1.png,0.5", "2.png,1.5"), "utf-16"),
        (('"file","x"', '"1.png","0.5"', "", '"2.png","1.5"', ""), "utf-8"),
    ],
    ids=["semicolons", "tabs", "byte order mark", "utf-16", "quotes"],
)
def test_tables_as_programs_write_them(write: Write, lines: tuple[str, ...], encoding: str) -> None:
    x = shades(read_table(write(*lines, encoding=encoding), IMAGES), "x")
    assert (x.least, x.most, x.unknown) == (0.5, 1.5, 2)


@pytest.mark.parametrize("cell", ["", "NA", "nan", " - ", "None", "inf"])
def test_what_a_cell_does_not_say_is_not_known(write: Write, cell: str) -> None:
    x = shades(read_table(write("file,x", f"1.png,{cell}", "2.png,2", "3.png,3"), IMAGES), "x")
    assert x.steps[0] == UNKNOWN
    assert x.unknown == 2


def test_one_word_makes_a_column_one_of_words(write: Write) -> None:
    assert groups(read_table(write("file,x", "1.png,10", "2.png,many"), IMAGES), "x") == ["10", "many", "?", "?"]


def test_columns_that_say_nothing_are_left_out_and_others_have_names(write: Write) -> None:
    table = read_table(write("file,x,,x,empty", "1.png,1,2,3,", "2.png,1"), IMAGES)
    assert list(table.columns) == ["x", "column 3", "x (2)"]


def test_thousands_of_words_are_sorted(write: Write) -> None:
    images = tuple(f"{number}.png" for number in range(5000))
    table = read_table(write("file,who", *(f"{name},person {name}" for name in images)), images)
    content = table.columns["who"]
    assert isinstance(content, Groups)
    assert len(content.names) == 5000
    assert content.unknown is None


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("file,x",), "holds no rows"),
        ((), "holds no rows"),
        (("file,x", "nobody.png,1"), "names none of these images; the first row says “nobody.png”"),
        (("file,x", "1.png,1", "a/1.png,2"), "has 2 rows for “1.png”"),
        (("file", "1.png"), "has no column with values"),
        (("file,x", "1.png,", "nobody.png,3"), "has no column with values"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(write: Write, lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(UserError, match=says):
        read_table(write(*lines), IMAGES)


def test_a_name_that_several_images_share_needs_its_folder(write: Write) -> None:
    path = write("file,x", "1.png,1")
    with pytest.raises(UserError, match=r"“1\.png”, which is the name of several images"):
        read_table(path, ("a/1.png", "b/1.png"))
    assert read_table(write("file,x", "b/1.png,1"), ("a/1.png", "b/1.png")).missing == 1


def test_a_file_that_is_no_table_is_refused(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not text in UTF-8"):
        read_table(write("file,größe", "1.png,1", encoding="latin-1"), IMAGES)
    with pytest.raises(UserError, match="can't be read as a table"):
        read_table(write("file,x", "1.png," + 200_000 * "9"), IMAGES)
    with pytest.raises(UserError, match=r"“none.csv” can't be read"):
        read_table(tmp_path / "none.csv", IMAGES)
    with pytest.raises(UserError, match="can't be read"):
        read_table(tmp_path, IMAGES)


def test_a_table_without_a_header_is_refused_rather_than_read_short(write: Write) -> None:
    with pytest.raises(UserError, match=r"no header: its first row names the image “a/1\.png”"):
        read_table(write("a/1.png,1", "a/2.png,2"), IMAGES)


def test_a_quote_that_never_ends_is_no_cell(write: Write) -> None:
    with pytest.raises(UserError, match="can't be read as a table"):
        read_table(write("file,word", 'a/1.png,"abc', "a/2.png,2"), IMAGES)
