"""The words for a setting, from its name."""

from __future__ import annotations

from typing import Final

_GREEK: Final = {"alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ"}


def setting_words(name: str) -> str:
    """Turn a setting's name into words: “Warm up steps”, “β”, “λ od”."""
    first, *rest = name.split("_")
    return " ".join([_GREEK.get(first, first.capitalize()), *rest])
