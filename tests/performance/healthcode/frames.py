"""Camera frames that never were: a code on paper or glass, held badly, seen by a cheap camera.

Every frame is 1280 by 720 pixels of grey. What spoils it is drawn anew each time from a seed, evenly
within the bounds below; they are assumptions, chosen after what hands, desks and webcams do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
import zxingcpp
from PIL import Image, ImageFilter

WIDTH: Final = 1280
HEIGHT: Final = 720
_SCALE: Final = 8
_MARGIN: Final = 4

Picture = np.ndarray


@dataclass(frozen=True)
class Conditions:
    """What spoils a frame; pairs are the least and the most."""

    turned_degrees: tuple[float, float] = (-20, 20)
    tilted_degrees: tuple[float, float] = (0, 25)
    """Out of the plane of the camera, about any axis."""
    defocus_pixels: tuple[float, float] = (0.3, 1.2)
    """Standard deviation of the blur."""
    moved_pixels: tuple[float, float] = (0, 2.5)
    """How far the hand moved while the frame was taken."""
    noise: tuple[float, float] = (2, 10)
    """Standard deviation, of 255 shades."""
    black: tuple[float, float] = (20, 80)
    white: tuple[float, float] = (150, 245)
    shade: tuple[float, float] = (0, 0.35)
    """How much darker the far side is."""
    jpeg: tuple[float, float] = (50, 90)


def symbol(text: str, level: str) -> Picture:
    """The code's modules with their margin, 1 for white."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) > 0
    return np.pad(modules.astype(np.float32), _MARGIN, constant_values=1)


def destroyed(
    modules: Picture, share: float, stains: int, random: np.random.Generator, *, marks: bool
) -> Picture:
    """The same with stains, black or white and about as large, over this share of the symbol.

    Args:
        marks: whether a stain may cover one of the three position marks; no reader tried here
            finds a code without them, whatever its level of correction.
    """
    spoilt = modules.copy()
    area = spoilt[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    side = area.shape[0]
    y, x = np.mgrid[0:side, 0:side]
    kept = np.zeros(area.shape, dtype=bool)
    if not marks:
        kept[:8, :8] = kept[:8, -8:] = kept[-8:, :8] = True
    middles = random.uniform(0, side, (stains, 2))
    longer, shades = random.uniform(0.5, 2, stains), random.integers(0, 2, stains)
    distances = [
        np.sqrt((y - middle_y) ** 2 * ratio + (x - middle_x) ** 2 / ratio)
        for (middle_y, middle_x), ratio in zip(middles, longer, strict=True)
    ]
    nearest = np.where(kept, np.inf, np.min(distances, axis=0))
    gone = nearest <= np.sort(nearest, axis=None)[int(share * nearest.size)]
    area[gone] = shades[np.argmin(distances, axis=0)][gone]
    return spoilt


def frame(
    modules: Picture,
    height_share: float,
    random: np.random.Generator,
    conditions: Conditions = Conditions(),
) -> Picture:
    """One frame with the code, its margin not counted, this share of the frame's height."""

    def draw(bounds: tuple[float, float]) -> float:
        return float(random.uniform(*bounds))

    pixels = height_share * HEIGHT * modules.shape[0] / (modules.shape[0] - 2 * _MARGIN)
    canvas = _placed(modules, pixels, random, conditions)
    canvas = canvas.filter(ImageFilter.GaussianBlur(draw(conditions.defocus_pixels)))
    seen = _moved(np.asarray(canvas, dtype=np.float32) / 255, draw(conditions.moved_pixels), random)
    black, white = draw(conditions.black), draw(conditions.white)
    light = _light(draw(conditions.shade), random)
    noise = random.normal(0, draw(conditions.noise), seen.shape)
    grey = np.clip((black + (white - black) * seen) * light + noise, 0, 255).astype(np.uint8)
    return _compressed(grey, int(draw(conditions.jpeg)))


def _placed(
    modules: Picture, pixels: float, random: np.random.Generator, conditions: Conditions
) -> Image.Image:
    """The symbol turned and tilted somewhere within the frame, around it one shade of grey."""
    big = Image.fromarray((modules * 255).astype(np.uint8)).resize(
        (modules.shape[1] * _SCALE, modules.shape[0] * _SCALE), Image.Resampling.NEAREST
    )
    side = big.width
    square = [(0.0, 0.0), (side, 0), (side, side), (0, side)]
    corners = [(2 * x, 2 * y) for x, y in _corners(pixels, random, conditions)]
    drawn_twice_as_large = big.transform(
        (WIDTH * 2, HEIGHT * 2),
        Image.Transform.PERSPECTIVE,
        _perspective(corners, square),
        Image.Resampling.BICUBIC,
        fillcolor=int(random.integers(20, 236)),
    )
    return drawn_twice_as_large.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def _corners(
    pixels: float, random: np.random.Generator, conditions: Conditions
) -> list[tuple[float, float]]:
    """Where a square ends up: turned in the plane, tilted about an axis of it, seen from afar."""
    turned = math.radians(random.uniform(*conditions.turned_degrees))
    tilted = math.radians(random.uniform(*conditions.tilted_degrees))
    axis = random.uniform(0, 2 * math.pi)
    distance, half = 2.2 * HEIGHT, pixels / 2
    placed = []
    for x, y in ((-half, -half), (half, -half), (half, half), (-half, half)):
        along = x * math.cos(axis) + y * math.sin(axis)
        across = -x * math.sin(axis) + y * math.cos(axis)
        depth, across = across * math.sin(tilted), across * math.cos(tilted)
        nearer = distance / (distance + depth)
        u = (along * math.cos(axis) - across * math.sin(axis)) * nearer
        v = (along * math.sin(axis) + across * math.cos(axis)) * nearer
        placed.append(_turned(u, v, turned))
    reach = max(abs(c) for corner in placed for c in corner)
    middle = (
        random.uniform(min(reach, WIDTH / 2), max(WIDTH - reach, WIDTH / 2)),
        random.uniform(min(reach, HEIGHT / 2), max(HEIGHT - reach, HEIGHT / 2)),
    )
    return [(middle[0] + x, middle[1] + y) for x, y in placed]


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def _perspective(
    seen: list[tuple[float, float]], drawn: list[tuple[float, float]]
) -> tuple[float, ...]:
    """The eight numbers that take what is seen back to what was drawn."""
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, drawn, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(values)))


def _moved(seen: Picture, pixels: float, random: np.random.Generator) -> Picture:
    """The mean of the frame along the way the hand went."""
    angle = random.uniform(0, 2 * math.pi)
    steps = max(1, math.ceil(pixels))
    total = np.zeros_like(seen)
    for step in range(steps):
        along = pixels * (step / max(1, steps - 1) - 0.5) if steps > 1 else 0.0
        shift = round(along * math.sin(angle)), round(along * math.cos(angle))
        total += np.roll(seen, shift, (0, 1))
    return total / steps


def _light(shade: float, random: np.random.Generator) -> Picture:
    angle = random.uniform(0, 2 * math.pi)
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j].astype(np.float32)
    across = (x * math.cos(angle) + y * math.sin(angle)) / math.sqrt(2)
    return 1 - shade * (across - across.min()) / (across.max() - across.min())


def _compressed(grey: Picture, quality: int) -> Picture:
    """What a camera's JPEG leaves of it."""
    stored = BytesIO()
    Image.fromarray(grey).save(stored, "JPEG", quality=quality)
    return np.asarray(Image.open(stored))
