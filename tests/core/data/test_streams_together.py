"""Streams that several ranks read, each some parts: the images are those of one, in one order."""

import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.core.data.test_hugging_face import png
from tests.core.together import run_together
from vae_explorer.commands.training_plan import Order, prepare
from vae_explorer.core.data import hf_filling
from vae_explorer.core.data.base import Cancelled, ImageShape, fills_together, read_images
from vae_explorer.core.data.streamed_rows import StreamedRows
from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import Launch

COUNT, FILES = 120, 6
SHAPE = ImageShape(8, 1)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("VAE_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(hf_filling, "_NOTE_EVERY", 8)
    monkeypatch.setattr(hf_filling, "_BATCH", 4)
    return tmp_path / "cache"


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (COUNT, 8, 8), np.uint8)


@pytest.fixture
def spec(pixels, tmp_path):
    """Files of images without names, some of them damaged; their labels come in no order."""
    contents = [b"no image" if row % 50 == 7 else png(one) for row, one in enumerate(pixels)]
    labels = [f"label {(97 * row) % 23}" for row in range(COUNT)]
    (tmp_path / "set").mkdir()
    for part in range(FILES):
        rows = slice(part * COUNT // FILES, (part + 1) * COUNT // FILES)
        table = pa.table({"image": pa.array(contents[rows], pa.binary()), "label": labels[rows]})
        pq.write_table(table, tmp_path / "set" / f"train-{part:05}-of-{FILES:05}.parquet")
    return f"hf:{tmp_path / 'set'}"


@pytest.fixture
def alone(spec, monkeypatch, tmp_path):
    """What one process reads, into another cache."""
    with monkeypatch.context() as patch:
        patch.setenv("VAE_EXPLORER_CACHE", str(tmp_path / "cache of one"))
        return told(read_images(spec, SHAPE))


@pytest.fixture
def among_two(monkeypatch):
    """Let this process take itself for the second of two."""
    monkeypatch.setattr(hf_filling, "launched", lambda: Launch(1, 2, 1, 2, "0", 0, 0))


def told(images):
    """Tell all that is known of a set, ready for JSON."""
    names = [images.label_names[label] for label in images.labels]
    skipped = [[one.path, one.reason] for one in images.skipped]
    return [images.images.tolist(), list(images.paths), names, list(images.label_names), skipped]


def count_decoded(patch):
    """Count the images that are decoded from now on, in a list."""
    decoded: list[int] = []
    decode = hf_filling._decoded

    def count(*arguments):
        decoded.append(1)
        return decode(*arguments)

    patch.setattr(hf_filling, "_decoded", count)
    return decoded


def read(spec):
    """Run on each rank."""
    with pytest.MonkeyPatch.context() as patch:
        decoded = count_decoded(patch)
        return [told(read_images(spec, SHAPE)), len(decoded)]


def test_two_ranks_read_what_one_does_each_image_once(spec, alone, cache):
    (first, decoded), (second, others) = run_together("tests.core.data.test_streams_together:read", 2, spec=spec)
    assert first == second == alone
    assert decoded + others == COUNT
    assert not list(cache.rglob("part-*"))


def plan(spec, out):
    """Settle on each rank what is to be trained."""
    wishes = {"epochs": 1, "network": "linear", "device": "cpu", "image_size": 8}
    settled = prepare(Order(Path(out), spec, wishes, False, threading.Event()))
    return [settled.config.to_json(), told(settled.images)]


def test_two_ranks_settle_on_one_training(spec, alone, tmp_path):
    out = str(tmp_path / "run")
    first, second = run_together("tests.core.data.test_streams_together:plan", 2, spec=spec, out=out)
    assert first == second == plan(spec, out)
    assert first[1] == alone


def refuse(spec, out):
    with pytest.raises(UserError) as refused:
        plan(spec, out)
    return str(refused.value)


def test_what_cannot_be_read_is_told_in_the_same_words_by_all(tmp_path):
    pq.write_table(pa.table({"image": pa.array([b"x", b"y"], pa.binary())}), tmp_path / "bad.parquet")
    arguments = {"spec": f"hf:{tmp_path / 'bad.parquet'}", "out": str(tmp_path / "run")}
    first, second = run_together("tests.core.data.test_streams_together:refuse", 2, **arguments)
    assert "No image in “bad.parquet” could be read" in first
    assert first == second


@pytest.mark.usefixtures("among_two")
def test_who_is_left_alone_reads_all(spec, alone):
    assert told(read_images(spec, SHAPE)) == alone


def interrupt(spec):
    cancel = threading.Event()

    def stop(progress):
        if progress.done >= COUNT // 2:
            cancel.set()

    with pytest.raises(Cancelled):
        read_images(spec, SHAPE, stop, cancel)


def test_one_goes_on_with_what_several_have_begun(spec, alone, monkeypatch, cache):
    decoded = count_decoded(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(hf_filling, "launched", lambda: Launch(1, 2, 1, 2, "0", 0, 0))
        interrupt(spec)
    assert len(decoded) < COUNT
    assert list(cache.rglob("part-*"))
    assert told(read_images(spec, SHAPE)) == alone
    assert len(decoded) == COUNT


def test_several_go_on_with_what_one_has_begun(spec, alone, monkeypatch, cache):
    decoded = count_decoded(monkeypatch)
    interrupt(spec)
    monkeypatch.setattr(hf_filling, "launched", lambda: Launch(1, 2, 1, 2, "0", 0, 0))
    assert told(read_images(spec, SHAPE)) == alone
    assert len(decoded) == COUNT
    assert not list(cache.rglob("part-*"))


@pytest.mark.usefixtures("among_two")
def test_a_full_disk_while_parts_are_put_together_loses_nothing(spec, alone, monkeypatch):
    decoded = count_decoded(monkeypatch)
    append = StreamedRows.append

    def refuse_third(rows, part):
        if rows.progress.parts == 2:
            raise OSError(28, "No space left on device")
        append(rows, part)

    with monkeypatch.context() as patch:
        patch.setattr(StreamedRows, "append", refuse_third)
        with pytest.raises(UserError, match="No space left on device"):
            read_images(spec, SHAPE)
    assert told(read_images(spec, SHAPE)) == alone
    assert len(decoded) == COUNT


@pytest.mark.usefixtures("among_two")
def test_a_node_reads_its_part_as_one(spec, cache):
    assert len(read_images(f"{spec}#1/2", SHAPE)) + len(read_images(f"{spec}#0/2", SHAPE)) == COUNT - 3
    assert not list(cache.rglob("part-*"))


def test_names_are_numbered_on_where_reading_was_interrupted(spec, alone):
    interrupt(spec)
    assert list(read_images(spec, SHAPE).paths) == alone[1]


def test_only_streams_are_read_at_once(spec, tmp_path):
    assert fills_together(spec)
    assert not fills_together(str(tmp_path))
    assert not fills_together("sample:digits")
