"""Whether a model that is code may run."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.core.data.base import printable
from vae_explorer.core.trust import UntrustedError
from vae_explorer.ui import theme
from vae_explorer.ui.widgets.buttons import push_button
from vae_explorer.ui.widgets.labels import label


class TrustDialog(QDialog):
    """Says what trusting means. Closing it, and pressing Enter, is not to trust."""

    def __init__(self, asked: UntrustedError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trust_dialog")
        self.setWindowTitle(self.tr("A model that is code"))
        text = label(
            self.tr(
                "“{0}” is no file of weights but code, as every TorchScript and .pt2 file is. It would run in a "
                "process of its own, with a time limit, and kept from the network, from writing files and from "
                "starting programs as far as this system can do that. It could still read your files, and show in its "
                "images what it read. Trust it only if you know who made it."
            ).format(printable(asked.name))
        )
        text.setObjectName("trust_text")
        text.setWordWrap(True)
        digests = label("\n".join(f"SHA-256 {digest}" for digest in asked.digests), "muted")
        digests.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[2 * theme.GRID] * 4)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(label(self.tr("Run this model's code?"), "title"))
        column.addWidget(text)
        column.addWidget(digests)
        column.addLayout(self._buttons())
        self.setMinimumWidth(520)

    @classmethod
    def ask(cls, asked: UntrustedError, parent: QWidget | None = None) -> bool:
        """Return whether the person trusts the model from now on."""
        dialog = cls(asked, parent)
        trusted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        return trusted

    def _buttons(self) -> QHBoxLayout:
        refuse = push_button(self.tr("Don't run it"), self.tr("Open nothing"), "trust_refuse", primary=True)
        refuse.setDefault(True)
        refuse.clicked.connect(self.reject)
        accept = push_button(self.tr("Trust and run"), self.tr("Now and whenever it is opened"), "trust_accept")
        accept.setAutoDefault(False)
        accept.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(accept)
        row.addWidget(refuse)
        return row
