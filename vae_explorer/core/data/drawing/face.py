"""A cartoon face on a head that turns: features sit on an egg, and what is farther from its axis moves farther."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_explorer.core.data.drawing.canvas import Canvas, Colour, Field, rgb, smoothstep

Values = NDArray[np.floating[Any]]
"""(B, 1, 1): one number for each face."""

_BACKGROUND = rgb(124, 152, 172)
_HAIR = rgb(132, 80, 54)
_SWEATER = rgb(62, 96, 128)
_WHITE = rgb(252, 250, 248)
_LASHES = rgb(45, 28, 30)
_IRIS = rgb(78, 104, 84)
_PUPIL = rgb(24, 18, 22)
_MOUTH = rgb(96, 28, 36)
_SKINS = np.stack([rgb(252, 224, 204), rgb(222, 172, 132), rgb(168, 114, 82), rgb(122, 80, 60)])

_FLUSH = np.array([0.10, -0.02, -0.16], np.float32).reshape(3, 1, 1)
"""How a smile warms the skin, and a frown makes it pale."""

_WIDTH, _HEIGHT = 0.52, 0.64
"""From the head's centre to its sides, and to its top and chin."""

_MIDDLE = 0.04
"""The y of the head's centre."""


@dataclass(frozen=True)
class FaceValues:
    """What faces are drawn from, (B, 1, 1) each."""

    yaw: Values
    """Where the nose points: radians, positive to the right of the picture."""
    expression: Values
    """−1, a frown, to 1, a smile."""
    eye_opening: Values
    """0, shut, to 1."""
    hair: Values
    """0, short, to 1, below the shoulders."""
    skin: Values
    """0, light, to 1, dark."""
    light: Values
    """−1, from the left, to 1, from the right."""


def draw_faces(values: FaceValues, size: int) -> NDArray[np.uint8]:
    """Draw a face for each of the values. -> (B, size, size, 3)."""
    canvas = Canvas.blank(values.yaw.size, size, _BACKGROUND)
    head = _Head(values, canvas)
    head.draw_behind()
    head.draw_skull()
    head.draw_ears()
    head.draw_cheeks()
    head.draw_nose()
    for side in (-1, 1):
        head.draw_eye(side)
        head.draw_brow(side)
    head.draw_mouth()
    return canvas.to_bytes()


class _Egg:
    """The head's surface under each pixel, in units of its own radius."""

    def __init__(self, canvas: Canvas, light: Values) -> None:
        self.down = (canvas.y - _MIDDLE) / _HEIGHT
        narrowing = 1 - 0.20 * np.clip(self.down, 0, 1) ** 2  # towards the chin
        self.across = canvas.x / (_WIDTH * narrowing)
        self.radius = np.sqrt(self.across**2 + self.down**2)
        self.depth = np.sqrt(np.clip(1 - self.radius**2, 0, 1))
        """How far towards the viewer."""
        self.shade = 0.80 + 0.20 * self.depth + 0.26 * light * self.across - 0.10 * self.down


