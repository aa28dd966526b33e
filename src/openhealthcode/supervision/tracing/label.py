"""The faint label of a clinic's page, brought out of a picture of a screen for eyes to read.

What is darker than its surroundings by a little becomes black, what is darker by much, the record
itself, is blotted out: who reads the label reads nothing of the record.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import ImageChops, ImageFilter

from openhealthcode.supervision.tracing.picture import open_grey

_SIDE: Final = 1600
_FAINT: Final = range(2, 16)
_BLOT: Final = 200
_CONTRAST: Final = 20
_TONES: Final = [
    max(0, 255 - (tone - 1) * _CONTRAST) if tone in _FAINT else _BLOT if tone > 1 else 255
    for tone in range(256)
]


def bring_out(picture: bytes) -> bytes | None:
    """A PNG in which the label is dark on white; None where it is no picture that can be read."""
    grey = open_grey(picture)
    if grey is None:
        return None
    grey.thumbnail((_SIDE, _SIDE))
    around = grey.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.BoxBlur(4))
    darker = ImageChops.subtract(around, grey).filter(ImageFilter.GaussianBlur(0.6))
    told = BytesIO()
    darker.point(_TONES).save(told, "PNG")
    return told.getvalue()
