"""A picture somebody hands in, unpacked within bounds."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

from PIL import Image

MOST_PIXELS: Final = 16_000_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP")


def open_grey(picture: bytes) -> Image.Image | None:
    """The picture in tones of grey; None where it is none, or too large."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(picture), formats=_FORMATS) as image:
            warnings.simplefilter("error")
            if image.width * image.height > MOST_PIXELS:
                return None
            return image.convert("L")
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a decoder raise
        return None


def is_picture(content: bytes) -> bool:
    """Whether a file says that it is a picture of a form that is read."""
    return content.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")) or (
        content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    )
