"""A system of an institution reads: what the institution filed itself, and what consent allows.

An institution keeps access to its own legal record; for everything else its systems need a
provision for the institution. Absent and forbidden look the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from sys import maxsize
from typing import cast

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.asking import Asking, asking
from openhealthcode.access.children import Admission, admission
from openhealthcode.access.looking import Choice, Look, Row
from openhealthcode.access.model import OneEntry
from openhealthcode.consent import Manner
from openhealthcode.database import Pool
from openhealthcode.record.reading import opener
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound, PurposeOfUse, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId
from openhealthcode.trust import Keys, Labels, UnreadableId


@dataclass(frozen=True, slots=True)
class Read:
    """One entry as filed: final FHIR JSON with id and meta, its version and when it was filed."""

    body: bytes = field(repr=False)
    version: int
    filed_at: datetime


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
    """
    try:
        resident_id, entry_id = keys.open_id(fhir_id)
    except UnreadableId:
        raise NotFound from None
    resident_keys = keys.of(resident_id)
    labels = resident_keys.labels
    who = await asking(pool, system.institution_id)
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
    who, admitted = asks
    request = who.request(PurposeOfUse.TREATMENT, seen.at, manner=Manner.KEEP)
    decision = admitted.weighed(consent.decide(request, seen.provisions), request)
    weighed = candidates or [_stand_in(labels)]
    allowed = {row["entry_id"] for row in looking.permitted(weighed, decision, labels)}
    rows = [
        row
        for row in candidates
        if row["entry_id"] in allowed or row["institution_id"] == system.institution_id
    ]
    consent_ids = decision.consent_ids
    if rows and not decision.permits:
        because = consent.Because.FILED_ITSELF
    elif admitted.withholds(request):
        because = consent.Because.APPROVAL_MISSING
    else:
        because = consent.explain(request, decision, seen.provisions)
    event = system_event(system, rows, consent_ids, because, admitted)
    uses = looking.uses_begun(decision, request)
    return Choice(rows, event, decision.until, consent_ids, uses)


def _stand_in(labels: Labels) -> Row:
    """Weighed where there is nothing, so that it takes as long as something closed; never shown."""
    kinds = frozenset({SensitiveCategory.HIV_AND_STI})
    columns = {
        "entry_id": None,
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
    because: consent.Because,
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
