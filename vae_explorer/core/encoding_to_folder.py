"""Encoding a set of any size to a folder of codes: in bounded memory, by one process or several, and resumable."""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vae_explorer.core.batches import fingerprint
from vae_explorer.core.classes import Labels, labels_for
from vae_explorer.core.code_folder import (
    DONE,
    FACTS,
    LABELS,
    LOG_VAR,
    MEAN,
    PATH_ENDS,
    PATHS,
    ROWS_AT_ONCE,
    Facts,
    read_facts,
)
from vae_explorer.core.data.base import Cancelled, ImageRows, ImageSet, Progress, ignore_progress, printable
from vae_explorer.core.data.names import Numbered, write_names
from vae_explorer.core.encoding import check_shape, encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import check_place, unwritable, write_atomically
from vae_explorer.core.model import Model

ALONE = (0, 1)

_WAIT_S = 0.2


def encode_to_folder(
    model: Model,
    images: ImageSet,
    path: Path,
    *,
    share: tuple[int, int] = ALONE,
    cancel: Event | None = None,
    on_progress: Callable[[Progress], None] = ignore_progress,
) -> int:
    """Encode images into a new folder, or go on with one that was left incomplete; how many this process encoded.

    `share`: the number of this process, and of how many that do the same at once, on one machine or several with the
    same folder; each takes every so many-th piece. Whatever was done stays done, whoever goes on. Raises UserError
    where the folder holds something else, the disk refuses or codes are not finite; Cancelled.
    """
    check_shape(model, images.images)
    labels = labels_for(model.config.model.classes, images)
    facts = facts_of(model, images)
    if share[0] == 0:
        _prepare(path, facts, images)
    else:
        await_folder(path, cancel)
        _check_same(path, facts)
    try:
        with _Pieces(path, facts) as pieces:
            encoded = _encode_share(model, images.images, labels, pieces, share, cancel, on_progress)
            if pieces.all_done():
                write_atomically(path / FACTS, facts.model_copy(update={"complete": True}).model_dump_json().encode())
    except OSError as error:
        raise unwritable(path, error) from error
    return encoded


def check_place_for(model: Model, path: Path) -> None:
    """Raise UserError, before any image is read, where the codes of a model can't go to `path`."""
    if not (path.exists() or path.is_symlink()):
        check_place(path)
        return
    _check_codes(path)
    if read_facts(path).weights != weights_fingerprint(model.state_dict()):
        msg = f"“{printable(str(path))}” holds codes by another model; give another name."
        raise UserError(msg)


def facts_of(model: Model, images: ImageSet) -> Facts:
    """Say what the codes of these images by this model are of."""
    return Facts(
        source=images.source,
        title=images.title,
        images=fingerprint(images.images),
        weights=weights_fingerprint(model.state_dict()),
        count=len(images),
        latent_dims=model.latent_dims,
        has_log_var=model.config.model.posterior != "none",
        label_names=None if images.labels is None else images.label_names,
        numbered=images.paths.what if isinstance(images.paths, Numbered) else None,
    )


