"""Names found by words: as a plain look at each of them finds them, whatever they are stored as."""

import os
import threading

import numpy as np
import pytest

from vae_explorer.core.data import name_search
from vae_explorer.core.data.base import Cancelled, printable
from vae_explorer.core.data.name_search import names_with
from vae_explorer.core.data.names import Numbered, StoredNames

WORDS = [
    "",
    "5",
    "05",
    "image",
    "IMAGE 1",
    "mage 12",
    "e 1",
    "e1",
    "a/b",
    "ab",
    "png a",
    "é",
    "ß",
    "99999",
    "\udcff",
    "ff",
]


def stored(names):
    encoded = [os.fsencode(name) for name in names]
    ends = np.cumsum([len(name) for name in encoded], dtype=np.int64)
    return StoredNames(np.frombuffer(b"".join(encoded), np.uint8), ends)


def plainly(names, words):
    parts = words.casefold().split()
    shown = [printable(name).casefold() for name in names]
    return [number for number, name in enumerate(shown) if parts and all(part in name for part in parts)]


SETS = [
    Numbered("image", 1234),
    Numbered("Image of 12", 11),
    stored(["a/b.png", "A/C.PNG", "a", "b", "", "image 5.png", "xa", "/b", "aaa"] * 40),
    stored(["é.png", "\udcff.png", "Straße 5", "plain"] * 40),
    ("a/b.png", "É.png", "image 05"),
]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("names", SETS)
def test_words_find_what_a_plain_look_finds(names, words, monkeypatch):
    monkeypatch.setattr(name_search, "_AT_ONCE", 100)
    assert names_with(names, words).tolist() == plainly(names, words)


def test_a_search_that_nobody_wants_any_more_ends():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        names_with(Numbered("image", 10), "1", cancel)
