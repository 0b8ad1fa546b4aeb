"""A drawn stand-in for CIFAR-10: ten classes of simple 32×32 scenes in CIFAR-10's label order.

For machines without the real set. Drawn from scratch on each call and determined by a seed; contains no
photograph and claims no likeness to CIFAR-10's accuracy figures. Never reads or writes a file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from reference.drawing import BLACK, FINE, FURS, GLASS, PAINTS, SIZE, Scene, shaded

# -- the ten classes -----------------------------------------------------------------------------


def _airplane(scene: Scene) -> None:
    """From the side or a little from above, in the sky or over the ground."""
    if scene.chance(0.65):
        scene.sky()
    else:
        scene.meadow(scene.between(0.75, 0.9))
    scene.centred(0.3, 0.47, 22, 0.4, 0.58)
    hull = scene.pick([(232, 234, 238), (190, 195, 200), (220, 220, 225), (120, 128, 135), (200, 60, 50)])
    accent = scene.pick(PAINTS)
    sweep = scene.between(0.3, 0.5)
    scene.shape(
        shaded(hull, 0.8), (0.15, 0.08), (-0.2 - sweep / 2, 0.5), (-0.35 - sweep / 2, 0.5), (-0.2, 0.08)
    )
    scene.shape(accent, (-0.6, 0.05), (-0.95, 0.45), (-1.05, 0.45), (-0.92, 0.05))
    scene.oval(hull, -0.05, 0, 0.92, 0.14)
    scene.shape(hull, (-0.4, 0.13), (-1.02, 0.1), (-0.5, -0.12))
    scene.shape(shaded(hull, 0.72), (-0.7, 0.02), (-1.05, -0.14), (-1.12, -0.12), (-0.95, 0.05))
    scene.shape(
        shaded(hull, 0.62), (0.25, -0.04), (-0.25 - sweep, -0.6), (-0.42 - sweep, -0.6), (-0.2, -0.06)
    )
    scene.oval(shaded(accent, 0.8), -0.05, -0.25, 0.14, 0.07)
    scene.stroke(shaded(GLASS, 0.5), 0.05, (-0.5, 0.04), (0.55, 0.04))
    scene.oval(BLACK, 0.7, 0.05, 0.08, 0.05)


def _automobile(scene: Scene) -> None:
    """A saloon, estate or hatchback: long low body, cabin with glass, two wheels."""
    horizon = scene.between(0.35, 0.6)
    scene.street(horizon)
    scene.standing(horizon, 0.3, 0.47, 4)
    paint = scene.pick(PAINTS)
    roof, back = scene.between(0.62, 0.76), scene.between(-0.95, -0.55)
    scene.oval(shaded((90, 90, 92), 0.6), 0, 0.02, 1.0, 0.07)
    cabin = ((back, 0.4), (back + 0.2, roof), (0.2, roof), (0.55, 0.4))
    scene.shape(shaded(paint, 0.9), *cabin)
    glass = shaded(GLASS, scene.between(0.35, 1.1))
    scene.shape(glass, (back + 0.14, 0.42), (back + 0.26, roof - 0.06), (-0.2, roof - 0.06), (-0.2, 0.42))
    scene.shape(glass, (-0.12, 0.42), (-0.12, roof - 0.06), (0.17, roof - 0.06), (0.42, 0.42))
    scene.shape(paint, (-1.0, 0.12), (-0.98, 0.4), (-0.4, 0.44), (0.55, 0.42), (0.95, 0.34), (1.0, 0.12))
    scene.shape(shaded(paint, 0.65), (-1.0, 0.1), (-1.0, 0.2), (1.0, 0.2), (1.0, 0.1))
    scene.oval((250, 240, 190), 0.93, 0.3, 0.07, 0.05)
    scene.oval((190, 30, 30), -0.96, 0.33, 0.05, 0.05)
    scene.wheel(-0.58, 0.14, 0.18)
    scene.wheel(0.58, 0.14, 0.18)


def _bird(scene: Scene) -> None:
    """On the wing, or perched on a branch or on the ground."""
    plumage = scene.pick([*FURS, (200, 60, 50), (60, 100, 170), (225, 195, 60), (70, 120, 80)])
    belly = scene.pick([(235, 225, 205), (215, 120, 70), plumage])
    beak = scene.pick([(235, 165, 50), (70, 65, 60)])
    wing = shaded(plumage, 0.65)
    if scene.chance(0.35):
        scene.sky()
        scene.centred(0.28, 0.44, 18, 0.42, 0.6)
        lift = scene.between(0.45, 0.75)
        scene.shape(wing, (0.2, 0.1), (0.15, lift), (-0.45, lift + 0.2), (-0.25, 0.05))
        scene.shape(plumage, (-0.4, 0.06), (-0.95, 0.2), (-1.0, -0.08))
        scene.oval(plumage, 0, 0, 0.5, 0.2)
        scene.oval(belly, 0.08, -0.07, 0.35, 0.12)
        scene.shape(shaded(wing, 0.8), (0.28, 0.05), (0.0, -lift), (-0.6, -lift - 0.1), (-0.3, 0.02))
        head = (0.5, 0.14)
    else:
        horizon = scene.between(0.6, 0.85)
        scene.meadow(horizon)
        scene.centred(0.28, 0.42, 8, 0.5, 0.64)
        if scene.chance(0.6):
            scene.stroke(
                scene.pick([(95, 70, 50), (130, 120, 110)]), 0.12, (-2, -0.9), (0, -0.78), (2, -0.85)
            )
        scene.stroke(shaded(beak, 0.8), 0.06, (-0.05, -0.3), (-0.05, -0.78))
        scene.stroke(shaded(beak, 0.8), 0.06, (0.14, -0.3), (0.14, -0.78))
        scene.shape(wing, (-0.3, 0.1), (-1.1, -0.4), (-0.95, -0.55), (-0.1, -0.3))
        scene.oval(plumage, 0, -0.05, 0.48, 0.38, 0.1)
        scene.oval(belly, 0.14, -0.15, 0.3, 0.27)
        scene.oval(wing, -0.16, -0.04, 0.38, 0.2, 0.15)
        head = (0.38, 0.42)
    x, y = head
    scene.shape(beak, (x + 0.18, y + 0.1), (x + 0.52, y - 0.02), (x + 0.18, y - 0.1))
    scene.oval(plumage, x, y, 0.25, 0.23)
    scene.eye(x + 0.08, y + 0.06, 0.07, (240, 235, 220))


def _cat(scene: Scene) -> None:
    """Sitting, seen from the front: pointed ears, round face, whiskers, a raised tail."""
    horizon = scene.between(0.4, 0.7)
    scene.indoors_or_out(horizon)
    scene.standing(horizon, 0.31, 0.47)
    fur = scene.pick(FURS)
    dark, light = shaded(fur, 0.65), shaded(fur, 1.3)
    turn = scene.between(-0.08, 0.08)
    scene.stroke(dark, 0.13, (-0.4, 0.1), (-0.75, 0.25), (-0.8, 0.65), (-0.62, 0.85))
    scene.oval(fur, 0, 0.42, 0.5, 0.45)
    scene.oval(light, 0.02, 0.45, 0.22, 0.35)
    for x in (-0.17, 0.17):
        scene.oval(shaded(fur, 0.9), x, 0.2, 0.13, 0.24)
        scene.oval(light, x, 0.04, 0.14, 0.07)
    for side in (-1, 1):
        tip = (turn + side * 0.43, 1.68)
        scene.shape(fur, (turn + side * 0.44, 1.1), tip, (turn + side * 0.08, 1.36))
        scene.shape(
            (205, 140, 135),
            (turn + side * 0.36, 1.25),
            (turn + side * 0.39, 1.55),
            (turn + side * 0.18, 1.36),
        )
    scene.oval(fur, turn, 1.08, 0.46, 0.38)
    if scene.chance(0.6):
        for x in (-0.14, 0.0, 0.14):
            scene.stroke(dark, 0.06, (turn + x, 1.24), (turn + x * 0.9, 1.42))
    iris = scene.pick([(170, 205, 80), (225, 185, 70), (120, 175, 205)])
    for side in (-1, 1):
        scene.eye(turn + side * 0.19, 1.13, 0.11, iris)
        scene.stroke((240, 240, 235), 0.03, (turn + side * 0.14, 0.94), (turn + side * 0.66, 1.0))
        scene.stroke((240, 240, 235), 0.03, (turn + side * 0.14, 0.9), (turn + side * 0.64, 0.86))
    scene.oval(light, turn, 0.9, 0.17, 0.11)
    scene.shape((200, 110, 115), (turn - 0.07, 0.99), (turn + 0.07, 0.99), (turn, 0.91))


def _deer(scene: Scene) -> None:
    """Standing: slim body, thin legs, upright neck, antlers or large ears, pale rump."""
    horizon = scene.between(0.3, 0.6)
    scene.meadow(horizon)
    scene.standing(horizon, 0.3, 0.44)
    coat = scene.pick([(165, 110, 65), (135, 95, 65), (190, 140, 90), (115, 92, 75)])
    dark = shaded(coat, 0.65)
    for x, shade in ((-0.42, dark), (0.22, dark), (-0.52, coat), (0.34, coat)):
        scene.shape(shade, (x - 0.08, 0.7), (x + 0.08, 0.7), (x + 0.03, 0.0), (x - 0.05, 0.0))
    scene.oval(coat, -0.08, 0.76, 0.54, 0.21)
    scene.oval((238, 230, 215), -0.56, 0.8, 0.1, 0.14)
    scene.shape(coat, (0.12, 0.86), (0.45, 1.38), (0.62, 1.32), (0.48, 0.72))
    scene.oval((225, 205, 180), -0.05, 0.62, 0.3, 0.07)
    if scene.chance(0.5):
        for x in (-0.35, -0.18, 0.0, 0.16):
            scene.oval((235, 220, 195), x, scene.between(0.76, 0.88), 0.04, 0.03)
    if scene.chance(0.8):
        horn = scene.pick([(205, 185, 150), (110, 85, 65)])
        for lean in (-0.3, 0.22):
            scene.stroke(horn, 0.06, (0.55, 1.45), (0.55 + lean * 0.7, 1.72), (0.55 + lean * 0.9, 2.0))
            scene.stroke(horn, 0.05, (0.55 + lean * 0.7, 1.7), (0.55 + lean * 1.6, 1.86))
    scene.shape(dark, (0.45, 1.42), (0.2, 1.6), (0.36, 1.36))
    scene.oval(coat, 0.58, 1.4, 0.17, 0.13)
    scene.shape(coat, (0.55, 1.5), (0.92, 1.3), (0.9, 1.2), (0.55, 1.28))
    scene.oval(BLACK, 0.91, 1.26, 0.06, 0.06)
    scene.oval(BLACK, 0.63, 1.43, 0.04, 0.04)


def _dog(scene: Scene) -> None:
    """Sitting, seen from the front: hanging ears, long muzzle, big nose, perhaps a tongue and a collar."""
    horizon = scene.between(0.4, 0.7)
    scene.indoors_or_out(horizon)
    scene.standing(horizon, 0.31, 0.47)
    fur = scene.pick(FURS)
    dark = shaded(fur, 0.6)
    muzzle = scene.pick([shaded(fur, 1.25), (240, 232, 220)])
    turn = scene.between(-0.1, 0.1)
    scene.stroke(fur, 0.13, (-0.35, 0.15), (-0.7, 0.3), (-0.85, 0.5))
    scene.oval(fur, 0, 0.45, 0.46, 0.48)
    scene.oval(muzzle, 0.0, 0.5, 0.2, 0.3)
    for x in (-0.2, 0.2):
        scene.shape(shaded(fur, 0.88), (x - 0.12, 0.55), (x + 0.12, 0.55), (x + 0.1, 0), (x - 0.1, 0))
        scene.oval(muzzle, x, 0.05, 0.15, 0.08)
    if scene.chance(0.5):
        scene.stroke(scene.pick(PAINTS), 0.1, (-0.3, 0.8), (0.0, 0.74), (0.3, 0.8))
    scene.oval(fur, turn, 1.2, 0.4, 0.4)
    for side in (-1, 1):
        scene.oval(dark, turn + side * 0.42, 1.1, 0.13, 0.36, side * -0.08)
        scene.oval(BLACK, turn + side * 0.17, 1.26, 0.06, 0.07)
    if scene.chance(0.5):
        scene.oval((225, 105, 115), turn + 0.03, 0.78, 0.09, 0.16)
    scene.oval(muzzle, turn, 1.0, 0.22, 0.2)
    scene.oval(BLACK, turn, 1.1, 0.12, 0.08)
    scene.stroke(BLACK, 0.04, (turn - 0.12, 0.93), (turn, 0.9), (turn + 0.12, 0.93))


def _frog(scene: Scene) -> None:
    """Squatting: broad low body, folded hind legs, wide mouth, eyes on top of the head."""
    horizon = scene.between(0.1, 0.5)
    scene.meadow(horizon)
    if scene.chance(0.4):
        scene.water(scene.between(0.55, 0.75))
    skin = scene.pick([(85, 150, 60), (120, 160, 70), (130, 105, 65), (70, 110, 75), (165, 140, 85)])
    dark, pale = shaded(skin, 0.65), scene.pick([(225, 220, 170), shaded(skin, 1.4)])
    scene.centred(0.32, 0.48, 8, 0.66, 0.85)
    for side in (-1, 1):
        scene.oval(dark, side * 0.68, 0.24, 0.26, 0.3, side * 0.12)
        scene.oval(skin, side * 0.7, 0.28, 0.17, 0.2, side * 0.12)
        scene.shape(dark, (side * 0.6, 0.04), (side * 1.02, 0.06), (side * 1.0, -0.06), (side * 0.5, -0.05))
    scene.oval(skin, 0, 0.36, 0.62, 0.38)
    scene.oval(pale, 0, 0.2, 0.42, 0.22)
    for side in (-1, 1):
        scene.shape(dark, (side * 0.4, 0.35), (side * 0.22, 0.3), (side * 0.28, -0.04), (side * 0.5, -0.04))
    scene.oval(skin, 0, 0.62, 0.5, 0.26)
    for _ in range(int(scene.rng.integers(0, 5))):
        scene.oval(dark, scene.between(-0.4, 0.4), scene.between(0.65, 0.8), 0.06, 0.04)
    scene.stroke(dark, 0.06, (-0.44, 0.56), (-0.2, 0.48), (0.2, 0.48), (0.44, 0.56))
    for side in (-1, 1):
        scene.oval(skin, side * 0.32, 0.88, 0.18, 0.17)
        scene.eye(side * 0.32, 0.91, 0.12, scene.pick([(240, 215, 90), (225, 130, 60), (235, 235, 215)]))


def _horse(scene: Scene) -> None:
    """Standing or grazing: heavy body, strong neck with a mane, long tail."""
    horizon = scene.between(0.3, 0.6)
    scene.meadow(horizon)
    scene.standing(horizon, 0.31, 0.44)
    coat = scene.pick([(140, 85, 50), (60, 48, 42), (190, 135, 80), (228, 224, 218), (150, 148, 146)])
    dark = shaded(coat, 0.65)
    mane = scene.pick([(40, 32, 30), (235, 225, 200), shaded(coat, 0.5)])
    for x, shade in ((-0.4, dark), (0.26, dark), (-0.56, coat), (0.4, coat)):
        scene.shape(shade, (x - 0.12, 0.7), (x + 0.12, 0.7), (x + 0.07, 0.0), (x - 0.06, 0.0))
        scene.shape(BLACK, (x - 0.07, 0.08), (x + 0.08, 0.08), (x + 0.1, 0.0), (x - 0.07, 0.0))
    scene.shape(mane, (-0.62, 0.98), (-0.88, 0.78), (-0.92, 0.2), (-0.76, 0.25), (-0.66, 0.75))
    scene.oval(coat, -0.08, 0.8, 0.64, 0.31)
    droop = scene.between(0.0, 0.35) if scene.chance(0.75) else scene.between(0.9, 1.1)
    x, y = 0.78 + droop * 0.1, 1.42 - droop
    scene.shape(coat, (0.1, 1.0), (x - 0.2, y + 0.1), (x + 0.04, y - 0.1), (0.56, 0.68))
    scene.shape(
        mane, (0.05, 1.06), (x - 0.26, y + 0.14), (x - 0.04, y + 0.14), (x - 0.14, y - 0.04), (0.3, 0.98)
    )
    scene.shape(
        coat,
        (x - 0.12, y + 0.12),
        (x + 0.06, y + 0.14),
        (x + 0.34, y - 0.3),
        (x + 0.18, y - 0.4),
        (x - 0.12, y - 0.12),
    )
    scene.shape(coat, (x - 0.08, y + 0.08), (x - 0.02, y + 0.28), (x + 0.06, y + 0.1))
    scene.oval(dark, x + 0.25, y - 0.32, 0.1, 0.08)
    scene.oval(BLACK, x + 0.05, y + 0.01, 0.04, 0.04)


def _ship(scene: Scene) -> None:
    """A steamer, freighter or sailing boat on the water."""
    horizon = scene.between(0.4, 0.65)
    scene.sky(horizon)
    if scene.chance(0.3):
        scene.place(scene.between(0, 1), horizon, 0.3)
        scene.oval(scene.pick([(95, 115, 120), (110, 125, 90)]), 0, 0, 1.4, 0.3)
    scene.water(horizon)
    scene.centred(0.3, 0.46, 5, max(0.64, horizon + 0.06), 0.82)
    hull = scene.pick(PAINTS)
    if scene.chance(0.35):
        sail = scene.pick([(240, 238, 230), (225, 200, 170), (200, 70, 60)])
        scene.stroke((110, 85, 65), 0.06, (0, 0.2), (0, 1.5))
        scene.shape(sail, (0.06, 0.32), (0.06, 1.45), (0.75, 0.32))
        scene.shape(shaded(sail, 0.85), (-0.06, 0.32), (-0.06, 1.25), (-0.6, 0.32))
    else:
        white = scene.pick([(235, 235, 232), (205, 205, 200)])
        bridge = scene.between(-0.6, -0.2)
        for x in (0.1, 0.36, 0.6):
            if scene.chance(0.5):
                scene.shape(scene.pick(PAINTS), (x, 0.2), (x, 0.48), (x + 0.22, 0.48), (x + 0.22, 0.2))
        scene.shape(
            scene.pick(PAINTS),
            (bridge + 0.1, 0.6),
            (bridge + 0.1, 1.05),
            (bridge + 0.32, 1.05),
            (bridge + 0.32, 0.6),
        )
        scene.shape(white, (bridge - 0.3, 0.2), (bridge - 0.3, 0.5), (bridge + 0.7, 0.5), (bridge + 0.7, 0.2))
        scene.shape(
            white, (bridge - 0.1, 0.45), (bridge - 0.1, 0.75), (bridge + 0.5, 0.75), (bridge + 0.5, 0.45)
        )
        scene.stroke(shaded(GLASS, 0.4), 0.06, (bridge - 0.05, 0.64), (bridge + 0.45, 0.64))
    scene.shape(hull, (-0.98, 0.26), (1.08, 0.34), (0.8, -0.08), (-0.85, -0.08))
    scene.shape(shaded(hull, 0.6), (-0.9, 0.03), (0.9, 0.05), (0.8, -0.08), (-0.85, -0.08))
    scene.stroke((225, 235, 240), 0.06, (-1.0, -0.1), (1.0, -0.1))


def _truck(scene: Scene) -> None:
    """A lorry: high box or tank behind a cab, three wheels."""
    horizon = scene.between(0.35, 0.6)
    scene.street(horizon)
    scene.standing(horizon, 0.31, 0.47, 4)
    paint, load = scene.pick(PAINTS), scene.pick([*PAINTS, (230, 228, 222)])
    top = scene.between(0.95, 1.2)
    scene.oval(shaded((90, 90, 92), 0.6), 0, 0.02, 1.0, 0.07)
    scene.shape(BLACK, (-0.98, 0.14), (-0.98, 0.28), (0.95, 0.28), (0.95, 0.14))
    if scene.chance(0.75):
        scene.shape(load, (-1.02, 0.28), (-1.02, top), (0.3, top), (0.3, 0.28))
        scene.shape(shaded(load, 1.15), (-1.02, top - 0.07), (-1.02, top), (0.3, top), (0.3, top - 0.07))
        scene.stroke(shaded(load, 0.75), 0.05, (-0.36, 0.3), (-0.36, top))
    else:
        scene.oval(load, -0.36, 0.56, 0.66, 0.32)
        scene.stroke(shaded(load, 1.3), 0.07, (-0.85, 0.7), (0.1, 0.7))
    roof = scene.between(0.8, 0.95)
    scene.shape(paint, (0.38, 0.16), (0.38, roof), (0.74, roof), (0.9, 0.52), (0.98, 0.46), (0.98, 0.16))
    scene.shape(
        shaded(GLASS, scene.between(0.4, 1.1)),
        (0.5, 0.54),
        (0.5, roof - 0.08),
        (0.7, roof - 0.08),
        (0.82, 0.54),
    )
    scene.oval((250, 240, 190), 0.95, 0.26, 0.05, 0.06)
    for x in (-0.78, -0.42, 0.68):
        scene.wheel(x, 0.14, 0.17)


_CLASSES: tuple[Callable[[Scene], None], ...] = (
    _airplane,
    _automobile,
    _bird,
    _cat,
    _deer,
    _dog,
    _frog,
    _horse,
    _ship,
    _truck,
)


def draw(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one scene.

    Args:
        label: the class, 0…9, in CIFAR-10's order (`datasets.CIFAR10_CLASSES`).
        rng: source of every choice; the same generator state gives the same image.

    Returns:
        (32, 32, 3) uint8.
    """
    scene = Scene(rng)
    _CLASSES[label](scene)
    scene.foreground()
    return _photographed(scene.image, rng)


