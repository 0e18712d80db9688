import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from threading import Event

import numpy as np
import pytest

from vae_explorer.core import code_folder, encoding_to_folder
from vae_explorer.core.code_folder import DONE, FACTS, LABELS, LOG_VAR, MEAN, PATH_ENDS, PATHS, StoredCodes
from vae_explorer.core.data.base import Cancelled, ImageSet, ImageShape
from vae_explorer.core.data.names import Numbered
from vae_explorer.core.encoding import encode_images
from vae_explorer.core.encoding_to_folder import encode_to_folder
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model

COUNT = 100


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(encoding_to_folder, "ROWS_AT_ONCE", 16)


@pytest.fixture
def images(make_images):
    made = make_images(COUNT)
    labels = np.arange(COUNT) % 3
    return ImageSet("/images", "images", made.images, made.paths, labels, ("a", "b", "c"), shape=ImageShape(8, 1))


@pytest.fixture
def model(config):
    return Model.from_config(config)


@pytest.fixture
def expected(model, images):
    return encode_images(model, images.images)


@pytest.fixture
def stored(model, images, tmp_path):
    assert encode_to_folder(model, images, tmp_path / "codes") == COUNT
    return tmp_path / "codes"


def assert_equal(path, expected):
    found = StoredCodes.open(path)
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-6)
    assert found.log_var is not None
    np.testing.assert_allclose(found.log_var, expected.log_var, atol=1e-6)


def test_a_folder_holds_what_encoding_gives(stored, images, expected, config):
    assert_equal(stored, expected)
    found = StoredCodes.open(stored)
    assert found.mean.dtype == np.float32
    assert isinstance(np.load(stored / MEAN, mmap_mode="r"), np.memmap)
    assert found.mean.flags.f_contiguous
    assert not found.mean.flags.writeable
    assert found.names == images.paths
    assert found.labels is not None
    assert np.array_equal(found.labels, images.labels)
    found.check_model(config)
    found.check_images(images)
    found.check_finite()
    assert found.labelled(images) is images
    assert not list(stored.parent.glob(".*"))


def test_numbered_names_take_no_room(model, images, tmp_path):
    numbered = ImageSet("/images", "images", images.images, Numbered("image", COUNT), None, (), shape=images.shape)
    encode_to_folder(model, numbered, tmp_path / "codes")
    found = StoredCodes.open(tmp_path / "codes")
    assert found.names[7] == "image 07"
    assert not (tmp_path / "codes" / PATHS).exists()
    assert found.labels is None


def test_images_without_labels_get_the_stored_ones(stored, images):
    bare = ImageSet("/images", "images", images.images, images.paths, None, (), shape=images.shape)
    labelled = StoredCodes.open(stored).labelled(bare)
    assert labelled.label_names == ("a", "b", "c")
    assert labelled.labels is not None
    assert np.array_equal(labelled.labels, images.labels)


def test_what_was_stopped_goes_on(model, images, tmp_path, expected):
    cancel, path = Event(), tmp_path / "codes"

    def stop(progress):
        if progress.done == 3:
            cancel.set()

    with pytest.raises(Cancelled):
        encode_to_folder(model, images, path, cancel=cancel, on_progress=stop)
    with pytest.raises(UserError, match="not complete: the same encode goes on"):
        StoredCodes.open(path)
    assert encode_to_folder(model, images, path) == COUNT - 3 * 16
    assert_equal(path, expected)
    assert encode_to_folder(model, images, path) == 0


@pytest.mark.parametrize("size", [2, 3, 20])
def test_several_do_their_shares_in_any_order(model, images, tmp_path, expected, size):
    path = tmp_path / "codes"
    encode_to_folder(model, images, path, share=(0, size))
    done = [encode_to_folder(model, images, path, share=(rank, size)) for rank in reversed(range(1, size))]
    assert sum(done) == COUNT - sum(len(range(COUNT)[start : start + 16]) for start in range(0, COUNT, 16 * size))
    assert_equal(path, expected)


def test_another_number_of_processes_goes_on(model, images, tmp_path, expected):
    path = tmp_path / "codes"
    encode_to_folder(model, images, path, share=(0, 3))
    for rank in range(2):
        encode_to_folder(model, images, path, share=(rank, 2))
    assert_equal(path, expected)


def test_others_wait_for_the_first(model, images, tmp_path):
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        encode_to_folder(model, images, tmp_path / "codes", share=(1, 2), cancel=cancel)
    assert list(tmp_path.iterdir()) == []


