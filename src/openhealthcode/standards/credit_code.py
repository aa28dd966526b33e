"""The unified social credit code (统一社会信用代码) by which an organisation is known.

Source: GB 32100-2015. Eighteen characters out of 31 (no I, O, S, V, Z); the last is a check
character with weights 3^i modulo 31.
"""

from __future__ import annotations

from dataclasses import dataclass

from openhealthcode.standards.errors import HealthCodeError

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_LENGTH = 18


class NotACreditCode(HealthCodeError, ValueError):
    """The text is not a well-formed unified social credit code."""

    code = "credit-code-malformed"


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A code whose check character is right; whether it was ever given out is another question."""

    text: str

    @classmethod
    def parse(cls, text: str) -> CreditCode:
        """Read a code as typed; spaces and small letters are forgiven.

        Raises:
            NotACreditCode: wrong length, a letter that is not used, or a wrong check character.
        """
        code = "".join(text.split()).upper()
        if len(code) != _LENGTH or any(character not in _ALPHABET for character in code):
            raise NotACreditCode("expected 18 characters out of digits and letters but I O S V Z")
        if code[-1] != credit_check_character(code[:-1]):
            raise NotACreditCode("the check character does not match")
        return cls(code)


def credit_check_character(body: str) -> str:
    """The eighteenth character for seventeen others."""
    total = sum(
        weight * _ALPHABET.index(character)
        for weight, character in zip(_WEIGHTS, body, strict=True)
    )
    return _ALPHABET[-total % 31]
