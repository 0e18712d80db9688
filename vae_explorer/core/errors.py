"""The errors that a person is told in a sentence."""

from __future__ import annotations


class UserError(Exception):
    """The user's input is wrong. The message is one sentence fit for a person, naming what to do where that helps."""


class ChangedError(UserError):
    """A file that is being read from has changed meanwhile, or can't be reached any more."""


class Failure(Exception):  # noqa: N818  # it is what it is called
    """Something failed that the person's input is no cause of. The message is as a UserError's."""


class ToldElsewhere(Exception):  # noqa: N818  # somebody else's error
    """All processes that work together end, and another one tells the person why: the message, where it is known."""
