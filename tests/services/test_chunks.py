import pytest

from vae_explorer.services.chunks import CALL_S, FIRST, GROWTH, Chunk


def after(size: int, *calls: tuple[int, float]) -> int:
    """Tell the size of the chunk that comes after calls of (decoded, seconds)."""
    chunk = Chunk(size)
    for decoded, seconds in calls:
        chunk = chunk.after(decoded, seconds)
    return chunk.size


def test_a_call_decodes_as_many_as_its_time_allows_but_grows_step_by_step() -> None:
    assert Chunk().size == FIRST
    assert after(16, (16, CALL_S / 2)) == 32
    assert after(16, (16, 4 * CALL_S)) == 4
    assert after(16, (16, 100 * CALL_S)) == 1
    assert after(16, (16, CALL_S / 1000)) == 16 * GROWTH


def test_one_slow_call_among_others_is_no_reason_to_decode_fewer() -> None:
    assert after(16, (16, CALL_S), (16, 4 * CALL_S)) == 16
    assert after(16, (16, CALL_S), (16, 4 * CALL_S), (16, 4 * CALL_S)) == 4


def test_a_small_call_gives_no_reason_to_decode_fewer() -> None:
    assert after(512, (1, CALL_S / 2)) == 512
    assert after(4, (1, CALL_S / 8)) == 8


@pytest.mark.parametrize("fitting", [1, 2, 3, 7, 8, 100, 432])
def test_chunks_come_in_few_sizes(fitting: int) -> None:
    size = after(512, (512, CALL_S * 512 / fitting))
    assert fitting / 2**0.5 <= size <= fitting * 2**0.5
    assert size.bit_count() == 1
