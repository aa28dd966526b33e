"""Mobile telephone numbers, to which sign-in codes are sent.

Source: ITU-T E.164 (at most 15 digits after the plus sign); the Chinese numbering plan's mobile
numbers are eleven digits from 13 to 19.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from openhealthcode.standards.errors import HealthCodeError

_MAINLAND = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SEPARATORS = str.maketrans("０１２３４５６７８９＋", "0123456789+", " \u3000-()（）./")
_PLACEHOLDER_DIGITS = 2
"""A number whose last eight digits use at most this many different ones stands for "none"."""


class NotAPhone(HealthCodeError, ValueError):
    """The text is not a mobile telephone number."""

    code = "phone-malformed"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in the one form in which it is compared and dialled: ``+8613912345678``."""

    number: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Phone:
        """Read a number as typed; without a country code it is a mainland mobile number.

        Raises:
            NotAPhone: not a mainland mobile number, and not an international one with its plus.
        """
        compact = text.translate(_SEPARATORS)
        if compact.startswith("00"):
            compact = "+" + compact[2:]
        if mainland := _MAINLAND.fullmatch(compact):
            return cls("+86" + mainland.group(1))
        if not _FOREIGN.fullmatch(compact) or compact.startswith("+86"):
            raise NotAPhone
        return cls(compact)

    @property
    def is_placeholder(self) -> bool:
        """Whether it was typed to fill a field (13800000000): it is nobody's and proves nothing."""
        return len(set(self.number[-8:])) <= _PLACEHOLDER_DIGITS

    @property
    def masked(self) -> str:
        """The form that may appear on screens: ``139****5678``."""
        national = self.number.removeprefix("+86")
        return f"{national[:3]}****{national[-4:]}"
