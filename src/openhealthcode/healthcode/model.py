"""A code presented, which is more than a code opened.

An opened code (``trust.OpenedCode``) says which phone showed it and when. Only redeeming turns it
into a presentation, once, to one practitioner at one terminal; a presentation is the reason for
asking, not a consent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)

LIFETIME_SECONDS: Final = 60
"""How long a shown code can be redeemed, by the server's clock and without tolerance."""


class PresentedBy(StrEnum):
    """What a resident is known by to the clinic."""

    CODE = "code"
    """The phone's health code."""
    OFFLINE = "offline"
    """The code a phone signed by itself; taken at once, or by a desk without network before."""
    COUNTER = "counter"
    """As above, in answer to the code this very counter showed: nobody can have passed it on."""
    PRINTED = "printed"
    """The code on paper: identifies and no more."""
    TEMPORARY = "temporary"
    """The code of somebody newborn, unidentified or here for the day."""
    SHORT = "short"
    """The twenty-four digits, typed or read aloud."""
    NATIONAL_CARD = "national-card"
    """A code of the national electronic health card: a number that anybody may have seen."""
    CARD = "card"
    """A card in the practitioner's hand, compared with the person (证件核验)."""
    DOCUMENT = "document"
    """A document found on somebody who cannot answer: good for an emergency only."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """A resident showed a code or a card to this practitioner at this terminal."""

    resident_id: ResidentId
    presentation_id: PresentationId
    practitioner_id: PractitionerId
    institution_id: InstitutionId
    terminal_id: TerminalId
    purpose: PurposeOfUse
    scene: Scene
    presented_at: datetime
    by: PresentedBy = PresentedBy.CODE
