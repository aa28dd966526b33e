"""Numbers that pass every check and belong to nobody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from random import Random

from openhealthcode.standards import Sex
from openhealthcode.standards.credit_code import credit_check_character
from openhealthcode.standards.national_id import check_character

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECK = "0123456789X"


class NationalNumbers:
    """Hands out citizen identification numbers, none twice."""

    def __init__(self) -> None:
        """Nothing is handed out yet."""
        self._taken: set[str] = set()

    def draw(self, rng: Random, division: str, birth: date, sex: Sex) -> str:
        """A free number of a division no province has."""
        while True:
            sequence = rng.randrange(1, 500) * 2 - (sex is Sex.MALE)
            if number := self._take(division, birth, sequence):
                return number

    def next_to(self, number: str, sex: Sex) -> str:
        """The number a twin is given: same day and place, the next free sequence."""
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        sequence = int(number[14:17])
        while True:
            sequence = sequence % 997 + 1
            if sequence % 2 == (sex is Sex.MALE) and (
                found := self._take(number[:6], birth, sequence)
            ):
                return found

    def reserve(self, division: str, birth: date, sequence: int) -> str:
        """The number of a resident who is always there."""
        if number := self._take(division, birth, sequence):
            return number
        raise ValueError("a fixed number was handed out before")

    def _take(self, division: str, birth: date, sequence: int) -> str:
        body = f"{division}{birth:%Y%m%d}{sequence:03d}"
        number = body + check_character(body)
        if number in self._taken:
            return ""
        self._taken.add(number)
        return number


class PhoneNumbers:
    """Hands out mobile numbers of a series kept for this: 199 0000 0000 onwards."""

    def __init__(self, reserved: Collection[str]) -> None:
        """Keep the numbers of the residents who are always there out of the draw."""
        self._reserved = frozenset(reserved)
        self._count = 0

    def draw(self) -> str:
        """The next number; neighbours do not have neighbouring numbers."""
        while True:
            block, place = divmod(self._count, 10_000)
            self._count += 1
            number = f"1990{block:03d}{(place * 7919 + 2371) % 10_000:04d}"
            if number not in self._reserved:
                return number


def credit_code(registrar: str, division: str, serial: int) -> str:
    """A unified social credit code (统一社会信用代码) around an organisation code of our own.

    Source: GB 32100-2015, whose places 9-17 are an organisation code after GB 11714-1997.
    """
    stem = f"MB{serial:06d}"
    weighted = zip(_ORGANISATION_WEIGHTS, stem, strict=True)
    total = sum(weight * int(character, 36) for weight, character in weighted)
    check = (11 - total % 11) % 11
    body = f"{registrar}{division}{stem}{_ORGANISATION_CHECK[check]}"
    return body + credit_check_character(body)


def trace_code(rng: Random, product: str) -> str:
    """Twenty digits as on the smallest package: seven of the product, thirteen of the package."""
    digits = sum(ord(character) * 31**place for place, character in enumerate(product))
    return f"8{digits % 1_000_000:06d}{rng.randrange(10**13):013d}"
