"""Models that are code: run only when trusted, equal to what torch itself makes of them, and damaged ones refused."""

import gc
import json
import zipfile

import pytest
import torch
from torch import Tensor, nn

from tests.core.importers.code_files import Vae, exported, loaded, scripted, trusted
from vae_explorer.core.errors import UserError
from vae_explorer.core.exporters.base import export_model
from vae_explorer.core.importers.base import import_model, write_run
from vae_explorer.core.importers.wishes import Wishes
from vae_explorer.core.model import Model, load_model
from vae_explorer.core.trust import UntrustedError, digest_of, trust


@pytest.fixture(autouse=True)
def _nothing_trusted_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))


def test_torchscript_is_refused_until_it_is_trusted(tmp_path):
    path = scripted(Vae(), tmp_path / "decoder.pt")
    with pytest.raises(UntrustedError, match="is code, which could do harm") as refused:
        import_model(path)
    assert refused.value.digests == (digest_of(path.read_bytes()),)
    trust("decoder.pt", refused.value.digests)
    assert import_model(path).config.model.network == "fenced"
    assert list(json.loads((tmp_path / "data" / "trusted.json").read_text())) == list(refused.value.digests)


def test_another_file_of_the_same_name_isn_t_trusted(tmp_path):
    trusted(scripted(Vae(), tmp_path / "decoder.pt"))
    with pytest.raises(UntrustedError):
        import_model(scripted(Vae(), tmp_path / "decoder.pt"))


def test_a_run_that_holds_code_is_asked_about_where_nobody_trusted_it(tmp_path, monkeypatch):
    run = write_run(trusted(scripted(Vae(), tmp_path / "decoder.pt")), tmp_path / "run").path
    load_model(run)
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "somebody else"))
    with pytest.raises(UntrustedError, match="“run” is code"):
        load_model(run)


def test_a_damaged_list_trusts_nothing(tmp_path):
    path = scripted(Vae(), tmp_path / "decoder.pt")
    for content in (b"", b"[]", b"{", json.dumps([digest_of(path.read_bytes())]).encode()):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "trusted.json").write_bytes(content)
        with pytest.raises(UntrustedError):
            import_model(path)


def test_torchscript_decodes_as_torch_does(tmp_path):
    theirs = Vae()
    ours = loaded(scripted(theirs, tmp_path / "decoder.pt"), tmp_path)
    z = torch.randn(5, 3)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), theirs(z), rtol=0, atol=1e-5)
    assert not ours.can_encode


def test_torchscript_with_two_methods_encodes_too(tmp_path):
    theirs = Vae()
    for half in ("decoder", "encoder"):
        scripted(theirs, tmp_path / f"{half}.pt")
    ours = loaded(tmp_path, tmp_path)
    x = torch.rand(4, 1, 8, 8)
    with torch.inference_mode():
        mean, log_var = theirs.encode(x)
        torch.testing.assert_close(ours.encode(x).mean, mean, rtol=0, atol=1e-5)
        torch.testing.assert_close(ours.encode(x).log_var, log_var, rtol=0, atol=1e-5)


def test_what_torch_export_wrote_here_decodes_and_encodes_as_the_model(tmp_path, make_images, make_config):
    config = make_config(make_images(), latent_dims=3, likelihood="gaussian")
    model = Model.from_config(config)
    export_model(model, "torch-export", tmp_path / "exported")
    with pytest.raises(UntrustedError):
        import_model(tmp_path / "exported")
    ours = loaded(tmp_path / "exported", tmp_path)
    z, x = torch.randn(5, 3), torch.rand(4, 1, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(ours.decode(z), model.decode(z), rtol=0, atol=1e-5)
        torch.testing.assert_close(ours.encode(x).mean, model.encode(x).mean, rtol=0, atol=1e-5)
        torch.testing.assert_close(ours.encode(x).log_var, model.encode(x).log_var, rtol=0, atol=1e-5)


def test_what_a_program_ends_with_is_known(tmp_path):
    decoder = nn.Sequential(nn.Linear(3, 64), nn.Tanh())
    imported = trusted(exported(decoder, tmp_path / "decoder.pt2", torch.zeros(2, 3)))
    assert imported.found == Wishes(8, 1, 3, "signed", "chw")
    assert imported.config.model.network_settings["parameters"] == 3 * 64 + 64


def test_the_process_ends_with_the_model(tmp_path):
    model = loaded(scripted(Vae(), tmp_path / "decoder.pt"), tmp_path)
    model.decode(torch.zeros(1, 3))
    child = model.network.runner._process
    assert child.poll() is None
    del model
    gc.collect()
    assert child.poll() is not None


# Damaged files


@pytest.mark.parametrize("kind", ["torchscript", "torch-export"])
def test_truncated_code_is_refused(tmp_path, kind):
    if kind == "torchscript":
        path = scripted(Vae(), tmp_path / "decoder.pt")
    else:
        path = exported(nn.Linear(3, 64), tmp_path / "decoder.pt2", torch.zeros(2, 3))
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"no model of a format|can't be read"):
            trusted(path)


