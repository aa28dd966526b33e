"""A code opened, and a code presented: two different things.

An opened code says which phone showed it and when. Only redeeming turns it into a presentation,
once, to one practitioner at one terminal; a presentation is the reason for asking, not a consent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import CODE_EPOCH

LIFETIME_SECONDS: Final = 60
"""How long a shown code can be redeemed, by the server's clock and without tolerance."""


class OpenedCode(NamedTuple):
    """What a genuine code that is still in time says; not yet redeemed by anybody."""

    mark: bytes
    """Sixteen bytes that no other code shares and that name nobody; what is spent is this."""
    device_reference: bytes
    """Which phone showed it, as it was enrolled."""
    seconds: int
    """When it was issued, in seconds since 2020-01-01 UTC."""
    purpose_hint: int
    """One byte the phone chose; never an authority."""

    @property
    def issued_at(self) -> datetime:
        """When the phone was given this code, to the second."""
        return CODE_EPOCH + timedelta(seconds=self.seconds)

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the code can no longer be redeemed."""
        return self.issued_at + timedelta(seconds=LIFETIME_SECONDS)


@dataclass(frozen=True, slots=True)
class Presentation:
    """A resident showed a code, and this practitioner redeemed it at this terminal."""

    resident_id: ResidentId
    presentation_id: PresentationId
    practitioner_id: PractitionerId
    institution_id: InstitutionId
    terminal_id: TerminalId
    purpose: PurposeOfUse
    scene: Scene
    presented_at: datetime
