"""The citizen identification number (公民身份号码), the first key of the master index.

Source: GB 11643-1999. Eighteen characters: six of administrative division
(GB/T 2260), eight of birth date, three of sequence (odd for men), one check
character by ISO 7064 MOD 11-2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from openhealthcode.standards.errors import HealthCodeError
from openhealthcode.standards.sex import Sex

_CHECK_CHARACTERS = "10X98765432"  # indexed by the weighted sum modulo 11
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
_OLD_CENTURY = "19"


class NotANationalId(HealthCodeError, ValueError):
    """The text is not a well-formed citizen identification number."""

    code = "national-id-malformed"


class ImpossibleBirthDate(NotANationalId):
    """The birth date in the citizen identification number does not exist."""


class WrongCheckCharacter(NotANationalId):
    """The check character does not match: a character of the number is mistyped."""


@dataclass(frozen=True, slots=True)
class NationalId:
    """A number that passes every check GB 11643 allows without asking a register."""

    number: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> NationalId:
        """Read a number as typed or scanned; spaces, full-width digits and a small x are forgiven.

        Raises:
            NotANationalId: wrong length, impossible birth date, or wrong check character.
        """
        number = text.translate(_FULL_WIDTH).replace(" ", "").replace("\u3000", "").upper()
        body = number[:17]
        if len(number) != 18 or not (body.isascii() and body.isdigit()):
            raise NotANationalId("expected 17 digits and a check character")
        try:
            date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        except ValueError:
            raise ImpossibleBirthDate from None
        if number[17] != check_character(body):
            raise WrongCheckCharacter
        return cls(number)

    @classmethod
    def from_fifteen_digits(cls, text: str) -> NationalId:
        """Bring a number of before 1999 to its present form: century inserted, check appended.

        The old form carries no check of its own, so this is for numbers out of old records, never
        for what somebody types.

        Raises:
            NotANationalId: not fifteen digits, or an impossible birth date.
        """
        old = text.translate(_FULL_WIDTH).replace(" ", "")
        if len(old) != 15 or not (old.isascii() and old.isdigit()):
            raise NotANationalId("expected 15 digits")
        body = f"{old[:6]}{_OLD_CENTURY}{old[6:]}"
        return cls.parse(body + check_character(body))

    @property
    def birth_date(self) -> date:
        """The date of birth the number carries; not evidence beyond the number itself."""
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))

    @property
    def sex(self) -> Sex:
        """The sex the sequence digits carry: odd for men."""
        return Sex.MALE if int(self.number[16]) % 2 else Sex.FEMALE

    @property
    def division_code(self) -> str:
        """County of first registration (GB/T 2260), possibly abolished since; see ``division``."""
        return self.number[:6]

    @property
    def fifteen_digits(self) -> str | None:
        """The form of before 1999, under which old records have it; none for other centuries."""
        old = self.number[:6] + self.number[8:17]
        return old if self.number[6:8] == _OLD_CENTURY else None

    @property
    def masked(self) -> str:
        """The form that may appear on screens: ``110105********002X``."""
        return f"{self.number[:6]}********{self.number[14:]}"


def check_character(body: str) -> str:
    """The eighteenth character for seventeen digits (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[total % 11]
