"""The one error that means: what the person gave cannot be used."""

from __future__ import annotations


class UserError(Exception):
    """The user's input is wrong. The message is one sentence fit for a person, naming what to do where that helps."""
