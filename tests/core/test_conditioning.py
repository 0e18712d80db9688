from dataclasses import replace

import numpy as np
import pytest
import torch

from vae_explorer.core.conditioning import Conditioning, labels_for
from vae_explorer.core.errors import UserError

CLASSES = ("cat", "dog", "owl")


@pytest.fixture
def labelled(make_images):
    images = make_images()
    labels = np.arange(len(images)) % 2
    return replace(images, labels=labels, label_names=("owl", "cat"))


def test_an_image_gains_a_plane_that_its_class_decides():
    conditioning = Conditioning(3, 4, 4)
    conditioning.initialise(torch.Generator().manual_seed(0))
    joined = conditioning.join_images(torch.zeros(3, 1, 4, 4), torch.tensor([0, 2, 0]))
    assert joined.shape == (3, 2, 4, 4)
    assert torch.equal(joined[0], joined[2])
    assert not torch.equal(joined[0, 1], joined[1, 1])
    assert not joined[:, 0].any()


def test_a_code_gains_its_class_as_one_hot():
    joined = Conditioning(3, 4, 4).join_codes(torch.ones(2, 2), torch.tensor([1, 2]))
    assert joined.tolist() == [[1, 1, 0, 1, 0], [1, 1, 0, 0, 1]]


def test_labels_are_numbered_as_the_model_does(labelled):
    labels = labels_for(CLASSES, labelled)
    assert labels is not None
    assert labels[:3].tolist() == [2, 0, 2]


def test_other_models_need_no_labels(make_images):
    assert labels_for((), make_images()) is None


def test_what_a_conditional_model_cannot_take(make_images, labelled):
    with pytest.raises(UserError, match="has no labels"):
        labels_for(CLASSES, replace(make_images(), labels=None))
    with pytest.raises(UserError, match="cat, dog, but not “owl”"):
        labels_for(("cat", "dog"), labelled)
