"""The command line: runs a command, and turns whatever goes wrong into one line and an exit status.

The bare command opens the window without typer, whose import would delay it by a tenth of a second and more.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from vae_explorer.core.errors import Failure, ToldElsewhere, UserError
from vae_explorer.core.launch import leave_word, speaks

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status: 0, 1 (it failed), 2 (bad input) or 130 (interrupted)."""
    debug = "--debug" in arguments or bool(os.environ.get("VAE_EXPLORER_DEBUG"))
    _accept_any_text()
    try:
        status = _invoke([word for word in arguments if word != "--debug"])
        sys.stdout.flush()
    except BrokenPipeError:
        return _stop_writing()
    except Exception as error:  # noqa: BLE001  # the one place where everything ends, told in one line
        return _explain(error, debug=debug)
    return status


def _invoke(words: list[str]) -> int:
    if not words:
        from vae_explorer.commands.window import open_window

        return open_window()
    from vae_explorer.commands.program import invoke

    return invoke(words)


def _explain(error: Exception, *, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exception(error)
    message, status = _in_words(error)
    message = " ".join(message.split())
    if message and not _is_told_elsewhere(error):
        print(message, file=sys.stderr)
    leave_word(message)
    return status


def _is_told_elsewhere(error: Exception) -> bool:
    """Whether another one of several processes prints it."""
    if isinstance(error, ToldElsewhere):
        return True
    if speaks():
        return False
    import typer

    # All ranks read the same words, before they meet.
    return isinstance(error, typer.TyperException)


def _in_words(error: Exception) -> tuple[str, int]:
    if isinstance(error, Failure | ToldElsewhere):
        return str(error), FAILED
    if isinstance(error, UserError):
        return str(error), BAD_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        return f"“{error.filename}” can't be used: {(error.strerror or 'unknown reason').lower()}.", BAD_INPUT
    import typer

    if isinstance(error, typer.TyperException):
        return f"{error.format_message()} (--help lists all options.)", BAD_INPUT
    if isinstance(error, typer.Abort):
        return "Interrupted.", INTERRUPTED
    return f"It failed: {type(error).__name__}: {error} (--debug shows where.)", FAILED


def _stop_writing() -> int:
    """Let what is still buffered go nowhere, so that Python doesn't complain of the closed pipe when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _accept_any_text() -> None:
    """Make no name of a file, and no letter that an old console lacks, a reason to fail while printing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
