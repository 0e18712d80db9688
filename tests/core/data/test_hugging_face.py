"""Datasets that the library `datasets` reads, made here: nothing is downloaded."""

import io
import socket
import tarfile
import threading

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.running import fresh_python
from vae_explorer.core.data import hf_filling, hf_stream
from vae_explorer.core.data.base import Cancelled, ImageShape, read_images, suggest
from vae_explorer.core.errors import UserError

COUNT = 300
SHAPE = ImageShape(8, 1)
NAMES = ("cat", "dog", "eel")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, tmp_path):
    """Fail whatever would speak to anyone."""

    def refuse(*_arguments):
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("VAE_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf")


@pytest.fixture(autouse=True)
def _often_noted(monkeypatch):
    monkeypatch.setattr(hf_filling, "_NOTE_EVERY", 64)
    monkeypatch.setattr(hf_filling, "_BATCH", 16)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (COUNT, 8, 8), np.uint8)


def png(pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def parquet(pixels, tmp_path):
    """Three Parquet files with the features that the library itself writes."""
    folder = tmp_path / "parquet"
    folder.mkdir()
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=list(NAMES))})
    for part in range(3):
        rows = range(part * COUNT // 3, (part + 1) * COUNT // 3)
        columns = {
            "image": [{"bytes": png(pixels[row]), "path": f"{row}.png"} for row in rows],
            "label": [row % 3 for row in rows],
        }
        table = datasets.Dataset.from_dict(columns, features=features)
        table.to_parquet(folder / f"train-{part:05}-of-00003.parquet", batch_size=20)
    return folder


@pytest.fixture
def tars(pixels, tmp_path):
    folder = tmp_path / "tars"
    folder.mkdir()
    for part in range(2):
        with tarfile.open(folder / f"train-{part}.tar", "w") as tar:
            for row in range(part * COUNT // 2, (part + 1) * COUNT // 2):
                for name, content in ((f"{row:04}.png", png(pixels[row])), (f"{row:04}.cls", str(row % 3).encode())):
                    entry = tarfile.TarInfo(name)
                    entry.size = len(content)
                    tar.addfile(entry, io.BytesIO(content))
    return folder


@pytest.fixture
def folder(pixels, tmp_path):
    for row in range(60):
        path = tmp_path / "folder" / "train" / NAMES[row % 3] / f"{row:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(pixels[row]))
    return tmp_path / "folder"


def assert_holds(images, pixels):
    assert images.images.shape == (len(pixels), 8, 8, 1)
    assert images.images.dtype == np.uint8
    assert not images.images.flags.writeable
    assert {image.tobytes() for image in images.images} == {image.tobytes() for image in pixels}


def test_parquet_is_read_with_its_labels(parquet, pixels):
    images = read_images(f"hf:{parquet}", SHAPE)
    assert np.array_equal(images.images[..., 0], pixels)
    assert images.label_names == NAMES
    assert images.labels is not None
    assert list(images.labels) == [row % 3 for row in range(COUNT)]
    assert (images.paths[7], len(images.paths), images.title) == ("7.png", COUNT, "parquet")
    assert images.source == f"hf:{parquet}"


def test_tars_are_read_with_their_labels(tars, pixels):
    images = read_images(f"hf:{tars}", SHAPE)
    assert np.array_equal(images.images[..., 0], pixels)
    assert images.label_names == ("0", "1", "2")
    assert images.labels is not None
    assert list(images.labels[:4]) == [0, 1, 2, 0]
    assert images.paths[7] == "0007"


def test_folders_are_read_with_their_labels(folder, pixels):
    images = read_images(f"hf:{folder}", SHAPE)
    assert_holds(images, pixels[:60])
    assert images.label_names == NAMES
    assert images.labels is not None
    numbers = [int(path.removesuffix(".png")) for path in images.paths]
    assert list(images.labels) == [number % 3 for number in numbers]


def test_what_the_library_has_saved_is_read(parquet, pixels, tmp_path):
    loaded = datasets.load_dataset(str(parquet), cache_dir=str(tmp_path / "hf"))
    loaded.save_to_disk(str(tmp_path / "saved"))
    assert_holds(read_images(f"hf:{tmp_path / 'saved'}", SHAPE), pixels)
    loaded["train"].save_to_disk(str(tmp_path / "one"))
    assert_holds(read_images(f"hf:{tmp_path / 'one'}", SHAPE), pixels)


@pytest.mark.parametrize("kind", ["parquet", "tars"])
def test_a_single_file_is_read(request, kind):
    path = sorted(request.getfixturevalue(kind).iterdir())[0]
    assert len(read_images(f"hf:{path}", SHAPE)) == COUNT // (3 if kind == "parquet" else 2)


@pytest.mark.parametrize("kind", ["parquet", "tars", "folder"])
def test_a_shape_and_a_count_are_proposed(request, kind):
    proposed = suggest(f"hf:{request.getfixturevalue(kind)}")
    assert (proposed.shape, proposed.count) == (SHAPE, 60 if kind == "folder" else COUNT)


def test_colours_and_sizes_are_brought_to_one_shape(parquet):
    assert read_images(f"hf:{parquet}", ImageShape(4, 3)).images.shape == (COUNT, 4, 4, 3)


def test_the_second_opening_reads_the_cache(parquet, monkeypatch):
    first = read_images(f"hf:{parquet}", SHAPE)
    monkeypatch.setattr(hf_filling, "_decoded", lambda *_: pytest.fail("it was decoded again"))
    second = read_images(f"hf:{parquet}", SHAPE)
    assert np.array_equal(first.images, second.images)
    assert isinstance(np.asarray(second.images).base, np.memmap)
    assert first.paths == second.paths


def test_what_has_changed_is_read_anew_and_the_old_is_removed(parquet, tmp_path):
    read_images(f"hf:{parquet}", SHAPE)
    (parquet / "train-00002-of-00003.parquet").unlink()
    assert len(read_images(f"hf:{parquet}", SHAPE)) == 200
    assert len(list((tmp_path / "cache").rglob("stream-*.images.npy"))) == 1


@pytest.mark.parametrize("kind", ["parquet", "tars"])
def test_what_was_interrupted_goes_on(request, kind, pixels, monkeypatch):
    spec, cancel = f"hf:{request.getfixturevalue(kind)}", threading.Event()
    decoded = []
    decode = hf_filling._decoded

    def count(*arguments):
        decoded.append(1)
        return decode(*arguments)

    def stop(progress):
        if progress.done >= 100:
            cancel.set()

    monkeypatch.setattr(hf_filling, "_decoded", count)
    with pytest.raises(Cancelled):
        read_images(spec, SHAPE, stop, cancel)
    before = len(decoded)
    assert 100 <= before < 200
    images = read_images(spec, SHAPE)
    assert np.array_equal(images.images[..., 0], pixels)
    assert len(decoded) == COUNT
    assert images.labels is not None
    assert list(images.labels) == [row % 3 for row in range(COUNT)]


def test_what_a_crash_left_is_cut_off_and_gone_on_from(parquet, pixels, tmp_path, monkeypatch):
    class Crash(BaseException):
        pass

    def crash(progress):
        if progress.done >= 150:
            raise Crash

    with pytest.raises(Crash):
        read_images(f"hf:{parquet}", SHAPE, crash)
    images = read_images(f"hf:{parquet}", SHAPE)
    assert np.array_equal(images.images[..., 0], pixels)
    assert list(images.paths[:2]) == ["0.png", "1.png"]


def test_nodes_read_parts_that_make_the_whole(parquet, pixels):
    parts = [read_images(f"hf:{parquet}#{node}/3", SHAPE) for node in range(3)]
    assert [len(part) for part in parts] == [100, 100, 100]
    together = {image.tobytes() for part in parts for image in part.images}
    assert together == {image.tobytes() for image in pixels}
    assert parts[1].source.endswith("#1/3")


def test_a_split_is_chosen_by_name(parquet):
    (parquet / "train-00002-of-00003.parquet").rename(parquet / "test-00000-of-00001.parquet")
    assert len(read_images(f"hf:{parquet}@test", SHAPE)) == 100
    with pytest.raises(UserError, match="has no split “dev”; there are: train, test"):
        read_images(f"hf:{parquet}@dev", SHAPE)


def test_what_was_read_of_the_hub_serves_where_it_cannot_be_reached(parquet, pixels, monkeypatch):
    load = hf_stream._load
    monkeypatch.setattr(hf_stream, "_load", lambda library, wish: load(library, hf_stream.Wish.of(f"hf:{parquet}")))
    first = read_images("hf:someone/animals", SHAPE)
    monkeypatch.setattr(hf_stream, "_load", load)
    second = read_images("hf:someone/animals", SHAPE)
    assert np.array_equal(second.images[..., 0], pixels)
    assert (second.title, second.label_names) == ("someone/animals", NAMES)
    assert first.labels is not None
    assert np.array_equal(first.labels, np.asarray(second.labels))
    with pytest.raises(UserError, match="no dataset of that name can be reached"):
        read_images("hf:someone/animals", ImageShape(9, 1))


def test_damaged_images_are_skipped_with_the_reason(pixels, tmp_path):
    contents = [png(one) for one in pixels[:5]]
    contents[2] = contents[2][:40]
    contents[3] = b"no image"
    table = pa.table({"jpg": pa.array([*contents, None], pa.binary()), "y": ["b", "a", "c", "c", "a", "b"]})
    pq.write_table(table, tmp_path / "set.parquet")
    images = read_images(f"hf:{tmp_path / 'set.parquet'}", SHAPE)
    assert len(images) == 3
    assert [one.path for one in images.skipped] == ["image 2", "image 3", "image 5"]
    assert "not an image" in images.skipped[1].reason
    assert images.label_names == ("a", "b")
    assert images.labels is not None
    assert [images.label_names[label] for label in images.labels] == ["b", "a", "a"]


def test_a_label_for_some_alone_is_none(pixels, tmp_path):
    table = pa.table({"image": pa.array(list(map(png, pixels[:3])), pa.binary()), "label": pa.array([1, None, 2])})
    pq.write_table(table, tmp_path / "set.parquet")
    assert read_images(f"hf:{tmp_path / 'set.parquet'}", SHAPE).labels is None


def test_a_parquet_without_images_is_told(tmp_path):
    pq.write_table(pa.table({"text": ["a", "b"], "number": [1, 2]}), tmp_path / "words.parquet")
    with pytest.raises(UserError, match=r"“words\.parquet” holds no images: its columns are text, number"):
        read_images(f"hf:{tmp_path / 'words.parquet'}", SHAPE)


def test_a_set_of_damaged_images_is_told(tmp_path):
    pq.write_table(pa.table({"image": pa.array([b"x", b"y"], pa.binary())}), tmp_path / "bad.parquet")
    for _ in range(2):
        with pytest.raises(UserError, match=r"No image in “bad\.parquet” could be read: 2 skipped"):
            read_images(f"hf:{tmp_path / 'bad.parquet'}", SHAPE)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("kind", ["parquet", "tars"])
def test_a_file_that_is_cut_short_is_told(request, kind, share):
    path = sorted(request.getfixturevalue(kind).iterdir())[0]
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UserError, match="can't be read to its end: it is damaged or incomplete"):
        read_images(f"hf:{path}", SHAPE)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("hf:no/such/folder/here", "no dataset can have such a name"),
        ("hf:", "no dataset can have such a name"),
        ("hf:nobody/nothing", "no dataset of that name can be reached on the Hugging Face Hub from here"),
        ("hf:nothing#3/3", "names no part: of 3 the parts are 0 to 2"),
    ],
)
def test_what_is_not_there_is_told(spec, words):
    with pytest.raises(UserError, match=words):
        read_images(spec, SHAPE)


