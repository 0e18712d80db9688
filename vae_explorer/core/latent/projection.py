"""Codes laid out in two dimensions by UMAP: no plane of the latent space, and honest about it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.errors import UserError
from vae_explorer.core.latent.support import Support

if TYPE_CHECKING:
    from scipy.spatial import KDTree

    from vae_explorer.core.latent.plane import Flat

Floats = NDArray[np.float32]

NEIGHBOURS: Final = 15
"""UMAP's own default."""

LEAST_CODES: Final = 4


@dataclass(frozen=True, eq=False)
class Projection:
    """Where each code of a set lies in a picture that keeps neighbours together. Compared by identity.

    It has no inverse: a place of the picture stands for the code that is laid out nearest to it.
    """

    is_linear: ClassVar[bool] = False

    codes: Floats
    """(N, D)."""
    xy: Floats
    """(N, 2)."""
    names: tuple[str, str] = ("UMAP 1", "UMAP 2")

    @property
    def dims(self) -> int:
        """Number of latent dimensions, D."""
        return int(self.codes.shape[1])

    def lift(self, xy: ArrayLike) -> Floats:
        """Take places to the codes laid out nearest to them. (…, 2) -> (…, D) float32."""
        _, nearest = self._laid_out.query(np.asarray(xy, np.float32))
        return np.asarray(self.codes[nearest], np.float32)

    def project(self, codes: ArrayLike) -> Floats:
        """Take codes to the places of the codes nearest to them. (…, D) -> (…, 2) float32."""
        if codes is self.codes:
            return self.xy.copy()
        _, nearest = self._tree.query(np.asarray(codes, np.float32))
        return np.asarray(self.xy[nearest], np.float32)

    def distance(self, codes: ArrayLike) -> Floats:
        """Return 0 for each code: none lies off a picture that holds them all. (…, D) -> (…,)."""
        return np.zeros(np.asarray(codes).shape[:-1], np.float32)

    def lays_out_like(self, other: Flat) -> bool:
        """Whether it is the same picture."""
        return other is self

    def support(self, xy: ArrayLike) -> Floats:
        """Tell whether any code is laid out near places, (M, 2) -> (M,) in [0, 1]: see `support.Support`."""
        return self._support.at(np.asarray(xy, np.float32))

    @cached_property
    def _support(self) -> Support:
        return Support(self.xy)

    @cached_property
    def _laid_out(self) -> KDTree:
        return _tree(self.xy)

    @cached_property
    def _tree(self) -> KDTree:
        return _tree(self.codes)


def umap_projection(codes: Floats, seed: int = 0) -> Projection:
    """Lay codes (N, D) out by UMAP, McInnes et al. 2018. Takes seconds to minutes; a seed gives the same picture again.

    Raises UserError where the library is missing, or there are too few codes.
    """
    if len(codes) < LEAST_CODES:
        msg = f"UMAP needs at least {LEAST_CODES} images."
        raise UserError(msg)
    try:
        import umap
    except ImportError as error:
        msg = "UMAP isn't installed; “pip install umap-learn” installs it."
        raise UserError(msg) from error
    neighbours = min(NEIGHBOURS, len(codes) - 1)
    laid_out = umap.UMAP(n_neighbors=neighbours, random_state=seed, n_jobs=1).fit_transform(codes)
    return Projection(codes, np.asarray(laid_out, np.float32))


def _tree(points: Floats) -> KDTree:
    from scipy.spatial import KDTree

    return KDTree(points)


def main(arguments: list[str]) -> int:
    """Lay out the codes in the first .npy file, and write the places (N, 2) to the second. Returns the exit status.

    A process of its own can be ended at any time, which UMAP can't.
    """
    source, target = arguments
    try:
        projection = umap_projection(np.load(source))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    np.save(target, projection.xy)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
