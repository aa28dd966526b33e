"""A national card as its code tells it, and why one is not taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from openhealthcode.healthcode.router import CardForm
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import ResidentId

CODE_SECONDS: Final = 60
"""How long a dynamic code made here is good at the least, and twice as long at the most."""
TEMPORARY_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class NationalCard:
    """What a code of a national card says; nothing in it is proof of anything.

    Args:
        form: which of the three it is.
        card_id: 32 bytes; in a static or dynamic code the same for a person's whole life.
        validity: of a dynamic code, the sixteen bytes that stand for its time.
    """

    form: CardForm
    card_id: bytes = field(repr=False)
    validity: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class CardHolder:
    """Whose card it is, and the code that was shown."""

    card: NationalCard
    resident_id: ResidentId


class UnknownCard(HealthCodeError):
    """Nobody linked this national card here; ask for the health code or the ID card."""

    code = "national-card-unknown"


class SplicedCode(HealthCodeError):
    """This code's time was not made for this card; ask for the health code or the ID card."""

    code = "code-spliced"

    def __init__(self, resident_id: ResidentId | None = None) -> None:
        super().__init__()
        self.resident_id = resident_id
        """Whose card it pretends to be; for their log, and no page."""


class NoTimeLeft(HealthCodeError):
    """Too many national cards are shown at this second; try again, or show the health code."""

    code = "national-card-busy"


class NoCardForCertificate(HealthCodeError):
    """A national card needs an ID number or another certificate of the national table."""

    code = "national-card-no-certificate"


__all__ = [
    "CODE_SECONDS",
    "TEMPORARY_DAYS",
    "CardForm",
    "CardHolder",
    "NationalCard",
    "NoCardForCertificate",
    "NoTimeLeft",
    "SplicedCode",
    "UnknownCard",
]
