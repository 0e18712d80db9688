from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from tests.services.fakes import FakeDecoder, Gate
from vae_explorer.core.data.base import ImageSet
from vae_explorer.services.decoding import DecodeService, Lane
from vae_explorer.services.embedding import describe
from vae_explorer.services.following import EXACT
from vae_explorer.services.reconstructions import Pairs, ReconstructionService
from vae_explorer.services.state import Embedding


@pytest.fixture
def decoding(qapp: QApplication) -> Iterator[DecodeService]:
    service = DecodeService()
    service.use(FakeDecoder())
    yield service
    service.close()


@pytest.fixture
def service(decoding: DecodeService) -> ReconstructionService:
    return ReconstructionService(decoding)


@pytest.fixture
def told(service: ReconstructionService) -> list[Pairs]:
    told: list[Pairs] = []
    service.decoded.connect(told.append)
    return told


def embedded(images: ImageSet, first: float = 0) -> Embedding:
    """Codes whose first numbers count from `first`."""
    mean = np.stack([np.arange(len(images)) + first, np.zeros(len(images))], axis=1).astype(np.float32)
    return describe(images, mean, None, generation=1)


def reconstructed(pairs: Pairs) -> list[int]:
    return [int(pixel) for pixel in pairs.reconstructions[:, 0, 0, 0]]


@pytest.mark.usefixtures("one_by_one")
def test_originals_stand_beside_what_their_codes_decode_to(
    service: ReconstructionService, told: list[Pairs], make_images: MakeImages, qtbot: QtBot
) -> None:
    images = make_images(count=30)
    service.ask(embedded(images))
    qtbot.waitUntil(lambda: len(told) == 1)
    chosen = reconstructed(told[0])
    assert len(chosen) == EXACT
    assert np.array_equal(told[0].originals, images.images[chosen])
    assert images.labels is not None
    assert set(images.labels[chosen]) == {0, 1, 2}


def test_the_same_images_are_shown_while_their_codes_move(
    service: ReconstructionService, told: list[Pairs], make_images: MakeImages, qtbot: QtBot
) -> None:
    images = make_images(count=30)
    for first in (0, 100):
        with qtbot.waitSignal(service.decoded):
            service.ask(embedded(images, first))
    assert np.array_equal(told[0].originals, told[1].originals)
    assert [pixel - 100 for pixel in reconstructed(told[1])] == reconstructed(told[0])


@pytest.mark.usefixtures("one_by_one")
def test_old_and_new_codes_are_not_mixed(
    service: ReconstructionService,
    decoding: DecodeService,
    told: list[Pairs],
    make_images: MakeImages,
    gate: Gate,
    qtbot: QtBot,
) -> None:
    decoding.use(FakeDecoder(before=gate))
    images = make_images(count=4)
    service.ask(embedded(images))
    gate.wait_until_reached()
    service.ask(embedded(images, 100))
    gate.open()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert reconstructed(told[0]) == [100, 103, 101, 102]


def test_what_others_decode_is_no_reconstruction(
    service: ReconstructionService, decoding: DecodeService, told: list[Pairs], make_images: MakeImages, qtbot: QtBot
) -> None:
    images = make_images(count=1)
    with qtbot.waitSignal(decoding.decoded):
        decoding.request(Lane.PROBE, np.array([[7, 0]], np.float32))
    assert told == []
    service.ask(embedded(images))
    qtbot.waitUntil(lambda: len(told) == 1)
    assert reconstructed(told[0]) == [0]


def test_a_conditional_model_decodes_each_image_as_what_it_is(
    service: ReconstructionService, decoding: DecodeService, told: list[Pairs], make_images: MakeImages, qtbot: QtBot
) -> None:
    images = make_images(count=6)
    decoding.condition(1)
    service.ask(embedded(images), ("c", "b", "a", "d"))
    qtbot.waitUntil(lambda: len(told) == 1)
    assert images.labels is not None
    chosen = [0, 3, 1, 4, 2, 5]
    assert reconstructed(told[0]) == [index + 2 - images.labels[index] for index in chosen]
