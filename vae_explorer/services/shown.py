"""The model on show: what decodes and encodes, until another takes its place. No torch here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vae_explorer.services.colouring import ColouringService
from vae_explorer.services.decoding import DecodeService
from vae_explorer.services.embedding import EmbeddingService
from vae_explorer.services.nearby import NearbyService
from vae_explorer.services.state import Store

if TYPE_CHECKING:
    from vae_explorer.services.loaded_model import LoadedModel


class ShownModel:
    """Holds the model that a store's state tells of, as the engine has it. Belongs to the main thread."""

    def __init__(
        self, store: Store, decoding: DecodeService, embedding: EmbeddingService, nearby: NearbyService,
        colouring: ColouringService,
    ) -> None:  # fmt: skip
        self._store = store
        self._decoding = decoding
        self._embedding = embedding
        self._nearby = nearby
        self._colouring = colouring
        self._loaded: LoadedModel | None = None

    @property
    def loaded(self) -> LoadedModel | None:
        """The model; None until there is one."""
        return self._loaded

    def show(self, loaded: LoadedModel, **changes: Any) -> None:
        """Let another model decode; `changes` are those of the state that go with it."""
        self._loaded = loaded
        self.forget_codes()
        self._colouring.use(loaded)
        self._decoding.use(loaded.decoder)
        self._store.update(**changes)

    def forget_codes(self) -> None:
        """Await no codes: those by the model before, or of images before, would be taken for what comes now."""
        self._embedding.abandon()
        self._nearby.use(None)
