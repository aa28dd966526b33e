"""Who acts for whom, by what right and how far: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from openhealthcode.standards import Forbidden, HealthCodeError, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import PractitionerId, RepresentationId


class RepresentationOver(Forbidden):
    """You cannot act for this person, or no longer in this."""

    code = "representation-over"


class GuardianNeeded(Forbidden):
    """The guardian consents: for a child under 14, or by a court's ruling."""

    code = "guardian-needed"


class RepresentationUnsuitable(HealthCodeError):
    """Somebody like this cannot act for this person."""

    code = "representation-unsuitable"


class RepresentationKind(StrEnum):
    """By what right somebody acts for a resident."""

    GUARDIAN = "guardian"
    """Of a minor (监护人); narrower from 14 on, over at 18."""
    HELPER = "helper"
    """Appointed by an adult (代办人), for what and until when the adult says."""
    RELATIVE = "relative"
    """Close relative of somebody who has died (近亲属)."""
    ADULT_GUARDIAN = "adult-guardian"
    """Of an adult who by a court's ruling cannot decide alone (成年监护人)."""


class Power(StrEnum):
    """What a representative may do, as a resident would say it."""

    VISITS = "visits"
    """Show the code and answer what is asked at a visit."""
    RECORD = "record"
    """Read the record."""
    LOG = "log"
    """See who looked."""
    CONSENTS = "consents"
    """Give and take back consents ahead of visits."""
    RIGHTS = "rights"
    """Copies, corrections, objections."""
    EMERGENCY = "emergency"
    """Choose for emergencies, and whom to tell."""
    CLOSING = "closing"
    """Have the platform's copy destroyed."""


class Proof(StrEnum):
    """What stood behind an appointment."""

    OWN_PHONE = "own-phone"
    """The resident, freshly verified on their own phone."""
    BOTH_PRESENT = "both-present"
    """Both at the counter, each with their card."""
    HOUSEHOLD_REGISTER = "household-register"
    BIRTH_CERTIFICATE = "birth-certificate"
    GUARDIANSHIP_DOCUMENT = "guardianship-document"
    """A ruling, or a document of those who appoint guardians."""
    KINSHIP_DOCUMENT = "kinship-document"
    COURT_RULING = "court-ruling"
    """That somebody lacks capacity, and who the guardian is (民事行为能力判决)."""


PROOFS: Final[Mapping[RepresentationKind, tuple[Proof, ...]]] = MappingProxyType(
    {
        RepresentationKind.GUARDIAN: (
            Proof.HOUSEHOLD_REGISTER,
            Proof.BIRTH_CERTIFICATE,
            Proof.GUARDIANSHIP_DOCUMENT,
        ),
        RepresentationKind.HELPER: (Proof.BOTH_PRESENT, Proof.OWN_PHONE),
        RepresentationKind.RELATIVE: (Proof.HOUSEHOLD_REGISTER, Proof.KINSHIP_DOCUMENT),
        RepresentationKind.ADULT_GUARDIAN: (Proof.COURT_RULING,),
    }
)
"""What a counter, or for a helper the resident's phone, accepts for each kind."""

LONGEST_DAYS: Final[Mapping[RepresentationKind, int]] = MappingProxyType(
    {
        RepresentationKind.HELPER: 366,
        RepresentationKind.RELATIVE: 90,
        RepresentationKind.ADULT_GUARDIAN: 366,
    }
)
"""A child's guardian ends by birthday; an adult's is proved anew at a counter every year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One person appointed to act for a resident.

    Args:
        name: the representative's, as on the card shown or as the resident wrote it.
        masked_certificate: the number on it, in part.
        powers: what a helper was appointed for; for guardians and relatives the rules say.
        appointed_by: the clerk; ``None`` when the resident did it on the phone.
        end_at: aware; no longer from this moment on. ``None`` for guardians.
    """

    representation_id: RepresentationId
    kind: RepresentationKind
    name: str = field(repr=False)
    masked_certificate: str = field(repr=False)
    powers: frozenset[Power] = frozenset()
    proof: Proof
    appointed_by: PractitionerId | None = None
    appointed_at: datetime
    end_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a resident keeps from representatives.

    Args:
        categories: from the age of 14 on closed to guardians.
        kinds: the same for sensitive kinds.
        relatives_may: whether close relatives may turn to the record after death.
    """

    categories: frozenset[RecordCategory] = frozenset()
    kinds: frozenset[SensitiveCategory] = frozenset(SensitiveCategory)
    relatives_may: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the represented person when somebody wants to act.

    Args:
        birth_date: ``None``: not known; then nobody is their guardian.
        has_died: a death is registered.
    """

    birth_date: date | None = field(repr=False)
    has_died: bool = False
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True)
class Mandate:
    """What one representative may do for one resident at one moment.

    Args:
        categories: what of the record they see.
        hidden: entries that carry one of these kinds are not there for them.
        until: the first day on which it is narrower or over; ``None``: by revocation only.
    """

    kind: RepresentationKind
    powers: frozenset[Power]
    categories: frozenset[RecordCategory] = frozenset(RecordCategory)
    hidden: frozenset[SensitiveCategory] = frozenset()
    until: date | None = None

    def shows(self, category: RecordCategory | None, kinds: frozenset[SensitiveCategory]) -> bool:
        """Whether an entry is there for this representative."""
        return category in self.categories and not kinds & self.hidden
