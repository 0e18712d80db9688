import pytest
import torch
from torch import nn

from vae_explorer.core.networks import dense
from vae_explorer.core.networks.dense import Dense, onednn_is_faster

LARGE = (128, 300, 200)


@pytest.fixture(autouse=True)
def _onednn_is_faster(monkeypatch):
    """On any processor: what is tested is that the numbers are the same."""
    monkeypatch.setattr(dense, "onednn_is_faster", lambda: True)


@pytest.fixture
def handed_over(monkeypatch):
    """A list that grows by the shape of each input that goes to oneDNN."""
    seen, forward = [], dense._Product.forward

    def noted(ctx, x, weight, bias):
        seen.append(tuple(x.shape))
        return forward(ctx, x, weight, bias)

    monkeypatch.setattr(dense._Product, "forward", staticmethod(noted))
    return seen


def make_pair(inputs, outputs):
    """A `Dense` and PyTorch's own layer with the same weights."""
    ours, plain = Dense(inputs, outputs), nn.Linear(inputs, outputs)
    plain.load_state_dict(ours.state_dict())
    return ours, plain


@pytest.mark.parametrize("wants_gradient", [True, False])
def test_output_and_gradients_are_those_of_pytorchs_own_layer(handed_over, wants_gradient):
    batch, inputs, outputs = LARGE
    layers, x, target = make_pair(inputs, outputs), torch.randn(batch, inputs), torch.randn(batch, outputs)
    results = []
    for layer in layers:
        seen = x.clone().requires_grad_(wants_gradient)
        output = layer(seen)
        (output - target).square().sum().backward()
        results.append((output.detach(), layer.weight.grad, layer.bias.grad, seen.grad))
    assert handed_over == [(batch, inputs)]
    for own, plain in zip(*results, strict=True):
        if plain is None:
            assert own is None
        else:
            torch.testing.assert_close(own, plain, rtol=1e-4, atol=1e-3)


def test_a_view_of_other_strides_is_understood(handed_over):
    layer, plain = make_pair(300, 200)
    x = torch.randn(300, 128).t()
    torch.testing.assert_close(layer(x), plain(x), rtol=1e-4, atol=1e-4)
    assert handed_over == [(128, 300)]


def test_a_gradient_that_is_one_number_for_all_is_understood(handed_over):
    layers, x = make_pair(300, 200), torch.randn(128, 300)
    for layer in layers:
        layer(x).sum().backward()
    own, plain = layers
    assert own.weight.grad is not None
    assert handed_over == [(128, 300)]
    torch.testing.assert_close(own.weight.grad, plain.weight.grad, rtol=1e-4, atol=1e-3)


def test_what_is_small_or_not_for_it_goes_pytorchs_way(handed_over):
    layer = Dense(300, 200)
    layer(torch.randn(1, 300))
    layer.double()(torch.randn(128, 300, dtype=torch.float64))
    with torch.device("meta"):
        assert Dense(300, 200)(torch.empty(128, 300)).shape == (128, 200)
    assert handed_over == []


def test_a_frozen_layer_can_be_derived_twice_and_without_gradients_is_handed_over(handed_over):
    layer, plain = make_pair(300, 200)
    layer.requires_grad_(requires_grad=False)
    x = torch.randn(128, 300, requires_grad=True)
    (first,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert second.abs().sum() > 0
    assert handed_over == []
    with torch.inference_mode():
        torch.testing.assert_close(layer(x), plain(x), rtol=1e-4, atol=1e-4)
    assert handed_over == [(128, 300)]


@pytest.mark.parametrize(
    ("maker", "capability", "faster"),
    [("AuthenticAMD", "AVX512", True), ("AuthenticAMD", "AVX2", False), ("GenuineIntel", "AVX512", False)],
)
@pytest.mark.parametrize("on_linux", [True, False])
def test_onednn_is_for_processors_that_mkl_does_not_know(tmp_path, monkeypatch, maker, capability, faster, on_linux):
    listing = tmp_path / "cpuinfo"
    if on_linux:
        listing.write_text(f"processor\t: 0\nvendor_id\t: {maker}\n")
    monkeypatch.setattr(dense, "_PROCESSOR", listing)
    monkeypatch.setattr("platform.processor", lambda: f"AMD64 Family 25 Model 97 Stepping 2, {maker}")
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: capability)
    monkeypatch.setattr("torch.backends.mkldnn.is_available", lambda: True)
    assert onednn_is_faster.__wrapped__() is faster
