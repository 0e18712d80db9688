"""Rules that no single file can break unnoticed: what imports what, and how large a file may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.running import QT, fresh_python

ROOT = Path(__file__).parent.parent
SOURCES = [path for folder in ("vae_explorer", "tests", "benchmarks", ".ci") for path in (ROOT / folder).rglob("*.py")]
MOST_LINES = 400

IMPORT_ALL = """
import importlib, pkgutil, sys

def fail(name):
    raise

package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".", fail):
    importlib.import_module(module.name)
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize(
    ("package", "without"),
    [
        ("vae_explorer.core", QT),
        ("vae_explorer.commands", QT),
        ("vae_explorer.services", ("PySide6.QtGui", "PySide6.QtWidgets", "pyqtgraph")),
    ],
)
def test_a_layer_needs_no_more_than_it_may(package: str, without: tuple[str, ...]) -> None:
    said = fresh_python(IMPORT_ALL, package, without=without)
    assert said.status == 0, said.err


@pytest.mark.parametrize("package", ["vae_explorer.ui", "vae_explorer.commands"])
def test_importing_a_layer_brings_no_torch(package: str) -> None:
    said = fresh_python(IMPORT_ALL, package)
    assert said.status == 0, said.err
    assert "torch" not in said.out.split()


def test_the_window_is_there_before_torch() -> None:
    said = fresh_python("import vae_explorer.app; print(*sys.modules)")
    assert said.status == 0, said.err
    assert "torch" not in said.out.split()


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["train", "--help"], ["info", "nowhere"]])
def test_a_command_that_trains_nothing_imports_neither_qt_nor_torch(words: list[str]) -> None:
    code = "from vae_explorer.__main__ import main; main(sys.argv[1:]); print(*sys.modules)"
    said = fresh_python(code, *words)
    assert said.status == 0, said.err
    assert not {*QT, "torch"} & set(said.out.split())


def test_the_bare_command_waits_for_nothing_before_the_window() -> None:
    code = """
from types import ModuleType
app = ModuleType("vae_explorer.app")
app.run = lambda *arguments: print(*sys.modules) or 0
import vae_explorer
vae_explorer.app = sys.modules["vae_explorer.app"] = app
from vae_explorer.__main__ import main
main([])
"""
    said = fresh_python(code)
    assert said.status == 0, said.err
    assert "vae_explorer.commands.window" in said.out.split()
    assert not {"typer", "rich", "numpy", "pydantic", "torch"} & set(said.out.split())


def test_one_file_alone_knows_of_other_processes() -> None:
    knowing = [path for path in (ROOT / "vae_explorer").rglob("*.py") if imports(path, "torch.distributed")]
    assert [path.relative_to(ROOT).as_posix() for path in knowing] == ["vae_explorer/core/ranks.py"]


def imports(path: Path, name: str) -> bool:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found.add(ast.unparse(node))
    return any(one == name or one.startswith(f"{name}.") for one in found)


def test_every_file_can_be_read_in_one_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert not {name: length for name, length in lengths.items() if length > MOST_LINES}
