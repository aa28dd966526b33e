"""Who reads, by what reason, and what is said when the day's reading is over."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from openhealthcode import audit
from openhealthcode.standards import TooManyAttempts
from openhealthcode.standards.ids import InstitutionId


class ReaderKind(StrEnum):
    """Whose reading is counted."""

    PRACTITIONER = "practitioner"
    SYSTEM = "system"


class Reader(NamedTuple):
    """A practitioner or an institution's system, whose reading of a day is counted."""

    kind: ReaderKind
    reader_id: UUID
    institution_id: InstitutionId

    @property
    def agent(self) -> audit.Agent:
        """As the log names them."""
        return audit.Agent(audit.AgentKind(self.kind), self.reader_id, self.institution_id)


class Basis(StrEnum):
    """What explains that somebody reads of this resident today, beyond that they may."""

    OVERRIDE = "override"
    CONSENT = "consent"
    """The resident allowed it within the last day."""
    CODE = "code"
    """A code, card or document was presented to them within the last day."""
    CONTRACT = "contract"
    """A contract with a family doctor is among what permits it."""
    ORDER = "order"
    """Their institution filed an order or an appointment of this resident within the last week."""


class BudgetSpent(TooManyAttempts):
    """Too many residents were read of today without a code, a contract or an order behind it."""

    code = "budget-spent"
