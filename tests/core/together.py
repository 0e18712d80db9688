"""Several ranks for tests: processes that meet as those of torchrun do, each running a function of a test module.

Run as a program it is one of them.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE_S

ROOT = Path(__file__).parent.parent.parent


def told(rank: int, size: int, port: int) -> dict[str, str]:
    """Return what torchrun tells a process by its environment."""
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "GROUP_RANK": "0",
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }


def run_together(work: str, size: int, **arguments: object) -> list[Any]:
    """Run `work` (“tests.core.somewhere:function”) on `size` ranks with arguments for JSON; return what each returned.

    This process holds the store by which they meet, as torchrun does.
    """
    from torch.distributed import TCPStore  # type: ignore[attr-defined]  # torch's own lack

    store = TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    command = [sys.executable, "-m", "tests.core.together", work, json.dumps(arguments)]
    own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    processes = [
        subprocess.Popen(
            command,
            env=os.environ | told(rank, size, store.port) | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    try:
        ended = [process.communicate(timeout=PATIENCE_S) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert not any(process.returncode for process in processes), "\n".join(err for _, err in ended)
    return [json.loads(out) for out, _ in ended]


def main() -> None:
    """Be one of them."""
    from vae_explorer.core.ranks import joined

    module, name = sys.argv[1].split(":")
    with joined():
        returned = getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2]))
    print(json.dumps(returned))


if __name__ == "__main__":
    main()
