"""The window: panes in their places, wired to the session."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from vae_explorer.core.data.base import Progress, printable
from vae_explorer.core.latent.plane import Lifted
from vae_explorer.services.decoding import Decoded
from vae_explorer.services.mosaic import Tiles
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui.actions import Actions
from vae_explorer.ui.dialogs import Dialogs
from vae_explorer.ui.docks import Docks
from vae_explorer.ui.signposts import Signposts
from vae_explorer.ui.toolbox import Toolbox
from vae_explorer.ui.training_desk import TrainingDesk
from vae_explorer.ui.training_setup import TrainingSetup
from vae_explorer.ui.travel import Travel
from vae_explorer.ui.views.image_pane import ImagePane
from vae_explorer.ui.views.knobs import Knobs
from vae_explorer.ui.views.plane import PlaneView
from vae_explorer.ui.views.train_panel import TrainPanel
from vae_explorer.ui.widgets.busy import Busy
from vae_explorer.ui.widgets.counts import count_text
from vae_explorer.ui.widgets.hint import Hint
from vae_explorer.ui.widgets.notice import Notice
from vae_explorer.ui.widgets.reading import ReadingBar


class MainWindow(QMainWindow):
    """Makes the panes, places them, and connects them with the session: what it shows is all theirs."""

    painted = Signal()
    """The window has been drawn for the first time."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        store = session.store
        self.plane = PlaneView(store)
        self.image_pane = ImagePane(store)
        self.knobs = Knobs(store)
        self.train_panel = TrainPanel(store)
        self.setup = TrainingSetup(session, self.train_panel, self)
        self.desk = TrainingDesk(session, self)
        self.notice = Notice()
        self.reading = ReadingBar()
        self.signposts = Signposts(session, self, self.plane)
        self.busy = Busy(self.plane)
        self.actions_ = Actions(self)
        self.travel = Travel(session, self.actions_, self)
        self.dialogs = Dialogs(self, session)
        self._was_painted = False
        self._place()
        self.toolbox = Toolbox(self, session, self.docks.right)
        self._connect_panes()
        self._connect_session()
        self._connect_actions()
        self._show_recent()

    # Layout

    def _place(self) -> None:
        self.setCentralWidget(self._centre())
        self.docks = Docks(
            self, settings=self.train_panel, image=self.image_pane, knobs=self.knobs, training=self.desk.panes
        )
        self.actions_.view.addActions(self.docks.toggles)
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.desk.strip, 1)
        self.resize(1280, 800)

    def _centre(self) -> QWidget:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.reading)
        column.addWidget(self.plane, 1)
        dismissed = self.session.settings.values.hint_dismissed
        self._hint = None if dismissed else Hint(self.plane)
        return centre

    # Wiring

    def _connect_panes(self) -> None:
        session, store = self.session, self.session.store
        self.plane.tiles_wanted.connect(
            lambda request, codes: session.mosaic.request(request, codes, self.plane.mosaic_epoch, request.in_sight)
        )
        self.plane.support_wanted.connect(self._on_support_wanted)
        self.plane.cloud_wanted.connect(session.clouds.make)
        self.plane.selection_wanted.connect(session.selecting.select_by)
        self.plane.sorting.connect(self._on_sorting)
        self.plane.colours_wanted.connect(session.colouring.refresh)
        self.plane.table_wanted.connect(self.dialogs.open_table)
        self.knobs.films_wanted.connect(lambda request, codes: session.films.request(request, codes, 0))
        for pane in (self.image_pane, self.plane):
            pane.image_hovered.connect(session.image_pointed)
        session.image_pointed.connect(self.plane.highlight)
        self.image_pane.image_chosen.connect(session.go_to_image)
        self.image_pane.failed.connect(self.notice.show_problem)
        self.image_pane.noted.connect(self.notice.show_note)
        self.train_panel.open_folder_requested.connect(self.dialogs.open_folder)
        self.train_panel.skipped_requested.connect(self.dialogs.show_skipped)
        for part in (self.toolbox, self.travel):
            part.failed.connect(self.notice.show_problem)
            part.noted.connect(self.notice.show_note)
        self.setup.failed.connect(self.notice.show_problem)
        self.reading.cancel_requested.connect(session.dataset.cancel)
        if self._hint is not None:
            self._hint.dismissed.connect(lambda: session.settings.update(hint_dismissed=True))
        store.changed.connect(self._on_state_changed)

    def _connect_session(self) -> None:
        session = self.session
        session.ready.connect(self._on_ready)
        session.image_decoded.connect(self._on_image_decoded)
        session.mosaic.decoded.connect(self._on_tiles)
        session.mosaic.outdated.connect(self.plane.refresh_tiles)
        session.clouds.made.connect(self.plane.show_cloud)
        session.films.decoded.connect(lambda tiles: self.knobs.show_films(tiles.request, tiles.first, tiles.pixels))
        session.films.outdated.connect(self.knobs.refresh_films)
        session.colouring.progressed.connect(self.plane.show_colouring_progress)
        session.nearby.found.connect(self.image_pane.show_nearby)
        session.model_opened.connect(self._on_model_opened)
        # Queued: what else the window does with images that were read, it does before it asks.
        session.shape_mismatched.connect(self.dialogs.ask_to_convert, Qt.ConnectionType.QueuedConnection)
        session.training_started.connect(self._on_training_started)
        session.training_ended.connect(self._on_training_ended)
        session.training_failed.connect(self._on_training_failed)
        self.desk.watching_began.connect(self.docks.show_training)
        session.failed.connect(self.notice.show_problem)
        session.noted.connect(self.notice.show_note)
        session.selecting.busy.connect(lambda words: self.busy.say("selecting", words))
        session.codes.awaited.connect(self._on_codes_awaited)
        session.embedding.progressed.connect(self._on_encoding)
        session.dataset.started.connect(self._on_reading_started)
        session.dataset.progressed.connect(self.reading.show_progress)
        for over in (session.dataset.opened, session.dataset.cancelled, session.dataset.failed):
            over.connect(lambda *_: self.reading.finish())
        session.dataset.opened.connect(self._show_recent)

    def _connect_actions(self) -> None:
        actions, session, dialogs = self.actions_, self.session, self.dialogs
        actions.images_wanted.connect(dialogs.open_folder)
        actions.image_file_wanted.connect(dialogs.open_image_file)
        actions.sample_wanted.connect(session.open_sample)
        actions.table_wanted.connect(dialogs.open_table)
        actions.model_wanted.connect(dialogs.open_model)
        actions.codes_wanted.connect(dialogs.open_codes)
        actions.import_wanted.connect(dialogs.import_model)
        actions.save_wanted.connect(dialogs.save_model)
        actions.export_wanted.connect(dialogs.export_model)
        actions.runs_wanted.connect(dialogs.show_runs)
        actions.recent_images_chosen.connect(session.open_images)
        actions.recent_model_chosen.connect(lambda path: session.open_model(Path(path)))
        actions.train_wanted.connect(self.setup.train)
        actions.pause_wanted.connect(self.desk.toggle_pause)
        actions.stop_wanted.connect(session.training.stop)
        actions.home_wanted.connect(lambda: session.store.update(view=None))
        actions.zoom_wanted.connect(self.plane.zoom)
        actions.skipped_wanted.connect(dialogs.show_skipped)
        actions.keys_wanted.connect(dialogs.show_keys)
        actions.about_wanted.connect(dialogs.show_about)
        actions.quit_wanted.connect(self.close)
        actions.edit.addActions([
            self.image_pane.copy_image_action, self.image_pane.copy_code_action, self.image_pane.save_image_action,
        ])  # fmt: skip
        actions.view.addSeparator()
        actions.view.addAction(self.image_pane.smooth_action)
        actions.set_ready(ready=False)

    # What the session says

    def _on_ready(self) -> None:
        # Not before: the first painted window doesn't wait for tools that have nothing to show yet.
        QTimer.singleShot(0, self, self._offer_tools)
        self.actions_.set_ready(ready=True)

    def _offer_tools(self) -> None:
        self.toolbox.fill_menu(self.actions_.tools)

    def _on_reading_started(self, spec: str) -> None:
        self.notice.clear()
        self.reading.start(spec)

    def _on_model_opened(self) -> None:
        self.notice.clear()
        self._show_recent()

    def _on_image_decoded(self, decoded: Decoded) -> None:
        code = tuple(decoded.codes[0].tolist())
        self.image_pane.show_decoded(decoded.pixels[0], code, decoded.milliseconds)

    def _on_tiles(self, tiles: Tiles) -> None:
        self.plane.show_tiles(tiles.request, tiles.first, tiles.pixels, tiles.epoch)  # type: ignore[arg-type]

    def _on_sorting(self, count: int) -> None:
        self.busy.say("sorting", self.tr("Sorting {0} points…").format(count_text(count)) if count else "")

    def _on_codes_awaited(self, count: int) -> None:
        self.busy.say("codes", self.tr("Reading {0} codes…").format(count_text(count)) if count else "")

    def _on_encoding(self, progress: Progress | None) -> None:
        words = ""
        if progress is not None:
            done, total = count_text(progress.done), count_text(progress.total)
            words = self.tr("Encoding {0} of {1} images…").format(done, total)
        self.busy.say("encoding", words)

    def _on_support_wanted(self, request: object, codes: Lifted) -> None:
        self.session.nearby.ask_support(
            codes,
            lambda support: self.plane.show_support(request, support),  # type: ignore[arg-type]
        )

    # Training

    def _on_training_started(self) -> None:
        self.notice.clear()
        self.docks.show_training()
        if self._hint is not None:
            self._hint.hide()
        self._show_training(running=True)

    def _on_training_ended(self) -> None:
        self._show_training(running=False)
        self._show_recent()

    def _on_training_failed(self, message: str) -> None:
        self.notice.show_problem(message)
        self._show_training(running=False)

    def _show_training(self, *, running: bool) -> None:
        self.actions_.set_training(running=running, can_train=self.session.store.state.images is not None)

    # State

    def _on_state_changed(self, old: AppState, new: AppState) -> None:
        if new.images is not old.images:
            self.actions_.skipped.setEnabled(bool(new.images and new.images.skipped))
            self._show_training(running=self.session.training.running)
        if new.model is not old.model:
            self.docks.make_room_for_knobs(len(new.offered_dims) + bool(new.model and new.model.classes))
            self.actions_.set_model(there=new.model is not None)

    def _show_recent(self) -> None:
        values = self.session.settings.values
        self.actions_.show_recent(values.recent_images, values.recent_models)

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell when the first frame is out: only then may torch be imported."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a folder or a file."""
        if self.session.engine is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped: a run folder as a model, anything else as images."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.session.open_path(Path(paths[0]))
            if len(paths) > 1:
                words = self.tr("One at a time: {0} is opened, {1} more are not.")
                self.notice.show_note(words.format(printable(Path(paths[0]).name), len(paths) - 1))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save and end everything; the run under way can be resumed from the list of runs."""
        self.toolbox.shut_down()
        self.travel.shut_down()
        self.setup.shut_down()
        self.session.close()
        event.accept()
