"""The form filled with all the parts that there really are."""

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.core.catalogue import catalogue, setting_infos
from vae_explorer.core.config import DataConfig, RunConfig
from vae_explorer.core.likelihoods import likelihoods
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.parts import parts_of
from vae_explorer.ui.widgets.model_fields import setting_fields
from vae_explorer.ui.widgets.model_form import ModelForm

PARTS = [*networks.parts(), *likelihoods.parts(), *objectives.parts()]


@pytest.fixture
def form(qtbot: QtBot) -> ModelForm:
    form = ModelForm()
    qtbot.addWidget(form)
    form.fill(RunConfig(data=DataConfig(source="/photos")), catalogue(), (("cpu", "CPU"),))
    form.show()
    return form


def choose(form: ModelForm, kind: str, name: str) -> None:
    box = form.findChild(QComboBox, f"field_{kind}")
    assert box is not None
    box.setCurrentIndex(box.findData(name))
    assert box.currentData() == name


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_setting_has_an_editor_that_keeps_its_default(part, qtbot: QtBot) -> None:
    fields = setting_fields(setting_infos(part.Settings))
    for field in fields:
        qtbot.addWidget(field.editor.widget)
    assert part.Settings.model_validate({field.name: field.editor.read() for field in fields}) == part.Settings()


@pytest.mark.parametrize("name", objectives.names())
def test_every_objective_says_whether_it_is_an_elbo(form: ModelForm, name: str) -> None:
    choose(form, "objective", name)
    part = objectives.get(name)
    note = form.findChild(QLabel, "not_elbo")
    assert note is not None
    assert note.isVisible() is not part.is_elbo
    if not part.is_elbo:
        assert ("neither KL nor ELBO" in note.text()) is (part.posterior == "none")
    assert parts_of(form.config("/photos")).objective is part


@pytest.mark.parametrize("name", likelihoods.names())
def test_every_likelihood_can_be_chosen(form: ModelForm, name: str) -> None:
    choose(form, "likelihood", name)
    assert parts_of(form.config("/photos")).likelihood is likelihoods.get(name)


def test_a_choice_between_two_is_a_check_box(form: ModelForm) -> None:
    choose(form, "likelihood", "gaussian")
    box = form.findChild(QCheckBox, "field_likelihood_learn_variance")
    assert box is not None
    assert form.config("/photos").model.likelihood_settings == {"variance": 0.5, "learn_variance": False}
    box.setChecked(True)
    assert form.config("/photos").model.likelihood_settings == {"variance": 0.5, "learn_variance": True}


@pytest.mark.parametrize(
    ("objective", "titles"),
    [("beta-tcvae", ["α", "β", "γ"]), ("dip-vae-i", ["λ od", "λ d"]), ("beta-vae", ["β", "Warm up steps"])],
)
def test_weights_have_the_letters_of_their_formulas(form: ModelForm, objective: str, titles: list[str]) -> None:
    choose(form, "objective", objective)
    fields = [
        form.findChild(QWidget, f"field_objective_{name}") for name in objectives.get(objective).Settings.model_fields
    ]
    assert [field.accessibleName() for field in fields if field is not None] == titles


def test_steps_are_whole_numbers_and_weights_are_not(form: ModelForm) -> None:
    choose(form, "objective", "capacity")
    settings = form.config("/photos").objective.settings
    assert {name: type(value) for name, value in settings.items()} == {
        "gamma": float,
        "capacity": float,
        "capacity_steps": int,
    }
