import pytest

from vae_explorer.ui.widgets.counts import count_text, duration_text, rate_text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (11.6, "0:12"), (725, "12:05"), (3729, "1:02:09")])
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("rate", "text"), [(870.4, "870"), (4_900, "4.9 k"), (31_400, "31 k")])
def test_rates(rate: float, text: str) -> None:
    assert rate_text(rate) == text


def test_counts_are_grouped() -> None:
    assert count_text(70000) == "70\u202f000"
