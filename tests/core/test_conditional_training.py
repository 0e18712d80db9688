"""A conditional model from the labels of its images to what it decodes."""

from dataclasses import replace

import numpy as np
import pytest

from tests.core.trainings import assert_same_run, watch
from vae_explorer.core.checks import check_resumable, check_trainable
from vae_explorer.core.classes import labels_for
from vae_explorer.core.configure import apply_settings
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import load_model
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import run_training

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
NAMES = tuple(COLOURS)


@pytest.fixture
def coloured(make_images):
    """Squares of one colour in all sizes: the label tells the colour, and the size is what codes are left to tell."""
    images = make_images(count=120, channels=3)
    labels = np.arange(120) % 3
    pixels = np.zeros((120, 8, 8, 3), np.uint8)
    for number, label in enumerate(labels):
        side = 2 + number // 3 % 6
        pixels[number, :side, :side] = COLOURS[NAMES[label]]
    return replace(images, images=pixels, labels=labels, label_names=NAMES)


@pytest.fixture
def conditional(coloured, make_config):
    return make_config(coloured, objective="cvae", hidden="32", latent_dims=1, epochs=30, batch_size=8)


@pytest.fixture
def trained(tmp_path, coloured, conditional):
    folder = RunFolder.create(tmp_path / "run", conditional)
    run_training(conditional, coloured, folder)
    return folder


def reordered(images):
    """The same labels by other numbers, as a folder has them in which subfolders are sorted otherwise."""
    order = np.array([2, 0, 1])
    return replace(images, labels=order[images.labels], label_names=tuple(NAMES[place] for place in (1, 2, 0)))


def strongest(pixels):
    """The colour of most of the light in each image (N, H, W, 3)."""
    return pixels.sum(axis=(1, 2), dtype=np.int64).argmax(axis=1).tolist()


def test_the_classes_are_those_of_the_labels(conditional):
    assert conditional.model.classes == NAMES


def test_the_class_decides_the_colour_and_the_code_the_size(trained):
    decoder = Decoder(trained.config, trained.load_weights())
    for code in (-1.0, 0.0, 1.0):
        assert strongest(decoder.decode(np.full((3, 1), code), [0, 1, 2])) == [0, 1, 2]
    light = [decoder.decode(np.array([[-1.5], [1.5]]), label).sum(axis=(1, 2, 3), dtype=float) for label in range(3)]
    ratios = [max(pair) / min(pair) for pair in light]
    assert min(ratios) > 1.5


def test_without_a_class_it_is_the_first(trained):
    decoder = Decoder(trained.config, trained.load_weights())
    assert np.array_equal(decoder.decode(np.zeros((1, 1))), decoder.decode(np.zeros((1, 1)), 0))


@pytest.mark.parametrize("label", [-1, 3])
def test_a_class_that_is_none_is_refused(trained, label):
    with pytest.raises(UserError, match="has 3 classes"):
        Decoder(trained.config, trained.load_weights()).decode(np.zeros((1, 1)), label)


def test_images_come_back_from_code_and_class(trained, coloured):
    model = load_model(trained.path)
    labels = labels_for(NAMES, coloured)
    codes = encode_images(model, coloured.images, labels=labels)
    decoded = Decoder(trained.config, trained.load_weights()).decode(codes.mean, labels)
    assert strongest(decoded) == coloured.labels.tolist()
    assert np.abs(decoded.astype(int) - coloured.images).mean() < 25


def test_codes_do_not_depend_on_how_the_labels_are_numbered(trained, coloured):
    model = load_model(trained.path)
    others = reordered(coloured)
    one, other = (encode_images(model, it.images, labels=labels_for(NAMES, it)) for it in (coloured, others))
    assert np.array_equal(one.mean, other.mean)


@pytest.mark.parametrize("network", ["mlp", "conv", "linear"])
def test_a_stopped_and_resumed_run_is_bit_equal(tmp_path, coloured, make_config, network):
    config = make_config(coloured, objective="cvae", network=network, epochs=2, batch_size=27)
    whole, halves = (RunFolder.create(tmp_path / name, config) for name in ("whole", "halves"))
    watch(config, coloured, whole)
    watch(config, coloured, halves, stop_at=3)
    watch(config, reordered(coloured), halves, resume=True)
    assert_same_run(whole, halves)


def test_choosing_the_objective_again_keeps_the_classes(conditional):
    again = apply_settings(conditional, {"objective": "cvae", "epochs": 30})
    check_resumable(conditional, again)
    assert again == conditional
    assert apply_settings(conditional, {"objective": "vae"}).model.classes == ()


def test_images_that_do_not_suit_are_refused_before_training(coloured, conditional, make_config):
    unlabelled = replace(coloured, labels=None, label_names=())
    with pytest.raises(UserError, match=r"“Conditional VAE .*” needs labels, and “images” has none"):
        check_trainable(make_config(unlabelled, objective="cvae"), unlabelled)
    with pytest.raises(UserError, match="knows the labels red, green, blue, but not “violet”"):
        check_trainable(conditional, replace(coloured, label_names=("red", "green", "violet")))
    without = conditional.model_copy(update={"model": conditional.model.model_copy(update={"classes": ()})})
    with pytest.raises(UserError, match="the run's configuration names none"):
        check_trainable(without, coloured)
    many = replace(coloured, label_names=tuple(map(str, range(1001))))
    with pytest.raises(UserError, match="1001 labels, but a model tells at most 1000 apart"):
        make_config(many, objective="cvae")
