import pytest

from vae_explorer.core.quantities import short_bytes, short_count, short_seconds


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1 k"),
        (4880, "4.9 k"),
        (999_999, "1 M"),
        (12_866_580, "12.9 M"),
        (10**11, "100 G"),
    ],
)
def test_counts(count: int, words: str) -> None:
    assert _plain(short_count(count)) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (84_600_000, "85 MB"), (1.23e9, "1.2 GB"), (5.4e12, "5.4 TB")],
)
def test_amounts_of_memory(count: float, words: str) -> None:
    assert _plain(short_bytes(count)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 ms"), (6.8e-5, "0.068 ms"), (9.7e-4, "1 ms"), (0.9999, "1 s"), (59.99, "1 min"), (7300, "2 h")],
)
def test_times(seconds: float, words: str) -> None:
    assert _plain(short_seconds(seconds)) == words
