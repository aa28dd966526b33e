"""Base 45: bytes in the letters a QR code writes two at a time.

Source: RFC 9285.
"""

from __future__ import annotations

from array import array
from operator import add
from sys import byteorder
from typing import Final

_LETTERS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = bytes(
    _LETTERS.index(letter) if letter in _LETTERS else 255 for letter in range(256)
)
_LARGEST_BYTE: Final = 0xFF
_TIMES_45: Final = tuple(45 * value for value in range(45))
_TIMES_2025: Final = tuple(45 * 45 * value for value in range(45))


def encode(data: bytes) -> str:
    """Two bytes as three letters, a last byte as two; the least significant letter first."""
    letters = bytearray()
    for start in range(0, len(data) - 1, 2):
        high, low = divmod(data[start] << 8 | data[start + 1], 45 * 45)
        middle, low = divmod(low, 45)
        letters += bytes((_LETTERS[low], _LETTERS[middle], _LETTERS[high]))
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        letters += bytes((_LETTERS[low], _LETTERS[high]))
    return letters.decode()


def decode(text: str) -> bytes:
    """The bytes of a text.

    Raises:
        ValueError: another letter, an impossible length, or letters that stand for no byte.
    """
    values = text.encode("ascii").translate(_VALUES)
    length = len(values)
    if length % 3 == 1 or 255 in values:
        raise ValueError("this is not base 45")
    whole = length - length % 3
    low, middle, high = (values[place:whole:3] for place in range(3))
    thousands = map(_TIMES_2025.__getitem__, high)
    tens = map(_TIMES_45.__getitem__, middle)
    try:
        numbers = array("H", map(add, map(add, low, tens), thousands))
    except OverflowError:
        raise ValueError("three letters stand for no two bytes") from None
    if byteorder == "little":
        numbers.byteswap()
    data = numbers.tobytes()
    if whole == length:
        return data
    last = values[whole] + 45 * values[whole + 1]
    if last > _LARGEST_BYTE:
        raise ValueError("two letters stand for no byte")
    return data + bytes((last,))
