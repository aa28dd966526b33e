"""A SMART Health Card as the digits of its QR code: two for each letter of the JWS.

Source: SMART Health Cards 1.4, "Encoding Chunks as QR Codes": ``shc:/``, then ord(letter) - 45 as
two digits; codes in parts (``shc:/1/2/…``) are deprecated there, and read but never written here.
"""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "shc:/"
LARGEST_JWS: Final = 1195
"""Letters that fit one QR code of version 22, the largest a card may have."""

_FIRST: Final = 45
_LAST: Final = 122
_PART: Final = re.compile(r"shc:/(?:(\d)/(\d)/)?((?:\d\d)+)", re.ASCII)
_OUTSIDE: Final = 0
_LETTERS: Final = bytes(
    int(f"{pair:x}") + _FIRST
    if f"{pair:x}".isdigit() and int(f"{pair:x}") <= _LAST - _FIRST
    else _OUTSIDE
    for pair in range(256)
)


def encode(jws: str) -> str:
    """What the QR code holds; ``picture.draw`` makes a byte and a numeric segment of it."""
    return PREFIX + "".join(f"{ord(letter) - _FIRST:02}" for letter in jws)


def decode(texts: list[str]) -> str:
    """The JWS of one scanned code, or of all the parts of an older card in any order.

    Raises:
        ValueError: no such digits, a part missing, or parts of several cards.
    """
    found = [_PART.fullmatch(text) for text in texts]
    if not found or None in found:
        raise ValueError("these are no digits of a health card")
    parts = [one.groups() for one in found if one is not None]
    if len(parts) == 1 and parts[0][0] is None:
        return _letters(parts[0][2])
    numbered = {int(number): digits for number, _, digits in parts if number}
    count = len(parts)
    if sorted(numbered) != list(range(1, count + 1)) or {of for _, of, _ in parts} != {str(count)}:
        raise ValueError("a part of the health card is missing")
    return "".join(_letters(numbered[number]) for number in range(1, count + 1))


def _letters(digits: str) -> str:
    """Each pair of digits read as one byte in hexadecimal, and the byte translated."""
    letters = bytes.fromhex(digits).translate(_LETTERS)
    if _OUTSIDE in letters:
        raise ValueError("a pair of digits stands for no letter")
    return letters.decode("ascii")
