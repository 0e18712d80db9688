"""Which dimensions are the plane's."""

from __future__ import annotations


def with_axis(plane_dims: tuple[int, int], axis: int, dim: int) -> tuple[int, int]:
    """Give an axis (0: x, 1: y) to `dim`; where `dim` was the other axis already, the two change places."""
    dims = list(plane_dims)
    if dims[1 - axis] == dim:
        dims[1 - axis] = dims[axis]
    dims[axis] = dim
    return dims[0], dims[1]
