"""Training: a generator that yields moments and is steered by a `Control`, on whatever thread runs it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial

import torch

from vae_explorer.core.agreement import AgreedSchedule
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
from vae_explorer.core.ranks import ranks
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.runtime import memory_errors_explained, pick_device, send
from vae_explorer.core.schedule import Schedule, give_way
from vae_explorer.core.sharing import Share, share_of
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

    Several `ranks` train one model, each on its share of every batch: all of them call this, with the same arguments
    but for `control`. The first alone writes, and its clock decides. What they report and save is what one would, but
    for the order in which floats are added. Raises RankLost.
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
    return Presence(None if folder is None or not ranks().is_chief else folder.path, control.cancel)


class _Trainer:
    """The loop of `train`, cut into pieces."""

    def __init__(
        self, config: RunConfig, images: ImageSet, folder: RunFolder | None, control: Control, presence: Presence
    ) -> None:
        self.config = config
        self.folder = folder
        self.ranks = ranks()
        self.schedule = Schedule(control) if self.ranks.alone else AgreedSchedule(control, self.ranks)
        self.control = self.schedule.control
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
        # Of several ranks each sees some of the images only, and none can end a step without the others.
        self.codes = Codes(len(images), config.model.latent_dims, self.device) if self.ranks.alone else None
        if self.ranks.alone and self.batch_size * images.images[0].size >= LARGE_STEP_VALUES:
            Interrupts(self.state.model, control)
        self.meter = Meter(self.ranks)
        self.history = History(folder if self.ranks.is_chief else None)
        self.snapshots = 0

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.state.counts.step

    def begin(self, *, resume: bool) -> None:
        """Start afresh, or from what the folder holds."""
        found = fingerprint(self.images.images)
        self._check_same(found)
        if resume:
            self._restore(found)
        else:
            self.state.counts.fingerprint = found
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
        if not self._is_finite():
            raise _Diverged
        saving = time.monotonic()
        self.state.counts.elapsed_s = self.pace.elapsed_s
        self.ranks.on_chief(partial(self._write, self.folder))
        self.schedule.saved(took_s=time.monotonic() - saving)

    def _write(self, folder: RunFolder) -> None:
        self.presence.check()
        folder.save_resume(self.state.tensors(), self.state.numbers())
        self._save_weights(folder)

    def write_for_watchers(self) -> None:
        """Write the weights alone, for those who follow the folder; a loss that isn't a number is told elsewhere."""
        if self.folder is not None:
            writing = time.monotonic()
            self.ranks.on_chief(partial(self._write_weights, self.folder))
            self.schedule.wrote_for_watchers(took_s=time.monotonic() - writing)

    def _write_weights(self, folder: RunFolder) -> None:
        if self.state.is_finite():
            self.presence.check()
            self._save_weights(folder)

    def _save_weights(self, folder: RunFolder) -> None:
        folder.save_weights(self.state.model.state_dict(), self.step)

    def close(self) -> None:
        """Save for the last time, since nobody listens any more; of several ranks the others may be elsewhere."""
        if self.presence.is_lost or not self.ranks.alone:
            return
        try:
            self.save()
        except _Diverged:
            self._restore_verified()

    def _check_same(self, found: str) -> None:
        """Raise UserError where the images of any rank aren't those of the first."""
        if self.ranks.any(self.ranks.from_chief(found.encode) != found.encode()):
            msg = f"“{self.images.title}” isn't the same on all machines: each rank must find the same images."
            raise UserError(msg)

    def _restore(self, found: str) -> None:
        if self.folder is None:
            msg = "a run is resumed from its folder"
            raise ValueError(msg)
        check_resumable(self.folder.config, self.config)
        self.state.restore(*self.folder.load_resume(self.ranks.from_chief))
        if self.state.counts.fingerprint != found:
            msg = f"The images of “{self.folder.name}” have changed since it was trained, so it cannot be resumed."
            raise UserError(msg)
        self.ranks.on_chief(partial(self.history.forget_after, self.step))
        self.ranks.on_chief(partial(self._write_config, self.folder))

    def _write_config(self, folder: RunFolder) -> None:
        if folder.config != self.config:
            folder.write_config(self.config)

    def _goes_on(self) -> bool:
        self.schedule.agree(epoch_ended=self.step % self.steps_per_epoch == 0)
        return not self.control.cancel.is_set()

    def _steps(self) -> Iterator[TrainStep]:
        while self._goes_on():
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
            share = share_of(len(chosen), self.ranks)
            terms = self._forward(chosen, self.state.noise, share)
            self.state.backward(terms, share)
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

    def _forward(self, chosen: Indices, generator: torch.Generator, share: Share) -> BatchTerms:
        """Compute the terms of a share of the images, with the noise that these have whoever computes them."""
        noise = torch.randn(len(chosen), self.state.model.latent_dims, generator=generator)[share.rows]
        chosen = chosen[share.rows]
        weight, auxiliary = self.state.counts.weight, self.state.auxiliary
        moment = Moment(self.step, weight, len(self.training), generator, auxiliary, share)
        terms: BatchTerms
        posterior: Posterior
        terms, posterior = self.state.model(
            self.batches.gather(chosen), send(noise, self.device), moment, self.batches.labels(chosen)
        )
        if self.codes is not None:
            self.codes.put(chosen, posterior)
        return share.own(terms)

    def _validation_due(self) -> bool:
        counts = self.state.counts
        if not len(self.held_back) or self.step % self.steps_per_epoch or counts.validated_step == self.step:
            return False
        return self.step >= self.total_steps or self.schedule.validation_is_due()

    def _validate(self) -> Iterator[TrainStep]:
        meter = Meter(self.ranks)
        generator = noise_generator(self.config.training.seed, validation=True)
        for chosen in chunks(self.held_back, self.batch_size):
            terms_of_batch = None
            while terms_of_batch is None:
                self.schedule.agree(epoch_ended=False)
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
                return self._forward(chosen, generator, share_of(len(chosen), self.ranks))
        except Interrupted:
            generator.set_state(noise)
            return None

    def _pause(self) -> Iterator[TrainStep]:
        self.save()
        moment = self._report(publish=self.schedule.publishes)
        self.presence.tell(moment, paused=True)
        yield moment
        paused_at = time.monotonic()
        self.schedule.wait_while_paused()
        self.presence.tell(moment)
        self.pace.skip(time.monotonic() - paused_at)

    def _report(self, *, validation: Terms | None = None, is_best: bool = False, publish: bool = False) -> TrainStep:
        """Take the terms since the last report. Raises _Diverged."""
        images = self.meter.images
        training = self.meter.take() or None
        self._check_finite(training or {})
        self.pace.mark(self.step)
        if self.schedule.copy_is_due():
            self.verified, self.candidate = self.candidate, Kept.of(self.state)
        moment = self._moment(training, validation, is_best=is_best, publish=publish)
        self.ranks.on_chief(partial(self._note, moment, images))
        self.schedule.reported()
        return moment

    def _note(self, moment: TrainStep, images: int) -> None:
        self.presence.check()
        self.presence.tell(moment)
        self.history.add(moment, images)

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
        codes = self.codes.copies() if self.codes is not None else ()
        return Snapshot(self.snapshots, self.step, cpu_copy(self.state.model), *codes)

    def _check_finite(self, terms: Terms) -> None:
        if not (math.isfinite(terms.get("loss", 0.0)) and self._is_finite()):
            raise _Diverged

    def _is_finite(self) -> bool:
        return not self.ranks.any(not self.state.is_finite())

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
        self.meter = Meter(self.ranks)
        self.ranks.on_chief(partial(self.history.forget_after, self.step))
        self.save()