def weights_fingerprint(weights: Mapping[str, Tensor]) -> str:
    """Tell the weights of one model from those of another."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().float().numpy()).data)
    return digest.hexdigest()


def _encode_share(
    model: Model,
    images: ImageRows,
    labels: Labels | None,
    pieces: _Pieces,
    share: tuple[int, int],
    cancel: Event | None,
    on_progress: Callable[[Progress], None],
) -> int:
    rank, size = share
    mine = list(range(rank, pieces.count, size))
    encoded = 0
    for number, piece in enumerate(mine):
        on_progress(Progress(number, len(mine)))
        if pieces.is_done(piece):
            continue
        rows = slice(piece * ROWS_AT_ONCE, min((piece + 1) * ROWS_AT_ONCE, len(images)))
        chosen = None if labels is None else labels[rows]
        codes = encode_images(model, images[rows], labels=chosen, cancel=cancel)
        if not (np.isfinite(codes.mean).all() and (codes.log_var is None or np.isfinite(codes.log_var).all())):
            msg = (
                f"The codes of images {rows.start} to {rows.stop - 1} are not all finite numbers: the model is no good."
            )
            raise UserError(msg)
        pieces.put(piece, codes.mean, codes.log_var)
        forget_pages(images)
        encoded += len(codes)
    on_progress(Progress(len(mine), len(mine)))
    return encoded


class _Pieces:
    """The arrays of a folder, written piece by piece. Raises OSError."""

    def __init__(self, path: Path, facts: Facts) -> None:
        self.count = math.ceil(facts.count / ROWS_AT_ONCE)
        self._rows, self._dims = facts.count, facts.latent_dims
        names = (MEAN, LOG_VAR) if facts.has_log_var else (MEAN,)
        self._files: list[IO[bytes]] = []
        with ExitStack() as opened:
            for name in (*names, DONE):
                self._files.append(opened.enter_context((path / name).open("r+b", buffering=0)))
            self._starts = [_after_header(file) for file in self._files]
            self._opened = opened.pop_all()
        self._done, self._done_start = self._files.pop(), self._starts.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def is_done(self, piece: int) -> bool:
        """Whether a piece is on disk, written by this process or another."""
        self._done.seek(self._done_start + piece)
        return self._done.read(1) == b"\1"

    def all_done(self) -> bool:
        """Whether every piece is."""
        self._done.seek(self._done_start)
        return self._done.read(self.count) == b"\1" * self.count

    def put(self, piece: int, *arrays: NDArray[np.float32] | None) -> None:
        """Write a piece, and note it once the disk has it."""
        first = piece * ROWS_AT_ONCE
        stored = [array for array in arrays if array is not None]
        for file, start, array in zip(self._files, self._starts, stored, strict=True):
            for dim in range(self._dims):
                file.seek(start + 4 * (dim * self._rows + first))
                _write_all(file, array[:, dim].tobytes())
            os.fsync(file.fileno())
        self._done.seek(self._done_start + piece)
        self._done.write(b"\1")


def _prepare(path: Path, facts: Facts, images: ImageSet) -> None:
    """Make a folder in which nothing is done yet, whole or not at all; or go on with one of the same images."""
    if path.exists() or path.is_symlink():
        _check_same(path, facts)
        return
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        made.mkdir()
        names = (MEAN, LOG_VAR) if facts.has_log_var else (MEAN,)
        for name in names:
            _reserve(made / name, (facts.count, facts.latent_dims), "<f4")
        _reserve(made / DONE, (math.ceil(facts.count / ROWS_AT_ONCE),), "|u1")
        if images.labels is not None:
            np.save(made / LABELS, np.asarray(images.labels, np.int64))
        if facts.numbered is None:
            write_names(images.paths, made / PATHS, made / PATH_ENDS)
        write_atomically(made / FACTS, facts.model_dump_json().encode())
        made.rename(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def await_folder(path: Path, cancel: Event | None = None) -> None:
    """Wait until the first of several processes has made the folder. Raises Cancelled.

    It may have many images to read before, so there is no limit; where it ends, a launcher ends the others too.
    """
    while not (path / FACTS).exists():
        if cancel is not None and cancel.wait(_WAIT_S):
            raise Cancelled
        time.sleep(_WAIT_S)


def _check_codes(path: Path) -> None:
    if not (path / FACTS).exists():
        msg = f"“{printable(str(path))}” exists already and holds no codes; give another name."
        raise UserError(msg)


def _check_same(path: Path, facts: Facts) -> None:
    _check_codes(path)
    there = read_facts(path)
    if there.model_copy(update={"complete": False, "source": "", "title": ""}) != facts.model_copy(
        update={"source": "", "title": ""}
    ):
        msg = f"“{printable(str(path))}” holds codes of other images, or by another model; give another name."
        raise UserError(msg)


def _reserve(path: Path, shape: tuple[int, ...], kind: str) -> None:
    """Make an array of zeros that has its room on the disk. Raises OSError where there isn't so much."""
    with path.open("xb") as file:
        # Fortran's order: each column in one stretch.
        np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": len(shape) > 1, "shape": shape})
        file.flush()
        size = file.tell() + math.prod(shape) * np.dtype(kind).itemsize
        if shutil.disk_usage(path.parent).free < size:
            msg = f"{size / 1e6:.0f} MB are needed, and {shutil.disk_usage(path.parent).free / 1e6:.0f} MB are free"
            raise OSError(msg)
        file.truncate(size)


def _after_header(file: IO[bytes]) -> int:
    """Return where the numbers of an .npy begin."""
    try:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
    except ValueError as error:
        msg = "what was written before is damaged"
        raise OSError(msg) from error
    return file.tell()


def _write_all(file: IO[bytes], content: bytes) -> None:
    """Write to a file that isn't buffered, which may take less at once."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def forget_pages(images: ImageRows) -> None:
    """Give back the memory that rows of a mapped file have taken: they are read again where they are needed."""
    base: object = images
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
