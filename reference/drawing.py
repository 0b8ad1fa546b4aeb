"""The painter behind `reference.scenes`: a canvas, a pen in the drawn thing's own frame, and backgrounds.

Knows no class and no label; every choice comes from the generator it is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

SIZE = 32
FINE = 4  # drawn this many times larger, then averaged: smooth edges without an antialiasing painter
CANVAS = SIZE * FINE

Colour = tuple[int, int, int]
Point = tuple[float, float]

_CIRCLE = [(float(np.cos(t)), float(np.sin(t))) for t in np.linspace(0, 2 * np.pi, 20, endpoint=False)]

BLACK: Colour = (28, 26, 28)
GLASS: Colour = (150, 185, 205)
FURS: tuple[Colour, ...] = (
    (60, 52, 48),
    (235, 228, 215),
    (190, 130, 75),
    (128, 88, 58),
    (150, 145, 140),
    (215, 180, 130),
)
PAINTS: tuple[Colour, ...] = (
    (200, 40, 40),
    (40, 75, 165),
    (235, 235, 235),
    (50, 52, 58),
    (235, 190, 50),
    (60, 130, 85),
    (150, 155, 160),
    (225, 120, 40),
)


class Scene:
    """A canvas, the choices made for it, and a pen in the coordinates of the thing that is drawn.

    Things are drawn facing right, x rightwards and y upwards; `place` says where that frame lies.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.image = Image.new("RGB", (CANVAS, CANVAS))
        self._pen = ImageDraw.Draw(self.image)
        self._origin = (0.0, 0.0)
        self._across = (1.0, 0.0)
        self._up = (0.0, -1.0)
        self._unit = 1.0

    # -- choices ---------------------------------------------------------------------------------

    def between(self, low: float, high: float) -> float:
        """A number drawn uniformly from low…high."""
        return low + (high - low) * float(self.rng.random())

    def chance(self, share: float) -> bool:
        """True in this share of the scenes."""
        return float(self.rng.random()) < share

    def pick(self, colours: Sequence[Colour], spread: int = 22) -> Colour:
        """One of the colours, varied by up to `spread` in each channel."""
        base = colours[int(self.rng.integers(len(colours)))]
        offsets = self.rng.integers(-spread, spread + 1, 3).tolist()
        return _clipped(*(channel + offset for channel, offset in zip(base, offsets, strict=True)))

    # -- the pen ---------------------------------------------------------------------------------

    def place(self, x: float, y: float, unit: float, tilt: float = 0.0) -> None:
        """Put the frame's origin at (x, y) of the canvas, 0…1 from the top left.

        Args:
            x, y: where the origin lies.
            unit: length of 1 in the frame as a share of the canvas.
            tilt: largest rotation in degrees, either way; the thing is also mirrored half of the time.
        """
        self._unit = unit * CANVAS
        angle = np.deg2rad(self.between(-tilt, tilt))
        cosine, sine = float(np.cos(angle)) * self._unit, float(np.sin(angle)) * self._unit
        side = -1.0 if self.chance(0.5) else 1.0
        self._origin = (x * CANVAS, y * CANVAS)
        self._across, self._up = (side * cosine, -sine), (-side * sine, -cosine)

    def _pixels(self, points: Sequence[Point]) -> list[tuple[int, int]]:
        # Whole pixels: the last bits of sines and cosines differ between platforms, the picture must not.
        (left, top), (ax, ay), (ux, uy) = self._origin, self._across, self._up
        return [(round(left + x * ax + y * ux), round(top + x * ay + y * uy)) for x, y in points]

    def shape(self, colour: Colour, *points: Point) -> None:
        """A filled polygon."""
        self._pen.polygon(self._pixels(points), fill=colour)

    def oval(self, colour: Colour, x: float, y: float, rx: float, ry: float, lean: float = 0.0) -> None:
        """A filled ellipse; `lean` shears it, so that its top lies `lean` to the right of its centre."""
        self.shape(colour, *((x + rx * u + lean * v, y + ry * v) for u, v in _CIRCLE))

    def stroke(self, colour: Colour, width: float, *points: Point) -> None:
        """A line through the points; its width is in units of the frame."""
        self._pen.line(self._pixels(points), fill=colour, width=max(1, round(width * self._unit)))

    def wheel(self, x: float, y: float, radius: float) -> None:
        """A tyre with a hub."""
        self.oval(BLACK, x, y, radius, radius)
        self.oval((165, 165, 170), x, y, radius * 0.5, radius * 0.5)

    def eye(self, x: float, y: float, radius: float, iris: Colour) -> None:
        """A round eye with a pupil."""
        self.oval(iris, x, y, radius, radius)
        self.oval(BLACK, x, y, radius * 0.5, radius * 0.6)

    # -- backgrounds -----------------------------------------------------------------------------

    def _gradient(self, top: Colour, bottom: Colour, start: float, end: float) -> None:
        """Fill the rows start…end (0…1) with a blend from one colour to the other."""
        first, last = round(start * CANVAS), round(end * CANVAS)
        rows = np.linspace(top, bottom, max(1, last - first)).round().astype(np.uint8)[:, None]
        self.image.paste(
            Image.fromarray(rows).resize((CANVAS, len(rows)), Image.Resampling.NEAREST), (0, first)
        )

    def sky(self, until: float = 1.0) -> None:
        """Blue, grey or evening sky from the top to the row `until`, perhaps with sun and clouds."""
        high = self.pick([(70, 130, 205), (120, 165, 210), (150, 160, 172), (95, 100, 140)])
        low = self.pick([(185, 210, 228), (215, 220, 222), (238, 200, 165)])
        self._gradient(high, low, 0.0, until)
        if self.chance(0.3):
            self.place(self.between(0.05, 0.95), self.between(0, until * 0.6), 0.1)
            self.oval(self.pick([(250, 240, 190), (245, 225, 210)]), 0, 0, 0.8, 0.8)
        for _ in range(int(self.rng.integers(0, 4))):
            self.place(self.between(0, 1), self.between(0, until * 0.8), self.between(0.06, 0.16))
            cloud = self.pick([(232, 236, 240), (200, 204, 210)])
            self.oval(cloud, 0, 0, 1.3, 0.35)
            self.oval(cloud, self.between(-0.5, 0.5), 0.25, 0.6, 0.4)

    def ground(self, horizon: float, near: Sequence[Colour]) -> None:
        """Land from the horizon down, with tufts or stones."""
        colour = self.pick(near)
        self._gradient(shaded(colour, 1.12), shaded(colour, 0.8), horizon, 1.0)
        for _ in range(int(self.rng.integers(3, 9))):
            self.place(self.between(0, 1), self.between(horizon, 1), self.between(0.02, 0.06))
            self.oval(shaded(colour, self.between(0.7, 1.3)), 0, 0, 1.5, 0.5)

    def meadow(self, horizon: float) -> None:
        """Sky, trees and hills behind grass, earth or snow."""
        self.sky(horizon + 0.02)
        if self.chance(0.7):
            wood = self.pick([(62, 92, 58), (100, 110, 70), (85, 95, 105)])
            for _ in range(int(self.rng.integers(2, 8))):
                self.place(self.between(0, 1), horizon, self.between(0.08, 0.3))
                self.oval(shaded(wood, self.between(0.8, 1.2)), 0, 0.2, self.between(0.4, 1.2), 0.9)
        self.ground(
            horizon, [(95, 145, 65), (140, 150, 80), (170, 150, 110), (120, 115, 85), (215, 220, 225)]
        )

    def water(self, horizon: float) -> None:
        """Sea or lake from the horizon down, with waves."""
        colour = self.pick([(45, 95, 145), (60, 125, 145), (90, 110, 130), (50, 75, 105)])
        self._gradient(shaded(colour, 1.25), shaded(colour, 0.85), horizon, 1.0)
        for _ in range(int(self.rng.integers(5, 12))):
            self.place(self.between(0, 1), self.between(horizon, 1), self.between(0.05, 0.12))
            self.stroke(shaded(colour, self.between(1.1, 1.5)), 0.15, (-1, 0), (0, 0.12), (1, 0))

    def street(self, horizon: float) -> None:
        """Sky, a strip of land with houses or trees, and a road with a marking."""
        self.sky(horizon)
        self.ground(horizon, [(95, 145, 65), (150, 145, 135), (180, 160, 120)])
        kerb = horizon + self.between(0.05, 0.2)
        for _ in range(int(self.rng.integers(0, 6))):
            self.place(self.between(0, 1), self.between(horizon + 0.02, kerb), self.between(0.1, 0.35))
            if self.chance(0.6):
                width, height = self.between(0.3, 0.7), self.between(0.5, 1.5)
                wall = self.pick([(165, 120, 100), (190, 185, 175), (120, 125, 135)])
                self.shape(wall, (-width, 0), (-width, height), (width, height), (width, 0))
            else:
                self.oval(self.pick([(62, 92, 58), (105, 125, 70)]), 0, 0.4, 0.6, 0.7)
        asphalt = self.pick([(95, 95, 100), (130, 128, 125), (160, 140, 115)])
        self._gradient(shaded(asphalt, 1.1), asphalt, kerb, 1.0)
        if self.chance(0.5):
            self.place(self.between(0.3, 0.7), self.between(0.9, 0.97), 0.2)
            self.stroke((225, 222, 205), 0.1, (-0.8, 0), (0.8, 0))

    def room(self, horizon: float) -> None:
        """A wall and a floor, perhaps with a window, a cushion or a rug."""
        wall = self.pick([(205, 190, 165), (160, 170, 180), (190, 150, 140), (130, 140, 120)])
        self._gradient(shaded(wall, 1.1), shaded(wall, 0.9), 0.0, horizon)
        if self.chance(0.4):
            self.place(self.between(0.1, 0.9), 0.2, 0.2)
            self.shape(
                self.pick([(200, 220, 235), (110, 80, 60)]),
                (-0.7, -0.5),
                (-0.7, 0.6),
                (0.7, 0.6),
                (0.7, -0.5),
            )
        self.ground(horizon, [(165, 120, 80), (120, 90, 75), (175, 170, 165), (150, 70, 65)])

    def indoors_or_out(self, horizon: float) -> None:
        """A room or a meadow."""
        if self.chance(0.5):
            self.room(horizon)
        else:
            self.meadow(horizon)

    # -- where things stand ----------------------------------------------------------------------

    def centred(self, low: float, high: float, tilt: float, top: float, bottom: float) -> None:
        """Place the frame near the middle, its origin between the rows top and bottom (0…1)."""
        self.place(self.between(0.42, 0.58), self.between(top, bottom), self.between(low, high), tilt)

    def standing(self, horizon: float, low: float, high: float, tilt: float = 5.0) -> None:
        """Place the frame on the ground, its origin below the horizon."""
        self.centred(low, high, tilt, max(horizon + 0.12, 0.78), 0.95)

    def foreground(self) -> None:
        """In some scenes, something in front: a post, leaves or blades of grass at the edge."""
        if self.chance(0.65):
            return
        self.place(self.between(0, 1), 1.0, self.between(0.12, 0.3), 10)
        colour = self.pick([(70, 100, 55), (120, 95, 70), (160, 160, 165), (60, 62, 70)])
        if self.chance(0.4):
            self.stroke(colour, 0.3, (0, -1), (0, 12))
        elif self.chance(0.5):
            self.oval(colour, 0, 0.1, 1.3, 0.9)
            self.oval(shaded(colour, 1.2), 0.5, 0.3, 0.6, 0.6)
        else:
            for x in (-1.2, -0.6, 0.0, 0.6, 1.2):
                self.stroke(
                    shaded(colour, self.between(0.8, 1.3)), 0.12, (x, 0), (x * 1.1, self.between(1, 2.5))
                )


def _clipped(*channels: float) -> Colour:
    red, green, blue = (min(255, max(0, round(channel))) for channel in channels)
    return red, green, blue


def shaded(colour: Colour, factor: float) -> Colour:
    """The colour in more light (factor above 1) or less."""
    return _clipped(*(channel * factor for channel in colour))