def _photographed(image: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Reduce to 32×32 and add what a camera does: blur, contrast, exposure, light from one side, noise."""
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.BoxBlur(int(rng.integers(2, 5))))
    small = np.asarray(image.reduce(FINE), dtype=np.float64)
    contrast = 0.6 + 0.4 * rng.random()
    small = 128 + contrast * (small - 128)
    exposure, tint = 0.65 + 0.6 * rng.random(), 0.92 + 0.16 * rng.random(3)
    slope = 0.4 * (rng.random(2) - 0.5)
    ramp = np.linspace(-1, 1, SIZE)
    light = exposure * (1 + slope[0] * ramp[:, None] + slope[1] * ramp[None, :])
    grain = int(rng.integers(2, 12))
    noise = rng.integers(-grain, grain + 1, small.shape) + rng.integers(-grain, grain + 1, small.shape)
    exposed: NDArray[np.float64] = np.clip(small * light[:, :, None] * tint + noise, 0, 255)
    return exposed.round().astype(np.uint8)


def draw_split(
    train: int = 4000, test: int = 1000, seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """Draw a training and a test set, each with as many images of one class as of another.

    Every image has a generator of its own, seeded with (seed, split, index): no training image shares its
    numbers with a test image, and the test set does not depend on the training set's size.

    Args:
        train, test: numbers of images.
        seed: another seed gives other images.

    Returns:
        x_train (train, 32, 32, 3) uint8, y_train (train,) int64, x_test, y_test likewise.
    """
    return (*_drawn(train, (seed, 0)), *_drawn(test, (seed, 1)))


def _drawn(count: int, seed: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    labels = np.random.default_rng(seed).permutation(np.arange(count, dtype=np.int64) % len(_CLASSES))
    images = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for index, label in enumerate(labels.tolist()):
        images[index] = draw(label, np.random.default_rng((*seed, index)))
    return images, labels
