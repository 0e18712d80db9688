"""What hostile code would do, and doesn't get to. Nothing here may harm the machine that it is tested on."""

import json
import socket
import time

import pytest
import torch
from torch import Tensor, nn

from tests.core.importers.code_files import hostile, scripted, trusted
from tests.running import fresh_python
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import import_model
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.sandbox import process
from vae_explorer.core.trust import UntrustedError, trust


@pytest.fixture(autouse=True)
def _nothing_trusted_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


class Forever(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        while bool(z.sum() == z.sum()):
            z = z + 1
        return z


def test_code_that_never_ends_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "CALL_LIMIT_S", 2)
    path = scripted(Forever(), tmp_path / "decoder.pt")
    with pytest.raises(UntrustedError) as asked:
        import_model(path)
    trust("decoder.pt", asked.value.digests)
    started = time.monotonic()
    with pytest.raises(UserError, match=r"took longer than 2 seconds to (load|run), and was stopped"):
        import_model(path, Wishes(latent_dims=3))
    assert time.monotonic() - started < process.START_LIMIT_S


class Writer(nn.Module):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def forward(self, z: Tensor) -> Tensor:
        return torch.from_file(self.path, shared=True, size=64) + z.sum(1, keepdim=True)


def test_torchscript_that_would_make_a_file_makes_none(tmp_path):
    Writer(str(tmp_path / "here"))(torch.zeros(2, 3))
    assert (tmp_path / "here").exists()  # it would work without the fences
    path = scripted(Writer(str(tmp_path / "there")), tmp_path / "decoder.pt")
    with pytest.raises(UntrustedError) as asked:
        import_model(path)
    trust("decoder.pt", asked.value.digests)
    with pytest.raises(UserError, match="failed to run"):
        import_model(path, Wishes(latent_dims=3))
    assert not (tmp_path / "there").exists()


WRITING = (
    "open({0!r}, 'w')",
    "import os; os.close(os.open({0!r}, os.O_CREAT))",
    "import os; os.mkdir({0!r})",
    "import os; os.system('touch ' + {0!r})",
    "import subprocess; subprocess.run(['touch', {0!r}])",
    "import torch; torch.save(torch.zeros(1), {0!r})",
    "import torch; torch.from_file({0!r}, shared=True, size=8)",
    "import os; os.fork() or os.mkdir({0!r})",
)


def test_code_that_would_write_a_file_writes_none(tmp_path):
    path = hostile(tmp_path / "decoder.pt2", WRITING[0].format(str(tmp_path / "harm")))
    with pytest.raises(UntrustedError):
        import_model(path)
    assert not (tmp_path / "harm").exists()
    with pytest.raises(UserError, match="failed to load"):
        trusted(path)
    assert not (tmp_path / "harm").exists()


@pytest.fixture
def fenced():
    """A process for code, as models are loaded in."""
    fenced = process.Fenced("torch-export")
    yield fenced
    fenced.close()


def test_no_other_way_to_a_file_is_open(tmp_path, fenced):
    for code in WRITING:
        path = hostile(tmp_path / "decoder.pt2", code.format(str(tmp_path / "harm")))
        with pytest.raises(UserError, match="failed to load"):
            fenced.load("decoder", path.read_bytes())
        assert not (tmp_path / "harm").exists(), code


def test_the_same_code_would_do_harm_if_it_were_simply_loaded(tmp_path):
    """So that the test above can fail."""
    path = hostile(tmp_path / "decoder.pt2", WRITING[0].format(str(tmp_path / "harm")))
    said = fresh_python(f"import torch; torch.export.load({str(path)!r})")
    assert (tmp_path / "harm").exists(), said.err


CALLING = (
    "import socket; socket.create_connection(('127.0.0.1', {0}))",
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{0}')",
    "import _socket; _socket.socket(2, 1, 0).connect(('127.0.0.1', {0}))",
)


def test_code_that_would_call_somebody_reaches_nobody(tmp_path, fenced):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for code in CALLING:
            path = hostile(tmp_path / "decoder.pt2", code.format(server.getsockname()[1]))
            with pytest.raises(UserError, match="failed to load"):
                fenced.load("decoder", path.read_bytes())
        with pytest.raises(BlockingIOError):
            server.accept()


TOLD = (
    ("b'x' * 10**14", "failed to load: it needs more memory than there is"),
    ("raise ValueError('line one\\nline \\x1b[2J two')", r"failed to load: ValueError: line \[2J two"),
    ("import os; raise ValueError(os.environ.get('MY_TOKEN'))", "failed to load: ValueError: None"),
    ("import sys; print('noise'); sys.stdout.flush(); raise ValueError('heard')", "failed to load: ValueError: heard"),
)


def test_code_that_misbehaves_is_told_in_a_sentence_and_no_secret_with_it(tmp_path, monkeypatch, fenced):
    monkeypatch.setenv("MY_TOKEN", "secret")
    for code, sentence in TOLD:
        with pytest.raises(UserError, match=sentence):
            fenced.load("decoder", hostile(tmp_path / "decoder.pt2", code).read_bytes())


NOISE = """
import os
for descriptor in range(3, 30):
    try:
        os.write(descriptor, b'{"' * 999)
    except OSError:
        pass
"""


@pytest.mark.parametrize("code", ["import os; os._exit(0)", "raise KeyboardInterrupt", NOISE])
def test_code_that_ends_the_process_or_talks_in_its_place(tmp_path, fenced, code):
    path = hostile(tmp_path / "decoder.pt2", code)
    with pytest.raises(UserError, match="ended when it was to load"):
        fenced.load("decoder", path.read_bytes())
    with pytest.raises(UserError, match="ended when it was to load"):
        fenced.load("decoder", path.read_bytes())


KERNEL = """
import json, os, socket
from vae_explorer.core.sandbox import fences

def refused(act):
    try:
        act()
    except OSError as error:
        return error.errno in (13, 1, 27, 97, 101)
    return False

network = fences.leave_the_network()
server = socket.socket()
standing = [fences._landlock() and "files", fences._seccomp() and "sockets", network and "network"]
print(json.dumps({
    "standing": standing,
    "files": refused(lambda: os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)) and refused(lambda: os.mkdir(sys.argv[1]))
        and refused(lambda: os.rename(sys.argv[2], sys.argv[1])) and refused(lambda: open(sys.argv[2], "w")),
    "sockets": refused(socket.socket) and refused(lambda: os.execv("/bin/true", ["true"])),
    "network": refused(lambda: server.connect(("127.0.0.1", int(sys.argv[3])))),
    "reading": open(sys.argv[2]).read(),
}))
"""


def test_each_fence_of_the_kernel_holds_by_itself(tmp_path):
    (tmp_path / "mine").write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = fresh_python(KERNEL, str(tmp_path / "new"), str(tmp_path / "mine"), str(server.getsockname()[1]))
    assert said.status == 0, said.err
    found = json.loads(said.out)
    assert all(found[fence] for fence in found["standing"] if fence)
    assert found["reading"] == (tmp_path / "mine").read_text() == "kept"
    assert not (tmp_path / "new").exists()


def test_what_this_system_can_not_keep_code_from_is_told(fenced):
    for standing, sentence in ((set(), "the network and writing files"), ({"network"}, "from writing files:")):
        fenced.fences = frozenset(standing)
        assert sentence in fenced.weaknesses
    fenced.fences = frozenset({"sockets", "files"})
    assert fenced.weaknesses == ""
