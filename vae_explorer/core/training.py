"""Training: a generator that yields moments and is steered by a `Control`, on whatever thread runs it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator

from vae_explorer.core.agreement import AgreedSchedule
from vae_explorer.core.batches import BatchPlan, chunks, fingerprint, noise_generator, split
from vae_explorer.core.checks import check_trainable
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import ChangedError, UserError
from vae_explorer.core.learning import Learner
from vae_explorer.core.meter import Meter
from vae_explorer.core.presence import Presence
from vae_explorer.core.progress import Control, Terms, TrainResult, TrainStep
from vae_explorer.core.ranks import ranks
from vae_explorer.core.reporting import Reporter
from vae_explorer.core.run_folder import RunFolder
from vae_explorer.core.runtime import memory_errors_explained, pick_device
from vae_explorer.core.saving import Saver
from vae_explorer.core.schedule import Schedule, give_way
from vae_explorer.core.training_state import Kept, TrainingState

_LEAST_BATCHES = 4
"""What is reported is the mean over as many images at least: an epoch's last batch may have a few only."""


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

    Where the file of the images changes meanwhile, what was learned is saved before that is raised.

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
        except (GeneratorExit, ChangedError):
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
        self.images = images
        self.presence = presence
        self.ranks = ranks()
        self.schedule = Schedule(control) if self.ranks.alone else AgreedSchedule(control, self.ranks)
        self.control = self.schedule.control
        self.state = TrainingState(config, pick_device(config.training.device))
        seed, self.batch_size = config.training.seed, config.training.batch_size
        training, self.held_back = split(len(images), config.data.validation_fraction, seed)
        self.plan = BatchPlan(training, self.batch_size, seed)
        self.total_steps = self.plan.steps(config.training.epochs)
        self.meter = Meter(self.ranks)
        self.learner = Learner(config, images, self.plan, self.state, control, self.ranks)
        self.reporter = Reporter(
            config, self.plan, folder, self.state, self.learner.codes, self.schedule, presence, self.ranks
        )
        self.saver = None if folder is None else Saver(folder, self.state, self.schedule, presence, self.ranks)

    @property
    def step(self) -> int:
        """Steps taken."""
        return self.state.counts.step

    @property
    def epoch_ended(self) -> bool:
        """Whether the step taken last was an epoch's."""
        return self.step % self.plan.steps_per_epoch == 0

    def begin(self, *, resume: bool) -> None:
        """Start afresh, or from what the folder holds."""
        found = fingerprint(self.images.images)
        self._check_same(found)
        if resume:
            self._restore(found)
        else:
            self.state.counts.fingerprint = found
        self.reporter.begin()
        self.verified = self.candidate = Kept.of(self.state)
        self.save()

    def run(self) -> Generator[TrainStep, None, TrainResult]:
        """Train until the end, a stop, or a loss that isn't a number."""
        try:
            yield self.reporter.moment(publish=self.schedule.publishes)
            yield from self._steps()
            yield self._report(publish=True)
            self.save()
        except _Diverged:
            return (yield from self._fall_back())
        return TrainResult(self.step, self.state.counts.epoch, finished=self.step >= self.total_steps)

    def save(self) -> None:
        """Write weights and resume state, unless there is no folder. Raises _Diverged, and UserError."""
        if self.saver is None:
            return
        if not self._is_finite():
            raise _Diverged
        self.state.counts.elapsed_s = self.reporter.pace.elapsed_s
        self.saver.save()

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
        if self.saver is None:
            msg = "a run is resumed from its folder"
            raise ValueError(msg)
        self.saver.restore(self.config, found)
        self.reporter.forget_what_followed()

    def _goes_on(self) -> bool:
        self.schedule.agree(epoch_ended=self.epoch_ended)
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
                if self.schedule.save_is_due(epoch_ended=self.epoch_ended):
                    self.save()
                elif self.saver is not None and self.schedule.watchers_are_due():
                    self.saver.write_for_watchers()

    def _take_step(self) -> None:
        give_way(self.control)
        self._take_weight()
        chosen = self.plan.batch(self.step)
        terms = self.learner.learn(chosen)
        if terms is not None:
            self.meter.add(terms, len(chosen))
            self.state.counts.step += 1
            self.state.counts.epoch = self.step // self.plan.steps_per_epoch

    def _take_weight(self) -> None:
        counts, weight = self.state.counts, self.control.weight
        if weight is not None and weight != counts.weight:
            # Losses under different weights aren't comparable: the best validation is sought anew.
            counts.weight, counts.best_loss = weight, None
            self.meter.forget_before()

    def _validation_due(self) -> bool:
        if not len(self.held_back) or not self.epoch_ended or self.state.counts.validated_step == self.step:
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
                give_way(self.control)
                terms_of_batch = self.learner.evaluate(chosen, generator)
            meter.add(terms_of_batch, len(chosen))
        terms = meter.take()
        self._check_finite(terms)
        counts = self.state.counts
        is_best = counts.best_loss is None or terms["loss"] < counts.best_loss
        counts.best_loss = terms["loss"] if is_best else counts.best_loss
        counts.validated_step = self.step
        self.schedule.validated()
        yield self._report(validation=terms, is_best=is_best)

    def _pause(self) -> Iterator[TrainStep]:
        self.save()
        moment = self._report(publish=self.schedule.publishes)
        self.presence.tell(moment, paused=True)
        yield moment
        paused_at = time.monotonic()
        self.schedule.wait_while_paused()
        self.presence.tell(moment)
        self.reporter.pace.skip(time.monotonic() - paused_at)

    def _report(self, *, validation: Terms | None = None, is_best: bool = False, publish: bool = False) -> TrainStep:
        """Take the terms since the last report. Raises _Diverged."""
        images = self.meter.images
        # A person who asks for every step is told of just that.
        least = _LEAST_BATCHES * self.batch_size if self.control.report_every_s else 0
        training = self.meter.take(least) or None
        self._check_finite(training or {})
        self.reporter.pace.mark(self.step)
        if self.schedule.copy_is_due():
            self.verified, self.candidate = self.candidate, Kept.of(self.state)
        return self.reporter.report(training, images, validation, is_best=is_best, publish=publish)

    def _check_finite(self, terms: Terms) -> None:
        if not (math.isfinite(terms.get("loss", 0.0)) and self._is_finite()):
            raise _Diverged

    def _is_finite(self) -> bool:
        return not self.ranks.any(not self.state.is_finite())

    def _fall_back(self) -> Generator[TrainStep, None, TrainResult]:
        """Go back to the last weights that are known to have worked. Keeps them on disk too."""
        failed_at = self.step
        self._restore_verified()
        yield self.reporter.moment(publish=True)
        warning = (
            f"The loss became NaN or infinite by step {failed_at}, so training ended with the weights of step "
            f"{self.step}; a lower learning rate may help."
        )
        return TrainResult(self.step, self.state.counts.epoch, finished=False, warning=warning)

    def _restore_verified(self) -> None:
        self.state.restore(self.verified.tensors, self.verified.numbers)
        self.meter = Meter(self.ranks)
        self.reporter.forget_what_followed()
        self.save()
