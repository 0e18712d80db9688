import json
import os
from pathlib import Path

import pytest
import torch

from vae_explorer.core.config import RunConfig
from vae_explorer.core.errors import UserError
from vae_explorer.core.run_folder import RunFolder, RunStatus, is_run

WEIGHTS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}


@pytest.fixture
def config(make_images, make_config):
    return make_config(make_images())


@pytest.fixture
def folder(tmp_path, config):
    return RunFolder.create(tmp_path / "run", config)


def names(folder):
    return sorted(path.name for path in folder.path.iterdir())


def test_a_new_run_is_empty_and_opens_again(folder, config):
    again = RunFolder.open(folder.path)
    assert again.config == config
    assert again.name == "run"
    assert again.status == RunStatus("empty", epochs=3)
    assert again.read_history() == []


@pytest.mark.parametrize("existing", ["file", "folder", "link"])
def test_what_exists_is_never_taken_over(tmp_path, config, existing):
    path = tmp_path / "run"
    if existing == "file":
        path.write_text("mine")
    elif existing == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="exists already"):
        RunFolder.create(path, config)
    assert not path.is_dir() or not list(path.iterdir())


def test_parents_are_made(tmp_path, config):
    assert RunFolder.create(tmp_path / "a" / "b" / "run", config).path.is_dir()


def test_a_folder_below_a_file_cannot_be_made(tmp_path, config):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        RunFolder.create(tmp_path / "file" / "run", config)


@pytest.mark.parametrize("name", [b"\xff\xfe", "数字".encode(), b"a b"])
def test_names_in_any_script_or_none(tmp_path, config, name):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    folder = RunFolder.create(path, config)
    folder.save_weights(WEIGHTS)
    assert torch.equal(RunFolder.open(path).load_weights()["a"], WEIGHTS["a"])
    folder.name.encode()


def test_a_source_that_is_not_unicode_survives(tmp_path, config):
    odd = config.model_copy(update={"data": config.data.model_copy(update={"source": "/im\udcff"})})
    RunFolder.create(tmp_path / "run", odd)
    assert RunFolder.open(tmp_path / "run").config.data.source == "/im\udcff"


def test_weights_come_back_bit_by_bit(folder):
    transposed = {"t": torch.randn(3, 4).t()}
    folder.save_weights(WEIGHTS | transposed)
    loaded = folder.load_weights()
    assert all(torch.equal(loaded[key], tensor) for key, tensor in (WEIGHTS | transposed).items())


def test_resume_state_is_tensors_and_numbers_in_one_file(folder):
    folder.save_resume(WEIGHTS, {"step": 5, "epoch": 2, "best_loss": None})
    tensors, state = folder.load_resume()
    assert torch.equal(tensors["a"], WEIGHTS["a"])
    assert state == {"step": 5, "epoch": 2, "best_loss": None}
    assert folder.status == RunStatus("resumable", 5, 2, 3)


def test_a_run_with_all_epochs_done_is_finished(folder):
    folder.save_resume(WEIGHTS, {"step": 9, "epoch": 3})
    assert folder.status == RunStatus("finished", 9, 3, 3)


def test_nothing_but_the_files_stays_behind(folder):
    folder.save_weights(WEIGHTS)
    folder.save_resume(WEIGHTS, {"step": 1, "epoch": 0})
    folder.append_history({"step": 1})
    assert names(folder) == ["config.json", "history.jsonl", "model.safetensors", "resume.safetensors"]


def test_history_tolerates_a_torn_line(folder):
    for step in (1, 2, 3):
        folder.append_history({"step": step, "training": {"loss": 1.5}})
    with (folder.path / "history.jsonl").open("a") as file:
        file.write('{"step": 4, "train')
    assert [line["step"] for line in folder.read_history()] == [1, 2, 3]
    folder.truncate_history(2)
    assert [line["step"] for line in folder.read_history()] == [1, 2]
    folder.append_history({"step": 9})
    assert [line["step"] for line in folder.read_history()] == [1, 2, 9]


