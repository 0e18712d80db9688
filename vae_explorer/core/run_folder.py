"""What a trained model is on disk: a folder of JSON and safetensors, written so that a crash never spoils it.

Importing this and reading a run's configuration, status and history needs no torch.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, FiniteFloat, ValidationError

from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.files import unreadable, unwritable, write_atomically
from vae_explorer.core.tensor_file import damaged, notes_of, packed, unpacked

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
HISTORY = "history.jsonl"
RESUME = "resume.safetensors"

HistoryLine = dict[str, Any]
"""`step`, `epoch`, `elapsed_s`, `training` and `validation` (terms by name, or None), `is_best`, `weight`
(what the regulariser was multiplied by)."""


Relay = Callable[[Callable[[], bytes]], bytes]
"""Returns what its argument returns, wherever it lets that be called."""


def _directly(read: Callable[[], bytes]) -> bytes:
    return read()


class _Line(BaseModel):
    """What a line must hold, and what is taken for granted where it is missing."""

    step: int
    epoch: int = 0
    elapsed_s: FiniteFloat = 0.0
    training: dict[str, float] | None = None
    validation: dict[str, float] | None = None
    is_best: bool = False
    weight: FiniteFloat = 1.0


RunState = Literal["empty", "resumable", "finished", "stopped"]
"""`stopped`: it has weights and not all of its epochs, but not what resuming needs, or that is damaged."""


@dataclass(frozen=True)
class RunStatus:
    """How far a run has come."""

    state: RunState
    step: int = 0
    epoch: int = 0
    """Epochs done."""
    epochs: int = 0
    """Epochs asked for."""


class RunFolder:
    """A folder that holds one run. Use `create` or `open`."""

    def __init__(self, path: Path, config: RunConfig) -> None:
        self.path = path
        self.config = config

    @classmethod
    def create(cls, path: str | os.PathLike[str], config: RunConfig) -> RunFolder:
        """Make a new folder for a run. Raises UserError where anything of that name exists, or it can't be made."""
        folder = cls(Path(path), config)
        try:
            if folder.path.is_symlink() or folder.path.exists():
                msg = f"“{printable(str(path))}” exists already; give a new name, or resume the run in it."
                raise UserError(msg)
            folder.path.mkdir(parents=True)
        except (OSError, ValueError) as error:
            raise unwritable(folder.path, error) from error
        folder.write_config(config)
        return folder

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> RunFolder:
        """Open an existing run. Raises UserError where it is missing, isn't a run, or its config is unusable."""
        folder = Path(path)
        name = printable(str(path))
        try:
            if not folder.is_dir():
                raise no_run(folder)
            text = (folder / CONFIG).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise no_run(folder) from None
        except UnicodeDecodeError as error:
            msg = f"The {CONFIG} in “{name}” is not text in UTF-8."
            raise UserError(msg) from error
        except OSError as error:
            raise missing_or_unreadable(folder / CONFIG, error) from error
        return cls(folder, RunConfig.from_json(text, f"The {CONFIG} in “{name}”"))

    @property
    def name(self) -> str:
        """The folder's own name, fit to show."""
        return printable(self.path.resolve().name)

    def write_config(self, config: RunConfig) -> None:
        """Replace the configuration. Raises UserError where the disk refuses."""
        write_atomically(self.path / CONFIG, config.to_json().encode())
        self.config = config

    def save_weights(self, weights: Mapping[str, Tensor], step: int | None = None) -> None:
        """Write the model's weights, those of a step, all at once or not at all. Raises UserError."""
        self._save(WEIGHTS, weights, {"format": "pt"} | ({} if step is None else {"step": str(step)}))

    def load_weights(self) -> dict[str, Tensor]:
        """Read the model's weights, on the CPU. Raises UserError where they are missing or damaged."""
        return unpacked(self.path / WEIGHTS, _read(self.path / WEIGHTS))

    def load_weights_of_step(self) -> tuple[dict[str, Tensor], int | None]:
        """Read the model's weights and of which step they are; None where that isn't noted. Raises UserError."""
        path = self.path / WEIGHTS
        raw = _read(path)  # once: whoever trains may replace the file at any moment
        step = str(notes_of(path, io.BytesIO(raw)).get("step"))
        return unpacked(path, raw), int(step) if step.isdecimal() else None

    def save_resume(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Write what resuming needs: tensors and, in the same file, a JSON object. Raises UserError."""
        self._save(RESUME, tensors, {"state": json.dumps(state)})

    def load_resume(self, relay: Relay = _directly) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Read what `save_resume` wrote. Raises UserError where it is missing or damaged.

        `relay` gets what reads the file, to call it or to have it called on another machine.
        """
        path = self.path / RESUME
        raw = relay(partial(_read, path))
        return unpacked(path, raw), _state(path, io.BytesIO(raw))

    def append_history(self, line: HistoryLine) -> None:
        """Add a line to the history. Raises UserError where the disk refuses."""
        try:
            with (self.path / HISTORY).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise unwritable(self.path / HISTORY, error) from error

    def read_history(self) -> list[HistoryLine]:
        """Read all lines that are whole: a crash may have torn the last one. Raises UserError."""
        try:
            text = (self.path / HISTORY).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise missing_or_unreadable(self.path / HISTORY, error) from error
        return [line for line in map(parsed_line, text.splitlines()) if line is not None]

    def truncate_history(self, step: int) -> None:
        """Forget what was logged after `step`, since training goes on from there. Raises UserError."""
        kept = [json.dumps(line) + "\n" for line in self.read_history() if line["step"] <= step]
        write_atomically(self.path / HISTORY, "".join(kept).encode())

    @property
    def status(self) -> RunStatus:
        """How far the run has come; `empty` too where what it saved can't be read."""
        epochs = self.config.training.epochs
        try:
            state = self._saved_state()
            step, epoch = int(state["step"]), int(state["epoch"])
        except (UserError, KeyError, TypeError, ValueError):
            return self._status_by_history(epochs)
        return RunStatus("finished" if epoch >= epochs else "resumable", step, epoch, epochs)

    @property
    def can_resume(self) -> bool:
        """Whether there is what resuming needs, as far as its head tells."""
        try:
            self._saved_state()
        except UserError:
            return False
        return True

    @property
    def trained_on(self) -> str | None:
        """The fingerprint of the images that it is trained on; None where that isn't noted."""
        try:
            return str(self._saved_state()["fingerprint"])
        except (UserError, KeyError):
            return None

    def _status_by_history(self, epochs: int) -> RunStatus:
        """How far a run came that cannot be resumed: one that was stripped of its resume state, say."""
        if not (self.path / WEIGHTS).is_file():
            return RunStatus("empty", epochs=epochs)
        last = next(reversed(self.read_history()), None)
        if last is None:
            return RunStatus("finished", epochs=epochs)
        step, epoch = int(last["step"]), int(last["epoch"])
        return RunStatus("finished" if epoch >= epochs else "stopped", step, epoch, epochs)

    def _saved_state(self) -> dict[str, Any]:
        """Read of what resuming needs no more than the JSON object."""
        with _opened(self.path / RESUME) as file:
            return _state(self.path / RESUME, file)

    def _save(self, name: str, tensors: Mapping[str, Tensor], notes: dict[str, str]) -> None:
        write_atomically(self.path / name, packed(tensors, notes))


def no_run(path: Path) -> UserError:
    """Say what a path is that is no run folder."""
    name = printable(str(path))
    if not path.exists():
        return UserError(f"There is no run folder “{name}”.")
    why = f"it holds no {CONFIG}" if path.is_dir() else "it is a file"
    return UserError(f"“{name}” is not a run folder: {why} (“vae-explorer import” reads models of other libraries).")


def is_run(path: Path) -> bool:
    """Whether a folder has the configuration of a run; False too where it can't be looked into."""
    try:
        return (path / CONFIG).is_file()
    except OSError:
        return False


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to read. Raises UserError, also for what goes wrong while it is read."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise missing_or_unreadable(path, error) from error


def _read(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read()


def _state(path: Path, file: IO[bytes]) -> dict[str, Any]:
    """Read the JSON object that `save_resume` has put at the head of a file."""
    notes = notes_of(path, file)
    try:
        state = json.loads(notes["state"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path) from error
    if not isinstance(state, dict):
        raise damaged(path)
    return state


def parsed_line(text: str) -> HistoryLine | None:
    """Understand a line of a history; None where it is torn."""
    try:
        return _Line.model_validate_json(text).model_dump()
    except ValidationError:
        return None


def missing_or_unreadable(path: Path, error: OSError) -> UserError:
    """Say that a file of a run can't be read, and why."""
    if isinstance(error, FileNotFoundError):
        return UserError(f"The run folder “{printable(str(path.parent))}” holds no {path.name}.")
    return unreadable(path, error)
