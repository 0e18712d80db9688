"""Array files to read, and what is said of those that can't be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.data.base import read_images
from vae_explorer.core.errors import UserError


def error_of(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_images(str(path))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert f"“{path}”" in message
    return message


def saved(tmp_path: Path, array: NDArray[Any]) -> Path:
    np.save(tmp_path / "a.npy", array)
    return tmp_path / "a.npy"
