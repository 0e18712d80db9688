"""The start of the program: `vae-explorer` and `python -m vae_explorer`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with `arguments` (None: the process's own) and return the exit status."""
    try:
        from vae_explorer.cli import run
        from vae_explorer.core.freed_memory import keep_few_kernels, keep_freed_memory
        from vae_explorer.core.waiting import let_threads_sleep

        let_threads_sleep()
        keep_freed_memory()
        keep_few_kernels()
        return run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
