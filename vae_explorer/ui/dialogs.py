"""The dialogs: each asks, then hands what was chosen to the session."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from vae_explorer import __version__
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.exporters.base import exporters
from vae_explorer.services.runs import RunSummary
from vae_explorer.services.session import Session
from vae_explorer.ui.import_desk import ImportDesk
from vae_explorer.ui.widgets.convert_dialog import Answer, ConvertDialog
from vae_explorer.ui.widgets.export_dialog import ExportDialog
from vae_explorer.ui.widgets.runs_dialog import RunsDialog
from vae_explorer.ui.widgets.skipped_dialog import SkippedDialog

_IN_FOLDERS = (
    "config.json",
    "model_config.json",
    "specs.json",
    "model_index.json",
    "decoder.onnx",
    "decoder.pt",
    "decoder.pt2",
)
"""Files that stand for the folder that they are in."""

_MODEL_FILES = ("*.safetensors", "*.pt", "*.pth", "*.ckpt", "*.bin", "*.onnx", "*.pt2")


class Dialogs(QObject):
    """Belongs to the window."""

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self.imports = ImportDesk(window, session)

    def open_folder(self) -> None:
        """Ask for a folder of images."""
        path = QFileDialog.getExistingDirectory(self._window, self.tr("Open a folder of images"))
        if path:
            self._session.open_images(path)

    def open_image_file(self) -> None:
        """Ask for an array file."""
        kinds = self.tr("Image arrays (*.npy *.npz *.h5 *.hdf5 *.he5 *-ubyte *-ubyte.gz *.idx *.gz);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open an image array"), "", kinds)
        if path:
            self._session.open_images(path)

    def open_table(self) -> None:
        """Ask for a table that says something of the images."""
        kinds = self.tr("Tables (*.csv *.tsv *.txt);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Colour by a table: a CSV file"), "", kinds)
        if path:
            self._session.tables.open(Path(path))

    def open_model(self) -> None:
        """Ask for a run folder."""
        path = QFileDialog.getExistingDirectory(self._window, self.tr("Open a model: a run folder"))
        if path:
            self._session.open_model(Path(path))

    def open_codes(self) -> None:
        """Ask for a folder of codes, as the command `encode` writes them."""
        path = QFileDialog.getExistingDirectory(self._window, self.tr("Open codes by this model: a folder of them"))
        if path:
            self._session.open_codes(Path(path))

    def import_model(self) -> None:
        """Ask for a model of another library: its file, or one of the files in its folder."""
        kinds = self.tr("Models ({0});;All files (*)").format(" ".join([*_IN_FOLDERS, *_MODEL_FILES]))
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Import a model of another library"), "", kinds)
        if path:
            file = Path(path)
            self.imports.examine(file.parent if file.name in _IN_FOLDERS else file)

    def save_model(self) -> None:
        """Ask for a name to save the model under."""
        path, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save the model as a new folder"), "", options=QFileDialog.Option.DontConfirmOverwrite
        )
        if path:
            self._session.keeping.save_as(Path(path))

    def export_model(self) -> None:
        """Ask for a format and a name, to write the model for other programs."""
        to = ExportDialog.ask(exporters.parts(), self._window)
        if to is None:
            return
        title = self.tr("Export the model as {0}").format(exporters.get(to).title)
        path, _ = QFileDialog.getSaveFileName(self._window, title, "", options=QFileDialog.Option.DontConfirmOverwrite)
        if path:
            suffix = exporters.get(to).suffix
            self._session.keeping.export(to, Path(path if path.endswith(suffix) else path + suffix))

    def show_skipped(self) -> None:
        """List the images that could not be read."""
        images = self._session.store.state.images
        if images is not None:
            SkippedDialog(images.skipped, self._window).show()

    def show_runs(self) -> None:
        """List the runs of this window and of earlier ones."""
        self._session.keeping.list_runs(self._show_runs)

    def ask_to_convert(self, images: ImageSet) -> None:
        """Ask what to do with images that the model doesn't take."""
        model = self._session.store.state.model
        if model is None:
            return
        answer = ConvertDialog.ask(images, model.config.data, self._window)
        if answer is Answer.CONVERT:
            self._session.convert_images(images)
        elif answer is Answer.TRAIN_ANEW:
            self._session.noted.emit(
                self.tr("Train makes a model of “{0}”; until then the plane stays as it is.").format(images.title)
            )
        else:
            self._go_back()

    def _go_back(self) -> None:
        """Let the images be those again whose codes the plane shows."""
        embedding = self._session.store.state.embedding
        if embedding is not None:
            self._session.store.update(images=embedding.images)

    def show_keys(self) -> None:
        """Say what mouse and keys do."""
        QMessageBox.information(self._window, self.tr("Mouse and keys"), self._keys())

    def show_about(self) -> None:
        """Say which program this is."""
        text = self.tr(
            "<b>VAE Explorer {0}</b><p>See what a generative model has learned: train or load an autoencoder, "
            "look at its latent plane, and decode live.</p><p>Python {1}</p>"
        ).format(__version__, sys.version.split()[0])
        QMessageBox.about(self._window, self.tr("About VAE Explorer"), text)

    def _show_runs(self, runs: list[RunSummary]) -> None:
        dialog = RunsDialog(runs, self._window)
        dialog.open_requested.connect(self._session.open_model)
        dialog.resume_requested.connect(self._session.resume_run)
        dialog.show()

    def _keys(self) -> str:
        rows = (
            (self.tr("Click or drag"), self.tr("decode what lies there")),
            (self.tr("Double-click a point"), self.tr("take its code: original beside reconstruction")),
            (self.tr("Wheel"), self.tr("zoom at the cursor")),
            (self.tr("Middle drag, or Space and drag"), self.tr("pan")),
            (self.tr("Shift and drag (Ctrl: more, Alt: less)"), self.tr("select images; Escape selects nothing")),
            (self.tr("Arrow keys (Shift: larger)"), self.tr("nudge the probe")),
            (self.tr("Home"), self.tr("show all the data")),
            (self.tr("Double-click a knob"), self.tr("back to 0")),
            (self.tr("Click in the legend"), self.tr("switch a category off or on; double-click: see it alone")),
            (self.tr("Ctrl+O, or drop a folder"), self.tr("open your own images")),
            (self.tr("Ctrl+T, Ctrl+P, Ctrl+."), self.tr("train, pause or go on, stop")),
            (self.tr("Ctrl+S"), self.tr("save the model as a new folder")),
            (self.tr("Ctrl+R"), self.tr("list the runs, to open or resume one")),
        )
        return (
            "<table>" + "".join(f"<tr><td><b>{a}</b>&nbsp;&nbsp;</td><td>{b}</td></tr>" for a, b in rows) + "</table>"
        )
