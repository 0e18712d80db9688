import pytest
import torch
from torch import nn

from vae_explorer.core.networks.base import NetworkShape, networks
from vae_explorer.core.networks.layers import Framing
from vae_explorer.core.parts import part_settings

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 4, 4), (3, 37, 37), (1, 100, 100)]


def make(name, shape=(1, 12, 12), dims=3, heads=2, seed=0, classes=0, **settings):
    part = networks.get(name)
    network = part(NetworkShape(shape, dims, heads, classes), part_settings(part, settings))
    network.initialise(torch.Generator().manual_seed(seed))
    return network


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("name", networks.names())
def test_codes_and_images_have_the_shapes_asked_for(name, shape, heads):
    network = make(name, shape, dims=5, heads=heads)
    assert network.encode(torch.rand(2, *shape)).shape == (2, heads, 5)
    assert network.decode(torch.randn(2, 5)).shape == (2, *shape)


@pytest.mark.parametrize("name", networks.names())
def test_a_conditional_network_takes_the_class_with_image_and_code(name):
    network = make(name, (3, 12, 12), dims=5, classes=4)
    assert network.encode(torch.rand(2, 4, 12, 12)).shape == (2, 2, 5)
    assert network.decode(torch.randn(2, 9)).shape == (2, 3, 12, 12)


@pytest.mark.parametrize("name", networks.names())
def test_a_seed_gives_the_same_weights_whatever_was_drawn_before(name):
    first = make(name, seed=7).state_dict()
    torch.rand(1)
    again, other = make(name, seed=7).state_dict(), make(name, seed=8).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", networks.names())
def test_every_weight_takes_part(name):
    network = make(name)
    (network.encode(torch.rand(4, 1, 12, 12)).sum() + network.decode(torch.randn(4, 3)).square().sum()).backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.abs().sum() > 0, key


@pytest.mark.parametrize("name", networks.names())
def test_an_image_does_not_depend_on_its_batch(name):
    network = make(name)
    z = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network.decode(z)[:1], network.decode(z[:1]))


DEEP = [name for name in networks.names() if name != "linear"]
CONVOLVING = [name for name in DEEP if name != "mlp"]


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("size", [28, 64, 128])
def test_signals_neither_die_out_nor_explode_in_deep_networks(name, size):
    network = make(name, (3, size, size), dims=10)
    heads = network.encode(torch.rand(32, 3, size, size, generator=torch.Generator().manual_seed(1)))
    images = network.decode(torch.randn(32, 10, generator=torch.Generator().manual_seed(2)))
    assert heads.std(0).mean() > 0.01
    assert heads.abs().max() < 3
    assert 0.01 < images.std(0).mean() < 1


@pytest.mark.parametrize("blocks", [1, 8])
def test_more_blocks_leave_signals_as_they_are(blocks):
    network = make("residual", (3, 32, 32), blocks=blocks, feature_maps=8)
    heads = network.encode(torch.rand(32, 3, 32, 32, generator=torch.Generator().manual_seed(1)))
    images = network.decode(torch.randn(32, 3, generator=torch.Generator().manual_seed(2)))
    assert 0.01 < heads.std(0).mean() < 0.3
    assert 0.01 < images.std(0).mean() < 0.3


@pytest.mark.parametrize("name", CONVOLVING)
@pytest.mark.parametrize("size", [4, 28, 64, 100, 200])
def test_convolutions_end_at_four_pixels_whatever_the_size(name, size):
    network = make(name, (1, size, size), feature_maps=2, dense=2)
    flatten = next(place for place, layer in enumerate(network.encoder) if isinstance(layer, nn.Flatten))
    convolved = network.encoder[:flatten](network.framing.pad(torch.zeros(1, 1, size, size)))
    assert max(convolved.shape[2:]) <= 4


@pytest.mark.parametrize("name", DEEP)
def test_no_layer_looks_at_the_batch_or_writes_over_its_input(name):
    for module in make(name).modules():
        assert not isinstance(module, nn.modules.batchnorm._NormBase)
        assert not getattr(module, "inplace", False)


@pytest.mark.parametrize("name", CONVOLVING)
def test_channels_last_decodes_the_same(name):
    network = make(name, (3, 20, 20))
    z = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    expected = network.decode(z)
    torch.testing.assert_close(network.to(memory_format=torch.channels_last).decode(z), expected)


@pytest.mark.parametrize("name", CONVOLVING)
@pytest.mark.parametrize("size", [4, 5, 1021, 1024])
def test_sizes_from_the_smallest_to_the_largest(name, size):
    with torch.device("meta"):  # which computes shapes alone
        part = networks.get(name)
        network = part(NetworkShape((3, size, size), 2, 2), part_settings(part, {}))
        assert network.encode(torch.zeros(1, 3, size, size)).shape == (1, 2, 2)
        assert network.decode(torch.zeros(1, 2)).shape == (1, 3, size, size)


def test_the_edges_are_repeated_where_an_image_is_padded_and_cropped_again():
    framing = Framing(height=6, width=9)
    x = torch.arange(54.0).view(1, 1, 6, 9)
    padded = framing.pad(x)
    assert padded.shape == (1, 1, 8, 12)
    assert framing.grid == (2, 3)
    assert torch.equal(framing.crop(padded), x)
    assert torch.equal(padded[0, 0, 0, 1:-2], x[0, 0, 0])
