"""What a step of the history was, in a few words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vae_explorer.services.state import Layers, View
from vae_explorer.services.undo import Step
from vae_explorer.ui.widgets.colour_words import choice_words
from vae_explorer.ui.widgets.counts import count_text


def tr(text: str) -> str:
    """Translate a text about steps."""
    return QCoreApplication.translate("Steps", text)


def words_for(step: Step) -> str:
    """Say what a step was: “turn z3”, “zoom in”, “hide points”."""
    fields = step.after.keys()
    for name, say in _SAYS.items():
        if name in fields:
            return say(step)
    return tr("change the view")


def _plane(step: Step) -> str:
    across, up = step.after["plane_dims"]
    return tr("show z{0} and z{1}").format(across + 1, up + 1)


def _projection(step: Step) -> str:
    return _directions(step) if step.after["projection"] is None else tr("lay codes out by UMAP")


def _directions(step: Step) -> str:
    if step.after.get("directions") is None:
        return _plane(step) if "plane_dims" in step.after else tr("show two dimensions")
    return tr("show {0} and {1}").format(*step.after["directions"].names)


def _probe(step: Step) -> str:
    if step.after.get("original") is not None:
        return tr("go to an image")
    if len(step.dims) == 1 and len(step.after["probe"]) > 1:
        (dim,) = step.dims
        return tr("turn z{0} to {1}").format(dim + 1, f"{step.after['probe'][dim]:.2f}")
    if not any(step.after["probe"]):
        return tr("back to the origin")
    return tr("move the probe")


def _view(step: Step) -> str:
    before, after = step.before["view"], step.after["view"]
    if after is None:
        return tr("show all the data")
    if not isinstance(before, View):  # all the data, at a scale that depends on the window
        return tr("zoom or pan")
    if before.units_per_pixel == after.units_per_pixel:
        return tr("pan")
    return tr("zoom in") if after.units_per_pixel < before.units_per_pixel else tr("zoom out")


def _layers(step: Step) -> str:
    before, after = step.before["layers"], step.after["layers"]
    names = {
        "mosaic": tr("mosaic"),
        "points": tr("points"),
        "prior": tr("prior"),
        "support": tr("support"),
        "density": tr("density"),
    }
    assert isinstance(before, Layers)  # noqa: S101  # for the type checker
    for name, words in names.items():
        if getattr(before, name) != getattr(after, name):
            return (tr("show {0}") if getattr(after, name) else tr("hide {0}")).format(words)
    return tr("change the layers")


def _hidden(step: Step) -> str:
    before, after = step.before["hidden"], step.after["hidden"]
    shown, hid = before - after, after - before
    if len(shown | hid) == 1:
        return (tr("hide “{0}”") if hid else tr("show “{0}”")).format(*(shown | hid))
    return tr("choose labels")


def _colouring(step: Step) -> str:
    return tr("colour: {0}").format(choice_words(step.after["colour_by"]))


def _table(step: Step) -> str:
    table = step.after["table"]
    return tr("close the table") if table is None else tr("open “{0}”").format(table.title)


def _pins(step: Step) -> str:
    before, after = step.before["pins"], step.after["pins"]
    if len(after) > len(before):
        return tr("pin {0}").format(after[-1].name)
    gone = [pin.name for pin in before if pin not in after]
    return tr("let go of {0}").format(", ".join(gone))


def _selection(step: Step) -> str:
    after = step.after["selection"]
    return tr("select nothing") if after is None else tr("select {0} images").format(count_text(len(after)))


def _locked(step: Step) -> str:
    return tr("lock a knob") if len(step.after["locked"]) > len(step.before["locked"]) else tr("unlock a knob")


def _condition(_step: Step) -> str:
    return tr("choose a class")


def _smooth(step: Step) -> str:
    return tr("smooth pixels") if step.after["smooth"] else tr("sharp pixels")


def _tile_px(step: Step) -> str:
    larger = step.after["tile_px"] > step.before["tile_px"]
    return tr("larger images on the map") if larger else tr("smaller images on the map")


def _original(_step: Step) -> str:
    return tr("leave the image")


_SAYS = {
    "projection": _projection, "directions": _directions, "plane_dims": _plane, "probe": _probe,
    "condition": _condition, "hidden": _hidden,
    "layers": _layers, "colour_by": _colouring, "table": _table, "locked": _locked, "pins": _pins,
    "selection": _selection, "view": _view, "smooth": _smooth, "tile_px": _tile_px, "original": _original,
}  # fmt: skip
"""The first of these fields that a step has changed gives it its name."""
