from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from vae_explorer.core.catalogue import Catalogue, Choice, SettingInfo
from vae_explorer.core.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainingConfig
from vae_explorer.core.errors import UserError
from vae_explorer.services.state import AppState, Store
from vae_explorer.ui.views.train_panel import TrainPanel

MakeState = Callable[..., AppState]
LEFT = Qt.MouseButton.LeftButton
BETA = SettingInfo("beta", "Weight of the KL.", 1.0, 0, 100)
CATALOGUE = Catalogue(
    networks=(
        Choice("conv", "Convolutional", "Shapes.", (SettingInfo("channels", "Feature maps.", 32, 1, 1024),)),
        Choice("mlp", "Fully connected", "Fast.", (SettingInfo("hidden", "Units of the layers.", (512, 256)),)),
    ),
    likelihoods=(Choice("bernoulli", "Bernoulli", "Black and white.", ()),),
    objectives=(
        Choice("ae", "Plain autoencoder", "Reconstruction alone.", (), is_elbo=False, posterior="none"),
        Choice("vae", "VAE", "The ELBO.", (BETA,), is_elbo=True, posterior="log_var"),
        Choice("cvae", "CVAE", "Told the class.", (BETA,), is_elbo=True, posterior="log_var", needs_labels=True),
    ),
)
DEVICES = (("auto", "Automatic"), ("cpu", "CPU"))
CONFIG = RunConfig(
    data=DataConfig(source="/elsewhere", image_size=64, channels=3, fit="pad", validation_fraction=0.25),
    model=ModelConfig(network="mlp", latent_dims=7, network_settings={"hidden": (300,)}),
    objective=ObjectiveConfig(name="vae", settings={"beta": 4.0}),
    training=TrainingConfig(epochs=9, batch_size=33, learning_rate=0.0025, seed=17, device="cpu"),
)


@pytest.fixture
def store(make_state: MakeState) -> Store:
    return Store(make_state(2))


@pytest.fixture
def panel(store: Store, qtbot: QtBot) -> TrainPanel:
    panel = TrainPanel(store)
    qtbot.addWidget(panel)
    panel.resize(280, 640)
    panel.show()
    return panel


@pytest.fixture
def filled(panel: TrainPanel) -> TrainPanel:
    panel.fill(CONFIG, CATALOGUE, DEVICES)
    return panel


