"""The menus: every action by name, with its shortcut and what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from vae_explorer.core.data.base import printable
from vae_explorer.services.state import TILE_PX


class Actions(QObject):
    """Makes the menus of a window and signals what is chosen."""

    images_wanted = Signal()
    image_file_wanted = Signal()
    sample_wanted = Signal(str)
    """The name of a model that comes with the program."""
    model_wanted = Signal()
    codes_wanted = Signal()
    import_wanted = Signal()
    save_wanted = Signal()
    runs_wanted = Signal()
    export_wanted = Signal()
    undo_wanted = Signal()
    redo_wanted = Signal()
    recent_images_chosen = Signal(str)
    recent_model_chosen = Signal(str)
    train_wanted = Signal()
    pause_wanted = Signal()
    stop_wanted = Signal()
    home_wanted = Signal()
    zoom_wanted = Signal(float)
    tile_px_chosen = Signal(int)
    """How large the mosaic's images are to be on screen at least."""
    pin_wanted = Signal()
    dims_wanted = Signal()
    principal_wanted = Signal()
    umap_wanted = Signal()
    table_wanted = Signal()
    skipped_wanted = Signal()
    keys_wanted = Signal()
    about_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        bar = window.menuBar()
        self._tile_sizes: dict[int, QAction] = {}
        self.file = bar.addMenu(self.tr("&File"))
        self.edit = bar.addMenu(self.tr("&Edit"))
        self.view = bar.addMenu(self.tr("&View"))
        self.model = bar.addMenu(self.tr("&Model"))
        self.plane = bar.addMenu(self.tr("&Plane"))
        self.tools = bar.addMenu(self.tr("&Tools"))
        self.tools.setEnabled(False)  # until there is something in it
        self.help = bar.addMenu(self.tr("&Help"))
        self._make_file_menu()
        self._make_edit_menu()
        self._make_model_menu()
        self._make_plane_menu()
        self._make_help_menu()

    def show_recent(self, images: Sequence[str], models: Sequence[str]) -> None:
        """Fill the two recent lists."""
        _fill(self._recent_images, images, self.recent_images_chosen.emit, self.tr("None yet"))
        _fill(self._recent_models, models, self.recent_model_chosen.emit, self.tr("None yet"))

    def set_ready(self, *, ready: bool) -> None:
        """Enable what needs torch."""
        for action in self._need_torch:
            action.setEnabled(ready)

    def set_model(self, *, there: bool) -> None:
        """Enable what needs a model."""
        for action in (self.save, self.codes, self.export, self.pin, self.dims, self.principal, self.umap, self.table):
            action.setEnabled(there)

    def show_undo(self, undo: str | None, redo: str | None) -> None:
        """Say what would be undone and done again; None where there is nothing."""
        for action, verb, words in ((self.undo, self.tr("&Undo"), undo), (self.redo, self.tr("&Redo"), redo)):
            action.setText(verb if words is None else f"{verb}: {words}")
            action.setEnabled(words is not None)

    def set_training(self, *, running: bool, can_train: bool) -> None:
        """Enable what goes with training."""
        self.train.setEnabled(can_train and not running)
        self.pause.setEnabled(running)
        self.stop.setEnabled(running)

    def _make_file_menu(self) -> None:
        keys = QKeySequence.StandardKey
        folder = self._add(self.file, self.tr("&Open folder of images…"), self.images_wanted.emit, keys.Open)
        file = self._add(self.file, self.tr("Open image &array (npy, npz, HDF5, idx)…"), self.image_file_wanted.emit)
        self._recent_images = self.file.addMenu(self.tr("Recent &images"))
        sample = self._add_samples()
        self.file.addSeparator()
        model = self._add(self.file, self.tr("Open &model…"), self.model_wanted.emit, "Ctrl+Shift+O")
        foreign = self._add(self.file, self.tr("I&mport a model of another library…"), self.import_wanted.emit)
        self._recent_models = self.file.addMenu(self.tr("Recent m&odels"))
        self.save = self._add(self.file, self.tr("&Save model as…"), self.save_wanted.emit, keys.Save)
        self.codes = self._add(self.file, self.tr("Open &codes of very many images…"), self.codes_wanted.emit)
        self.codes.setEnabled(False)
        self.file.addSeparator()
        self.skipped = self._add(self.file, self.tr("Images that were s&kipped…"), self.skipped_wanted.emit)
        self.skipped.setEnabled(False)
        self.file.addSeparator()
        self._add(self.file, self.tr("&Quit"), self.quit_wanted.emit, "Ctrl+Q")
        recent = (self._recent_images, self._recent_models)
        self._need_torch = [folder, file, sample, model, foreign, *(menu.menuAction() for menu in recent)]
        self.save.setEnabled(False)

    def _add_samples(self) -> QAction:
        """Offer the models that come with the program, and the sample that has none."""
        menu = self.file.addMenu(self.tr("Samp&les"))
        for text, name in (
            (self.tr("&Digits, two dimensions"), "digits-2d"),
            (self.tr("Digits, &ten dimensions"), "digits-10d"),
            (self.tr("&Faces, ten dimensions"), "faces-10d"),
        ):
            self._add(menu, text, partial(self.sample_wanted.emit, name))
        self._add(menu, self.tr("&Shapes, to train on"), lambda: self.recent_images_chosen.emit("sample:shapes"))
        return menu.menuAction()

    def _make_edit_menu(self) -> None:
        keys = QKeySequence.StandardKey
        self.undo = self._add(self.edit, self.tr("&Undo"), self.undo_wanted.emit, keys.Undo)
        self.redo = self._add(self.edit, self.tr("&Redo"), self.redo_wanted.emit, "Ctrl+Shift+Z")
        self.edit.addSeparator()
        self.show_undo(None, None)

    def _make_model_menu(self) -> None:
        self.train = self._add(self.model, self.tr("&Train"), self.train_wanted.emit, "Ctrl+T")
        self.pause = self._add(self.model, self.tr("&Pause or go on"), self.pause_wanted.emit, "Ctrl+P")
        self.stop = self._add(self.model, self.tr("&Stop, keeping the model"), self.stop_wanted.emit, "Ctrl+.")
        self.model.addSeparator()
        runs = self._add(self.model, self.tr("&Runs…"), self.runs_wanted.emit, "Ctrl+R")
        self.export = self._add(self.model, self.tr("&Export…"), self.export_wanted.emit, "Ctrl+E")
        self.export.setEnabled(False)
        self._need_torch.append(runs)
        self.set_training(running=False, can_train=False)

    def _make_plane_menu(self) -> None:
        self._add(self.plane, self.tr("Show &all the data"), self.home_wanted.emit, "Home")
        self._add(self.plane, self.tr("Zoom &in"), lambda: self.zoom_wanted.emit(1.5), QKeySequence.StandardKey.ZoomIn)
        self._add(
            self.plane, self.tr("Zoom &out"), lambda: self.zoom_wanted.emit(1 / 1.5), QKeySequence.StandardKey.ZoomOut
        )

        self._add_tile_sizes()
        self.plane.addSeparator()
        self.dims = self._add(self.plane, self.tr("Lie along two &dimensions"), self.dims_wanted.emit)
        self.principal = self._add(
            self.plane, self.tr("Lie along the p&rincipal components"), self.principal_wanted.emit
        )
        self.umap = self._add(self.plane, self.tr("Lay codes out by &UMAP"), self.umap_wanted.emit)
        self.plane.addSeparator()
        self.table = self._add(self.plane, self.tr("&Colour by a table (CSV)…"), self.table_wanted.emit)
        self.plane.addSeparator()
        self.pin = self._add(self.plane, self.tr("&Pin this place"), self.pin_wanted.emit, "Ctrl+D")
        for action in (self.pin, self.dims, self.principal, self.umap, self.table):
            action.setEnabled(False)

    def _add_tile_sizes(self) -> None:
        menu, group = self.plane.addMenu(self.tr("Ima&ges of the map")), QActionGroup(self)
        words = (self.tr("&Small"), self.tr("&Middling"), self.tr("&Large"))
        for tile_px, text in zip(TILE_PX, words, strict=True):
            says = self.tr("{0}, {1} to {2} pixels").format(text, tile_px, 2 * tile_px)
            action = self._add(menu, says, partial(self.tile_px_chosen.emit, tile_px))
            action.setCheckable(True)
            action.setActionGroup(group)
            self._tile_sizes[tile_px] = action

    def show_tile_px(self, tile_px: int) -> None:
        """Mark how large the mosaic's images are."""
        if tile_px in self._tile_sizes:
            self._tile_sizes[tile_px].setChecked(True)

    def _make_help_menu(self) -> None:
        self._add(self.help, self.tr("Mouse and &keys"), self.keys_wanted.emit, QKeySequence.StandardKey.HelpContents)
        self._add(self.help, self.tr("&About VAE Explorer"), self.about_wanted.emit)

    def _add(
        self,
        menu: QMenu,
        text: str,
        triggered: Callable[[], object],
        shortcut: str | QKeySequence.StandardKey | None = None,
    ) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: triggered())
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        return action


def _fill(menu: QMenu, entries: Sequence[str], choose: Callable[[str], object], none: str) -> None:
    menu.clear()
    for entry in entries:
        name = entry if entry.startswith("sample:") else f"{Path(entry).name}   ({Path(entry).parent})"
        action = menu.addAction(printable(name).replace("&", "&&"))
        action.triggered.connect(lambda _checked=False, entry=entry: choose(entry))
    if not entries:
        menu.addAction(none).setEnabled(False)
