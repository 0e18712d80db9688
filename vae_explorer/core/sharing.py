"""A batch shared among ranks: who computes what of it, and how it comes together again.

What several ranks compute is what one would, but for the order in which floats are added: each takes its rows of one
batch and of the noise drawn for all of it, terms of the whole batch see the codes of all, and gradients are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vae_explorer.core.ranks import Ranks

Terms = dict[str, Tensor]
"""(b,) or (b, D) for each row, or () for the whole batch."""

PIECE_VALUES = 500_000
"""Gradients are added up in pieces of so many values or some more, which are copied to lie in a row: 2 MB."""


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

    def adding(self, parameters: Iterable[Tensor]) -> AbstractContextManager[None]:
        """Make the gradients of this share, which are computed within, those of the batch. Raises RankLost."""
        del parameters
        return nullcontext()


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

    @contextmanager
    def adding(self, parameters: Iterable[Tensor]) -> Iterator[None]:
        sums = _Sums(self._ranks)
        hooks = [
            parameter.register_post_accumulate_grad_hook(sums.take)  # type: ignore[no-untyped-call]  # torch's own lack
            for parameter in parameters
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
        sums.finish()

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


class _Sums:
    """Adds gradients up as they come, while those of the layers before are still computed.

    All ranks compute them in one order, since all compute the same.
    """

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        self._ready: list[Tensor] = []
        self._values = 0
        self._begun: list[tuple[Callable[[], Tensor], list[Tensor]]] = []

    def take(self, parameter: Tensor) -> None:
        """Take the gradient of a parameter, which is complete."""
        if parameter.grad is not None:
            self._ready.append(parameter.grad)
            self._values += parameter.numel()
        if self._values >= PIECE_VALUES:
            self._begin()

    def finish(self) -> None:
        """Wait for all sums, and put them in the gradients' places."""
        self._begin()
        for total, gradients in self._begun:
            pieces = torch.split(total(), [gradient.numel() for gradient in gradients])
            added = [piece.view(gradient.shape) for piece, gradient in zip(pieces, gradients, strict=True)]
            torch._foreach_copy_(gradients, added)

    def _begin(self) -> None:
        if self._ready:
            in_a_row = torch.cat([gradient.reshape(-1) for gradient in self._ready])
            self._begun.append((self._ranks.begin_to_add_up(in_a_row), self._ready))
        self._ready, self._values = [], 0
