"""The short code (type E): 24 digits for one-dimensional scanners and for reading aloud.

``85``, the type ``5``, nineteen random digits and two check digits. It says nothing by itself: the
region keeps what it stands for, and it is used once.

Source: check digits ISO/IEC 7064 MOD 97-10 over all digits before them; they find every wrong digit
and every two digits that changed places.
"""

from __future__ import annotations

import secrets
from typing import Final

from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import UnreadableCode

TEXT_DIGITS: Final = 24
RANDOM_DIGITS: Final = 19

_FIRST: Final = str(CodeType.SHORT)


def draw() -> str:
    """A new short code, of the region's randomness: 63 bits."""
    return written(secrets.randbelow(10**RANDOM_DIGITS))


def written(number: int) -> str:
    """The 24 digits of a number below 10^19."""
    body = f"{_FIRST}{number:0{RANDOM_DIGITS}}"
    if len(body) != TEXT_DIGITS - 2:
        raise ValueError("the number has more than nineteen digits")
    return f"{body}{98 - int(body) * 100 % 97:02}"


def read(text: str) -> str:
    """The nineteen random digits, checked.

    Raises:
        UnreadableCode: another length or type, a letter, or check digits that do not match.
    """
    if len(text) != TEXT_DIGITS or not (text.isascii() and text.isdigit()):
        raise UnreadableCode
    if text[:3] != _FIRST or int(text) % 97 != 1 or not 2 <= int(text[-2:]) <= 98:
        raise UnreadableCode
    return text[3:-2]


def grouped(text: str) -> str:
    """As it is read aloud: six groups of four."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))
