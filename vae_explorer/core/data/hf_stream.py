"""A dataset of Hugging Face's library `datasets` as a stream of encoded images with names and labels."""

from __future__ import annotations

import copy
import hashlib
import logging
import re
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vae_explorer.core.data.array_files import is_array_name
from vae_explorer.core.data.base import STREAM_PREFIX, printable
from vae_explorer.core.data.decode_image import Unreadable
from vae_explorer.core.data.streamed_rows import UNNUMBERED
from vae_explorer.core.errors import UserError

PREFIX = STREAM_PREFIX
IMAGE_NAMES, LABEL_NAMES = ("image", "img", "jpg", "jpeg", "png", "webp"), ("label", "labels", "cls", "class", "y")

Example = tuple[bytes | str | None, str, Any]
"""An encoded image, or where it lies; its name; its label, or None."""

MOST_PARTS = 64
"""Into so many parts a stream comes apart, at most: several for each of the processes that one machine may have."""

_NOTHING_THERE = ("EmptyDatasetError", "DataFilesNotFoundError")
"""What the library raises where a folder holds nothing that it reads."""

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True)
class Wish:
    """What a specification asks for."""

    place: str
    """A path, or a name on the hub."""
    split: str | None
    node: tuple[int, int]
    """Which part of how many: (0, 1) is all."""

    @classmethod
    def of(cls, spec: str) -> Wish:
        """Take `hf:NAME_OR_FOLDER[@SPLIT][#NODE/NODES]` apart. Raises UserError."""
        place, split, node = spec.removeprefix(PREFIX), None, (0, 1)
        if (found := re.search(r"#(\d+)/(\d+)$", place)) and not Path(place).exists():
            place, node = place[: found.start()], (int(found[1]), int(found[2]))
            if node[0] >= node[1]:
                msg = f"“#{node[0]}/{node[1]}” names no part: of {node[1]} the parts are 0 to {node[1] - 1}."
                raise UserError(msg)
        if (found := re.search(r"@([\w.-]+)$", place)) and not Path(place).exists():
            place, split = place[: found.start()], found[1]
        if place and Path(place).exists():
            place = str(Path(place).resolve())
        elif not _NAME.fullmatch(place):
            msg = f"There is no folder or file “{printable(place)}”, and no dataset can have such a name."
            raise UserError(msg)
        return cls(place, split, node)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder or a file here, for which nobody is asked."""
        return Path(self.place).exists()

    @property
    def title(self) -> str:
        """The folder's name, or the dataset's."""
        return printable(Path(self.place).name if self.is_local else self.place)

    @property
    def source(self) -> str:
        """The specification that gives the same again."""
        split = f"@{self.split}" if self.split else ""
        return f"{PREFIX}{self.place}{split}" + (f"#{self.node[0]}/{self.node[1]}" if self.node[1] > 1 else "")


class Stream:
    """A dataset as a stream of encoded images."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        library = _library()
        with self.explained():
            splits = _load(library, wish)
            names = list(splits)
            split = wish.split or ("train" if "train" in names else names[0])
            if split not in names:
                msg = f"“{self.wish.title}” has no split “{split}”; there are: {', '.join(names)}."
                raise UserError(msg)
            whole = splits[split]
            self._info = whole.info
            features = whole.features or whole._resolve_features().features  # noqa: SLF001  # there is no other way
            self._image = self._find_image(library, features)
            self._label = next((name for name, kind in features.items() if isinstance(kind, library.ClassLabel)), None)
            self.class_names = tuple(features[self._label].names) if self._label else ()
            self._label = self._label or next((name for name in LABEL_NAMES if name in features), None)
            if isinstance(features[self._image], library.Image):
                whole = whole.cast_column(self._image, library.Image(decode=False))
            self._split = split
            self._data = library.distributed.split_dataset_by_node(whole, *wish.node)
            self._is_whole = True

    @property
    def part_count(self) -> int:
        """Into how many parts it comes apart: of whole files, and the same whoever reads them.

        A node's part stays one, and Windows, which has no locks of the kind that parts are claimed by, reads it so.
        """
        if self.wish.node[1] > 1 or sys.platform == "win32":
            return 1
        return min(MOST_PARTS, int(self._data.num_shards))

    def part(self, number: int) -> Stream:
        """Return one of the parts, which follow each other as their examples do in the whole."""
        part = copy.copy(self)
        part._data = self._data.shard(self.part_count, number, contiguous=True)  # noqa: SLF001  # of the same class
        part._is_whole = False  # noqa: SLF001
        return part

    def version(self) -> str:
        """Tell these contents from others of the same name: by sizes and times of files, or the hub's own word."""
        digest = hashlib.blake2b(digest_size=12)
        for path in _files(self.wish):
            status = path.stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
        if not self.wish.is_local:
            digest.update(repr((self._info.version, self._info.download_checksums, self._split)).encode())
        return digest.hexdigest()

    def count(self) -> int:
        """Return how many examples there are, as far as that is told without reading them; else 0."""
        told = (self._info.splits or {}).get(self._split)
        if told is not None and told.num_examples:
            return int(told.num_examples)
        files = _files(self.wish)
        tars = [path for path in files if path.suffix == ".tar"]
        if tars:
            with self.explained():
                return sum(map(_count_in_tar, tars))
        if any(path.suffix == ".parquet" for path in files):
            import pyarrow.parquet

            return sum(pyarrow.parquet.read_metadata(path).num_rows for path in files if path.suffix == ".parquet")
        return len(files)

    def examples(self, state: dict[str, Any] | None = None, first: int = 0) -> Iterator[Example]:
        """Yield of each example the encoded image (or where it lies), its name and its label, from `state` on.

        `first`: how many came before. What has no name is numbered, in a part for `StreamedRows.append` to go on from.
        """
        if state is not None:
            self._data.load_state_dict(state)
        nameless = "image " if self._is_whole else UNNUMBERED
        for number, example in enumerate(self._data, first):
            value = example[self._image]
            content, path = (value, None) if isinstance(value, bytes) else _parts(value)
            name = example.get("__key__") or (Path(path).name if path else f"{nameless}{number}")
            label = example.get(self._label) if self._label else None
            yield content or path, str(name), label

    def state(self) -> dict[str, Any]:
        """Return where the stream stands: after the last example that it gave."""
        state: dict[str, Any] = self._data.state_dict()
        return state

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Put into one sentence whatever the library raises; a file system's own errors are told by whoever writes."""
        try:
            yield
        except (UserError, Unreadable):
            raise
        except Exception as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> UserError:
        words = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        if self.wish.is_local and type(error).__name__ in _NOTHING_THERE:
            return UserError(f"“{self.wish.title}” holds no data files: no images, Parquet files or WebDataset tars.")
        if self.wish.is_local:
            return UserError(f"“{self.wish.title}” can't be read to its end: it is damaged or incomplete ({words}).")
        return UserError(
            f"There is no folder or file “{self.wish.title}”, and no dataset of that name can be reached on the "
            f"Hugging Face Hub from here ({words})."
        )

    def _find_image(self, library: Any, features: Any) -> str:
        images = [name for name, kind in features.items() if isinstance(kind, library.Image) or _is_encoded(kind)]
        named = [name for name in IMAGE_NAMES if name in images]
        binary = [
            name for name in IMAGE_NAMES if getattr(features.get(name), "dtype", "") in {"binary", "large_binary"}
        ]
        if not (images or binary):
            msg = f"“{self.wish.title}” holds no images: its columns are {', '.join(features) or 'none'}."
            raise UserError(msg)
        return str((named or images or binary)[0])


