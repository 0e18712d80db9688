"""Any flat picture of a latent space: an affine slice through it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_explorer.core.latent.offered import MOST_SINGLE

Floats = NDArray[np.float32]


_NEARLY = 1e-6
"""Planes whose coordinates differ by less than this share of the origin's length lay codes out alike."""


class Flat(Protocol):
    """A flat picture of a latent space that codes are seen on, and that places are decoded from."""

    is_linear: ClassVar[bool]
    """Whether it is a plane of the latent space: only then do the prior and posteriors have a shape on it."""

    @property
    def dims(self) -> int:
        """Number of latent dimensions, D."""
        ...

    def lift(self, xy: ArrayLike) -> Floats:
        """Take places to codes. (…, 2) -> (…, D) float32."""
        ...

    def project(self, codes: ArrayLike) -> Floats:
        """Take codes to places. (…, D) -> (…, 2) float32."""
        ...

    def distance(self, codes: ArrayLike) -> Floats:
        """Tell how far codes lie off the picture. (…, D) -> (…,) float32, in latent units."""
        ...

    def lays_out_like(self, other: Flat) -> bool:
        """Whether `project` takes all codes to the same places as the other's."""
        ...


@dataclass(frozen=True, eq=False)
class Lifted:
    """The codes (n, D) of places of a picture, made where they are asked for: many long ones take more than a frame."""

    flat: Flat
    xy: Floats
    """(n, 2)."""

    @property
    def shape(self) -> tuple[int, int]:
        """How many codes there are, and of how many numbers."""
        return len(self.xy), self.flat.dims

    def __len__(self) -> int:
        return len(self.xy)

    def __getitem__(self, part: slice) -> Floats:
        return self.flat.lift(self.xy[part])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Floats:  # as numpy calls it
        """All of them, float32."""
        return self.flat.lift(self.xy)


@dataclass(frozen=True, eq=False)
class LatentPlane:
    """The slice z(x, y) = origin + x·u + y·v of a D-dimensional latent space; each of the three is (D,) float32.

    Where D = 1 there is no second direction: v is zero, and y carries no meaning.
    """

    is_linear: ClassVar[bool] = True

    origin: Floats
    u: Floats
    v: Floats

    @classmethod
    def of_dims(cls, point: ArrayLike, x_dim: int, y_dim: int) -> LatentPlane:
        """Return the plane of two latent dimensions through `point` (D,), whose other coordinates are held.

        The plane's coordinates are then the two latent coordinates themselves.
        """
        origin = np.array(point, np.float32)
        u = np.zeros_like(origin)
        v = np.zeros_like(origin)
        u[x_dim] = 1
        if x_dim != y_dim:
            v[y_dim] = 1
        origin[[x_dim, y_dim]] = 0
        return cls(origin, u, v)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LatentPlane) and all(
            np.array_equal(mine, theirs)
            for mine, theirs in ((self.origin, other.origin), (self.u, other.u), (self.v, other.v))
        )

    def __hash__(self) -> int:
        return hash((self.origin.tobytes(), self.u.tobytes(), self.v.tobytes()))

    def through(self, origin: Floats) -> LatentPlane:
        """Return the plane along the same directions from another origin, (D,)."""
        plane = LatentPlane(origin, self.u, self.v)
        # What follows from the directions alone is asked for with every move, and found once.
        vars(plane).update(across=self.across, inverse=self.inverse)
        return plane

    @property
    def dims(self) -> int:
        """Number of latent dimensions, D."""
        return len(self.origin)

    def lift(self, xy: ArrayLike) -> Floats:
        """Take plane coordinates to codes. (…, 2) -> (…, D) float32."""
        xy = np.asarray(xy, np.float32)
        if self.dims <= MOST_SINGLE:
            return np.asarray(self.origin + xy[..., :1] * self.u + xy[..., 1:] * self.v, np.float32)
        # A mosaic of such codes takes megabytes, and each further copy of them as long as all the rest.
        codes = xy @ self.across
        codes += self.origin
        return np.asarray(codes, np.float32)

    def project(self, codes: ArrayLike) -> Floats:
        """Take codes to the plane coordinates nearest to them. (…, D) -> (…, 2) float32."""
        offset = np.asarray(codes, np.float32) - self.origin
        return np.asarray(offset @ self.inverse, np.float32)

    def covariance(self, variances: ArrayLike) -> Floats:
        """Project a normal distribution with these variances, (D,), and no covariances. -> (2, 2)."""
        return np.asarray(self.inverse.T @ (np.asarray(variances, np.float32)[:, None] * self.inverse), np.float32)

    def lays_out_like(self, other: Flat) -> bool:
        """Whether `project` takes all codes to the same places: both differ in what they don't show, at most."""
        if not isinstance(other, LatentPlane) or not np.array_equal(self.inverse, other.inverse):
            return False
        # Of planes askew this is only nearly 0, by so much as single precision loses in thousands of numbers.
        apart = np.abs((self.origin - other.origin) @ self.inverse).max()
        return bool(apart <= _NEARLY * np.linalg.norm(self.origin))

    @cached_property
    def across(self) -> Floats:
        """Both directions, (2, D)."""
        return np.stack([self.u, self.v])

    @cached_property
    def inverse(self) -> Floats:
        """What takes offsets from the origin to plane coordinates, (D, 2): the pseudo-inverse of u and v."""
        across = self.across
        if self.u @ self.v == 0:  # as along two dimensions; asked for with every move, so not decomposed each time
            squares = np.square(across).sum(axis=1, keepdims=True)
            return np.asarray(np.divide(across, squares, out=np.zeros_like(across), where=squares > 0).T)
        return np.asarray(np.linalg.pinv(across), np.float32)

    def distance(self, codes: ArrayLike) -> Floats:
        """Distance of codes from the plane. (…, D) -> (…,) float32, in latent units."""
        codes = np.asarray(codes, np.float32)
        return np.asarray(np.linalg.norm(codes - self.lift(self.project(codes)), axis=-1), np.float32)
