"""What follows from each move of the probe, and from other weights: what is decoded, and what lies near. No torch."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from vae_explorer.services.decoding import Decoded, DecodeService, Lane
from vae_explorer.services.embedding import EmbeddingService
from vae_explorer.services.grid import GridService
from vae_explorer.services.mosaic import MosaicService
from vae_explorer.services.nearby import NearbyService
from vae_explorer.services.shown import ShownModel
from vae_explorer.services.state import AppState, Store
from vae_explorer.services.training import TrainingService

GIVE_WAY_S = 0.1
"""How long after the last move of the person all that follows from training leaves the processor alone."""

Pictures = tuple[MosaicService | GridService, ...]
"""What decodes many images at once, for one pane each."""


class Exploring(QObject):
    """Keeps what is decoded at the state's probe and class, by the weights of now. Belongs to the main thread."""

    image_decoded = Signal(object)
    """The `Decoded` image of the probe."""

    def __init__(
        self, store: Store, decoding: DecodeService, pictures: Pictures, embedding: EmbeddingService,
        nearby: NearbyService, training: TrainingService, shown: ShownModel, parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._store = store
        self._decoding = decoding
        self._pictures = pictures
        self._embedding = embedding
        self._nearby = nearby
        self._training = training
        self._shown = shown
        store.changed.connect(self._on_state_changed)
        decoding.decoded.connect(self._on_decoded)
        decoding.weights_changed.connect(self._on_weights_changed)
        decoding.condition_changed.connect(self._on_condition_changed)

    def ask_nearby(self, state: AppState) -> None:
        """Ask for the images whose codes are near the probe."""
        if state.embedding is not None and state.embedding.mean.shape[1] == len(state.probe):
            classes = state.model.classes if state.model is not None else ()
            self._nearby.ask(state.embedding, state.probe, classes, state.condition)

    def _on_state_changed(self, old: AppState, new: AppState) -> None:
        moved, turned = new.probe != old.probe, new.condition != old.condition
        if (moved or turned) and new.embedding is old.embedding:  # else it wasn't the person who did it
            self._give_way()
        if turned:
            self._decoding.condition(new.condition)
        if moved and new.model is not None:
            self._decoding.request(Lane.PROBE, new.point[None])
        if (moved or turned) and new.model is not None:
            self.ask_nearby(new)

    def _give_way(self) -> None:
        """Leave the processor to the person, who has just moved something."""
        if self._training.running:
            for service in (self._training, *self._pictures, self._embedding):
                service.give_way(GIVE_WAY_S)

    def _on_decoded(self, decoded: Decoded) -> None:
        if decoded.lane is Lane.PROBE:
            self.image_decoded.emit(decoded)

    def _on_weights_changed(self, _generation: int) -> None:
        self._decode_anew(sparing=self._training.running)

    def _on_condition_changed(self, _generation: int) -> None:
        self._decode_anew(sparing=False)

    def _decode_anew(self, *, sparing: bool) -> None:
        """Decode what is on show by the weights, or as the class, of now."""
        loaded, state = self._shown.loaded, self._store.state
        if loaded is None or len(state.probe) != loaded.info.latent_dims:
            return  # the state still tells of the model before, whose codes this one can't take
        self._decoding.request(Lane.PROBE, state.point[None])
        for pictures in self._pictures:
            pictures.weights_changed(sparing=sparing)
