"""What a resident has said, what somebody asks, and what follows: plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)


class Rule(StrEnum):
    """Whether a provision opens or closes. Source: FHIR R4 ConsentProvisionType."""

    PERMIT = "permit"
    DENY = "deny"


class Manner(StrEnum):
    """What becomes of what is seen (处理方式): only looked at, or also kept by the recipient.

    Whoever may keep may look; who is refused a look may not keep either.
    """

    VIEW = "view"
    KEEP = "keep"


class Uses(NamedTuple):
    """How often a permission may be used, and the uses made of it so far (使用次数).

    A use is one person's visit: it begins with a look and covers that person's further looks for
    four hours. The lines of a consent share its uses.
    """

    allowed: int
    made: tuple[tuple[UUID, datetime], ...] = ()
    """By whom, a practitioner or the institution whose system it was, and when it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One line of a consent (授权条款).

    ``None`` always means *not limited by this*; an empty set means *nothing*. A line has one
    purpose; a consent for two has two lines. The recipient is as narrow as the fields that name
    one: practitioner, department, institution, kind of institution, or anyone at all.

    Args:
        categories: what a permission opens or a denial closes.
        sensitive: closed kinds that a permission also opens, or that a denial closes by itself.
        institution_id: the only institution meant; ``None`` is any.
        practitioner_id: the only person meant; ``None`` is anybody of the institution.
        department: the only department meant, as the register writes it; with its institution.
        institution_kind: the only kind of institution meant.
        scenes: the only steps of care meant.
        manner: what a permission opens at most, or what a denial closes at least.
        from_day: first clinical day covered.
        until_day: first clinical day no longer covered.
        up_to_number: the newest entries covered are those filed by this event of the resident's
            chain: what the resident saw in the preview, and nothing filed later.
        start_at: aware; from this moment on.
        end_at: aware; no longer from this moment on.
        uses: how often a permission may be used; ``None`` is as often as needed.
        is_seal: a denial by order, which closes to institutions what they filed themselves too.
    """

    consent_id: ConsentId
    rule: Rule
    purpose: PurposeOfUse
    categories: frozenset[RecordCategory]
    sensitive: frozenset[SensitiveCategory] = frozenset()
    institution_id: InstitutionId | None = None
    practitioner_id: PractitionerId | None = None
    department: str | None = None
    institution_kind: InstitutionKind | None = None
    scenes: frozenset[Scene] | None = None
    manner: Manner = Manner.VIEW
    from_day: date | None = None
    until_day: date | None = None
    up_to_number: int | None = None
    start_at: datetime
    end_at: datetime
    uses: Uses | None = None
    is_seal: bool = False


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Who wants to see, why, at which step of care, to do what, and when.

    ``None`` is *not known*: never inside what a permission names, always inside what a denial
    names. ``at`` is the database's clock.
    """

    institution_id: InstitutionId | None
    practitioner_id: PractitionerId | None
    purpose: PurposeOfUse | None
    at: datetime
    department: str | None = None
    institution_kind: InstitutionKind | None = None
    scene: Scene | None = None
    manner: Manner = Manner.VIEW

    @property
    def used_by(self) -> UUID | None:
        """Whose use a look is: the person's, or the institution's whose system looks."""
        return self.practitioner_id or self.institution_id


class Provisions:
    """All a resident has said that may still count, put in order once and decided by often."""

    __slots__ = ("_all", "_by_recipient", "memory")

    def __init__(self, provisions: Iterable[Provision] = ()) -> None:
        self._all = tuple(provisions)
        found: dict[_Recipient, tuple[Provision, ...]] = {}
        for one in self._all:
            key = (one.institution_id, one.practitioner_id)
            found[key] = (*found.get(key, ()), one)
        self._by_recipient = found
        self.memory: dict[object, object] = {}
        """What was worked out from them, kept by whoever works it out."""

    def __iter__(self) -> Iterator[Provision]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def bearing_on(self, request: AccessRequest) -> Sequence[Provision]:
        """Every provision that can apply to the request, and few others."""
        institution_id, practitioner_id = request.institution_id, request.practitioner_id
        if institution_id is None or practitioner_id is None:
            return self._all
        found = self._by_recipient
        return (
            *found.get((institution_id, practitioner_id), ()),
            *found.get((institution_id, None), ()),
            *found.get((None, practitioner_id), ()),
            *found.get((None, None), ()),
        )


_Recipient = tuple[InstitutionId | None, PractitionerId | None]