def test_a_size_of_terabytes_is_refused_before_it_is_read(tmp_path):
    path = scripted(Vae(), tmp_path / "decoder.pt")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (members | {"decoder/data/9": bytes(100_000_000)}).items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match="declares 1"):
        import_model(path)


def test_compressed_code_is_no_reason_to_refuse(tmp_path):
    """TorchScript compresses its code, so that the parts of a large model may add up to more than the file."""
    path = scripted(Vae(), tmp_path / "decoder.pt")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("decoder/code/note.py", "# nothing\n" * 50_000)
        assert sum(member.file_size for member in archive.infolist()) > 2 * path.stat().st_size
    assert trusted(path).config.model.latent_dims == 3


class Wide(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return torch.zeros(z.shape[0], 2_000_000, 1_000_000)


class Nan(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return torch.full((z.shape[0], 64), float("nan"))


@pytest.mark.parametrize(
    ("module", "sentence"),
    [(Wide(), "failed to run"), (Nan(), "NaN or infinite"), (nn.Flatten(), "a side of 1 pixels")],
)
def test_images_that_are_none(tmp_path, module, sentence):
    path = scripted(module, tmp_path / "decoder.pt")
    with pytest.raises(UntrustedError) as asked:
        import_model(path)
    trust("decoder.pt", asked.value.digests)
    with pytest.raises(UserError, match=sentence):
        import_model(path, Wishes(latent_dims=3))


def test_swapped_bytes_in_a_run_are_not_run(tmp_path):
    run = write_run(trusted(scripted(Vae(), tmp_path / "decoder.pt")), tmp_path / "run")
    weights = run.load_weights()
    weights["network.decoder.content"][1000] ^= 255
    run.save_weights(weights)
    with pytest.raises(UntrustedError):
        load_model(run.path)


class Greedy(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), 1, 300_000, 300_000)


class Failing(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return z.view(7, 7, 7)


def test_code_that_wants_too_much_memory_is_told_so(tmp_path):
    with pytest.raises(UserError, match="failed to run: it needs more memory than there is"):
        load_known(scripted(Greedy(), tmp_path / "decoder.pt"))


def test_what_code_raises_is_named_once(tmp_path):
    with pytest.raises(UserError, match="failed to run: RuntimeError: ") as failed:
        load_known(scripted(Failing(), tmp_path / "decoder.pt"))
    assert str(failed.value).count("RuntimeError") == 1


def load_known(path):
    with pytest.raises(UntrustedError) as asked:
        import_model(path)
    trust(asked.value.name, asked.value.digests)
    return import_model(path, Wishes(latent_dims=3))


@pytest.mark.parametrize("left", [0, 100, 0.5, 0.99])
def test_a_program_that_is_cut_short_is_told_to_be(tmp_path, left):
    path = exported(Vae(), tmp_path / "decoder.pt2", torch.zeros(2, 3))
    content = path.read_bytes()
    path.write_bytes(content[: left if isinstance(left, int) else int(left * len(content))])
    with pytest.raises(UserError, match=r"“decoder\.pt2” can't be read: it is damaged"):
        import_model(path)
