"""The machine-readable lines of passports and cards, with every check digit.

Source: ICAO Doc 9303 parts 3-6 (TD3: two lines of 44; TD2: two of 36; TD1: three of 30). Check
digits with weights 7 3 1 modulo 10, ``<`` as 0 and letters from A = 10.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from openhealthcode.standards.certificate_kind import CertificateMalformed
from openhealthcode.standards.sex import Sex

_FILLER: Final = "<"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)} | {_FILLER: 0}
_WEIGHTS = (7, 3, 1)
_SHORTEST = 72
_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE, _FILLER: Sex.UNKNOWN, "X": Sex.OTHER}


class WrongCheckDigit(CertificateMalformed):
    """A check digit of the machine-readable lines does not match: something is misread."""


class _Layout(NamedTuple):
    """Where the parts stand in the joined lines; after each checked part comes its digit."""

    number: slice
    optional: slice
    nationality: slice
    birth: slice
    sex: int
    expiry: slice
    names: slice
    composite: tuple[slice, ...]
    composite_digit: int
    is_optional_checked: bool = False


_LAYOUTS = {
    88: _Layout(
        slice(44, 53), slice(72, 86), slice(54, 57), slice(57, 63), 64, slice(65, 71), slice(5, 44),
        (slice(44, 54), slice(57, 64), slice(65, 87)), 87, is_optional_checked=True,
    ),
    72: _Layout(
        slice(36, 45), slice(64, 71), slice(46, 49), slice(49, 55), 56, slice(57, 63), slice(5, 36),
        (slice(36, 46), slice(49, 56), slice(57, 71)), 71,
    ),
    90: _Layout(
        slice(5, 14), slice(15, 30), slice(45, 48), slice(30, 36), 37, slice(38, 44), slice(60, 90),
        (slice(5, 30), slice(30, 37), slice(38, 45), slice(48, 59)), 59,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MachineReadable:
    """What the lines say; years have two digits, and the reader knows the century.

    Args:
        document: one or two letters, the first P for a passport.
        state: who issued it, three letters or fewer.
        birth: six characters YYMMDD; unknown parts are ``<``.
        expiry: as ``birth``.
    """

    document: str
    state: str
    number: str = field(repr=False)
    nationality: str = field(repr=False)
    name: str = field(repr=False)
    birth: str = field(repr=False)
    sex: Sex = field(repr=False)
    expiry: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> MachineReadable:
        """Read the two or three lines, with or without their line breaks.

        Raises:
            CertificateMalformed: not lines of a known length and alphabet, or without a number.
            WrongCheckDigit: one of the digits does not match.
        """
        lines = "".join(text.split()).upper()
        layout = _LAYOUTS.get(len(lines))
        if layout is None or not set(lines) <= _VALUES.keys():
            raise CertificateMalformed("these are no machine-readable lines")
        number = _number(lines, layout)
        _check(lines[layout.birth], lines[layout.birth.stop])
        _check(lines[layout.expiry], lines[layout.expiry.stop])
        if layout.is_optional_checked:
            _check_optional(lines[layout.optional], lines[layout.optional.stop])
        _check("".join(lines[part] for part in layout.composite), lines[layout.composite_digit])
        return cls(
            document=lines[:2].rstrip(_FILLER),
            state=lines[2:5].rstrip(_FILLER),
            number=number,
            nationality=lines[layout.nationality].rstrip(_FILLER),
            name=_name(lines[layout.names]),
            birth=lines[layout.birth],
            sex=_SEXES.get(lines[layout.sex], Sex.UNKNOWN),
            expiry=lines[layout.expiry],
        )

    def birth_date(self, today: date) -> date | None:
        """The latest such day that is not after today; none when a part is unknown."""
        return _day(self.birth, latest=today)

    def expiry_date(self, today: date) -> date | None:
        """The day in the century around today: at most fifty years away from it."""
        return _day(self.expiry, latest=date(today.year + 50, 12, 31))


def is_machine_readable(text: str) -> bool:
    """Whether somebody scanned the lines where a number was asked for."""
    return _FILLER in text and len(text) >= _SHORTEST


def check_digit(part: str) -> str:
    """The digit that goes with a part."""
    total = sum(_VALUES[character] * _WEIGHTS[place % 3] for place, character in enumerate(part))
    return str(total % 10)


def _number(lines: str, layout: _Layout) -> str:
    """The document number; one of more than nine characters goes on in the optional part."""
    head, digit = lines[layout.number], lines[layout.number.stop]
    if digit == _FILLER and not layout.is_optional_checked:
        rest = lines[layout.optional].partition(_FILLER)[0]
        head, digit = head + rest[:-1], rest[-1:]
    _check(head, digit)
    number = head.rstrip(_FILLER)
    if not number:
        raise CertificateMalformed("the machine-readable lines have no number")
    return number.replace(_FILLER, "")


def _check(part: str, digit: str) -> None:
    if check_digit(part) != digit:
        raise WrongCheckDigit


def _check_optional(part: str, digit: str) -> None:
    """An empty part may go without its digit."""
    if part.strip(_FILLER) or digit != _FILLER:
        _check(part, digit)


def _name(text: str) -> str:
    surname, _, given = text.rstrip(_FILLER).partition(_FILLER * 2)
    return " ".join(f"{surname}{_FILLER}{given}".replace(_FILLER, " ").split())


def _day(text: str, latest: date) -> date | None:
    if not text.isdigit():
        return None
    century = latest.year // 100 * 100
    for begin in (century, century - 100):
        try:
            day = date(begin + int(text[:2]), int(text[2:4]), int(text[4:]))
        except ValueError:
            continue
        if day <= latest:
            return day
    return None
