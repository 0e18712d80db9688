"""One piece of work that several threads do at once. No torch here."""

from __future__ import annotations

import threading
from collections.abc import Callable


def side_by_side(work: Callable[[], None], threads: int) -> None:
    """Do `work` on this thread and on new ones, so many in all, and wait for them. Raises what one of them raised.

    No thread stays: to start one takes a fraction of a millisecond, and nobody need end it.
    """
    errors: list[BaseException] = []

    def alone() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised on the thread that waits
            errors.append(error)

    others = [threading.Thread(target=alone, daemon=True) for _ in range(threads - 1)]
    for other in others:
        other.start()
    alone()
    for other in others:
        other.join()
    if errors:
        raise errors[0]
