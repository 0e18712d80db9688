import torch

from vae_explorer.core.conditioning import Conditioning


def test_an_image_gains_a_plane_that_its_class_decides():
    conditioning = Conditioning(3, 4, 4)
    conditioning.initialise(torch.Generator().manual_seed(0))
    joined = conditioning.join_images(torch.zeros(3, 1, 4, 4), torch.tensor([0, 2, 0]))
    assert joined.shape == (3, 2, 4, 4)
    assert torch.equal(joined[0], joined[2])
    assert not torch.equal(joined[0, 1], joined[1, 1])
    assert not joined[:, 0].any()


def test_a_code_gains_its_class_as_one_hot():
    joined = Conditioning(3, 4, 4).join_codes(torch.ones(2, 2), torch.tensor([1, 2]))
    assert joined.tolist() == [[1, 1, 0, 1, 0], [1, 1, 0, 0, 1]]
