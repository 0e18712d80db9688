from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from tests.patience import PATIENCE_S
from vae_explorer.services.calls import Call, Calls, Codes, Extent, Pixels
from vae_explorer.services.chunks import Chunk


class Fixed(Chunk):
    """Stays as large as it is."""

    def after(self, decoded: int, seconds: float) -> Chunk:
        return self


def calls_of(
    extent: Extent,
    size: int,
    told: list[Call],
    before: Callable[[slice], None] = lambda part: None,
    goes_on: Callable[[], bool] = lambda: True,
) -> Calls:
    """Decode numbers to themselves."""

    def decode(part: slice) -> tuple[Codes, Pixels]:
        before(part)
        codes = np.arange(part.start, part.stop, dtype=np.float32)[:, None]
        return codes, codes.astype(np.uint8)

    return Calls(decode, extent, Fixed(size), goes_on, told.append)


def numbers(told: list[Call]) -> list[int]:
    return [int(pixel) for call in told for pixel in call.pixels[:, 0]]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_all_that_is_left_is_decoded_and_told_in_its_order(threads: int) -> None:
    told: list[Call] = []
    assert calls_of(Extent(3, 0, 100), 8, told).run(threads) == 100
    assert numbers(told) == list(range(3, 100))
    assert [call.first for call in told] == list(range(3, 100, 8))


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_awaited_is_decoded_apart(threads: int) -> None:
    told: list[Call] = []
    calls_of(Extent(0, 10, 20), 8, told).run(threads)
    assert [len(call.codes) for call in told] == [8, 2, 8, 2]


def test_a_call_that_is_over_early_is_told_of_in_its_turn() -> None:
    told: list[Call] = []
    second = threading.Event()

    def before(part: slice) -> None:
        if part.start == 0:
            assert second.wait(PATIENCE_S)
        else:
            assert not told
            second.set()

    assert calls_of(Extent(0, 0, 4), 2, told, before).run(2) == 4
    assert numbers(told) == [0, 1, 2, 3]


@pytest.mark.parametrize("threads", [1, 3])
def test_one_call_at_least_is_made_whatever_cuts_in(threads: int) -> None:
    told: list[Call] = []
    assert calls_of(Extent(5, 0, 100), 4, told, goes_on=lambda: False).run(threads) == 9
    assert numbers(told) == [5, 6, 7, 8]


def test_a_single_call_is_made_here() -> None:
    seen: list[int] = []
    calls_of(Extent(0, 0, 8), 8, [], lambda part: seen.append(threading.get_ident())).run(4)
    assert seen == [threading.get_ident()]


def test_where_a_call_fails_no_other_is_made() -> None:
    told: list[Call] = []
    parts: list[int] = []

    def before(part: slice) -> None:
        parts.append(part.start)
        if part.start == 4:
            msg = "no"
            raise ValueError(msg)

    with pytest.raises(ValueError, match="no"):
        calls_of(Extent(0, 0, 1000), 2, told, before).run(2)
    assert numbers(told) == list(range(4))
    assert len(parts) < 100