def test_two_processes_of_a_launcher_share_the_work(run, trained, pictures, tmp_path):
    words = [
        sys.executable,
        "-m",
        "vae_explorer",
        "encode",
        str(trained),
        str(pictures),
        "--out",
        str(tmp_path / "codes"),
    ]
    launcher = {"WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}  # where nobody needs to meet
    shares = [
        subprocess.Popen(words, env=os.environ | launcher | {"RANK": str(rank)}, stdout=subprocess.PIPE)
        for rank in (1, 0)
    ]
    said = [process.communicate()[0].decode() for process in shares]
    assert [process.returncode for process in shares] == [0, 0]
    assert all(f"Rank {rank} of 2 wrote" in words for rank, words in zip((1, 0), said, strict=True))
    assert run("encode", trained, pictures, "--out", tmp_path / "codes.npz").status == 0
    with np.load(tmp_path / "codes.npz") as file:
        found = StoredCodes.open(tmp_path / "codes")
        np.testing.assert_allclose(found.mean, file["mean"], atol=1e-6)
        assert list(found.names) == list(file["paths"])


def test_a_folder_of_something_else_is_left_alone(model, images, stored, tmp_path, make_images):
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="exists already and holds no codes"):
        encode_to_folder(model, images, tmp_path / "other")
    more = make_images(COUNT + 1)
    with pytest.raises(UserError, match="holds codes of other images, or by another model"):
        encode_to_folder(model, more, stored)


def test_codes_that_are_no_numbers_are_refused(model, images, tmp_path):
    for parameter in model.parameters():
        parameter.data.fill_(float("nan"))
    with pytest.raises(UserError, match="images 0 to 15 are not all finite"):
        encode_to_folder(model, images, tmp_path / "codes")


def test_a_full_disk_is_told_and_leaves_nothing(model, images, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024  # as shutil's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100, 100, 0))
    with pytest.raises(UserError, match="cannot be written: 0 mb are needed, and 0 mb are free"):
        encode_to_folder(model, images, tmp_path / "codes")
    assert list(tmp_path.iterdir()) == []


def facts_with(path, **changes):
    facts = json.loads((path / FACTS).read_text())
    (path / FACTS).write_text(json.dumps(facts | changes))


@pytest.mark.parametrize("name", [MEAN, LOG_VAR, LABELS, PATHS, PATH_ENDS])
def test_a_file_that_is_cut_short_is_told(stored, name):
    content = (stored / name).read_bytes()
    (stored / name).write_bytes(content[:-9] if name != PATHS else b"")
    with pytest.raises(UserError, match=f"{name}” is damaged or incomplete"):
        StoredCodes.open(stored)
    (stored / name).unlink()
    with pytest.raises(UserError, match=f"holds no {name}"):
        StoredCodes.open(stored)


def test_other_counts_and_dimensions_are_told(stored, images, config, make_images, make_config):
    found = StoredCodes.open(stored)
    with pytest.raises(UserError, match="are of 100 images, but “images” has 21"):
        found.check_images(make_images())
    with pytest.raises(UserError, match="are of other images than “images” holds"):
        found.check_images(make_images(COUNT, seed=1))
    with pytest.raises(UserError, match="have 2 dimensions, but the model has 5"):
        found.check_model(make_config(images, latent_dims=5))
    facts_with(stored, count=90)
    with pytest.raises(UserError, match="holds 100 int64 numbers, where 90 int64 were expected"):
        StoredCodes.open(stored)


def test_numbers_that_are_none_are_told(stored):
    mean = np.load(stored / MEAN, mmap_mode="r+")
    mean[50, 1] = np.nan
    mean.flush()
    with pytest.raises(UserError, match=r"mean\.npy in “.*” holds numbers that are NaN or infinite"):
        StoredCodes.open(stored).check_finite()


def test_labels_without_a_name_are_told(stored, images):
    facts_with(stored, label_names=["a"])
    bare = ImageSet("/images", "images", images.images, images.paths, None, (), shape=images.shape)
    with pytest.raises(UserError, match="labels without a name"):
        StoredCodes.open(stored).labelled(bare)


@pytest.mark.parametrize("content", ["", "[]", '{"version": 9}'])
def test_damaged_facts_are_told(stored, content):
    (stored / FACTS).write_text(content)
    with pytest.raises(UserError, match="is damaged, or of a later version"):
        StoredCodes.open(stored)


def test_what_is_no_folder_of_codes_is_told(tmp_path):
    with pytest.raises(UserError, match=r"holds no codes\.json"):
        StoredCodes.open(tmp_path)
    with pytest.raises(UserError, match="there is none of that name"):
        StoredCodes.open(tmp_path / "nowhere")


def test_damaged_bookkeeping_is_told(model, images, stored):
    (stored / DONE).write_bytes(b"no array")
    with pytest.raises(UserError, match="cannot be written"):
        encode_to_folder(model, images, stored)


def test_few_codes_are_in_memory_whatever_happens_to_their_files(stored, expected):
    codes = StoredCodes.open(stored)
    for path in stored.iterdir():
        path.write_bytes(b"")
    np.testing.assert_allclose(codes.mean, expected.mean, atol=1e-6)
    assert not codes.mean.flags.writeable
    assert np.asarray(codes.labels).tolist() == [row % 3 for row in range(COUNT)]
    assert codes.names[7]


def test_many_codes_stay_in_their_files(stored, monkeypatch):
    monkeypatch.setattr(code_folder, "IN_MEMORY", 10)
    assert isinstance(StoredCodes.open(stored).mean.base, np.memmap)