class _Head:
    """One batch of faces while they are drawn, from back to front."""

    def __init__(self, values: FaceValues, canvas: Canvas) -> None:
        self._values = values
        self._canvas = self._face = canvas
        self._turn, self._front = np.sin(values.yaw), np.cos(values.yaw)
        self._skin = np.clip(_mix(_SKINS, values.skin) * (1 + _FLUSH * values.expression[:, None]), 0, 1)
        self._ground = 1 + 0.12 * values.light * canvas.x

    def draw_behind(self) -> None:
        """Draw what is behind the head: the wall, the hair that falls, neck and shoulders."""
        canvas, values = self._canvas, self._values
        canvas.pixels *= (1 + 0.06 * values.light * canvas.x)[:, None]  # the wall
        back = -0.16 * self._turn
        length = 0.10 + 0.82 * values.hair
        mane = canvas.ellipse(back, -0.10, 0.56 + 0.07 * abs(self._turn), 0.60)
        fall = _rounded_box(canvas, back * 0.9, 0.5 * (length - 0.1), 0.53 + 0.06 * values.hair, 0.5 * (length + 0.1))
        canvas.paint(np.maximum(mane, fall), self._lit(_HAIR * 0.92))
        low = canvas.part(0.3, 1)
        neck = low.ellipse(-0.05 * self._turn, 0.72, 0.19, 0.34)
        low.paint(low.ellipse(0, 1.12, 0.80, 0.40), self._lit(_SWEATER))
        low.paint(neck, self._skin * 0.80)

    def draw_skull(self) -> None:
        """Draw the ears as far as they stick out, the head, and the hair on it, shaded as a round thing is."""
        for side in (-1, 1):
            self._ear(side, np.ones_like(self._turn))
        egg = _Egg(self._canvas, self._values.light)
        inside = self._canvas.cover((egg.radius - 1) * 0.56)
        self._canvas.paint(inside, self._skin * egg.shade[:, None])
        self._face = self._canvas.masked(inside)
        self._draw_hair(egg)

    def _draw_hair(self, egg: _Egg) -> None:
        """Paint hair on the head outside an opening for the face, which turns with it."""
        side = egg.across * self._front - egg.depth * self._turn
        forward = egg.across * self._turn + egg.depth * self._front
        opening = np.sqrt((side / 0.93) ** 2 + ((egg.down - 0.22 - 0.14 * side) / 0.84) ** 2) - 1
        outside = np.minimum(-opening, forward) * 0.45
        above = (egg.down - 0.22 - 0.7 * self._values.hair) * 0.6
        cover = self._canvas.cover
        sheen = 0.10 + 0.22 * np.exp(-(((egg.down + 0.66) / 0.16) ** 2))
        cap = cover(np.maximum(outside, above)) * cover((egg.radius - 1.05) * 0.56)
        self._canvas.paint(cap, _HAIR * (egg.shade + sheen)[:, None])

    def draw_ears(self) -> None:
        """Draw the ear that the turn brings forward, unless hair hides it."""
        shown = 1 - smoothstep(self._values.hair, 0.25, 0.5)
        for side in (-1, 1):
            self._ear(side, smoothstep(-side * self._turn, 0.05, 0.4) * shown)

    def _ear(self, side: int, opacity: Field) -> None:
        part = self._canvas.part(-0.2, 0.4)
        x = side * _WIDTH * (1.02 * self._front + 0.04) - 0.10 * self._turn
        outward = np.clip(-side * self._turn, 0, 1)
        part.paint(part.ellipse(x, 0.09, 0.075 + 0.05 * outward, 0.135) * opacity, self._skin * 0.93)
        part.paint(part.ellipse(x, 0.10, 0.035 + 0.035 * outward, 0.075) * opacity, self._skin * 0.78)

    def _on_face(self, azimuth: float, down: float, reach: float = 1) -> tuple[Field, Field]:
        """Return the x of a point on the head, and how much of its breadth the turn leaves."""
        angle = self._values.yaw + np.float32(azimuth)
        radius = _WIDTH * reach * np.float32(np.sqrt(max(0.0, 1 - down**2)))
        return radius * np.sin(angle), np.cos(angle)

    def draw_cheeks(self) -> None:
        """Redden the cheeks, more so in a smile."""
        part = self._face.part(0.02, 0.62)
        blush = 0.28 + 0.27 * self._values.expression
        for azimuth in (-0.72, 0.72):
            x, breadth = self._on_face(azimuth, 0.3)
            seen = smoothstep(breadth, 0.1, 0.5)
            distance = ((part.x - x) / (0.13 * np.maximum(breadth, 0.2))) ** 2 + ((part.y - 0.28) / 0.12) ** 2
            part.paint(np.exp(-distance) * (blush * seen), self._skin * rgb(255, 150, 150))

    def draw_nose(self) -> None:
        """Draw the nose, which moves farther than all else."""
        part = self._canvas.part(-0.12, 0.36)
        bridge, _ = self._on_face(0, 0.0, 1.05)
        tip, _ = self._on_face(0, 0.2, 1.38)
        along = np.clip((part.y + 0.02) / 0.22, 0, 1)
        middle = bridge + (tip - bridge) * along
        fading = smoothstep(part.y, -0.1, 0.15) * smoothstep(-part.y, -0.22, -0.18)
        part.paint(part.cover(abs(part.x - middle) - 0.025 - 0.03 * along) * fading, self._skin * 0.93)
        part.paint(part.ellipse(tip, 0.215, 0.088, 0.060), self._skin * 0.74)
        part.paint(part.ellipse(tip, 0.195, 0.078, 0.056), np.minimum(self._skin * 1.03, 1))

    def draw_eye(self, side: int) -> None:
        """Draw an eye: lashes, white, iris, pupil and a glint."""
        part = self._face.part(-0.36, 0.22)
        x, breadth = self._on_face(side * 0.47, 0.0)
        width = 0.170 * np.maximum(breadth, 0.12)
        height = 0.012 + 0.155 * self._values.eye_opening
        part.paint(part.ellipse(x, -0.05 - 0.018, width + 0.018, height + 0.022), _LASHES)
        inside = part.ellipse(x, -0.05, width, height) * smoothstep(self._values.eye_opening, 0.0, 0.12)
        part.paint(inside, _WHITE)
        look = x + 0.03 * self._turn
        for radius, colour in ((0.104, _IRIS), (0.062, _PUPIL)):
            part.paint(inside * part.ellipse(look, -0.05, radius * np.maximum(breadth, 0.12) ** 0.5, radius), colour)
        part.paint(inside * part.ellipse(look + 0.03, -0.09, 0.027, 0.027), _WHITE)

    def draw_brow(self, side: int) -> None:
        """Draw a brow: low on the inside in a frown, high in a smile."""
        part = self._face.part(-0.5, -0.1)
        expression = self._values.expression
        x, breadth = self._on_face(side * 0.46, -0.35)
        width = 0.16 * np.maximum(breadth, 0.12)
        along = (part.x - x) / width
        tilt = side * along * (0.035 * expression - 0.015)
        middle = -0.29 - 0.035 * expression - tilt + 0.05 * along**2
        thick = 0.034 - 0.010 * side * along
        part.paint(part.band(middle - thick, middle + thick, x - width, x + width), _HAIR * 0.62)

    def draw_mouth(self) -> None:
        """Draw the lips, and teeth where a smile parts them."""
        part = self._face.part(0.22, 0.72)
        expression = self._values.expression
        x, breadth = self._on_face(0, 0.5)
        width = (0.26 + 0.03 * expression) * np.maximum(breadth, 0.2)
        along = (part.x - x) / width
        arch = np.clip(1 - along**2, 0, 1)
        upper = 0.42 + 0.18 * expression * (arch - 0.7)
        gap = 0.20 * smoothstep(expression, -0.1, 1.0) * arch
        lip = 0.014 + 0.032 * np.sqrt(arch)
        lips = self._skin * rgb(222, 124, 116)
        part.paint(part.band(upper - lip, upper + gap + lip * 1.3, x - width, x + width), lips)
        part.paint(part.band(upper - 0.008, upper + gap + 0.008, x - width, x + width), _MOUTH)
        part.paint(part.band(upper, upper + gap * 0.45, x - width * 0.92, x + width * 0.92) * (gap > 0.01), _WHITE)

    def _lit(self, colour: Colour) -> Colour:
        """Shade what isn't on the head: brighter towards the light."""
        return colour * self._ground[:, None]


def _mix(stops: Colour, share: Values) -> Colour:
    """Blend colours, (S, 3, 1, 1), that are evenly spaced over 0 to 1. -> (B, 3, 1, 1)."""
    place = share[:, None] * np.float32(len(stops) - 1)
    mixed = np.zeros((len(share), 3, 1, 1), np.float32)
    for index, stop in enumerate(stops):
        mixed += np.clip(1 - abs(place - index), 0, 1) * stop
    return mixed


def _rounded_box(canvas: Canvas, x: Values, y: Values, width: Values, height: Values) -> Field:
    """Cover an upright box with round corners; `width` and `height` are from its centre to its edge."""
    corner = np.float32(0.16)
    across, down = abs(canvas.x - x) - width + corner, abs(canvas.y - y) - height + corner
    outside = np.sqrt(np.maximum(across, 0) ** 2 + np.maximum(down, 0) ** 2)
    return canvas.cover(outside + np.minimum(np.maximum(across, down), 0) - corner)
