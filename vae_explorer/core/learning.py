"""What a batch does: a step of training, or its terms alone, given up where the person interrupts it."""

from __future__ import annotations

import torch

from vae_explorer.core.batches import Batches, BatchPlan, Indices
from vae_explorer.core.by_product import Codes
from vae_explorer.core.classes import labels_for
from vae_explorer.core.config import RunConfig
from vae_explorer.core.data.base import ImageSet
from vae_explorer.core.errors import ChangedError
from vae_explorer.core.interrupting import LARGE_STEP_VALUES, Interrupted, Interrupts
from vae_explorer.core.objectives.base import BatchTerms, Moment
from vae_explorer.core.posterior import Posterior
from vae_explorer.core.progress import Control
from vae_explorer.core.ranks import Ranks
from vae_explorer.core.runtime import send
from vae_explorer.core.sharing import Share, share_of
from vae_explorer.core.training_state import TrainingState


class Learner:
    """Brings images to the model that is trained; each of several ranks computes its share of a batch."""

    def __init__(
        self, config: RunConfig, images: ImageSet, plan: BatchPlan, state: TrainingState, control: Control, ranks: Ranks
    ) -> None:
        self._trained_on = plan.images
        self._state = state
        self._ranks = ranks
        self._device = state.device
        self._batches = Batches(images.images, state.device, labels_for(config.model.classes, images))
        # Of several ranks each sees some of the images only, and none can end a step without the others.
        self.codes = Codes(len(images), config.model.latent_dims, state.device) if ranks.alone else None
        """What steps come by."""
        if ranks.alone and config.training.batch_size * images.images[0].size >= LARGE_STEP_VALUES:
            Interrupts(state.model, control)

    def learn(self, chosen: Indices) -> BatchTerms | None:
        """Take a step on the images of these numbers, (B,). None where it was interrupted: all is as it was before."""
        noise = self._state.noise.get_state()
        try:
            share = share_of(len(chosen), self._ranks)
            terms = self._forward(chosen, self._state.noise, share)
            self._state.backward(terms, share)
        except Interrupted:
            self._state.noise.set_state(noise)
            return None
        except ChangedError:  # nothing of this step shall be saved
            self._state.noise.set_state(noise)
            raise
        self._state.step()
        return terms

    def evaluate(self, chosen: Indices, generator: torch.Generator) -> BatchTerms | None:
        """Return the terms of a batch, or None where it was interrupted; then it can be tried again."""
        noise = generator.get_state()
        try:
            with torch.no_grad():
                return self._forward(chosen, generator, share_of(len(chosen), self._ranks))
        except Interrupted:
            generator.set_state(noise)
            return None

    def _forward(self, chosen: Indices, generator: torch.Generator, share: Share) -> BatchTerms:
        """Compute the terms of a share of the images, with the noise that these have whoever computes them."""
        noise = torch.randn(len(chosen), self._state.model.latent_dims, generator=generator)[share.rows]
        chosen = chosen[share.rows]
        counts, auxiliary = self._state.counts, self._state.auxiliary
        moment = Moment(counts.step, counts.weight, self._trained_on, generator, auxiliary, share)
        terms: BatchTerms
        posterior: Posterior
        terms, posterior = self._state.model(
            self._batches.gather(chosen), send(noise, self._device), moment, self._batches.labels(chosen)
        )
        if self.codes is not None:
            self.codes.put(chosen, posterior)
        return share.own(terms)
