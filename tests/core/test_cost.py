"""What a configuration costs, told before anything is taken for it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from vae_explorer.core import cost as cost_module
from vae_explorer.core import runtime
from vae_explorer.core.config import RunConfig
from vae_explorer.core.configure import Value, configure
from vae_explorer.core.cost import COPIES, check_affordable, count_cost, estimate_cost
from vae_explorer.core.data.base import ImageShape, Suggestion
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model
from vae_explorer.core.networks.base import networks
from vae_explorer.core.ranks import Ranks
from vae_explorer.core.training_state import TrainingState

IMAGES = 200


def config_of(network: str = "mlp", size: int = 12, channels: int = 3, **settings: Value) -> RunConfig:
    shape = ImageShape(size, 3 if channels == 3 else 1)
    wishes: dict[str, Value] = {"network": network, "device": "cpu", **settings}
    return configure(Suggestion(shape, IMAGES), source="images", settings=wishes)


@pytest.mark.parametrize("network", networks.names())
def test_the_parameters_are_those_of_the_model(network: str) -> None:
    config = config_of(network)
    cost, model = count_cost(config, IMAGES), Model.from_config(config)
    assert cost.parameters == model.count_parameters()
    assert cost.encoder_parameters == sum(weight.numel() for weight in model.network.encoder.parameters())
    assert cost.encoder_parameters + cost.decoder_parameters == cost.parameters
    assert cost.weight_bytes == sum(weight.nbytes for weight in model.parameters())


def test_what_autograd_saves_is_counted_once_and_weights_are_not() -> None:
    """By hand: images of 4×4 grey, 2 dims, 5 hidden units, a batch of 3, and a squared error."""
    config = config_of("mlp", 4, 1, latent_dims=2, hidden="5", batch_size=3, objective="ae", likelihood="gaussian")
    images, hidden, codes = 3 * 16, 3 * 5, 3 * 2
    # Images into the first layer, both hidden layers, the code into the decoder, and the difference that is squared.
    saved = images + 2 * hidden + codes + images
    expected = 4 * (saved + cost_module.PASSING * images)
    assert count_cost(config, IMAGES).activation_bytes == pytest.approx(expected, abs=16)  # for single numbers


@pytest.mark.parametrize("network", networks.names())
def test_twice_the_batch_takes_twice_the_activations(network: str) -> None:
    one, two = (count_cost(config_of(network, batch_size=size), IMAGES) for size in (8, 16))
    assert two.activation_bytes == pytest.approx(2 * one.activation_bytes, rel=0.01)
    assert two.weight_bytes == one.weight_bytes


def test_training_holds_weights_gradients_and_moments() -> None:
    config = config_of()
    state = TrainingState(config, torch.device("cpu"))
    x, noise = torch.rand(4, 3, 12, 12), torch.randn(4, 2)
    state.backward(state.model(x, noise)[0])
    state.step()
    gradients = sum(weight.grad.nbytes for weight in state.model.parameters() if weight.grad is not None)
    held = sum(tensor.nbytes for tensor in state.tensors().values()) + gradients
    cost = count_cost(config, IMAGES)
    assert held == pytest.approx(4 * cost.weight_bytes, rel=0.2)
    assert cost.training_bytes == COPIES * cost.weight_bytes + cost.activation_bytes


def test_an_epoch_takes_its_steps() -> None:
    cost = count_cost(config_of(batch_size=50, validation_fraction=0.1), IMAGES)
    assert cost.steps_per_epoch == 4
    assert cost.epoch_s is None
    assert replace(cost, step_s=0.5).epoch_s == 2


def test_a_giant_is_counted_without_taking_memory_and_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_module, "total_memory", lambda _device: 16 * 10**9)
    config = config_of("mlp", 1024, hidden=",".join(["16384"] * 8))
    count_cost(config, IMAGES)  # the first of a large model imports torch's compiler
    tracemalloc.start()
    cost = estimate_cost(config, IMAGES, measure=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert cost.parameters > 10**11
    assert cost.decode_s is None
    assert peak < 50e6
    with pytest.raises(UserError, match=r"about .+ of memory, but this machine has 16\sGB: choose a smaller network"):
        check_affordable(config, IMAGES)


def test_a_giant_batch_is_refused_with_another_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_module, "total_memory", lambda _device: 10**9)
    with pytest.raises(UserError, match="choose a smaller batch"):
        check_affordable(config_of("conv", 128, batch_size=65536), IMAGES)


def test_what_fits_or_cannot_be_told_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    check_affordable(config_of(), IMAGES)
    monkeypatch.setattr(cost_module, "total_memory", lambda _device: None)
    check_affordable(config_of("mlp", 1024, hidden="16384"), IMAGES)


@pytest.mark.parametrize("network", networks.names())
def test_times_are_measured_where_that_is_asked_for(network: str) -> None:
    config = config_of(network, batch_size=16)
    assert count_cost(config, IMAGES) == estimate_cost(config, IMAGES, measure=False)
    cost = estimate_cost(config, IMAGES, measure=True)
    assert cost.decode_s is not None
    assert cost.step_s is not None
    assert cost.decode_s > 0
    assert cost.step_s > 0


def test_a_conditional_model_has_costs_too() -> None:
    config = config_of(objective="cvae")
    raw = config.model_dump()
    raw["model"]["classes"] = ("a", "b", "c")
    cost = estimate_cost(RunConfig.from_dict(raw), IMAGES, measure=True)
    planes = 3 * 12 * 12
    assert cost.parameters == cost.encoder_parameters + cost.decoder_parameters + planes
    assert cost.step_s is not None


def test_what_takes_long_to_build_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_module, "measure_times", None)
    assert estimate_cost(config_of("mlp", 64, hidden="16384"), IMAGES, measure=True).step_s is None
    assert estimate_cost(config_of("residual", 512, batch_size=1), IMAGES, measure=True).step_s is None


def test_the_main_memory_is_that_of_the_machine_or_of_its_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limits = tuple(tmp_path / name for name in ("none", "unlimited", "limited"))
    limits[1].write_text("max\n")
    monkeypatch.setattr(runtime, "_CONTAINER_LIMITS", limits)
    whole = runtime.total_memory(torch.device("cpu"))
    assert whole is not None
    assert whole > 10**8
    limits[2].write_text("67108864\n")
    assert runtime.total_memory(torch.device("cpu")) == 2**26


def test_each_of_several_ranks_holds_its_share_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = count_cost(config_of(batch_size=16), IMAGES)
    four = Ranks()
    four.size = four.local_size = 4
    monkeypatch.setattr(cost_module, "ranks", lambda: four)
    shared = count_cost(config_of(batch_size=16), IMAGES)
    assert shared.activation_bytes == pytest.approx(alone.activation_bytes / 4, rel=0.01)
    assert (shared.steps_per_epoch, shared.weight_bytes) == (alone.steps_per_epoch, alone.weight_bytes)
    assert shared.available_bytes is not None
    assert shared.available_bytes == pytest.approx((alone.available_bytes or 0) / 4, abs=4)
