from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vae_explorer.core.latent.projection import Projection
from vae_explorer.services.projecting import ProjectionService

CODES = np.arange(40, dtype=np.float32).reshape(10, 4)

Make = Callable[[str], ProjectionService]


@pytest.fixture
def make(qapp: QApplication, tmp_path: Path) -> Iterator[Make]:
    """Return a function that makes a service whose process runs some lines of Python."""
    made: list[ProjectionService] = []

    def service(lines: str) -> ProjectionService:
        script = tmp_path / "layout.py"
        script.write_text("import sys, time, pathlib\nimport numpy as np\nsource, target = sys.argv[1:]\n" + lines)
        made.append(ProjectionService(command=(sys.executable, str(script))))
        return made[-1]

    yield service
    for one in made:
        one.close()


def test_codes_come_back_with_their_places(make: Make, qtbot: QtBot) -> None:
    service = make("np.save(target, np.load(source)[:, :2])")
    with qtbot.waitSignal(service.projected) as projected:
        service.project(CODES)
    (projection,) = projected.args
    assert isinstance(projection, Projection)
    assert projection.codes is CODES
    assert np.array_equal(projection.xy, CODES[:, :2])


def test_what_the_process_says_is_what_is_told(make: Make, qtbot: QtBot) -> None:
    service = make("print('It is not installed.', file=sys.stderr); sys.exit(2)")
    with qtbot.waitSignal(service.failed) as failed:
        service.project(CODES)
    assert failed.args == ["It is not installed."]


def test_closing_ends_a_layout_that_would_take_for_ever(make: Make, tmp_path: Path, qtbot: QtBot) -> None:
    begun = tmp_path / "begun"
    service = make(f"pathlib.Path({str(begun)!r}).touch(); time.sleep(3600)")
    service.project(CODES)
    qtbot.waitUntil(begun.exists)
    service.close()


def test_a_newer_layout_ends_the_one_before(make: Make, tmp_path: Path, qtbot: QtBot) -> None:
    begun = tmp_path / "begun"
    lines = f"""
if len(np.load(source)) == 10:
    pathlib.Path({str(begun)!r}).touch()
    time.sleep(3600)
np.save(target, np.load(source)[:, :2])
"""
    service = make(lines)
    service.project(CODES)
    qtbot.waitUntil(begun.exists)
    with qtbot.waitSignal(service.projected) as projected:
        service.project(CODES[:5])
    assert len(projected.args[0].xy) == 5


def test_without_umap_it_says_how_to_install_it(qapp: QApplication, qtbot: QtBot) -> None:
    blocked = "import sys; sys.modules['umap'] = None; from vae_explorer.core.latent.projection import main; "
    service = ProjectionService(command=(sys.executable, "-c", blocked + "sys.exit(main(sys.argv[1:]))"))
    with qtbot.waitSignal(service.failed) as failed:
        service.project(CODES)
    assert "pip install umap-learn" in failed.args[0]
    service.close()
