"""A system of an institution reads: what the institution filed itself, and what consent allows.

An institution keeps access to its own legal record; for everything else its systems need a
provision for the institution. Absent and forbidden look the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from sys import maxsize
from typing import Final, cast
from uuid import UUID

from openhealthcode import audit, consent
from openhealthcode.access import budgets, looking
from openhealthcode.access.asking import Asking, asking_to_keep
from openhealthcode.access.children import Admission, admission
from openhealthcode.access.looking import Choice, Look, Row
from openhealthcode.access.model import OneEntry
from openhealthcode.consent import AccessRequest, Because, Decided, Decision, Manner, Provisions
from openhealthcode.database import Pool
from openhealthcode.record.reading import opener
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound, PurposeOfUse, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId
from openhealthcode.trust import Keys, Labels, UnreadableId

_NOBODY: Final = UUID(int=0)
_REFUSED: Final = Decision(())
_WITHHELD: Final = Decided(_REFUSED, Because.APPROVAL_MISSING, consent.extent(_REFUSED))


@dataclass(frozen=True, slots=True)
class Read:
    """One entry as filed: final FHIR JSON with id and meta, its version and when it was filed."""

    body: bytes = field(repr=False)
    version: int
    filed_at: datetime


@budgets.leasing
async def read_entry(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    type: str,  # noqa: A002 - FHIR's own word
    fhir_id: str,
    version: int | None = None,
) -> Read:
    """Read one entry by its FHIR id, current or as it was in a version.

    Raises:
        NotFound: no such id, type or version, or not for this system; which, it does not say.
        BudgetSpent: of too many residents today, with no reason behind it.
    """
    try:
        resident_id, entry_id = keys.open_id(fhir_id)
    except UnreadableId:
        raise NotFound from None
    resident_keys = keys.of(resident_id)
    labels = resident_keys.labels
    who = await asking_to_keep(pool, system.institution_id)
    admitted = await admission(pool, keys, resident_id, system.institution_id, system.system_id)

    def choose(seen: Look) -> Choice:
        rows = [row for row in seen.rows if row["type"] == type]
        return choose_for_system(seen, rows, system, (who, admitted), labels)

    _, choice = await looking.choose_and_log(
        pool, keys, resident_id, OneEntry(entry_id, version), choose
    )
    if not choice.rows:
        raise NotFound
    row = choice.rows[0]
    body = opener(resident_keys)(entry_id, row["version"], row["body"])
    return Read(body, row["version"], row["filed_at"])


def choose_for_system(
    seen: Look,
    candidates: list[Row],
    system: SystemAccess,
    asks: tuple[Asking, Admission],
    labels: Labels,
) -> Choice:
    """What a system may see of some entries, and the event that says so.

    What a system reads it holds: it needs a permission to keep.

    Args:
        asks: the institution as the register knows it, and what it admits its system to.
    """
    request, found = heard(seen.at, seen.provisions, asks)
    own = None if found.decision.is_sealed else system.institution_id
    shown = _shown(candidates or [_stand_in(labels)], found, labels, own)
    rows = shown if candidates else []
    if not asks[1].is_held(seen.at) and any(
        row["institution_id"] != system.institution_id for row in rows
    ):
        asks[1].taken(found.decision, request)
    return choice_for_system(rows, system, asks, request, found, is_any=bool(rows))


def _shown(rows: list[Row], found: Decided, labels: Labels, own: InstitutionId | None) -> list[Row]:
    """What a decision shows, and what is the institution's own."""
    if found.extent is not None:
        return looking.within(rows, found.extent, labels, own)
    allowed = {id(row) for row in looking.permitted(rows, found.decision, labels)}
    return [row for row in rows if id(row) in allowed or row["institution_id"] == own]


def heard(
    at: datetime, provisions: Provisions, asks: tuple[Asking, Admission]
) -> tuple[AccessRequest, Decided]:
    """What a system asks for, and what is decided of it."""
    who, admitted = asks
    request = who.request(PurposeOfUse.TREATMENT, at, manner=Manner.KEEP)
    if admitted.withholds(request):
        return request, _WITHHELD
    found = consent.decided(request, provisions)
    if who.agreed is None:
        return request, found
    decision = who.narrowed(found.decision)
    because = found.because if decision.permits else Because.NOTHING_IN_FORCE
    return request, Decided(decision, because, None)


def choice_for_system(
    rows: list[Row],
    system: SystemAccess,
    asks: tuple[Asking, Admission],
    request: AccessRequest,
    found: Decided,
    *,
    is_any: bool,
) -> Choice:
    """The choice of these entries, and the event that says so.

    Args:
        is_any: whether there is something to see, though perhaps none of it on this page.
    """
    decision, because = found.decision, found.because
    if is_any and not decision.permits:
        because = Because.FILED_ITSELF
    consent_ids = decision.consent_ids
    event = system_event(system, rows, consent_ids, because, asks[1])
    if is_any and not rows:
        event = replace(event, outcome=audit.Outcome.DONE)  # how many there are was told
    uses = looking.uses_begun(decision, request)
    return Choice(rows, event, decision.until, consent_ids, uses)


def _stand_in(labels: Labels) -> Row:
    """Weighed where there is nothing, so that it takes as long as something closed; never shown."""
    kinds = frozenset({SensitiveCategory.HIV_AND_STI})
    columns = {
        "entry_id": None,
        "institution_id": _NOBODY,
        "category_token": labels.token_of(RecordCategory.LABORATORY),
        "sensitivity_token": labels.sensitivity_token(kinds),
        "filed_number": maxsize,
        "day": date.min,
    }
    return cast("Row", columns)


def system_event(
    system: SystemAccess,
    rows: list[Row],
    consent_ids: frozenset[ConsentId],
    because: Because,
    admitted: Admission,
) -> audit.Event:
    """The event of a system's look; one that showed nothing is a refusal."""
    return audit.Event(
        action=audit.Action.RECORD_DISCLOSE,
        agent=audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id),
        outcome=audit.Outcome.DONE if rows else audit.Outcome.REFUSED,
        purpose=PurposeOfUse.TREATMENT,
        detail={
            "items": looking.items(rows),
            "consents": [consent_id.bytes for consent_id in consent_ids],
            "because": because.value,
            **admitted.told(),
        },
    )
