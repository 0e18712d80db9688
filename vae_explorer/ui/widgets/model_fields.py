"""The fields of a run's configuration, made from its own descriptions and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from PySide6.QtCore import QCoreApplication

from vae_explorer.core.config import DataConfig, ModelConfig, TrainingConfig
from vae_explorer.ui.widgets.editors import Editor, choice, number_list, real_number, whole_number, yes_or_no
from vae_explorer.ui.widgets.form import Field
from vae_explorer.ui.widgets.setting_words import setting_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.core.catalogue import SettingInfo

_MANY: Final = 1_000_000
_SEEDS: Final = 2**31 - 1
_SMALLEST: Final = 1e-9
"""The least above an exclusive minimum that the number boxes can show."""


def tr(text: str) -> str:
    """Translate a text of the form."""
    return QCoreApplication.translate("ModelForm", text)


def data_fields() -> list[Field]:
    """Return the fields of DataConfig."""
    fits = (("crop", tr("Crop"), ""), ("pad", tr("Pad"), ""), ("stretch", tr("Stretch"), ""))
    return [
        _field(DataConfig, "image_size", tr("Image size"), whole_number(4, 1024)),
        _field(DataConfig, "channels", tr("Colour"), choice(((1, tr("Grey"), ""), (3, tr("Colour"), "")))),
        _field(DataConfig, "fit", tr("Not square"), choice(fits)),
        _field(DataConfig, "validation_fraction", tr("Validation"), real_number(0, 0.9)),
    ]


def model_fields() -> list[Field]:
    """Return the fields of ModelConfig that aren't a choice of part."""
    return [_field(ModelConfig, "latent_dims", tr("Latent dims"), whole_number(1, 64))]


def training_fields(devices: Sequence[tuple[str, str]]) -> list[Field]:
    """Return the fields of TrainingConfig; `devices` are names and the words for them."""
    offered = choice((name, title, "") for name, title in devices)
    return [
        _field(TrainingConfig, "epochs", tr("Epochs"), whole_number(1, _MANY)),
        _field(TrainingConfig, "batch_size", tr("Batch size"), whole_number(1, 65_536)),
        _field(TrainingConfig, "learning_rate", tr("Learning rate"), real_number(_SMALLEST, 1)),
        _field(TrainingConfig, "seed", tr("Seed"), whole_number(0, _SEEDS)),
        _field(TrainingConfig, "device", tr("Device"), offered),
    ]


def setting_fields(settings: Sequence[SettingInfo]) -> list[Field]:
    """Return fields for the settings of a part, at their defaults."""
    fields = []
    for info in settings:
        editor = _editor_of(info)
        editor.write(info.default)
        fields.append(Field(info.name, setting_words(info.name), info.description, editor))
    return fields


def _field(settings: type[BaseModel], name: str, title: str, editor: Editor) -> Field:
    return Field(name, title, tr(settings.model_fields[name].description or ""), editor)


def _editor_of(info: SettingInfo) -> Editor:
    default: Any = info.default
    minimum = -_MANY if info.minimum is None else info.minimum
    maximum = _MANY if info.maximum is None else info.maximum
    if isinstance(default, tuple | list):
        return number_list()
    if isinstance(default, bool):
        return yes_or_no()
    if isinstance(default, int):
        return whole_number(int(minimum) + info.exclusive_minimum, int(maximum))
    return real_number(minimum + (_SMALLEST if info.exclusive_minimum else 0), maximum)
