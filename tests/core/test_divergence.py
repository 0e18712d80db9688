import pytest
import torch

from tests.core.trainings import every_step, watch
from vae_explorer.core.model import Model, load_model
from vae_explorer.core.objectives.vae import Vae
from vae_explorer.core.progress import Control
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.training import train


def break_from(step, monkeypatch, value=float("nan")):
    terms = Vae.terms

    def broken(self, seen):
        told = terms(self, seen)
        return told | {"loss": told["loss"] * value} if seen.moment.step >= step else told

    monkeypatch.setattr(Vae, "terms", broken)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("folder_name", ["run", None])
def test_a_loss_that_is_no_number_keeps_the_last_good_weights(
    tmp_path, config, images, monkeypatch, value, folder_name
):
    good = watch(config, images)
    folder = RunFolder.create(tmp_path / folder_name, config) if folder_name else None
    break_from(5, monkeypatch, value)
    watched = watch(config, images, folder)
    assert not watched.result.finished
    assert "NaN or infinite by step 6" in str(watched.result.warning)
    kept = watched.last
    assert kept.step == watched.result.step == 4
    then = next(snapshot for snapshot in good.of("snapshot") if snapshot and snapshot.step == 4)
    assert all(torch.equal(tensor, kept.weights[name]) for name, tensor in then.weights.items())
    if folder:
        assert folder.status.step == 4
        assert all(torch.equal(tensor, kept.weights[name]) for name, tensor in folder.load_weights().items())
        assert all(line["step"] <= 4 for line in folder.read_history())
        load_model(folder.path)


def test_a_loss_that_is_no_number_is_noticed_between_reports(tmp_path, config, images, monkeypatch):
    folder = RunFolder.create(tmp_path / "run", config)
    break_from(7, monkeypatch)
    watched = watch(config, images, folder, Control(report_every_s=1e9))
    assert watched.result.warning
    assert folder.status.step < 7
    load_model(folder.path)


def test_closing_a_broken_run_keeps_the_last_good_weights(tmp_path, config, images, monkeypatch):
    folder = RunFolder.create(tmp_path / "run", config)
    model = Model.from_config(config)
    monkeypatch.setattr(Model, "from_config", lambda _config: model)
    steps = train(config, images, folder, every_step())
    while next(steps).step < 5:
        pass
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    steps.close()
    load_model(folder.path)
    assert folder.status.step <= 5


def test_a_broken_run_resumes_with_a_lower_learning_rate(tmp_path, images, make_config):
    config = make_config(images, network="linear", likelihood="gaussian", learning_rate=1, epochs=40)
    folder = RunFolder.create(tmp_path / "run", config)
    watch(config, images, folder, stop_at=4)
    slower = make_config(images, network="linear", likelihood="gaussian", learning_rate=1e-3, epochs=40)
    assert watch(slower, images, folder, resume=True).result.finished
