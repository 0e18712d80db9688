"""A batch shared among ranks: who computes what of it, and how it comes together again.

What several ranks compute is what one would, but for the order in which floats are added: each takes its rows of one
batch and of the noise drawn for all of it, terms of the whole batch see the codes of all, and gradients are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vae_explorer.core.ranks import Ranks

Terms = dict[str, Tensor]
"""(b,) or (b, D) for each row, or () for the whole batch."""

BUCKET_VALUES = 8_000_000
"""Gradients are added up in pieces of about so many values, which are copied to lie in a row: 32 MB."""


class Share:
    """The rows of a batch that this process computes: here, all."""

    rows = slice(None)

    def own(self, terms: Terms) -> Terms:
        """Leave out of terms for each row those of a row that isn't this share's."""
        return terms

    def whole(self, part: Tensor) -> Tensor:
        """Bring a tensor of this share's rows, (b, …), together with those of all: (B, …). Gradients flow back."""
        return part

    def first_row(self) -> int:
        """Return the place of the share's first row in the batch."""
        return 0

    def mean(self, values: Tensor) -> Tensor:
        """Return what this share adds to the mean over the batch, to be differentiated. (b,) -> ()."""
        return values.mean()

    def part_of(self, term: Tensor) -> Tensor:
        """Return what this share adds to a term of the whole batch, which all know, to be differentiated. () -> ()."""
        return term

    def mean_of(self, function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
        """Return the mean of a `function` of rows (M, …) that all know, each computing some of them. -> ()."""
        return function(rows).mean()

    def add_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Make the gradients of this share those of the batch."""


WHOLE = Share()


class _SharedBatch(Share):
    """Rows of a batch of B that several ranks have between them. Shares differ by one row, and some may have none.

    Who has none computes the first row and lets it count for nothing: networks need not know of empty batches.
    """

    def __init__(self, ranks: Ranks, count: int) -> None:
        self._ranks = ranks
        self._count = count
        self._own = self._rows_of(count)
        self._size: int = self._own.stop - self._own.start
        self.rows = self._own if self._size else slice(0, 1)

    def own(self, terms: Terms) -> Terms:
        if self._size:
            return terms
        return {name: term[:0] if term.dim() else term for name, term in terms.items()}

    def whole(self, part: Tensor) -> Tensor:
        part = part[: self._size]
        around = [0, 0] * (part.dim() - 1) + [self._own.start, self._count - self._own.stop]
        # Zeros elsewhere: the sum holds the rows of all.
        padded: Tensor = functional.pad(part, around)
        return self._total(padded)

    def first_row(self) -> int:
        return int(self.rows.start)

    def mean(self, values: Tensor) -> Tensor:
        return values.sum() / self._count

    def part_of(self, term: Tensor) -> Tensor:
        return term * (self._size / self._count)

    def mean_of(self, function: Callable[[Tensor], Tensor], rows: Tensor) -> Tensor:
        own: Tensor = function(rows[self._rows_of(len(rows))]).sum()
        return self._total(own) / len(rows)

    def add_gradients(self, parameters: Sequence[Tensor]) -> None:
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        for bucket in _buckets(gradients):
            total = self._ranks.add_up(torch.cat([gradient.reshape(-1) for gradient in bucket]))
            pieces = torch.split(total, [gradient.numel() for gradient in bucket])
            added = [piece.view(gradient.shape) for piece, gradient in zip(pieces, bucket, strict=True)]
            torch._foreach_copy_(bucket, added)

    def _rows_of(self, count: int) -> slice:
        first, end = (count * rank // self._ranks.size for rank in (self._ranks.rank, self._ranks.rank + 1))
        return slice(first, end)

    def _total(self, tensor: Tensor) -> Tensor:
        total: Tensor = _Total.apply(tensor, self._ranks)  # type: ignore[no-untyped-call]  # torch's own lack
        return total


def share_of(count: int, ranks: Ranks) -> Share:
    """Return the share of this process in a batch of `count`."""
    return WHOLE if ranks.alone else _SharedBatch(ranks, count)


class _Total(torch.autograd.Function):
    """The sum over all ranks of a tensor that each has. What each makes of the sum adds to the gradient of all."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.add_up(tensor.contiguous().clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        ranks: Ranks = ctx.ranks
        return ranks.add_up(gradients[0].contiguous().clone()), None


def _buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    bucket: list[Tensor] = []
    values = 0
    for tensor in tensors:
        if bucket and values + tensor.numel() > BUCKET_VALUES:
            yield bucket
            bucket, values = [], 0
        bucket.append(tensor)
        values += tensor.numel()
    if bucket:
        yield bucket
