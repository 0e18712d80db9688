from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.projection import Projection, umap_projection

RANDOM = np.random.default_rng(0)


@pytest.fixture
def projection() -> Projection:
    codes = RANDOM.normal(size=(50, 6)).astype(np.float32)
    return Projection(codes, RANDOM.uniform(-5, 5, (50, 2)).astype(np.float32))


def test_a_place_stands_for_the_code_laid_out_nearest_to_it(projection: Projection) -> None:
    places = projection.xy + 1e-3
    assert np.array_equal(projection.lift(places), projection.codes)
    lattice = projection.lift(RANDOM.uniform(-5, 5, (3, 4, 2)))
    assert lattice.shape == (3, 4, 6)
    assert all((projection.codes == code).all(axis=1).any() for code in lattice.reshape(-1, 6))


def test_a_code_stands_where_its_nearest_neighbour_does(projection: Projection) -> None:
    assert np.array_equal(projection.project(projection.codes), projection.xy)
    assert np.array_equal(projection.project(projection.codes[7] + 1e-4), projection.xy[7])
    assert projection.distance(projection.codes).tolist() == [0] * 50


class FakeUmap:
    """Takes the first two coordinates."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        FakeUmap.last = self

    last: FakeUmap

    def fit_transform(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        return 10 * codes[:, :2]


@pytest.fixture
def _umap(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("umap")
    module.UMAP = FakeUmap  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "umap", module)


@pytest.mark.usefixtures("_umap")
def test_umap_lays_out_every_code_by_a_seed() -> None:
    codes = RANDOM.normal(size=(8, 3)).astype(np.float32)
    found = umap_projection(codes, seed=5)
    assert found.xy == pytest.approx(10 * codes[:, :2])
    assert found.codes is codes
    assert found.dims == 3
    assert FakeUmap.last.settings["random_state"] == 5
    assert FakeUmap.last.settings["n_neighbors"] == 7


@pytest.mark.usefixtures("_umap")
def test_too_few_codes_are_told() -> None:
    with pytest.raises(UserError, match="at least 4 images"):
        umap_projection(np.zeros((3, 2), np.float32))


def test_without_the_library_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(UserError, match=r"isn't installed.*pip install"):
        umap_projection(np.zeros((9, 2), np.float32))
