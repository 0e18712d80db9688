"""How good the model is on the images at hand, in figures that can be taken along."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from vae_explorer.core.data.base import ImageSet, printable
from vae_explorer.core.metrics.base import Result, Row
from vae_explorer.services.metrics import Measurement, MetricsService, as_json, as_text
from vae_explorer.services.session import Session
from vae_explorer.services.state import AppState
from vae_explorer.ui import theme
from vae_explorer.ui.tools.base import Tool, tools
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.labels import ElidedLabel, label
from vae_explorer.ui.widgets.metric_table import MetricTable


class SaveMetricsDialog:
    """Asks for a file name."""

    @classmethod
    def ask(cls, parent: QWidget, suggested: str) -> Path | None:
        """Return the chosen file, with a suffix; None when the person changed their mind."""
        title = QCoreApplication.translate("SaveMetricsDialog", "Save metrics")
        name, _ = QFileDialog.getSaveFileName(parent, title, suggested, "JSON (*.json)")
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(".json")


@tools.register
class Metrics(Tool):
    """Measures when it is asked to, and says when what it shows is no longer of the model on show."""

    name = "metrics"
    title = "Metrics"
    summary = "Measure the model on the images at hand: likelihood, codes, true factors, and what a code is good for."
    shortcut = "Ctrl+M"
    preferred_width = 560

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.service = MetricsService(self)
        self.table = MetricTable()
        self._results: list[Result] = []
        self._of: Measurement | None = None
        self._is_stale = False
        self._heading = ElidedLabel(role="heading")
        self._says = label(self.tr("The model or its images have changed since. Compute again."), "warning")
        self._details = label("", "muted")
        self._intro = label(self._words(), "muted")
        self._bar = QProgressBar()
        self._make_buttons()
        self._lay_out()
        self._connect()
        self._on_row_chosen(None)
        self._show()

    @property
    def says(self) -> str:
        """The line above the table: what is measured, or was."""
        return self._heading.text()

    @property
    def is_stale(self) -> bool:
        """Whether what it shows is of another model, other weights or other images than those on show."""
        return self._is_stale

    @property
    def details(self) -> str:
        """What is told of the row that is selected."""
        return self._details.text()

    def shut_down(self) -> None:
        """Give up what is under way."""
        self.service.close()

    def _make_buttons(self) -> None:
        tr = self.tr
        self.compute = push_button(
            tr("Compute"), tr("Measure the model on the images at hand"), "metrics_compute", primary=True
        )
        self.cancel = push_button(tr("Cancel"), tr("Keep what is measured so far"), "metrics_cancel")
        self.copy_text = push_button(tr("Copy text"), tr("Copy all rows, with tabs between"), "metrics_copy_text")
        self.copy_json = push_button(tr("Copy JSON"), tr("Copy what evaluate --json tells"), "metrics_copy_json")
        self.save = push_button(tr("Save JSON…"), tr("Save what evaluate --json tells"), "metrics_save")

    def _lay_out(self) -> None:
        for words in (self._says, self._intro, self._details):
            words.setWordWrap(True)
        self._says.setObjectName("metrics_says")
        self._details.setObjectName("metrics_details")
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        head, foot = QHBoxLayout(), QHBoxLayout()
        for widget, stretch in ((self.compute, 0), (self.cancel, 0), (self._bar, 1)):
            head.addWidget(widget, stretch)
        head.addStretch(0)
        foot.addStretch(1)
        for button in (self.copy_text, self.copy_json, self.save):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(head)
        column.addWidget(self._heading)
        column.addWidget(self._says)
        column.addWidget(self._intro)
        column.addWidget(self.table, stretch=1)
        column.addWidget(self._details)
        column.addStretch(0)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.compute.clicked.connect(self._on_compute)
        self.cancel.clicked.connect(self._on_cancel)
        self.copy_text.clicked.connect(self._on_copy_text)
        self.copy_json.clicked.connect(self._on_copy_json)
        self.save.clicked.connect(self._on_save)
        self.table.row_chosen.connect(self._on_row_chosen)
        self.service.measured.connect(self._on_measured)
        self.service.progressed.connect(self._on_progressed)
        self.service.ended.connect(self._on_ended)
        self.service.failed.connect(self.failed)
        self.session.store.changed.connect(self._on_changed)
        self.session.decoding.weights_changed.connect(self._on_weights_changed)

    # What the person does

    def _on_compute(self) -> None:
        loaded, images = self.session.loaded, self._images()
        if loaded is None or images is None or self.service.running:
            return
        self._results = []
        self._of = _measurement(self.session.store.state, images)
        self._is_stale = False
        self.service.start(loaded.measurer(), images)
        self._show()

    def _on_cancel(self) -> None:
        self.service.cancel()
        self.cancel.setEnabled(False)
        self._heading.setText(self.tr("Stopping…"))

    def _on_copy_text(self) -> None:
        if self._of is not None:
            QGuiApplication.clipboard().setText(as_text(self._of, self._results))
            self.noted.emit(self.tr("Copied the metrics as text"))

    def _on_copy_json(self) -> None:
        if self._of is not None:
            QGuiApplication.clipboard().setText(as_json(self._of, self._results))
            self.noted.emit(self.tr("Copied the metrics as JSON"))

    def _on_save(self) -> None:
        path = SaveMetricsDialog.ask(self, "metrics.json") if self._of is not None else None
        if path is None or self._of is None:
            return
        try:
            path.write_text(as_json(self._of, self._results) + "\n", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            self.failed.emit(self.tr("The metrics could not be saved to {0}: {1}.").format(path, reason))
        else:
            self.noted.emit(self.tr("Saved to {0}").format(path))

    def _on_row_chosen(self, row: Row | None) -> None:
        hint = self.tr("Select a row to read what it means and how it was measured.")
        self._details.setText(hint if row is None else f"{row.title}: {row.value}\n{row.meaning}")

    # What happens

    def _on_measured(self, result: Result) -> None:
        self._results.append(result)
        self._intro.hide()
        self.table.show()
        self._details.show()
        self.table.show_results(self._results)

    def _on_progressed(self, title: str, share: float) -> None:
        self._bar.setValue(round(1000 * share))
        if self.cancel.isEnabled():
            self._heading.setText(self.tr("Measuring: {0}").format(title))

    def _on_ended(self, _complete: bool) -> None:
        self._show()

    def _on_changed(self, old: AppState, new: AppState) -> None:
        if (new.model, new.images, new.embedding) != (old.model, old.images, old.embedding):
            self._show_whether_it_holds(changed=self._of != _measurement(new, self._images()))

    def _on_weights_changed(self, _generation: int) -> None:
        self._show_whether_it_holds(changed=True)

    # What is seen

    def _images(self) -> ImageSet | None:
        """The images that the model has encoded, or will."""
        state = self.session.store.state
        return state.images if state.embedding is None else state.embedding.images

    def _show_whether_it_holds(self, *, changed: bool) -> None:
        self._is_stale = self._of is not None and (self._is_stale or changed)
        self._says.setVisible(self._is_stale)
        self.compute.setEnabled(self.session.store.state.model is not None and self._images() is not None)
        if self._of is None:
            self._heading.setText(self._title())

    def _show(self) -> None:
        running = self.service.running
        self.compute.setVisible(not running)
        self.cancel.setVisible(running)
        self._bar.setVisible(running)
        self.cancel.setEnabled(True)
        self._bar.setValue(0)
        self._heading.setText(self.tr("Measuring…") if running else self._title())
        for button in (self.copy_text, self.copy_json, self.save):
            button.setEnabled(bool(self._results) and not running)
        self.table.show_results(self._results)
        self._intro.setVisible(not self._results)
        self.table.setVisible(bool(self._results))
        self._details.setVisible(bool(self._results))
        self._show_whether_it_holds(changed=False)

    def _title(self) -> str:
        if self._of is not None:
            return self.tr("{0} on {1}").format(self._of.model, self._of.images)
        if self.session.store.state.model is None:
            return self.tr("Open a model to measure it.")
        return self.tr("Nothing is measured yet.")

    def _words(self) -> str:
        return self.tr(
            "Likelihood: the ELBO and its parts, and importance sampling.\n"
            "Codes: what they tell of images, and how far they are from the prior.\n"
            "True factors, where images have any: MIG, SAP, DCI, FactorVAE score.\n"
            "The code at work: telling classes apart, storing images."
        )


def _measurement(state: AppState, images: ImageSet | None) -> Measurement | None:
    """Put into words what is on show."""
    if state.model is None or images is None:
        return None
    run = "" if state.model.run is None else printable(str(state.model.run))
    return Measurement(state.model.title, images.title, run, printable(images.source))
