"""The commands together, and which of them is meant. Only the one that is asked for is imported."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import Annotated

import typer

from vae_explorer import __version__
from vae_explorer.core.errors import UserError
from vae_explorer.core.launch import speaks

COMMANDS = ("open", "train", "evaluate", "encode", "decode", "grid", "info", "import", "trust", "export", "tour")
"""The words for them. `decode` is in the module `decode_command`, and so on."""

TOGETHER = ("train", "encode")
"""Those that several processes can share."""


def invoke(words: list[str]) -> int:
    """Run the command that `words` ask for and return its exit status. Raises UserError, typer's exceptions, any."""
    words = with_command(words)
    if words[0] not in TOGETHER and not speaks():
        return 0  # the first of the processes that a launcher has started does it alone
    return int(_app_for(words[0])(words, prog_name="vae-explorer", standalone_mode=False) or 0)


def with_command(words: list[str]) -> list[str]:
    """Put “open” before what doesn't begin with a command. Raises UserError for what looks like a mistyped command."""
    first = words[0]
    if first in COMMANDS or first in ("--help", "--version"):
        return words
    near = [] if first.startswith("-") else difflib.get_close_matches(first, COMMANDS, n=1)
    if near and not Path(first).exists():
        msg = f"“{first}” is neither a command nor a run folder; did you mean “{near[0]}”?"
        raise UserError(msg)
    return ["open", *words]


def _app_for(word: str) -> typer.Typer:
    """Make a program of the one command that is asked for, or of all to list them."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_program)
    for name in [word] if word in COMMANDS else COMMANDS:
        module = importlib.import_module(f"vae_explorer.commands.{name}_command")
        app.command(name)(module.command)
    return app


def _program(
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where it happened when something fails.")] = False,  # noqa: ARG001  # taken out before, since it may stand anywhere
) -> None:
    """See what a generative model has learned. Without a command, open the window."""
    if version:
        print(__version__)
