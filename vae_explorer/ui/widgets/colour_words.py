"""What the points are coloured by, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.services.colours import ColourBy


def tr(text: str) -> str:
    """Translate a text about colours."""
    return QCoreApplication.translate("Colours", text)


def choice_words(by: ColourBy) -> str:
    """Name a choice in the list: “by KL”."""
    if by.kind == "none":
        return tr("one colour")
    if by.directions is not None:
        return tr("along {0}").format(title_of(by))
    return tr("by {0}").format(title_of(by))


def title_of(by: ColourBy) -> str:
    """Name what colours, for a legend: “KL”."""
    if by.kind in {"factor", "column"}:
        return by.name.replace("_", " ") if by.kind == "factor" else by.name
    if by.kind == "dim":
        return f"z{by.axis + 1}"
    if by.directions is not None:
        return by.directions.names[by.axis]
    return {
        "label": tr("label"), "folder": tr("folder"), "none": tr("one colour"), "kl": tr("KL"),
        "squared_error": tr("squared error"), "nll": tr("−log p(x|z)"), "distance": tr("distance from the plane"),
    }[by.kind]  # fmt: skip


def unit_of(by: ColourBy) -> str:
    """Name the unit of what colours; empty where it has none, or none that is known."""
    return tr("nats") if by.kind in {"kl", "nll"} else ""


def explanation_of(by: ColourBy) -> str:
    """Say in a sentence what colours."""
    return {
        "label": tr("Each label has a colour."),
        "folder": tr("Each folder has a colour."),
        "none": tr("All points are alike."),
        "kl": tr("How much the code tells of the image: the KL of its posterior from the prior N(0, I)."),
        "squared_error": tr("How badly the image is reconstructed: the mean squared error of its pixels, from 0 to 1."),
        "nll": tr("How badly the image is reconstructed: −log p(x|z) of all its pixels, by the model's likelihood."),
        "distance": tr("How far the code lies from the plane, in units of the latent space."),
        "dim": tr("The code's coordinate in this latent dimension."),
        "direction": tr("The code's coordinate along this axis of the plane; it stays when the plane turns."),
        "factor": tr("What the image was drawn from."),
        "column": tr("What the table says of the image."),
    }[by.kind]
