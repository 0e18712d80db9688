"""The strip that says how training is getting on, with its brakes."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from vae_explorer.core.config import RunConfig
from vae_explorer.core.progress import TrainResult, TrainStep
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.counts import count_text, duration_text, rate_text
from vae_explorer.ui.widgets.labels import ElidedLabel, label, set_role
from vae_explorer.ui.widgets.pace import Pace

if TYPE_CHECKING:
    from vae_explorer.core.presence import Beat
    from vae_explorer.core.run_folder import RunStatus
    from vae_explorer.core.watching import Glimpse

NEWS_MS: Final = 400
"""Nobody reads more often than this how far training is, and each change takes some of its time."""

_PARTS: Final = 1000
"""Steps of the progress bar."""


class Phase(Enum):
    """What training is doing, as far as the person is concerned."""

    IDLE = auto()
    STARTING = auto()
    RUNNING = auto()
    PAUSING = auto()
    PAUSED = auto()
    STOPPING = auto()
    FINISHED = auto()
    STOPPED = auto()
    FAILED = auto()
    WATCHING = auto()
    """Another process trains the model on show."""
    WATCHING_PAUSED = auto()
    SILENT = auto()
    """Another process trained it, and hasn't been heard of for a while."""
    LOST = auto()
    """What another process does to it can't be seen."""
    STOPPED_ELSEWHERE = auto()


_ACTIVE: Final = {Phase.STARTING, Phase.RUNNING, Phase.PAUSING, Phase.PAUSED, Phase.STOPPING}
_WATCHED: Final = {Phase.WATCHING, Phase.WATCHING_PAUSED, Phase.SILENT, Phase.LOST}


