"""The runs on disk: their names, listing them, copying one. No torch here."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vae_explorer.core.classes import count_in_words
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import printable
from vae_explorer.core.errors import UserError
from vae_explorer.core.presence import LIVE
from vae_explorer.core.run_folder import RunFolder, RunState

if TYPE_CHECKING:
    from torch import Tensor

_SCRATCH = ".saving-"
_LEFT_OUT = (".*.part", f"{_SCRATCH}*", LIVE)
"""Of a copy: what is being written, itself where it is saved inside of the run, and who trains the run."""


@dataclass(frozen=True)
class RunSummary:
    """What the list of runs tells of one."""

    path: Path
    name: str
    model: str
    """A few words: “VAE · mlp · bernoulli · 2-D”."""
    images: str
    """Where they came from."""
    state: RunState
    epochs_done: int
    epochs: int
    """Epochs asked for."""
    changed: float
    """When it was last written to, in seconds since 1970."""


_SPELLED: Final = {
    "ae": "AE", "vae": "VAE", "cvae": "CVAE", "wae": "WAE", "tcvae": "TCVAE", "dip": "DIP", "mmd": "MMD", "i": "I",
    "ii": "II", "beta": "β", "log": "log", "var": "var",
}  # fmt: skip
"""How the parts of an objective's name are written where they aren't ordinary words."""


def objective_title(name: str) -> str:
    """Write an objective's name as people do: “beta-tcvae” is “β-TCVAE”. The objective itself would need torch."""
    return "-".join(_SPELLED.get(part, part.capitalize()) for part in name.split("-"))


def title_of(config: RunConfig) -> str:
    """Name a model in a few words; an imported one by its format, since its files may not tell what trained it."""
    model = config.model
    own = f"{objective_title(config.objective.name)} · {model.network}"
    title = f"{config.imported.format if config.imported else own} · {model.likelihood} · {model.latent_dims}-D"
    return f"{title} · {count_in_words(len(model.classes))}" if model.classes else title


def new_run_path(folder: Path, config: RunConfig) -> Path:
    """Return a name in `folder` that isn't taken: what is trained on, what, and when.

    An imported model is named by its format, since its files may not tell what trained it.
    """
    read = re.sub(r"^(sample|hf):|#\d+/\d+$", "", config.data.source)
    spec = config.imported.name if config.imported else read
    source = Path(spec).stem.replace(":", " ")[:40] or "images"  # no folder on Windows has a colon in its name
    stamp = time.strftime("%Y-%m-%d %H.%M.%S")
    kind = config.imported.format if config.imported else config.objective.name
    name = f"{source} {kind} {config.model.latent_dims}-D {stamp}"
    path = folder / name
    number = 2
    while path.exists():
        path = folder / f"{name} ({number})"
        number += 1
    return path


def list_runs(folder: Path) -> list[RunSummary]:
    """Describe the runs in a folder, the newest first. What is no run, or can't be read, is passed over."""
    summaries = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            summaries.append(_summary(RunFolder.open(path)))
        except (UserError, OSError):
            continue
    return sorted(summaries, key=lambda summary: -summary.changed)


def _summary(run: RunFolder) -> RunSummary:
    status = run.status
    return RunSummary(
        path=run.path,
        name=run.name,
        model=title_of(run.config),
        images=run.config.data.source,
        state=status.state,
        epochs_done=status.epoch,
        epochs=run.config.training.epochs,
        changed=run.path.stat().st_mtime,
    )


def copy_run(source: Path, target: Path, weights: Mapping[str, Tensor] | None = None) -> Path:
    """Copy a run folder to a place that doesn't exist yet. Raises UserError.

    While it trains, `weights` are those that the person sees; its own may be half a minute old.
    """
    try:
        if target.exists():
            msg = f"“{printable(target.name)}” exists already; choose another name, so that nothing is overwritten."
            raise UserError(msg)
        # Beside the target, so that renaming is one step.
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=target.parent) as scratch:
            copied = shutil.copytree(source, Path(scratch) / "run", ignore=shutil.ignore_patterns(*_LEFT_OUT))
            if weights is not None:
                RunFolder.open(copied).save_weights(weights)
            copied.rename(target)
    except OSError as error:
        msg = f"The model could not be saved to “{printable(str(target))}”: {_reason(error)}."
        raise UserError(msg) from error
    return target


def _reason(error: OSError) -> str:
    """Say why in a few words; copying many files gathers its errors in a list."""
    if isinstance(error, shutil.Error) and error.args and error.args[0]:
        return str(error.args[0][0][-1])
    return error.strerror or str(error)
