"""What a resident has said, what somebody asks, and what follows: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
)


class Rule(StrEnum):
    """Whether a provision opens or closes. Source: FHIR R4 ConsentProvisionType."""

    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One line of a consent (授权条款).

    ``None`` always means *not limited by this*; an empty set means *nothing*.

    Args:
        categories: what a permission opens or a denial closes.
        sensitive: closed kinds that a permission also opens, or that a denial closes by itself.
        institution_id: the only institution meant; ``None`` is any.
        practitioner_id: the only person meant; ``None`` is anybody of the institution.
        from_day: first clinical day covered.
        until_day: first clinical day no longer covered.
        up_to_number: the newest entries covered are those filed by this event of the resident's
            chain: what the resident saw in the preview, and nothing filed later.
        start_at: aware; from this moment on.
        end_at: aware; no longer from this moment on.
    """

    consent_id: ConsentId
    rule: Rule
    purpose: PurposeOfUse
    categories: frozenset[RecordCategory]
    sensitive: frozenset[SensitiveCategory] = frozenset()
    institution_id: InstitutionId | None = None
    practitioner_id: PractitionerId | None = None
    from_day: date | None = None
    until_day: date | None = None
    up_to_number: int | None = None
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Who wants to see, why, and when; ``at`` is the database's clock."""

    institution_id: InstitutionId
    practitioner_id: PractitionerId | None
    purpose: PurposeOfUse
    at: datetime


class EntryFacts(NamedTuple):
    """All that a decision may know about an entry; its content is not among it."""

    category: RecordCategory | None
    """``None``: of a kind this release does not know, therefore never shown."""
    sensitive: frozenset[SensitiveCategory]
    day: date | None
    filed_number: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request may see: ask ``shows`` for each entry.

    ``permits`` and ``denials`` are the provisions in force, by the category they touch.
    """

    permits: Mapping[RecordCategory, tuple[Provision, ...]]
    denials: tuple[Provision, ...] = ()

    @property
    def consent_ids(self) -> frozenset[ConsentId]:
        """The consents that permit something."""
        return frozenset(p.consent_id for ps in self.permits.values() for p in ps)

    @property
    def until(self) -> datetime | None:
        """When the last permission ends; ``None`` when there is none."""
        return max((p.end_at for ps in self.permits.values() for p in ps), default=None)


class Verdict(NamedTuple):
    """Of a decision, what bears on one category with one set of closed kinds."""

    permits: tuple[Provision, ...]
    denials: tuple[Provision, ...]
    shown_up_to: int
    """Whatever was filed up to this number is shown, whatever its day; -1 for nothing at all."""


class Answer(StrEnum):
    """What became of a request."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a practitioner asks for: why, at which step of care, what, and for how long."""

    purpose: PurposeOfUse
    scene: Scene
    categories: frozenset[RecordCategory]
    lifetime_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """A request waiting for, or having received, the resident's answer (授权请求)."""

    request_id: RequestId
    presentation_id: PresentationId
    practitioner_id: PractitionerId
    institution_id: InstitutionId
    ask: Ask
    asked_at: datetime
    expires_at: datetime
    previewed_number: int | None = None
    answer: Answer | None = None
    answered_at: datetime | None = None
    consent_id: ConsentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One answer that allowed something, or an emergency override, and whether it still holds."""

    consent_id: ConsentId
    is_override: bool
    institution_id: InstitutionId
    practitioner_id: PractitionerId
    purpose: PurposeOfUse
    categories: frozenset[RecordCategory] = field(default_factory=frozenset)
    granted_at: datetime
    end_at: datetime
    withdrawn_at: datetime | None = None