class TrainingStrip(QWidget):
    """Is told what happens through its slots, and answers every press at once with what is being done about it."""

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    go_on_requested = Signal()
    """The training that was stopped last is to go on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phase = Phase.IDLE
        self.setObjectName("training_strip")
        self._state = label("")
        self._bar = QProgressBar()
        self._detail = ElidedLabel(role="muted")
        self._pause = push_button(self.tr("Pause"), self.tr("Pause training; it goes on where it stood"), "pause")
        self._stop = push_button(self.tr("Stop"), self.tr("End training and keep what was learned"), "stop")
        self._step: TrainStep | None = None
        """The newest, where it isn't shown yet."""
        self._pace = Pace(self, NEWS_MS)
        self._pace.due.connect(self._show_step)
        self._lay_out()
        self._pause.clicked.connect(self._on_pause)
        self._stop.clicked.connect(self._on_stop)
        self._set_phase(Phase.IDLE)

    @property
    def phase(self) -> Phase:
        """What training is doing."""
        return self._phase

    @property
    def is_watching(self) -> bool:
        """Whether it tells of a training of another process that is under way, as far as is known."""
        return self._phase in _WATCHED

    def reset(self) -> None:
        """Tell nothing: another model is shown than the one that was trained."""
        self._set_phase(Phase.IDLE)

    def on_started(self, config: RunConfig) -> None:
        """Training was asked for; its first step is still to come."""
        self._bar.setValue(0)
        self._tell(self.tr("{0} epochs").format(config.training.epochs))
        self._set_phase(Phase.STARTING)

    def on_step(self, step: TrainStep) -> None:
        """Training has moved on."""
        if self._phase in (Phase.IDLE, Phase.STARTING):
            self._pace.forget()
            self._set_phase(Phase.RUNNING)
        self._step = step
        self._pace.ask()

    def on_paused(self, paused: bool) -> None:
        """Training was paused, or goes on."""
        self._show_step()
        if self._phase in _ACTIVE - {Phase.STOPPING}:
            self._set_phase(Phase.PAUSED if paused else Phase.RUNNING)

    def on_finished(self, result: TrainResult) -> None:
        """Training has ended."""
        if result.finished:
            self._bar.setValue(_PARTS)
        epochs = self.tr("after {0} epochs").format(result.epoch)
        resumable = "" if result.finished else self.tr(" · it can be resumed")
        self._tell(result.warning or epochs + resumable, warns=result.warning is not None)
        self._set_phase(Phase.FINISHED if result.finished else Phase.STOPPED)

    def on_failed(self, message: str) -> None:
        """Training could not go on."""
        self._tell(message, warns=True)
        self._set_phase(Phase.FAILED)

    def on_glimpsed(self, glimpse: Glimpse) -> None:
        """The run of the model on show was looked at: another process may train it, or have ended just now."""
        beat = glimpse.beat
        if beat is None or (self._phase not in _WATCHED and not glimpse.is_live):
            return
        self._bar.setValue(round(_PARTS * beat.step / max(beat.total_steps, 1)))
        if glimpse.state == "resting":
            self._tell(self._end_elsewhere(glimpse.status, beat))
            self._set_phase(Phase.FINISHED if glimpse.status.state == "finished" else Phase.STOPPED_ELSEWHERE)
        elif glimpse.state == "silent":
            self._tell(self.tr("nothing is heard of {0} any more; it may have ended").format(beat.where), warns=True)
            self._set_phase(Phase.SILENT)
        else:
            self._tell(self._progress_elsewhere(beat))
            self._set_phase(Phase.WATCHING_PAUSED if beat.paused else Phase.WATCHING)

    def on_lost(self, message: str) -> None:
        """What another process trains can't be followed for now."""
        if self._phase in _WATCHED:
            self._tell(message, warns=True)
            self._set_phase(Phase.LOST)

    def _end_elsewhere(self, status: RunStatus, beat: Beat) -> str:
        words = self.tr("on {0} · after {1} epochs").format(beat.where, status.epoch)
        return words if status.state != "resumable" else words + self.tr(" · it can be resumed")

    def _progress_elsewhere(self, beat: Beat) -> str:
        if not beat.total_steps:
            return self.tr("on {0} · starting").format(beat.where)
        parts = [
            self.tr("on {0}").format(beat.where),
            self.tr("epoch {0}/{1}").format(beat.epoch, beat.epochs),
            self.tr("step {0}").format(count_text(beat.step)),
        ]
        if beat.remaining_s is not None:
            parts.append(self.tr("{0} left").format(duration_text(beat.remaining_s)))
        parts.append(self.tr("{0} images/s").format(rate_text(beat.images_per_s)))
        return " · ".join(parts)

    def _progress(self, step: TrainStep) -> str:
        parts = [self.tr("Epoch {0}/{1}").format(step.epoch, step.epochs)]
        if step.remaining_s is not None:
            parts.append(self.tr("{0} left").format(duration_text(step.remaining_s)))
        parts.append(self.tr("{0} images/s").format(rate_text(step.images_per_s)))
        return " · ".join(parts)

    def _show_step(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            self._bar.setValue(round(_PARTS * step.step / max(step.total_steps, 1)))
            self._tell(self._progress(step))

    def _tell(self, text: str, *, warns: bool = False) -> None:
        self._detail.setText(text)
        set_role(self._detail, "warning" if warns else "muted")

    def _lay_out(self) -> None:
        self._state.setObjectName("training_state")
        self._state.setMinimumWidth(9 * theme.GRID)
        self._detail.setObjectName("training_detail")
        self._bar.setObjectName("training_progress")
        self._bar.setAccessibleName(self.tr("Training progress"))
        self._bar.setRange(0, _PARTS)
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(12 * theme.GRID)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pause.setMinimumWidth(10 * theme.GRID)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GRID, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        row.setSpacing(theme.GRID)
        row.addWidget(self._state)
        row.addWidget(self._bar, stretch=2)
        row.addWidget(self._detail, stretch=3)
        row.addWidget(self._pause)
        row.addWidget(self._stop)

    def _set_phase(self, phase: Phase) -> None:
        self._phase = phase
        self._step = None  # what is told of the new phase stays
        self._state.setText(self._name(phase))
        active = phase in _ACTIVE
        self.setVisible(phase is not Phase.IDLE)
        self._bar.setVisible(active or phase in _WATCHED)
        self._pause.setVisible(active or phase is Phase.STOPPED)
        self._stop.setVisible(active)
        goes_on = phase in (Phase.PAUSED, Phase.STOPPED)
        self._pause.setText(self.tr("Resume") if goes_on else self.tr("Pause"))
        self._pause.setEnabled(goes_on or phase is Phase.RUNNING)
        self._stop.setEnabled(phase is not Phase.STOPPING)

    def _name(self, phase: Phase) -> str:
        return {
            Phase.IDLE: "",
            Phase.STARTING: self.tr("Starting…"),
            Phase.RUNNING: self.tr("Training"),
            Phase.PAUSING: self.tr("Pausing…"),
            Phase.PAUSED: self.tr("Paused"),
            Phase.STOPPING: self.tr("Stopping…"),
            Phase.FINISHED: self.tr("Finished"),
            Phase.STOPPED: self.tr("Stopped"),
            Phase.FAILED: self.tr("Failed"),
            Phase.WATCHING: self.tr("Trains elsewhere"),
            Phase.WATCHING_PAUSED: self.tr("Paused elsewhere"),
            Phase.SILENT: self.tr("Silent"),
            Phase.LOST: self.tr("Lost"),
            Phase.STOPPED_ELSEWHERE: self.tr("Stopped"),
        }[phase]

    def _on_pause(self) -> None:
        if self._phase is Phase.STOPPED:
            self.go_on_requested.emit()
        elif self._phase is Phase.PAUSED:
            self._set_phase(Phase.RUNNING)
            self.resume_requested.emit()
        else:
            self._set_phase(Phase.PAUSING)
            self.pause_requested.emit()

    def _on_stop(self) -> None:
        self._set_phase(Phase.STOPPING)
        self.stop_requested.emit()