class EntryFacts(NamedTuple):
    """All that a decision may know about an entry; its content is not among it."""

    category: RecordCategory | None
    """``None``: of a kind this release does not know, therefore never shown."""
    sensitive: frozenset[SensitiveCategory]
    day: date | None
    filed_number: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request may see, by the provisions that apply to it: ask ``shows`` for each entry."""

    permits: tuple[Provision, ...]
    denials: tuple[Provision, ...] = ()

    @property
    def consent_ids(self) -> frozenset[ConsentId]:
        """The consents that permit something."""
        return frozenset(permit.consent_id for permit in self.permits)

    @property
    def is_sealed(self) -> bool:
        """Whether the record is sealed by order to whoever asks; then nobody's own part is open."""
        return any(denial.is_seal for denial in self.denials)

    @property
    def until(self) -> datetime | None:
        """When the last permission ends; ``None`` when there is none."""
        return max((permit.end_at for permit in self.permits), default=None)


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
    """What somebody asks for: why, at which step of care, what, for how long, and to do what."""

    purpose: PurposeOfUse
    scene: Scene
    categories: frozenset[RecordCategory]
    lifetime_seconds: int
    manner: Manner = Manner.VIEW


class Previewed(NamedTuple):
    """What a preview showed of one id: entries filed before this event, beside which consents."""

    resident_id: ResidentId
    number: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """A request waiting for, or having received, the resident's answer (授权请求).

    Args:
        presentation_id: the code or card it rests on; None where a system proposed it.
        practitioner_id: who asked; None where an institution's system proposed it.
    """

    request_id: RequestId
    presentation_id: PresentationId | None
    practitioner_id: PractitionerId | None
    institution_id: InstitutionId
    ask: Ask
    asked_at: datetime
    expires_at: datetime
    previewed_number: int | None = None
    previewed_version: int | None = None
    """What the resident had said, by its version, when the preview was made."""
    previewed_elsewhere: tuple[Previewed, ...] = ()
    """The same of the person's other ids, where entries were merged."""
    answer: Answer | None = None
    answered_at: datetime | None = None
    consent_id: ConsentId | None = None


class ConsentKind(StrEnum):
    """How a consent came about."""

    VISIT = "visit"
    """At a visit: answered, or overridden in an emergency."""
    STANDING = "standing"
    """Given by the resident ahead of any visit (长期授权)."""
    FAMILY_DOCTOR = "family-doctor"
    """Part of a contract with a family doctor (家庭医生签约)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a resident allows ahead of any visit: to whom, what, to do what, and for how long.

    Args:
        institution_id: the institution; all of it, unless a department or a person is named.
        sensitive: closed kinds that are opened as well, by a consent of their own.
        uses: how many visits it is for; ``None`` is as many as there are.
        added_to: the consent they are added to, and with which they end.
        replaces: the consent that ends as this one begins: another manner, another kind or other
            categories are another consent, told and given anew (PIPL 14).
    """

    kind: ConsentKind
    institution_id: InstitutionId
    department: str | None = None
    practitioner_id: PractitionerId | None = None
    categories: frozenset[RecordCategory]
    sensitive: frozenset[SensitiveCategory] = frozenset()
    manner: Manner = Manner.VIEW
    days: int
    uses: int | None = None
    added_to: ConsentId | None = None
    replaces: ConsentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a resident closes ahead of any request, until they lift it (限制、拒绝处理).

    Categories or closed kinds, to whoever the fields name; to everybody if they name nobody. An
    institution goes on reading what it wrote itself.

    Args:
        categories: what is closed.
        sensitive: closed kinds that no consent opens while the refusal stands.
        in_emergencies: an override shows none of it either; otherwise an override may.
    """

    categories: frozenset[RecordCategory] = frozenset()
    sensitive: frozenset[SensitiveCategory] = frozenset()
    institution_id: InstitutionId | None = None
    practitioner_id: PractitionerId | None = None
    department: str | None = None
    institution_kind: InstitutionKind | None = None
    in_emergencies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A refusal in force, and since when."""

    consent_id: ConsentId
    refusal: Refusal
    since: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What a resident was told before consenting (PIPL 17), in the words that were on the page.

    Args:
        version: of the sentences; a version once used is never worded otherwise.
        language: as a tag, ``zh-CN``.
        sentences: in their order.
    """

    version: str
    language: str
    sentences: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One answer that allowed something, or an emergency override, and whether it still holds.

    ``practitioner_id`` is ``None`` where a whole institution or department is allowed.
    """

    consent_id: ConsentId
    is_override: bool
    institution_id: InstitutionId
    practitioner_id: PractitionerId | None
    purpose: PurposeOfUse
    categories: frozenset[RecordCategory] = field(default_factory=frozenset)
    sensitive: frozenset[SensitiveCategory] = field(default_factory=frozenset)
    department: str | None = None
    manner: Manner = Manner.VIEW
    uses: Uses | None = None
    kind: ConsentKind = ConsentKind.VISIT
    notice: Notice | None = None
    added_to: ConsentId | None = None
    granted_at: datetime
    end_at: datetime
    withdrawn_at: datetime | None = None

    def is_for(
        self, institution_id: InstitutionId, practitioner_id: PractitionerId, department: str
    ) -> bool:
        """Whether this person is among those it allows."""
        return (
            self.institution_id == institution_id
            and self.practitioner_id in {None, practitioner_id}
            and self.department in {None, department}
        )
