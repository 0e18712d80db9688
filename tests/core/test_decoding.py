from collections import deque
from contextlib import suppress

import numpy as np
import pytest
import torch

from vae_explorer.core import decoding
from vae_explorer.core.decoding import Decoder, to_bytes, usual_size
from vae_explorer.core.errors import UserError
from vae_explorer.core.model import Model
from vae_explorer.core.side_by_side import side_by_side

CODES = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)


@pytest.fixture(params=[("mlp", 1), ("conv", 3), ("linear", 3)], ids=str)
def decoder(request, make_images, make_config):
    network, channels = request.param
    config = make_config(make_images(channels=channels), network=network)
    return Decoder(config, Model.from_config(config).state_dict())


def test_images_are_contiguous_bytes(decoder):
    images = decoder.decode(CODES)
    assert images.shape == (7, 8, 8, decoder.config.data.channels)
    assert images.dtype == np.uint8
    assert images.flags.c_contiguous


def test_the_images_are_the_models_own_rounded(decoder):
    expected = Model.from_config(decoder.config).decode(torch.from_numpy(CODES)).detach()
    difference = decoder.decode(CODES).transpose(0, 3, 1, 2) - 255 * expected.numpy()
    assert np.abs(difference).max() <= 0.5 + 1e-3


def test_many_codes_are_decoded_piece_by_piece(decoder, monkeypatch):
    whole = decoder.decode(CODES)
    monkeypatch.setattr(decoding, "_VALUES_IN_CACHE", 8 * 8 * decoder.config.data.channels * 3)
    pieces = Decoder(decoder.config, decoder.model.state_dict()).decode(CODES)
    assert np.abs(pieces.astype(int) - whole).max() <= 1


def test_several_threads_may_decode_at_once(decoder):
    codes = np.random.default_rng(1).normal(size=(96, 2)).astype(np.float32)
    expected = decoder.decode(codes)
    images, parts = np.zeros_like(expected), deque(slice(start, start + 8) for start in range(0, 96, 8))

    def work():
        with suppress(IndexError):
            while True:
                part = parts.popleft()
                images[part] = decoder.decode(codes[part])

    side_by_side(work, 4)
    assert np.abs(images.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("count", [1, 7, 8, 9, 63, 100, 1000])
def test_pieces_are_of_few_sizes_and_leave_nothing_out(decoder, count, monkeypatch):
    monkeypatch.setattr(decoding, "_VALUES_IN_CACHE", 8 * 8 * decoder.config.data.channels * 30)
    pieces = list(Decoder(decoder.config, decoder.model.state_dict())._pieces(count))
    assert [place for piece in pieces for place in range(count)[piece]] == list(range(count))
    assert {piece.stop - piece.start for piece in pieces} <= {1, 2, 3, 4, 6, 8, 12, 16, 24}


@pytest.mark.parametrize(("most", "size"), [(1, 1), (2, 2), (3, 3), (5, 4), (6, 6), (23, 16), (24, 24), (800, 768)])
def test_usual_sizes_are_no_larger_than_asked_for(most, size):
    assert usual_size(most) == size


def test_no_codes_give_no_images(decoder):
    assert decoder.decode(np.empty((0, 2))).shape == (0, 8, 8, decoder.config.data.channels)


def test_other_weights_give_other_images_and_the_old_ones_the_old(decoder):
    before = decoder.decode(CODES)
    first = {name: tensor.clone() for name, tensor in decoder.model.state_dict().items()}
    decoder.swap({name: tensor + 0.1 for name, tensor in first.items()})
    assert not np.array_equal(decoder.decode(CODES), before)
    decoder.swap(first)
    assert np.array_equal(decoder.decode(CODES), before)


def test_a_snapshot_is_copied_so_a_decoder_never_writes_to_it(decoder):
    snapshot = {name: tensor.clone() for name, tensor in decoder.model.state_dict().items()}
    decoder.swap(snapshot)
    decoder.swap({name: tensor + 1 for name, tensor in snapshot.items()})
    fresh = Model.from_config(decoder.config).state_dict()
    assert all(torch.equal(tensor, fresh[name]) for name, tensor in snapshot.items())


@pytest.mark.parametrize("codes", [np.zeros((1, 3)), np.zeros(2), np.zeros((1, 1, 2))])
def test_codes_of_another_size_are_refused(decoder, codes):
    with pytest.raises(UserError, match="This model's codes have 2 numbers, but"):
        decoder.decode(codes)


def test_weights_of_another_model_are_refused(make_images, make_config):
    mlp, conv = (make_config(make_images(), network=network) for network in ("mlp", "conv"))
    with pytest.raises(UserError, match="do not fit the network “conv”"):
        Decoder(conv, Model.from_config(mlp).state_dict())


def test_bytes_are_rounded_and_not_cut():
    greys = torch.tensor([0.0, 0.4 / 255, 0.6 / 255, 1.0]).reshape(1, 1, 2, 2)
    assert to_bytes(greys).ravel().tolist() == [0, 0, 1, 255]
