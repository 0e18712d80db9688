import pytest

from vae_explorer.ui.widgets.counts import count_text, duration_text, minus_text, rate_text, weight_text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (11.6, "0:12"), (725, "12:05"), (3729, "1:02:09")])
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("rate", "text"), [(870.4, "870"), (4_900, "4.9 k"), (31_400, "31 k")])
def test_rates(rate: float, text: str) -> None:
    assert rate_text(rate) == text


def test_counts_are_grouped() -> None:
    assert count_text(70000) == "70\u202f000"


@pytest.mark.parametrize(("weight", "text"), [(0, "0"), (0.01234, "0.0123"), (40, "40"), (1e5, "100\u202f000")])
def test_weights_are_never_written_with_an_exponent(weight: float, text: str) -> None:
    assert weight_text(weight) == text


@pytest.mark.parametrize(("number", "text"), [("-1.50", "−1.50"), ("-0.00", "0.00"), ("2", "2"), ("1e-06", "1e−06")])
def test_a_minus_is_one_and_zero_has_none(number: str, text: str) -> None:
    assert minus_text(number) == text
