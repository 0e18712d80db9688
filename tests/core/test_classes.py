from dataclasses import replace

import numpy as np
import pytest

from vae_explorer.core.classes import check_labelled, labels_for, numbered, takes_labels
from vae_explorer.core.config import MOST_CLASSES
from vae_explorer.core.errors import UserError

CLASSES = ("cat", "dog", "owl")


@pytest.fixture
def labelled(make_images):
    images = make_images()
    labels = np.arange(len(images)) % 2
    return replace(images, labels=labels, label_names=("owl", "cat"))


def test_labels_are_numbered_as_the_model_does(labelled):
    every, chosen = labels_for(CLASSES, labelled), labels_for(CLASSES, labelled, np.array([1, 1, 2]))
    assert every is not None
    assert every[:3].tolist() == [2, 0, 2]
    assert chosen is not None
    assert chosen.tolist() == [0, 0, 2]


def test_other_models_need_no_labels(images):
    assert labels_for((), images) is None
    assert takes_labels((), images)


def test_what_a_conditional_model_cannot_take(images, labelled):
    with pytest.raises(UserError, match="“images” has no labels"):
        labels_for(CLASSES, images)
    with pytest.raises(UserError, match="cat, dog, but not “owl”"):
        labels_for(("cat", "dog"), labelled)
    assert takes_labels(CLASSES, labelled)
    assert not takes_labels(("cat", "dog"), labelled)
    assert not takes_labels(CLASSES, images)


def test_many_classes_are_told_of_in_few_words():
    with pytest.raises(UserError, match=r"labels 0, 1, .*, 11 …, but not “x”"):
        numbered(tuple(map(str, range(1000))), ("x",), np.zeros(1, np.int64))


def test_a_name_that_is_no_unicode_can_be_told():
    with pytest.raises(UserError) as told:
        numbered(("caf\udce9",), ("th\udce9",), np.zeros(1, np.int64))
    assert str(told.value).encode() == "The model knows the labels caf�, but not “th�”.".encode()


def test_images_that_give_no_classes(images, labelled):
    check_labelled("CVAE", labelled)
    with pytest.raises(UserError, match="“CVAE” needs labels, and “images” has none: put"):
        check_labelled("CVAE", images)
    many = replace(labelled, label_names=tuple(map(str, range(MOST_CLASSES + 1))))
    with pytest.raises(UserError, match="“images” has 1001 labels, but a model tells at most 1000 apart"):
        check_labelled("CVAE", many)