def test_files_of_other_kinds_are_told(tmp_path):
    (tmp_path / "set.csv").write_text("a,b")
    with pytest.raises(UserError, match="is neither a Parquet file nor a tar"):
        read_images(f"hf:{tmp_path / 'set.csv'}", SHAPE)
    (tmp_path / "empty").mkdir()
    for content in (None, "a.md"):
        if content:
            (tmp_path / "empty" / content).write_text("words")
        with pytest.raises(UserError, match="“empty” holds no data files"):
            read_images(f"hf:{tmp_path / 'empty'}", SHAPE)


def test_an_array_file_is_told_to_need_no_prefix(tmp_path):
    np.savez(tmp_path / "x.npz", images=np.zeros((2, 8, 8), np.uint8))
    with pytest.raises(UserError, match=r"“x\.npz” is neither a Parquet .*: without “hf:” it is read as it is"):
        read_images(f"hf:{tmp_path / 'x.npz'}", SHAPE)


def test_the_library_says_nothing_of_its_own_of_a_damaged_file(parquet):
    for path in parquet.iterdir():
        path.write_bytes(path.read_bytes()[:300])
    said = fresh_python(
        "import sys\n"
        "from vae_explorer.core.data.base import read_images\n"
        "try: read_images(sys.argv[1])\n"
        "except Exception as error: print(type(error).__name__, error)",
        f"hf:{parquet}",
    )
    assert said.err == ""
    assert said.out.startswith("UserError")


def test_without_the_library_it_says_how_to_get_it(tmp_path):
    said = fresh_python(
        "from vae_explorer.core.data.base import read_images\n"
        "try: read_images('hf:x')\n"
        "except Exception as error: print(type(error).__name__, error)",
        without=("datasets",),
    )
    assert "UserError" in said.out
    assert "pip install 'vae-explorer[datasets]'" in said.out


def test_other_sources_do_without_the_library():
    said = fresh_python(
        "import sys\n"
        "from vae_explorer.core.data.base import read_images\n"
        "read_images('sample:digits:10')\n"
        "print('datasets' in sys.modules, 'pyarrow' in sys.modules)"
    )
    assert said.out == "False False\n"
