"""How an answer was given, by whose hand, and what the region keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from openhealthcode import audit
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    ResidentId,
    TerminalId,
)


class Means(StrEnum):
    """What stood for the resident's phone, or for a second proof on it."""

    PIN = "pin"
    """The PIN, at the clinic's device."""
    PIN_ON_PHONE = "pin-on-phone"
    """The PIN besides the phone: sensitive matters, or longer than a day."""
    PASSKEY = "passkey"
    """A passkey on the phone, for the same."""
    TAP = "tap"
    """A tap at the clinic's device, which only refuses."""
    ASSISTED = "assisted"
    """Spoken, with a helper who is named (协助授权)."""
    PIN_SETTING = "pin-setting"
    """The PIN, to set another one: no consent, and nobody asked."""
    PIN_AT_COUNTER = "pin-at-counter"
    """The PIN at a counter, for a summary to carry: no consent either."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A member of staff other than whoever asks, who heard the resident and stands for it.

    Args:
        practitioner_id: who has proved to be that person at the device.
        institution_id: theirs.
        companion: who came with the resident, as they named themselves; may be empty.
    """

    practitioner_id: PractitionerId
    institution_id: InstitutionId
    companion: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """An answer that was not, or not only, given by a tap on the phone."""

    means: Means
    terminal_id: TerminalId | None = None
    helper: Helper | None = None
    is_under_duress: bool = field(default=False, repr=False)
    """Told to the region alone: in no event, no error, no page of anybody else."""

    def agent(self, resident_id: ResidentId) -> audit.Agent:
        """Who acts: the resident, or the helper for them."""
        if self.helper is None:
            return audit.Agent(audit.AgentKind.RESIDENT, resident_id)
        helper = self.helper
        kind = audit.AgentKind.PRACTITIONER
        return audit.Agent(kind, helper.practitioner_id, helper.institution_id)

    def told(self) -> dict[str, object]:
        """What the event says of it; nothing that tells one PIN from the other."""
        said: dict[str, object] = {"means": self.means.value}
        if self.terminal_id is not None:
            said["terminal"] = self.terminal_id.bytes
        if self.helper is not None:
            said["companion"] = self.helper.companion
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One answer as the region sees it.

    Args:
        consent_id: the consent; a number of its own where none was given.
        institution_id, practitioner_id: who had asked; the institution alone may have been meant,
            or nobody, where somebody changed a setting of their own.
        examined_at: when somebody of the region looked into it.
    """

    resident_id: ResidentId
    consent_id: ConsentId
    answered_at: datetime
    institution_id: InstitutionId | None
    practitioner_id: PractitionerId | None
    means: Means
    helper_id: PractitionerId | None = None
    is_under_duress: bool = field(default=False, repr=False)
    examined_at: datetime | None = None
