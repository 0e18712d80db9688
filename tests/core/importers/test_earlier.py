"""What was imported before is found again, and nothing else is taken for it."""

import os

import pytest
import torch

from tests.core.importers.stacks import Plain, settled
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.importers.earlier import FILE, imported_before, remember, signature_of
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.run_folder import WEIGHTS


@pytest.fixture
def path(tmp_path):
    torch.save(settled(Plain).state_dict(), tmp_path / "weights.pt")
    return tmp_path / "weights.pt"


@pytest.fixture
def runs(path, tmp_path):
    imported = import_model(path, Plain.known)
    remember(write_run(imported, tmp_path / "runs" / "one"), signature_of(path, Plain.known), imported)
    return tmp_path / "runs"


def test_the_same_files_with_the_same_wishes_are_found(path, runs):
    earlier = imported_before(runs, signature_of(path, Plain.known))
    imported = import_model(path, Plain.known)
    assert earlier is not None
    assert (earlier.run, earlier.found, earlier.notes) == (runs / "one", imported.found, imported.notes)


def test_other_wishes_and_other_files_are_not(path, runs):
    assert imported_before(runs, signature_of(path, Wishes())) is None
    before = path.stat()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert imported_before(runs, signature_of(path, Plain.known)) is None
    moved = path.rename(path.with_name("other.pt"))
    os.utime(moved, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert imported_before(runs, signature_of(moved, Plain.known)) is None
    assert signature_of(path, Plain.known) is None


@pytest.mark.parametrize("name", [WEIGHTS, FILE, "config.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"signature": 1}'])
def test_a_copy_that_is_damaged_is_not_taken(path, runs, name, content):
    if content is None:
        (runs / "one" / name).unlink()
    else:
        (runs / "one" / name).write_bytes(content)
    assert imported_before(runs, signature_of(path, Plain.known)) is None


def test_any_file_of_a_folder_counts(tmp_path):
    (tmp_path / "model" / "inner").mkdir(parents=True)
    assert signature_of(tmp_path / "model", Wishes()) is None
    (tmp_path / "model" / "inner" / "a").touch()
    before = signature_of(tmp_path / "model", Wishes())
    (tmp_path / "model" / "inner" / "a").write_text("more")
    assert signature_of(tmp_path / "model", Wishes()) != before


def test_data_beside_an_onnx_file_counts(tmp_path):
    (tmp_path / "decoder.onnx").touch()
    before = signature_of(tmp_path / "decoder.onnx", Wishes())
    (tmp_path / "weights.bin").touch()
    assert signature_of(tmp_path / "decoder.onnx", Wishes()) != before