def _library() -> Any:
    try:
        import datasets
        import datasets.distributed
    except ImportError as error:
        msg = f"“{PREFIX}…” is read by the library datasets, which isn't here: pip install 'vae-explorer[datasets]'."
        raise UserError(msg) from error
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # nobody is told what is read here
    datasets.disable_progress_bars()
    for name in ("datasets", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they complain of is told here, in one sentence
    return datasets


def _load(library: Any, wish: Wish) -> Any:
    """Return the splits by name. A name that is no folder is looked for on the hub: only then there is a network."""
    path = Path(wish.place)
    if path.is_file():
        kinds = {".parquet": "parquet", ".tar": "webdataset"}
        if path.suffix not in kinds:
            plain = f": without “{PREFIX}” it is read as it is" if is_array_name(path.name) else ""
            msg = f"“{printable(path.name)}” is neither a Parquet file nor a tar of WebDataset{plain}."
            raise UserError(msg)
        return library.load_dataset(kinds[path.suffix], data_files={"train": [str(path)]}, streaming=True)
    if path.is_dir() and ((path / "state.json").exists() or (path / "dataset_dict.json").exists()):
        stored = library.load_from_disk(str(path))
        splits = stored if isinstance(stored, dict) else {"train": stored}
        return {name: split.to_iterable_dataset() for name, split in splits.items()}
    return library.load_dataset(wish.place, streaming=True)


def _is_encoded(kind: Any) -> bool:
    """Whether a column holds what a column of images is stored as."""
    return isinstance(kind, dict) and "bytes" in kind


def _parts(value: Any) -> tuple[bytes | None, str | None]:
    return (None, None) if value is None else (value.get("bytes"), value.get("path"))


def _files(wish: Wish) -> list[Path]:
    path = Path(wish.place)
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path] if path.is_file() else []


def _count_in_tar(path: Path) -> int:
    """Count the examples, whose files differ in their endings. Raises TarError where the file is cut short.

    The library itself takes what there is for all.
    """
    with tarfile.open(path) as tar:
        names = {member.name.split(".")[0] for member in tar if member.isfile()}
        end = tar.offset
    with path.open("rb") as file:
        file.seek(end)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            msg = "its end is missing"
            raise tarfile.ReadError(msg)
    return len(names)
