"""What importing much at once leaves out, and that it leaves nothing behind."""

from __future__ import annotations

import builtins
import gc

import pytest

from tests.running import fresh_python
from vae_explorer.importing import import_kept, uncollected


def test_no_garbage_is_collected_while_modules_are_imported_and_none_of_theirs_later() -> None:
    before = gc.get_freeze_count()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_whoever_collects_no_garbage_goes_on_so() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.unfreeze()
        gc.enable()


def test_an_import_that_fails_leaves_everything_as_it_was() -> None:
    own = builtins.__import__
    with pytest.raises(ImportError), uncollected(), import_kept():
        _replace_import_and_fail()
    assert builtins.__import__ is own
    assert gc.isenabled()
    gc.unfreeze()


def test_with_qt_python_imports_as_before() -> None:
    said = fresh_python(
        "import builtins; own = builtins.__import__\n"
        "from vae_explorer.commands.window import import_qt; import_qt()\n"
        "from vae_explorer import app\n"
        "print(builtins.__import__ is own)"
    )
    assert said.out.split() == ["True"], said.err


def _replace_import_and_fail() -> None:
    builtins.__import__ = lambda *_args: None  # type: ignore[assignment]
    raise ImportError
