"""A code as a picture: drawn for the phone's page, and read back from an uploaded photograph.

Drawn black on white with the four-module margin the standard asks for, in dark mode too: scanners
look for exactly that. An uploaded file is bounded in bytes before it is parsed and in pixels before
it is unpacked.

Source: ISO/IEC 18004:2015, 6.3.8 (quiet zone).
"""

from __future__ import annotations

import warnings
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import Final

import zxingcpp
from PIL import Image

from openhealthcode.healthcode.errors import (
    NoCodeInPicture,
    PictureTooLarge,
    UnreadablePicture,
)

LARGEST_BYTES: Final = 10 * 1024 * 1024
LARGEST_PIXELS: Final = 16_000_000
"""A telephone's usual photograph has 12 million; unpacked this takes less than 100 MB."""

_MARGIN: Final = 4
_BARS_MARGIN: Final = 10
_QR_CODE: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_FORMATS: Final = ("PNG", "JPEG")
_ENOUGH_PIXELS: Final = (1600, 1600)
_WHITE: Final = b"\xff"
_MOST_MODULES: Final = 177
_BARS: Final = [f"h{length}v1h-{length}z" for length in range(_MOST_MODULES + 1)]


class Level(StrEnum):
    """How much of a QR code may be destroyed."""

    MEDIUM = "M"
    """15 %: on a screen."""
    QUARTILE = "Q"
    """25 %: on paper that is folded, wet and carried for years."""


def draw(text: str, level: Level = Level.MEDIUM) -> str:
    """A QR code as an SVG element without size, style or description.

    The page gives it its size and its spoken label.
    """
    rows = _modules(text, level)
    side = len(rows) + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path fill="#000" d="{_outline(rows)}"/></svg>'
    )


def read(picture: bytes) -> str:
    """Find the one QR code in a PNG or JPEG file and answer its text.

    Takes tens of milliseconds and up to 100 MB: run it in a worker thread, one at a time.

    Raises:
        PictureTooLarge: more bytes or pixels than this service reads.
        UnreadablePicture: not a PNG or JPEG, or a damaged one.
        NoCodeInPicture: there is none, or there are several and no telling which is meant.
    """
    if len(picture) > LARGEST_BYTES:
        raise PictureTooLarge
    found = zxingcpp.read_barcodes(_grey(picture), formats=_QR_CODE)
    texts = {barcode.text for barcode in found}
    if len(texts) != 1:
        raise NoCodeInPicture if not texts else NoCodeInPicture("there is more than one code")
    return texts.pop()


def draw_bars(text: str) -> str:
    """The same text for a scanner that reads lines only: Code 128, with its quiet zones.

    Source: ISO/IEC 15417 (ten modules of quiet zone on either side).
    """
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    image = barcode.to_image(scale=1, add_quiet_zones=False, add_hrt=False)
    row = memoryview(image).tobytes()[: image.shape[1]]  # type: ignore[arg-type] # as below
    width = len(row) + 2 * _BARS_MARGIN
    height = width // 4
    bars: list[str] = []
    x = _BARS_MARGIN
    for module, run in groupby(row):
        length = len(list(run))
        if module == 0:
            bars.append(f"M{x} 0h{length}v{height}h-{length}z")
        x += length
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{height}H0z"/>'
        f'<path fill="#000" d="{"".join(bars)}"/></svg>'
    )


def _modules(text: str, level: Level) -> list[bytes]:
    """The square of modules, row by row; 0 is black."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level.value)
    image = barcode.to_image(scale=1, add_quiet_zones=False)
    side: int = image.shape[0]
    pixels = memoryview(image).tobytes()  # type: ignore[arg-type] # a buffer, though not declared
    return [pixels[start : start + side] for start in range(0, side * side, side)]


def _outline(rows: list[bytes]) -> str:
    """One bar for each run of black modules in a row."""
    places, place = _places(len(rows)), 0
    bars: list[str] = []
    for run in _WHITE.join(rows).split(_WHITE):
        if run:
            length = len(run)
            bars += places[place], _BARS[length]
            place += length
        place += 1
    return "".join(bars)


@lru_cache(maxsize=4)
def _places(side: int) -> list[str]:
    """Where a bar begins, by its place in rows of this side and one more, counted through."""
    return [
        f"M{x} {y}"
        for y in range(_MARGIN, _MARGIN + side)
        for x in range(_MARGIN, _MARGIN + side + 1)
    ]


def _grey(picture: bytes) -> memoryview:
    """The picture in shades of grey, rows by columns."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(picture), formats=_FORMATS) as image:
            warnings.simplefilter("error")
            if image.width * image.height > LARGEST_PIXELS:
                raise PictureTooLarge
            image.draft("L", _ENOUGH_PIXELS)  # lets a JPEG be unpacked at a fraction of its size
            grey = image.convert("L")
    except PictureTooLarge:
        raise
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a decoder raise
        raise UnreadablePicture from None
    return memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
