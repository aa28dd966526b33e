"""What the early warning (预警) sees of an access, and what it says of some: plain values.

Nothing here names a resident or says what a record holds: a resident is a mark, what connects
them with whoever looked is a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple
from uuid import UUID

from openhealthcode.audit import Action
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import HealthCodeError, PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId

ResidentMark = bytes
"""A resident's keyed pseudonym within supervision: tells whether it is the same one, not who."""


class EditionUnreadable(HealthCodeError):
    """An edition of the rules must name each rule with its thresholds, severity and sentences."""

    code = "warning-edition-unreadable"


class Evidence(StrEnum):
    """What explains an access, other than that it happened; each is found in the region's data."""

    CODE = "code"
    """The resident showed a code to this person or counter, not longer ago than a day."""
    VISIT = "visit"
    """A visit or stay at this institution is on file that covers the moment (encounter)."""
    ORDER = "order"
    """A test or medicine was ordered that this institution carries out."""
    REFERRAL = "referral"
    CONTRACT = "contract"
    """A contract with this family doctor or their team is in force."""
    TASK = "task"
    """A public-health task covers the resident and was given to this person."""
    CONSENT = "consent"
    """The resident let this very person or department look."""
    WIDE_CONSENT = "wide-consent"
    """The resident let the whole institution or a kind of institutions look; weak by itself."""
    TEAM = "team"
    """Somebody of the same department looked with an explanation a short while before. Found by
    the early warning itself while it reads the accesses; whoever fills an access leaves it out."""
    DESK = "desk"
    """The resident was registered at this institution's desk a short while before; weak. As
    ``TEAM``."""
    PASSAGE = "passage"
    """Another department of this institution looked in the days before, as in the course of a visit
    or stay; weak. As ``TEAM``."""


class Relation(StrEnum):
    """What connects who looked with the resident, and what is special about the resident."""

    SELF = "self"
    FAMILY = "family"
    """Related by the register: parent, child, husband, wife, or guardian and ward."""
    SAME_ADDRESS = "same-address"
    CO_WORKER = "co-worker"
    """Works at the same institution."""
    NEIGHBOUR = "neighbour"
    """Lives in the same street or village, at another address."""
    VIP = "vip"
    """Known to many: whom the region has named as especially to be protected."""
    DECEASED = "deceased"
    """Registered as dead for more than three days: the papers a death needs are written."""
    CANARY = "canary"
    """Does not exist: was made up to be asked for."""


class AccountState(StrEnum):
    """Whether the account may act at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"
    """Its person does not work here any more, or not yet."""


class Trouble(StrEnum):
    """Why an access was refused, or what was wrong with the code it came with."""

    NONE = ""
    NOTHING_IN_FORCE = "nothing-in-force"
    """Refused: no consent in force."""
    WITHDRAWN = "withdrawn"
    """Refused: the resident took back what had been allowed."""
    CLOSED = "closed"
    """Refused: the resident closed it."""
    BUDGET = "budget"
    """Refused: no more residents today without an explanation."""
    UNKNOWN_PERSON = "unknown-person"
    """Asked for somebody who is not here."""
    SPLICED_CODE = "spliced-code"
    REPLAYED_CODE = "replayed-code"
    OTHER = "other"


class Access(NamedTuple):
    """One event of the log as the rules see it.

    Args:
        leaf: its place in the public tree; names the event, and later ones have higher numbers.
        practitioner: who acted; of a system, its id, with ``is_system``.
        resident_mark: empty where nobody was found.
        action: as logged. What shows something of a record: disclose, copy, break-glass, identify.
        entries: how many entries were shown.
        evidence: what explains it, as far as it is known when the event is read.
        terminal: the browser or scanner; ``None`` where the log does not say.
        place: where the terminal stands (an institution's id, or a county); empty if not known.
    """

    leaf: int
    at: datetime
    practitioner: PractitionerId
    institution: InstitutionId
    department: str
    role: PractitionerRole
    resident_mark: ResidentMark
    action: Action
    purpose: PurposeOfUse | None = None
    scene: Scene | None = None
    is_refused: bool = False
    trouble: Trouble = Trouble.NONE
    entries: int = 0
    evidence: frozenset[Evidence] = frozenset()
    relations: frozenset[Relation] = frozenset()
    terminal: UUID | None = None
    place: str = ""
    account: AccountState = AccountState.ACTIVE
    is_system: bool = False


class Severity(IntEnum):
    """How much harm is likely if it is what it looks like; the higher first."""

    NOTE = 1
    """Means nothing by itself; adds to what else is seen of the same person."""
    LOW = 2
    MEDIUM = 3
    HIGH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one access, with the accesses that led to it.

    Args:
        rule: its name in the edition.
        weight: 0 to 1: how much it adds towards an alert; an alert needs the edition's threshold.
        said: what its sentence is filled with, e.g. how many residents in how many days.
        leaves: of the accesses it rests on, the one that completed it last.
        is_about_resident: it is the resident who is looked at by many; else one person who looks.
    """

    rule: str
    at: datetime
    practitioner: PractitionerId
    institution: InstitutionId
    resident_marks: tuple[ResidentMark, ...]
    severity: Severity
    weight: float
    leaves: tuple[int, ...]
    said: Mapping[str, int | str] = field(default_factory=dict)
    is_about_resident: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Findings that belong together and weigh enough for an officer to look at (预警).

    The same alert comes again with more findings as long as more is found; ``alert_id`` stays.

    Args:
        edition: the edition of the rules that was in force.
        score: 0 to 1, all its rules together.
    """

    alert_id: str
    edition: str
    opened_at: datetime
    latest_at: datetime
    practitioner: PractitionerId
    institution: InstitutionId
    resident_marks: tuple[ResidentMark, ...]
    severity: Severity
    score: float
    findings: tuple[Finding, ...]
