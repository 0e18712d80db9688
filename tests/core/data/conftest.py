"""What the tests of the image sources share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vae_explorer.core.data.base import Images

Save = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty image cache of the test's own."""
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("VAE_EXPLORER_CACHE", str(home))
    return home


@pytest.fixture
def grey() -> Images:
    """Five images, none of which is nearly black."""
    return np.random.default_rng(0).integers(2, 256, (5, 12, 12), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for images, apart from all else that a test writes."""
    path = tmp_path / "pictures"
    path.mkdir()
    return path


@pytest.fixture
def save(folder: Path) -> Save:
    """Save a small image of one value in `folder`: `save("a/1.png", 200)`."""

    def save_image(name: str, value: int = 128, size: tuple[int, int] = (16, 16), mode: str = "L") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        colour = (value,) * len(Image.new(mode, (1, 1)).getbands())
        Image.new(mode, size, colour if len(colour) > 1 else value).save(path)
        return path

    return save_image


@pytest.fixture
def photo() -> Image.Image:
    """A 48×40 colour picture with something different in every corner."""
    x, y = np.meshgrid(np.linspace(0, 255, 48), np.linspace(0, 255, 40))
    return Image.fromarray(np.stack([x, y, 255 - (x + y) / 2], axis=-1).astype(np.uint8))


@pytest.fixture
def deny(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Let opening one file fail as it does for those who aren't permitted (the superuser always is)."""
    real: Callable[..., object] = Path.open

    def deny_file(denied: Path) -> None:
        def open_(path: Path, *arguments: object, **options: object) -> object:
            if path == denied.resolve():
                raise PermissionError(13, "Permission denied")
            return real(path, *arguments, **options)

        monkeypatch.setattr(Path, "open", open_)

    return deny_file
