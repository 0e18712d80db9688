"""Training: a generator that yields moments and is steered by a `Control`, on whatever thread runs it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator

import torch

from vae_explorer.core.batches import Batches, BatchPlan, Indices, chunks, fingerprint, noise_generator, split
from vae_explorer.core.by_product import Codes
from vae_explorer.core.checks import check_resumable, check_trainable
from vae_explorer.core.classes import labels_for
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import UserError
from vae_explorer.core.history import History
from vae_explorer.core.interrupting import LARGE_STEP_VALUES, Interrupted, Interrupts
from vae_explorer.core.meter import Meter, Pace
from vae_explorer.core.objectives.base import BatchTerms, Moment
from vae_explorer.core.posterior import Posterior
from vae_explorer.core.presence import Presence
from vae_explorer.core.progress import Control, Snapshot, Terms, TrainResult, TrainStep
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.runtime import memory_errors_explained, pick_device
from vae_explorer.core.schedule import Schedule, give_way
from vae_explorer.core.training_state import Kept, TrainingState, cpu_copy


class _Diverged(Exception):  # noqa: N818  # never leaves this file
    """A loss or a weight is NaN or infinite."""


def train(
    config: RunConfig, images: ImageSet, folder: RunFolder | None, control: Control, *, resume: bool = False
) -> Generator[TrainStep, None, TrainResult]:
    """Train, yielding a moment at the start, every `control.report_every_s`, after validations, and at the end.

    With a `folder` the run is saved there as it goes, when it pauses, and when it ends or is closed. With `resume` it
    goes on from what the folder holds, bit by bit as if it had never stopped (on the CPU); more epochs, another
    learning rate and another device may be asked for then. A stop, a pause and `control.give_way_until` are seen before
    every batch; giving way holds a step up by at most 0.2 s. Epochs shorter than the reporting interval are validated
    once in an interval. Meanwhile nobody else can train in the folder, but anybody watch. Raises UserError.
    """
    check_trainable(config, images)
    with memory_errors_explained(), _presence(folder, control) as presence:
        trainer = _Trainer(config, images, folder, control, presence)
        trainer.begin(resume=resume)
        try:
            return (yield from trainer.run())
        except GeneratorExit:
            trainer.close()
            raise


def run_training(
    config: RunConfig,
    images: ImageSet,
    folder: RunFolder | None = None,
    control: Control | None = None,
    *,
    on_step: Callable[[TrainStep], None] = lambda _: None,
    resume: bool = False,
) -> TrainResult:
    """Train to the end, telling `on_step` of each moment. Raises UserError."""
    steps = train(config, images, folder, control or Control(), resume=resume)
    while True:
        try:
            on_step(next(steps))
        except StopIteration as end:
            result: TrainResult = end.value
            return result


def _presence(folder: RunFolder | None, control: Control) -> Presence:
    return Presence(None if folder is None else folder.path, control.cancel)


class _Trainer:
    """The loop of `train`, cut into pieces."""

    def __init__(
        self, config: RunConfig, images: ImageSet, folder: RunFolder | None, control: Control, presence: Presence
    ) -> None:
        self.config = config
        self.folder = folder
        self.control = control
        self.presence = presence
        self.images = images
        self.device = pick_device(config.training.device)
        self.state = TrainingState(config, self.device)
        self.batches = Batches(images.images, self.device, labels_for(config.model.classes, images))
        self.batch_size = config.training.batch_size
        self.training, self.held_back = split(len(images), config.data.validation_fraction, config.training.seed)
        self.plan = BatchPlan(self.training, self.batch_size, config.training.seed)
        self.steps_per_epoch = self.plan.steps_per_epoch
        self.total_steps = self.steps_per_epoch * config.training.epochs
        self.codes = Codes(len(images), config.model.latent_dims, self.device)
        if self.batch_size * images.images[0].size >= LARGE_STEP_VALUES:
            Interrupts(self.state.model, control)
        self.meter = Meter()
        self.history = History(folder)
        self.schedule = Schedule(control)
        self.snapshots = 0

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.state.counts.step

    def begin(self, *, resume: bool) -> None:
        """Start afresh, or from what the folder holds."""
        if resume:
            self._restore()
        else:
            self.state.counts.fingerprint = fingerprint(self.images.images)
        self.pace = Pace(self.state.counts.elapsed_s, self.step)
        self.verified = self.candidate = Kept.of(self.state)
        self.save()

    def run(self) -> Generator[TrainStep, None, TrainResult]:
        """Train until the end, a stop, or a loss that isn't a number."""
        try:
            yield self._moment(publish=self.schedule.publishes)
            yield from self._steps()
            yield self._report(publish=True)
            self.save()
        except _Diverged:
            return (yield from self._fall_back())
        return TrainResult(self.step, self.state.counts.epoch, finished=self.step >= self.total_steps)

    def save(self) -> None:
        """Write weights and resume state, unless there is no folder. Raises _Diverged, and UserError."""
        if self.folder is None:
            return
        self.presence.check()
        if not self.state.is_finite():
            raise _Diverged
        saving = time.monotonic()
        self.state.counts.elapsed_s = self.pace.elapsed_s
        self.folder.save_resume(self.state.tensors(), self.state.numbers())
        self._save_weights(self.folder)
        self.schedule.saved(took_s=time.monotonic() - saving)

    def write_for_watchers(self) -> None:
        """Write the weights alone, for those who follow the folder; a loss that isn't a number is told elsewhere."""
        if self.folder is not None and self.state.is_finite():
            self.presence.check()
            writing = time.monotonic()
            self._save_weights(self.folder)
            self.schedule.wrote_for_watchers(took_s=time.monotonic() - writing)

    def _save_weights(self, folder: RunFolder) -> None:
        folder.save_weights(self.state.model.state_dict(), self.step)

    def close(self) -> None:
        """Save for the last time, since nobody listens any more."""
        if self.presence.is_lost:
            return
        try:
            self.save()
        except _Diverged:
            self._restore_verified()

    def _restore(self) -> None:
        if self.folder is None:
            msg = "a run is resumed from its folder"
            raise ValueError(msg)
        check_resumable(self.folder.config, self.config)
        self.state.restore(*self.folder.load_resume())
        if self.state.counts.fingerprint != fingerprint(self.images.images):
            msg = f"The images of “{self.folder.name}” have changed since it was trained, so it cannot be resumed."
            raise UserError(msg)
        self.history.forget_after(self.step)
        if self.folder.config != self.config:
            self.folder.write_config(self.config)

    def _steps(self) -> Iterator[TrainStep]:
        while not self.control.cancel.is_set():
            if not self.control.running.is_set():
                yield from self._pause()
            elif self._validation_due():
                yield from self._validate()
            elif self.step >= self.total_steps:
                return
            else:
                self._take_step()
                if self.schedule.report_is_due():
                    yield self._report(publish=self.schedule.snapshot_is_due())
                if self.schedule.save_is_due(epoch_ended=self.step % self.steps_per_epoch == 0):
                    self.save()
                elif self.schedule.watchers_are_due():
                    self.write_for_watchers()

    def _take_step(self) -> None:
        give_way(self.control)
        self._take_weight()
        chosen = self.plan.batch(self.step)
        noise = self.state.noise.get_state()
        try:
            terms = self._forward(chosen, self.state.noise)
            self.state.backward(terms)
        except Interrupted:
            self.state.noise.set_state(noise)
            return
        self.state.step()
        self.meter.add(terms, len(chosen))
        self.state.counts.step += 1
        self.state.counts.epoch = self.step // self.steps_per_epoch

    def _take_weight(self) -> None:
        counts, weight = self.state.counts, self.control.weight
        if weight is not None and weight != counts.weight:
            # Losses under different weights aren't comparable: the best validation is sought anew.
            counts.weight, counts.best_loss = weight, None

    def _forward(self, chosen: Indices, generator: torch.Generator) -> BatchTerms:
        noise = torch.randn(len(chosen), self.state.model.latent_dims, generator=generator)
        weight, auxiliary = self.state.counts.weight, self.state.auxiliary
        moment = Moment(self.step, weight, len(self.training), generator, auxiliary)
        terms: BatchTerms
        posterior: Posterior
        terms, posterior = self.state.model(
            self.batches.gather(chosen), noise.to(self.device), moment, self.batches.labels(chosen)
        )
        self.codes.put(chosen, posterior)
        return terms

    def _validation_due(self) -> bool:
        counts = self.state.counts
        if not len(self.held_back) or self.step % self.steps_per_epoch or counts.validated_step == self.step:
            return False
        return self.step >= self.total_steps or self.schedule.validation_is_due()

    def _validate(self) -> Iterator[TrainStep]:
        meter = Meter()
        generator = noise_generator(self.config.training.seed, validation=True)
        for chosen in chunks(self.held_back, self.batch_size):
            terms_of_batch = None
            while terms_of_batch is None:
                if not self.control.running.is_set():
                    yield from self._pause()
                if self.control.cancel.is_set():
                    return
                terms_of_batch = self._evaluate(chosen, generator)
            meter.add(terms_of_batch, len(chosen))
        terms = meter.take()
        self._check_finite(terms)
        counts = self.state.counts
        is_best = counts.best_loss is None or terms["loss"] < counts.best_loss
        counts.best_loss = terms["loss"] if is_best else counts.best_loss
        counts.validated_step = self.step
        self.schedule.validated()
        yield self._report(validation=terms, is_best=is_best)

    def _evaluate(self, chosen: Indices, generator: torch.Generator) -> BatchTerms | None:
        """Return the terms of a batch, or None where it was interrupted; then it can be tried again."""
        give_way(self.control)
        noise = generator.get_state()
        try:
            with torch.no_grad():
                return self._forward(chosen, generator)
        except Interrupted:
            generator.set_state(noise)
            return None

    def _pause(self) -> Iterator[TrainStep]:
        self.save()
        moment = self._report(publish=self.schedule.publishes)
        self.presence.tell(moment, paused=True)
        yield moment
        paused_at = time.monotonic()
        self.control.running.wait()
        self.presence.tell(moment)
        self.pace.skip(time.monotonic() - paused_at)

    def _report(self, *, validation: Terms | None = None, is_best: bool = False, publish: bool = False) -> TrainStep:
        """Take the terms since the last report. Raises _Diverged."""
        images = self.meter.images
        training = self.meter.take() or None
        self._check_finite(training or {})
        self.presence.check()
        self.pace.mark(self.step)
        if self.schedule.copy_is_due():
            self.verified, self.candidate = self.candidate, Kept.of(self.state)
        moment = self._moment(training, validation, is_best=is_best, publish=publish)
        self.presence.tell(moment)
        self.history.add(moment, images)
        self.schedule.reported()
        return moment

    def _moment(
        self, training: Terms | None = None, validation: Terms | None = None, *, is_best: bool = False, publish: bool
    ) -> TrainStep:
        return TrainStep(
            step=self.step,
            total_steps=self.total_steps,
            epoch=max(1, math.ceil(self.step / self.steps_per_epoch)),
            epochs=self.config.training.epochs,
            elapsed_s=self.pace.elapsed_s,
            remaining_s=self.pace.remaining_s(self.total_steps - self.step),
            images_per_s=self.pace.steps_per_s() * len(self.training) / self.steps_per_epoch,
            training=training,
            validation=validation,
            is_best=is_best,
            weight=self.state.counts.weight,
            snapshot=self._snapshot() if publish else None,
        )

    def _snapshot(self) -> Snapshot:
        self.snapshots += 1
        self.schedule.published()
        return Snapshot(self.snapshots, self.step, cpu_copy(self.state.model), *self.codes.copies())

    def _check_finite(self, terms: Terms) -> None:
        if not (math.isfinite(terms.get("loss", 0.0)) and self.state.is_finite()):
            raise _Diverged

    def _fall_back(self) -> Generator[TrainStep, None, TrainResult]:
        """Go back to the last weights that are known to have worked. Keeps them on disk too."""
        failed_at = self.step
        self._restore_verified()
        yield self._moment(publish=True)
        warning = (
            f"The loss became NaN or infinite by step {failed_at}, so training ended with the weights of step "
            f"{self.step}; a lower learning rate may help."
        )
        return TrainResult(self.step, self.state.counts.epoch, finished=False, warning=warning)

    def _restore_verified(self) -> None:
        self.state.restore(self.verified.tensors, self.verified.numbers)
        self.meter = Meter()
        self.history.forget_after(self.step)
        self.save()
