"""One code, several uses: what a terminal asks for, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from openhealthcode.registry import Partner
from openhealthcode.standards import CodeUse, Forbidden, HealthCodeError, RecordCategory, Scene
from openhealthcode.standards.ids import PartnerId


class BeyondRole(Forbidden):
    """This terminal is not certified for what it asked for; the supervisor was told."""

    code = "use-not-certified"


class PartnerRefused(HealthCodeError):
    """The insurer or payment service did not accept this."""

    code = "partner-refused"


class PartnerUnavailable(HealthCodeError):
    """The insurer or payment service cannot be reached now; try again in a minute."""

    code = "partner-unavailable"


class NotGiven(StrEnum):
    """Why a use is answered with nothing."""

    NOT_SWITCHED_ON = "not-switched-on"
    """The resident has not let any partner of this kind take part."""
    NOT_IN_CODE = "not-in-code"
    """This code was not shown for that, or only identifies."""
    PARTNER_UNAVAILABLE = "partner-unavailable"
    PARTNER_REFUSED = "partner-refused"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What besides the uses a question may say; all of it counts for health uses only.

    Args:
        scene: the step of care.
        categories: what of the record is asked for.
        lifetime_seconds: for how long.
        triage_level: for an override.
        reason: for an override, in words.
    """

    scene: Scene = Scene.CONSULTATION
    categories: frozenset[RecordCategory] = frozenset(RecordCategory)
    lifetime_seconds: int = 4 * 3600
    triage_level: int = 0
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Treated:
    """What a treating terminal learns: a name for the resident that no other institution has.

    Args:
        pseudonym: pairwise with the institution, the same at each visit.
        request: names the request that now waits on the phone.
    """

    pseudonym: str
    request: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Overridden:
    """An override in force; every look under it is told to the resident."""

    pseudonym: str
    consent: str


@dataclass(frozen=True, slots=True)
class PartnerToken:
    """What a partner gave for one use at one institution; never kept here.

    Args:
        partner: who gave it.
        kind: what it is to the terminal, e.g. ``ec-token`` or ``barcode``.
        values: what the partner's interface calls it.
        was_forwarded: the code scanned was the partner's own.
    """

    partner: Partner
    kind: str
    values: Mapping[str, str] = field(repr=False)
    was_forwarded: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answer to one question; each use asked for is in one of the fields."""

    treat: Treated | None = None
    emergency: Overridden | None = None
    tokens: Mapping[CodeUse, PartnerToken] = field(default_factory=dict, repr=False)
    not_given: Mapping[CodeUse, NotGiven] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who an insurer's customer is, told once when the resident switches it on."""

    name: str = field(repr=False)
    national_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a token is asked for, as partners know it; nothing of department or doctor."""

    institution: str
    """Stable for the institution: its credit code, else its id."""
    institution_name: str


class Partners(Protocol):
    """Calls insurers and payment services; ``gateway`` builds it, each kind by its own interface."""

    async def join(
        self, partner: Partner, subject: str, customer: Customer | None, number: str
    ) -> None:
        """Let a partner know under which name it will be asked for somebody.

        Raises:
            PartnerRefused: it knows no such customer or number.
            PartnerUnavailable: no answer, or none that is the partner's.
        """

    async def leave(self, partner: Partner, subject: str) -> None:
        """Have a partner forget that name.

        Raises:
            PartnerRefused, PartnerUnavailable: as ``join``.
        """

    async def token(self, partner: Partner, subject: str, site: Site) -> PartnerToken:
        """A token for one use at one institution.

        Raises:
            PartnerRefused, PartnerUnavailable: as ``join``.
        """

    async def forward(self, partner: Partner, scanned: str, site: Site) -> PartnerToken:
        """What a partner makes of its own code, scanned at one of our terminals.

        Raises:
            PartnerRefused, PartnerUnavailable: as ``join``.
        """


@dataclass(frozen=True, slots=True)
class Switch:
    """A partner as the resident sees it: what it is for, and whether it takes part."""

    partner: Partner
    is_on: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class UseLine:
    """One time the code was used, as the log says it."""

    number: int
    at: datetime
    institution: str
    institution_en: str
    uses: frozenset[CodeUse]
    not_given: frozenset[CodeUse]
    is_refused: bool
    """The terminal asked for what it is not certified for, and got nothing."""
    partners: frozenset[PartnerId] = frozenset()
