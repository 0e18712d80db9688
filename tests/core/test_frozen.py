"""Layers laid out for decoding compute what those compute that they stand for."""

import copy

import pytest
import torch
from torch import nn

from vae_explorer.core.frozen import Doubling, lay_out


def network(colours: int, *, bias: bool = True) -> nn.Sequential:
    torch.manual_seed(colours)
    return nn.Sequential(
        nn.ConvTranspose2d(5, 8, 4, 2, 1), nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(8, colours, 4, 2, 1, bias=bias))
    ).requires_grad_(requires_grad=False)


@pytest.fixture(params=[(3, True), (1, False), (4, True)], ids=str)
def plain(request):
    colours, bias = request.param
    return network(colours, bias=bias)


@pytest.fixture
def laid_out(plain):
    twin = copy.deepcopy(plain)
    lay_out(twin)
    return twin


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_it_gives_the_same_images(plain, laid_out, layout):
    x = torch.randn(2, 5, 3, 7).to(memory_format=layout)
    assert torch.allclose(laid_out(x), plain(x), atol=1e-6)


def test_only_layers_of_few_channels_are_replaced(laid_out):
    first, (_, last) = laid_out
    assert type(first) is nn.ConvTranspose2d
    assert type(last) is Doubling


def test_other_weights_are_followed(plain, laid_out):
    weights = {name: torch.randn_like(weight) for name, weight in plain.state_dict().items()}
    assert laid_out.state_dict().keys() == weights.keys()
    for whole in (plain, laid_out):
        whole.load_state_dict(weights)
    x = torch.randn(2, 5, 4, 4)
    assert torch.allclose(laid_out(x), plain(x), rtol=1e-4, atol=1e-4)


def test_it_moves_with_its_module(plain, laid_out):
    x = torch.randn(2, 5, 4, 4, dtype=torch.float64)
    assert torch.allclose(laid_out.double()(x), plain.double()(x), atol=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        nn.ConvTranspose2d(4, 3, 3, 2, 1),
        nn.ConvTranspose2d(4, 3, 4, 2, 0),
        nn.ConvTranspose2d(4, 2, 4, 2, 1, groups=2),
        nn.ConvTranspose2d(4, 3, 4, 2, 1, output_padding=1),
    ],
    ids=str,
)
def test_what_it_cannot_stand_for_stays(other):
    whole = nn.Sequential(other)
    lay_out(whole)
    assert whole[0] is other
