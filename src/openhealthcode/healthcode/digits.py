"""A native health code (电子健康码) as digits: what every scanner, keyboard and input method passes on.

Layout: ``85``, one digit of type, one check digit, then the bytes in chunks of seven, each read as
a little-endian number and written as 17 digits; a last chunk of n bytes takes ceil(n * 8 * log10 2)
digits. Digits cost 1.2 % over the ideal in a QR code's numeric mode.

Each code has exactly one text: whatever ``decode`` accepts, ``encode`` writes again.

Source: check digit ISO/IEC 7064 MOD 11,10 over all other digits; chunks as in FIDO CTAP 2.2,
11.5.1 (the QR code of hybrid transports).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache, reduce
from itertools import product
from math import ceil, log10
from operator import getitem
from typing import Any, Final

from openhealthcode.healthcode.errors import UnreadableCode

PREFIX: Final = "85"
"""No payment code and no ID number begins so."""

_HEAD_DIGITS: Final = 4
_CHUNK_BYTES: Final = 7
_DIGITS: Final = tuple(ceil(count * 8 * log10(2)) for count in range(_CHUNK_BYTES + 1))
_BYTES: Final = {digits: count for count, digits in enumerate(_DIGITS)}
_CHUNK_DIGITS: Final = _DIGITS[_CHUNK_BYTES]


class CodeType(StrEnum):
    """The prefix and the third digit: who can check such a code, and how."""

    ONLINE = "851"
    """A: sealed by the server for a phone, 60 seconds, one use."""
    OFFLINE = "852"
    """B: signed by the phone; both sides may be without network."""
    PRINTED = "853"
    """C: on paper, for people without a phone."""
    COUNTER = "854"
    """D: shown by the counter, scanned by the phone."""
    SHORT = "855"
    """E: 24 digits for one-dimensional scanners and for reading aloud."""
    TEMPORARY = "856"
    """F: for newborns, unidentified people and foreigners on the day."""


_ONLINE: Final = CodeType.ONLINE.value
_ONLINE_PAIRS: Final = 42


def encode(code_type: CodeType, data: bytes) -> str:
    """Write bytes as a code's digits."""
    chunks = [data[start : start + _CHUNK_BYTES] for start in range(0, len(data), _CHUNK_BYTES)]
    body = "".join(
        str(int.from_bytes(chunk, "little")).zfill(_DIGITS[len(chunk)]) for chunk in chunks
    )
    return f"{code_type}{check_digit(code_type + body)}{body}"


def decode(text: str, code_type: CodeType) -> bytes:
    """Read a code's digits back into its bytes, strictly: no other text means the same bytes.

    Raises:
        UnreadableCode: not digits only, another type, an impossible length or number, or a check
            digit that does not match.
    """
    if not (text.isascii() and text.encode().isdigit()):  # five times as fast as str.isdigit alone
        raise UnreadableCode("a code consists of digits only")
    if text[:3] != code_type:
        raise UnreadableCode("the code is of another type")
    chunks = _chunks(len(text))
    if check_digit(code_type + text[_HEAD_DIGITS:]) != text[3]:
        raise UnreadableCode("the check digit does not match")
    try:
        return b"".join([int(text[place]).to_bytes(count, "little") for place, count in chunks])
    except OverflowError:
        raise UnreadableCode("a chunk stands for no bytes") from None


def decode_online(text: str) -> bytes:
    """``decode`` for the 85 digits of an online code, written out: every scan passes here.

    It only ever takes what ``decode`` takes, in two thirds of the time; what it does not take at
    once is left to ``decode``, which says why.

    Raises:
        UnreadableCode: as ``decode``.
    """
    try:
        pairs = bytes.fromhex(_ONLINE + text[_HEAD_DIGITS:])  # skips white space, hence the count
        if (
            len(pairs) == _ONLINE_PAIRS
            and len(text) == 2 * _ONLINE_PAIRS + 1
            and text[:3] == _ONLINE
            and reduce(getitem, pairs, _STATES[10])[_ANSWER] == text[3]
        ):
            return (
                int(text[4:21]).to_bytes(7, "little")
                + int(text[21:38]).to_bytes(7, "little")
                + int(text[38:55]).to_bytes(7, "little")
                + int(text[55:72]).to_bytes(7, "little")
                + int(text[72:]).to_bytes(5, "little")
            )
    except (ValueError, TypeError, IndexError, OverflowError):
        pass  # a letter, a pair that is no number, a number that is no bytes
    return decode(text, CodeType.ONLINE)


@lru_cache(maxsize=64)
def _chunks(length: int) -> tuple[tuple[slice, int], ...]:
    """Where each chunk of a text of this length stands, and how many bytes it is worth."""
    full, rest = divmod(length - _HEAD_DIGITS, _CHUNK_DIGITS)
    if full < 0 or rest not in _BYTES:
        raise UnreadableCode("the code is cut off or too long")
    end = length - rest
    starts = range(_HEAD_DIGITS, end, _CHUNK_DIGITS)
    places = [(slice(start, start + _CHUNK_DIGITS), _CHUNK_BYTES) for start in starts]
    if rest:
        places.append((slice(end, length), _BYTES[rest]))
    return tuple(places)


def check_digit(digits: str) -> str:
    """The digit that goes with these digits (ISO/IEC 7064 MOD 11,10); finds any one wrong digit.

    Two digits are taken at a time, by a walk through tables: a scan costs 42 steps instead of 84.
    """
    if len(digits) % 2:
        # Beginning at 5 and with a 0 in front comes to the same as beginning at 10.
        last = reduce(getitem, bytes.fromhex("0" + digits), _STATES[5])
    else:
        last = reduce(getitem, bytes.fromhex(digits), _STATES[10])
    answer: str = last[_ANSWER]
    return answer


_ANSWER: Final = 0x9A
"""Behind the pairs 00 to 99, read as hexadecimal, a state keeps the check digit it ends in."""


def _after_digit(state: int, digit: int) -> int:
    return ((state + digit) % 10 or 10) * 2 % 11


def _states() -> Sequence[list[Any]]:
    """The states 0 to 10, each a list that holds, at a pair of digits, the state after them."""
    states: list[list[Any]] = [[None] * _ANSWER + [str((11 - n) % 10)] for n in range(11)]
    for number, state in enumerate(states):
        for first, second in product(range(10), repeat=2):
            after = _after_digit(_after_digit(number, first), second)
            state[first * 16 + second] = states[after]
    return states


_STATES: Final = _states()