def test_history_ignores_what_is_no_line_of_it(folder):
    lines = [b"7", b"[]", b'{"epoch": 1}', b"\xff\xfe", b'{"step": 0, "training": 7}', b'{"step": 1}']
    lines.append(b'{"step": 2, "elapsed_s": Infinity}')
    (folder.path / "history.jsonl").write_bytes(b"\n".join(lines))
    assert [line["step"] for line in folder.read_history()] == [1]


def test_a_line_without_its_terms_is_one_that_can_be_drawn(folder):
    folder.append_history({"step": 1})
    (line,) = folder.read_history()
    absent = {"training": None, "validation": None}
    assert line == {"step": 1, "epoch": 0, "elapsed_s": 0, "is_best": False, "weight": 1, **absent}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe{", "not text in UTF-8"),
        (b"[]", "does not describe a run"),
        (b"{}", "“data” is missing"),
        (b'{"schema_version": 99}', "schema version 99"),
        (b'{"schema_version": 1, "data": {"source": "x", "colour": 1}}', "unknown setting “data.colour”"),
        (b'{"schema_version": 1, "data": {"source": "x", "image_size": NaN}}', "data.image_size"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_bad_configuration_is_told_in_a_sentence(tmp_path, content, message):
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(UserError, match=message) as raised:
        RunFolder.open(tmp_path)
    assert "\n" not in str(raised.value)


def test_what_is_no_run_folder(tmp_path):
    with pytest.raises(UserError, match="is not a run folder"):
        RunFolder.open(tmp_path)
    with pytest.raises(UserError, match="There is no run folder"):
        RunFolder.open(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not a run folder: it is a file"):
        RunFolder.open(tmp_path / "file")
    (tmp_path / "config.json").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        RunFolder.open(tmp_path)
    assert not is_run(tmp_path)


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.stat", refuse)
    with pytest.raises(UserError, match="cannot be read: permission denied"):
        RunFolder.open(tmp_path)
    assert not is_run(tmp_path)


def test_a_header_longer_than_any_is_not_read(folder, monkeypatch):
    folder.save_resume(WEIGHTS, {"step": 5, "epoch": 2})
    monkeypatch.setattr("vae_explorer.core.tensor_file.MOST_HEADER_BYTES", 50)
    assert folder.status.state == "empty"


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0{}", b"\x02\0\0\0\0\0\0\0[]"])
def test_damaged_files_are_told_in_a_sentence(folder, damage):
    (folder.path / "resume.safetensors").write_bytes(damage)
    with pytest.raises(UserError, match="damaged or incomplete"):
        folder.load_resume()
    assert folder.status.state == "empty"


def test_truncated_weights(folder):
    folder.save_weights(WEIGHTS)
    path = folder.path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match="damaged or incomplete"):
        folder.load_weights()


def test_missing_weights(folder):
    with pytest.raises(UserError, match=r"holds no model\.safetensors"):
        folder.load_weights()


def test_a_run_without_resume_state_is_a_finished_model(folder):
    folder.save_weights(WEIGHTS)
    assert folder.status.state == "finished"


def test_reading_a_run_needs_no_torch(folder):
    import subprocess
    import sys

    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from vae_explorer.core.run_folder import RunFolder\n"
        f"run = RunFolder.open({str(folder.path)!r}); print(run.status.state, run.read_history())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "empty []\n", done.stderr


def test_configurations_of_the_first_schema_keep_loading():
    text = json.dumps({"schema_version": 1, "data": {"source": "sample:digits"}})
    assert RunConfig.from_json(text).model.network == "mlp"


def test_a_run_with_epochs_left_that_cannot_be_resumed_has_stopped(folder):
    folder.save_weights(WEIGHTS)
    folder.append_history({"step": 4, "epoch": 2})
    assert folder.status == RunStatus("stopped", 4, 2, 3)
    folder.append_history({"step": 6, "epoch": 3})
    assert folder.status == RunStatus("finished", 6, 3, 3)