def _text(panel: TrainPanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text()


def _train(panel: TrainPanel) -> QPushButton:
    button = panel.findChild(QPushButton, "train")
    assert button is not None
    return button


def _combo(panel: TrainPanel, name: str) -> QComboBox:
    box = panel.findChild(QComboBox, f"field_{name}")
    assert box is not None
    return box


def _choose(panel: TrainPanel, part: str, value: str) -> None:
    box = _combo(panel, part)
    box.setCurrentIndex(box.findData(value))


def _has_field(panel: TrainPanel, name: str) -> bool:
    return panel.findChild(QWidget, f"field_{name}") is not None


def test_what_is_filled_in_is_what_is_asked_for(filled: TrainPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(filled.train_requested) as requested:
        QTest.mouseClick(_train(filled), LEFT)
    data = CONFIG.data.model_copy(update={"source": "/photos/rings"})
    assert requested.args == [CONFIG.model_copy(update={"data": data})]


def test_until_torch_is_there_it_says_so_and_does_not_train(panel: TrainPanel) -> None:
    assert not _train(panel).isEnabled()
    assert not _has_field(panel, "network")
    panel.fill(CONFIG, CATALOGUE, DEVICES)
    assert _train(panel).isEnabled()
    assert _combo(panel, "network").isVisible()
    panel.set_waiting("Waiting for the model…")
    assert not _train(panel).isEnabled()
    assert not _combo(panel, "network").isVisible()


def test_without_images_it_says_what_is_missing(filled: TrainPanel, store: Store) -> None:
    store.update(images=None)
    assert not _train(filled).isEnabled()
    assert _text(filled, "train_message") == "Open a folder of images to train on."
    assert _text(filled, "images_title") == "No images yet"


def test_one_training_at_a_time(filled: TrainPanel) -> None:
    filled.set_training(True)
    assert not _train(filled).isEnabled()
    assert "under way" in _train(filled).toolTip()
    filled.set_training(False)
    assert _train(filled).isEnabled()


def test_the_images_are_told_of(panel: TrainPanel, qtbot: QtBot) -> None:
    assert _text(panel, "images_title") == "rings"
    assert _text(panel, "images_count") == "20 · 8×8 grey"
    skipped = panel.findChild(QToolButton, "images_skipped")
    assert skipped is not None
    assert skipped.text() == "2 skipped"
    with qtbot.waitSignal(panel.skipped_requested):
        QTest.mouseClick(skipped, LEFT)
    button = panel.findChild(QPushButton, "open_folder")
    assert button is not None
    with qtbot.waitSignal(panel.open_folder_requested):
        QTest.mouseClick(button, LEFT)


def test_settings_are_those_of_the_chosen_part(filled: TrainPanel) -> None:
    _choose(filled, "network", "conv")
    assert not _has_field(filled, "network_hidden")
    assert _has_field(filled, "network_channels")
    config = filled.values()
    assert (config.model.network, config.model.network_settings) == ("conv", {"channels": 32})


def test_the_posterior_follows_from_the_objective(filled: TrainPanel) -> None:
    _choose(filled, "objective", "ae")
    config = filled.values()
    assert (config.objective.name, config.objective.settings, config.model.posterior) == ("ae", {}, "none")


@pytest.mark.parametrize(("objective", "beta", "marked"), [("vae", 1.0, False), ("vae", 4.0, True), ("ae", 1.0, True)])
def test_what_is_no_elbo_is_marked(panel: TrainPanel, objective: str, beta: float, marked: bool) -> None:
    settings = {"beta": beta} if objective == "vae" else {}
    config = CONFIG.model_copy(update={"objective": ObjectiveConfig(name=objective, settings=settings)})
    panel.fill(config, CATALOGUE, DEVICES)
    note = panel.findChild(QLabel, "not_elbo")
    assert note is not None
    assert note.isVisible() is marked
    assert ("neither KL nor ELBO" in note.text()) is (objective == "ae")


def test_a_bad_value_is_told_in_a_sentence_and_keeps_from_training(filled: TrainPanel) -> None:
    line = filled.findChild(QLineEdit, "field_network_hidden")
    assert line is not None
    line.setText("512, many")
    assert "512, many" in _text(filled, "train_message")
    assert not _train(filled).isEnabled()
    with pytest.raises(UserError):
        filled.values()
    line.setText("512, 64")
    assert filled.values().model.network_settings == {"hidden": (512, 64)}


def test_every_field_says_what_it_does(filled: TrainPanel) -> None:
    editors = [child for child in filled.findChildren(QWidget) if child.objectName().startswith("field_")]
    editors = [editor for editor in editors if editor.objectName() != "field_help"]
    assert len(editors) == 15
    for editor in editors:
        assert editor.toolTip(), editor.objectName()
        assert editor.accessibleName(), editor.objectName()


def test_the_help_line_follows_the_mouse(filled: TrainPanel) -> None:
    box = _combo(filled, "network")
    QApplication.sendEvent(box, QEvent(QEvent.Type.Enter))
    assert _text(filled, "field_help") == ModelConfig.model_fields["network"].description


def test_the_settings_unfold(filled: TrainPanel) -> None:
    epochs = filled.findChild(QSpinBox, "field_epochs")
    button = filled.findChild(QToolButton, "fold_settings")
    assert epochs is not None
    assert button is not None
    assert not epochs.isVisible()
    QTest.mouseClick(button, LEFT)
    assert epochs.isVisible()


def test_filling_anew_shows_the_new_values(filled: TrainPanel) -> None:
    filled.fill(RunConfig(data=DataConfig(source="x")), CATALOGUE, DEVICES)
    config = filled.values()
    assert config.training == TrainingConfig()
    assert config.objective.settings == {"beta": 1.0}


def test_a_conditional_model_needs_labels(filled: TrainPanel, store: Store) -> None:
    _choose(filled, "objective", "cvae")
    assert _text(filled, "train_message") == "Conditional on the labels: 3 classes."
    assert filled.values().model.classes == ("red", "green", "blue")
    assert _train(filled).isEnabled()
    images = store.state.images
    assert images is not None
    store.update(images=replace(images, labels=None, label_names=()))
    assert "“CVAE” needs labels, and “rings” has none" in _text(filled, "train_message")
    assert not _train(filled).isEnabled()
    _choose(filled, "objective", "vae")
    assert _text(filled, "train_message") == ""
    assert filled.values().model.classes == ()
    assert _train(filled).isEnabled()


def test_it_is_never_narrower_than_what_it_shows(panel: TrainPanel) -> None:
    before = panel.minimumSizeHint().width()
    panel.fill(CONFIG, CATALOGUE, DEVICES)
    QApplication.processEvents()
    panel.resize(panel.minimumSizeHint())
    QApplication.processEvents()
    assert panel.width() >= before
    for name in ("open_folder", "field_latent_dims"):
        widget = panel.findChild(QWidget, name)
        assert widget is not None
        corner = widget.mapTo(panel, widget.rect().bottomRight())
        assert corner.x() < panel.width()
