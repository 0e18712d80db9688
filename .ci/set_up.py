"""Make `.venv` what constraints.txt and pyproject.toml ask for; do nothing where it is so already.

Run it through `.ci/set-up`, which finds a fitting Python. `--dev` adds the checks' tools; `--only-check` changes
nothing and exits with 0 if there is nothing to do.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import system_libraries

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "set-up.json"
PINS = ("constraints.txt", "pyproject.toml")
BUILD_TOOLS = ("hatchling", "editables")
PROOF = "import PIL, pydantic, PySide6.QtWidgets, rich, safetensors, torch, typer, vae_explorer"


def main() -> int:
    """Check, and unless told only to check, repair. Returns the exit status: 2 where the person has to do something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--only-check", action="store_true")
    options = parser.parse_args()
    if options.only_check:
        return int(bool(system_libraries.missing()) or not is_ready(dev=options.dev))
    if not system_libraries.provide():
        return 2
    return 0 if is_ready(dev=options.dev) or make_ready(dev=options.dev) else 1


def is_ready(*, dev: bool) -> bool:
    """Whether the environment is set up for these pins and undamaged, as far as a look at its folder tells."""
    stamp = read_stamp()
    if stamp is None or stamp.get("pins") != pins_hash() or (dev and not stamp.get("dev")):
        return False
    return is_whole() and environment_runs()


def make_ready(*, dev: bool) -> bool:
    """Install into the environment; where it is broken or that fails, into a fresh one. Returns whether it worked."""
    print("Setting up .venv; the first time takes a few minutes…", flush=True)
    reusable = environment_runs() and is_whole()
    STAMP.unlink(missing_ok=True)
    if not (reusable and install(dev=dev)):
        venv.create(ENVIRONMENT, clear=True, symlinks=True, with_pip=True)
        if not install(dev=dev):
            print("Setting up .venv failed; the lines above say why.", file=sys.stderr)
            return False
    STAMP.write_text(json.dumps({"pins": pins_hash(), "dev": dev, "packages": installed_packages()}))
    return True


def read_stamp() -> dict[str, Any] | None:
    """Return what the last set-up left: its pins' hash, whether it was for development, and what it installed."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return None


def is_whole() -> bool:
    """Whether all that the last set-up installed is still there; pip would not notice a package without its files."""
    stamp = read_stamp()
    return stamp is None or set(stamp.get("packages", ())) <= set(installed_packages())


def environment_runs() -> bool:
    """Whether the environment's Python starts, has pip and is recent enough."""
    check = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(*, dev: bool) -> bool:
    """Install the package, editable, and all it needs at the pinned versions. Returns whether it works then.

    The build tools go in first and isolation is off: an isolated build would fetch ones that no pin holds.
    """
    package = ".[dev]" if dev else "."
    return (
        pip_install(*BUILD_TOOLS)
        and pip_install("--no-build-isolation", "--editable", package)
        and what_is_installed_works()
    )


def what_is_installed_works() -> bool:
    """Import what the program imports; where that fails, say in the exception's own words what is wrong."""
    proof = subprocess.run([PYTHON, "-c", PROOF], cwd=ROOT, capture_output=True, text=True, check=False)
    if proof.returncode:
        print(f"What was installed doesn't work: {proof.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return proof.returncode == 0


def pip_install(*arguments: str) -> bool:
    """Run pip in the environment under the constraints; in full where a person watches. Returns whether it worked."""
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    options = ["--disable-pip-version-check", *quiet, "--constraint", "constraints.txt", *arguments]
    command = [str(PYTHON), "-m", "pip", "install", *options]
    environment = os.environ | {"PIP_USER": "0"}
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def pins_hash() -> str:
    """Hash of what decides the contents: the pins, and where the checkout is, since installed scripts name that."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for name in PINS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def installed_packages() -> list[str]:
    """Names in site-packages; one that vanishes or changes its version tells of a damaged environment."""
    folders = ENVIRONMENT.glob("lib/python3*/site-packages")
    return sorted(entry.name for folder in folders for entry in folder.iterdir() if entry.name != "__pycache__")


if __name__ == "__main__":
    sys.exit(main())
