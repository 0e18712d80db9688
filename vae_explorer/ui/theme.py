"""Colours, type scale and spacing of the window, in one place."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

GRID: Final = 8
"""Pixels: every margin and gap is a multiple of it, or half of it."""

BACKGROUND: Final = "#15171c"
SURFACE: Final = "#1c1f26"
RAISED: Final = "#262a33"
LINE: Final = "#343944"
TEXT: Final = "#e6e8ec"
MUTED: Final = "#9aa1ad"
FAINT: Final = "#6b7280"
ACCENT: Final = "#4da3ff"
WARNING: Final = "#f0b449"
DANGER: Final = "#ef6f6c"

CATEGORIES: Final = (
    "#0797fb", "#d78d13", "#70cd80", "#d85f6b", "#b68cdf",
    "#c18454", "#f68fc8", "#87919c", "#cbcb4d", "#35d3e3",
)  # fmt: skip
"""Ten colours of similar weight on the dark ground, in the order in which categories take them. People who see no red
or no green tell them apart by lightness."""

SCALE: Final = ("#5a6fd8", "#3d8bd6", "#2ba4c0", "#3bba9c", "#77cd73", "#b9dc55", "#f9e84e")
"""From little to much, in steps that look even. It goes through the hues of viridis (van der Walt & Smith 2015), but
begins lighter: its dark blue would be lost on the dark ground. Lightness alone orders it, whatever colours are seen."""

SMALL_PT: Final = 9.0
BODY_PT: Final = 10.0
TITLE_PT: Final = 12.0


def category_colour(index: int) -> QColor:
    """Colour of the category at `index`: the ten by name, then hues that keep their distance."""
    if index < len(CATEGORIES):
        return QColor(CATEGORIES[index])
    return QColor.fromHsvF((index * 0.61803) % 1.0, 0.55, 0.85 if index % 2 else 0.65)


def scale_colour(share: float) -> QColor:
    """Colour at a share, 0 to 1, of the way from little to much."""
    place = min(max(share, 0.0), 1.0) * (len(SCALE) - 1)
    index = min(int(place), len(SCALE) - 2)
    low, high = QColor(SCALE[index]), QColor(SCALE[index + 1])
    pairs = ((low.redF(), high.redF()), (low.greenF(), high.greenF()), (low.blueF(), high.blueF()))
    return QColor.fromRgbF(*(one + (place - index) * (other - one) for one, other in pairs))


def font(points: float = BODY_PT, *, bold: bool = False) -> QFont:
    """The window's font at a size of the type scale."""
    result = QApplication.font()
    result.setPointSizeF(points)
    result.setBold(bold)
    return result


def apply(application: QApplication) -> None:
    """Give the whole program its look."""
    application.setStyle("Fusion")
    application.setPalette(_palette())
    base = application.font()
    base.setPointSizeF(BODY_PT)
    application.setFont(base)
    application.setStyleSheet(_STYLE)


def _palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, SURFACE), (role.WindowText, TEXT), (role.Base, BACKGROUND), (role.AlternateBase, SURFACE),
        (role.Text, TEXT), (role.Button, RAISED), (role.ButtonText, TEXT), (role.ToolTipBase, RAISED),
        (role.ToolTipText, TEXT), (role.Highlight, ACCENT), (role.HighlightedText, BACKGROUND),
        (role.PlaceholderText, FAINT), (role.Link, ACCENT), (role.Mid, LINE), (role.Dark, BACKGROUND),
        (role.Light, RAISED), (role.Midlight, RAISED), (role.Shadow, "#000000"),
    ):  # fmt: skip
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(FAINT))
    return palette


_STYLE = f"""
QToolTip {{ color: {TEXT}; background: {RAISED}; border: 1px solid {LINE}; padding: 4px; }}
QMainWindow::separator {{ background: {BACKGROUND}; width: 4px; height: 4px; }}
QMainWindow::separator:hover {{ background: {ACCENT}; }}
QDockWidget::title {{ background: {SURFACE}; padding: 6px 8px; }}
QMenuBar, QStatusBar {{ background: {SURFACE}; }}
QStatusBar::item {{ border: none; }}
QPushButton {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 4px; padding: 4px 12px; }}
QPushButton:hover {{ border-color: {ACCENT}; }}
QPushButton:pressed {{ background: {LINE}; }}
QPushButton:disabled {{ color: {FAINT}; background: {SURFACE}; }}
QPushButton[primary="true"] {{ background: {ACCENT}; color: {BACKGROUND}; border-color: {ACCENT}; font-weight: bold; }}
QPushButton[primary="true"]:disabled {{ background: {RAISED}; color: {FAINT}; border-color: {LINE}; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 2px 6px; color: {MUTED}; }}
QTabBar QToolButton {{ padding: 0; }}
QToolButton[compact="true"] {{ padding: 1px; }}
QToolButton[link="true"], QToolButton[link="true"]:hover {{
    color: {ACCENT}; background: transparent; border: none; padding: 0; font-size: {SMALL_PT}pt; }}
QToolButton:hover {{ background: {RAISED}; color: {TEXT}; }}
QToolButton:checked {{ background: {RAISED}; color: {TEXT}; border-color: {LINE}; }}
QToolButton[fold="true"] {{ background: transparent; border: none; padding: 2px 0; }}
QToolButton:disabled {{ color: {LINE}; }}
QComboBox, QSpinBox, QDoubleSpinBox, QLineEdit {{
    background: {BACKGROUND}; border: 1px solid {LINE}; border-radius: 4px; padding: 2px 6px; min-height: 20px;
    selection-background-color: {ACCENT}; }}
QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QLineEdit:focus {{ border-color: {ACCENT}; }}
ChoiceBox::drop-down {{ border: none; width: 20px; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{
    width: 0; border: none; }}
QCheckBox::indicator {{
    width: 12px; height: 12px; border: 1px solid {MUTED}; border-radius: 3px; background: {BACKGROUND}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QCheckBox::indicator:disabled {{ border-color: {LINE}; }}
QCheckBox::indicator:checked:disabled {{ background: {LINE}; }}
QProgressBar {{ background: {BACKGROUND}; border: none; border-radius: 3px; max-height: 6px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 3px; }}
QScrollArea {{ border: none; }}
QTableView {{ border: 1px solid {LINE}; border-radius: 4px; outline: none;
    selection-background-color: {RAISED}; selection-color: {TEXT}; }}
QTableView::item {{ border: none; padding: 0 8px; }}
QHeaderView, QHeaderView::section {{ background: {SURFACE}; color: {MUTED}; }}
QHeaderView::section {{ border: none; border-bottom: 1px solid {LINE}; padding: 4px 8px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 5px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QLabel[role="title"] {{ font-weight: bold; font-size: {TITLE_PT}pt; }}
QLabel[role="muted"] {{ color: {MUTED}; font-size: {SMALL_PT}pt; }}
QLabel[role="heading"] {{ color: {MUTED}; font-size: {SMALL_PT}pt; font-weight: bold; }}
QLabel[role="warning"] {{ color: {WARNING}; font-size: {SMALL_PT}pt; }}
"""
