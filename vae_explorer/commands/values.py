"""Numbers written on the command line. Each reader raises UserError with one sentence."""

from __future__ import annotations

import math

from vae_explorer.core.errors import UserError

SMALLEST_SIZE, LARGEST_SIZE = (800, 480), (16_384, 16_384)
"""Of the window, in pixels. In a smaller one its panes would not have the room that they need."""

LARGEST = 1e30
"""Codes are of single precision: numbers much larger than this would be infinite."""


def numbers(text: str, option: str) -> list[float]:
    """Read numbers with commas between: “0.5,-1”."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = [math.nan]
    if not all(abs(value) <= LARGEST for value in values):  # NaN isn't either
        msg = f"{option} takes numbers with commas between, such as “0.5,-1”, not “{text}”."
        raise UserError(msg)
    return values


def span(text: str) -> tuple[float, float]:
    """Read the two ends of a range."""
    ends = numbers(text, "--span")
    if len(ends) != 2 or not ends[0] < ends[1]:
        msg = f"--span takes the lower end and the upper end, such as “-2.5,2.5”, not “{text}”."
        raise UserError(msg)
    return ends[0], ends[1]


def dims(text: str, latent_dims: int) -> list[int]:
    """Read different latent dimensions, counted from 0."""
    chosen = [_dim(part, latent_dims, "--dims") for part in text.split(",")]
    if len(set(chosen)) < len(chosen):
        msg = f"--dims takes different dimensions, such as “0,1”, not “{text}”."
        raise UserError(msg)
    return chosen


def held(text: str, latent_dims: int) -> dict[int, float]:
    """Read the values at which dimensions are held: “2=0.5,3=-1”."""
    values = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            msg = f"--hold takes dimensions with their values, such as “2=0.5,3=-1”, not “{text}”."
            raise UserError(msg)
        values[_dim(name, latent_dims, "--hold")] = numbers(value, "--hold")[0]
    return values


def names(text: str, latent_dims: int) -> dict[int, str]:
    """Read what dimensions are called: “0=slant,3=curvature”."""
    called = {}
    for part in filter(None, text.split(",")):
        dim, equals, name = part.partition("=")
        if not (equals and name.strip() and name.isprintable()):
            msg = f"--names takes dimensions with their names, such as “0=slant,3=curvature”, not “{text}”."
            raise UserError(msg)
        called[_dim(dim, latent_dims, "--names")] = name.strip()
    return called


def size(text: str) -> tuple[int, int]:
    """Read a window's width and height: “1600x1000”."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        msg = f"--size takes a width and a height in pixels, such as “1600x1000”, not “{text}”."
        raise UserError(msg)
    sides = int(width), int(height)
    if not all(least <= side <= most for least, side, most in zip(SMALLEST_SIZE, sides, LARGEST_SIZE, strict=True)):
        least, most = ("{}x{}".format(*ends) for ends in (SMALLEST_SIZE, LARGEST_SIZE))
        msg = f"--size must lie between {least} and {most}, but it is {text}."
        raise UserError(msg)
    return sides


def settings(pairs: list[str]) -> dict[str, str]:
    """Read settings written as KEY=VALUE."""
    values = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key.strip() and equals):
            msg = f"--set takes a name and a value, such as “beta=4”, not “{pair}”."
            raise UserError(msg)
        values[key.strip().replace("-", "_")] = value.strip()
    return values


def _dim(text: str, latent_dims: int, option: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and int(text) < latent_dims):
        last = latent_dims - 1
        msg = f"{option} names the dimension “{text}”, but this model's dimensions are " + (
            f"0 to {last}." if last else "0 alone."
        )
        raise UserError(msg)
    return int(text)
