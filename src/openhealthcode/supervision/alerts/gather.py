"""What the log tells of an access, as the rules see it. Pure, but for who the staff are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from openhealthcode import registry
from openhealthcode.access.overseen import Overseen
from openhealthcode.consent import Because
from openhealthcode.database import Pool
from openhealthcode.registry import Practitioner, PractitionerRole
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import protected
from openhealthcode.supervision.protected import Protection
from openhealthcode.supervision.warning import (
    Access,
    AccountState,
    Evidence,
    Relation,
    Trouble,
)

_ALLOWED: Final[Mapping[str, Evidence]] = {
    Because.PRACTITIONER_ALLOWED: Evidence.CONSENT,
    Because.DEPARTMENT_ALLOWED: Evidence.CONSENT,
    Because.INSTITUTION_ALLOWED: Evidence.WIDE_CONSENT,
    Because.KIND_ALLOWED: Evidence.WIDE_CONSENT,
    Because.ANYONE_ALLOWED: Evidence.WIDE_CONSENT,
}
_REFUSED: Final[Mapping[str, Trouble]] = {
    Because.NOTHING_IN_FORCE: Trouble.NOTHING_IN_FORCE,
    Because.OTHER_RECIPIENT: Trouble.NOTHING_IN_FORCE,
    Because.OTHER_PURPOSE: Trouble.NOTHING_IN_FORCE,
    Because.OTHER_SCENE: Trouble.NOTHING_IN_FORCE,
    Because.CLOSED: Trouble.CLOSED,
    Because.SEALED: Trouble.CLOSED,
    Because.BUDGET_SPENT: Trouble.BUDGET,
}

_MISUSED: Final[Mapping[str, Trouble]] = {
    "spliced": Trouble.SPLICED_CODE,
    "used-before": Trouble.REPLAYED_CODE,
}


async def gather(pool: Pool, overseen: Sequence[Overseen]) -> list[Access]:
    """The accesses as the rules see them, in their order."""
    named = {PractitionerId(one.agent) for one in overseen if not one.is_system}
    staff = await registry.practitioners(pool, named)
    stopped = await registry.suspended_since(pool, named)
    spans = await protected.protections(pool, {one.resident_mark for one in overseen})
    return [
        access_of(
            one,
            staff.get(PractitionerId(one.agent)),
            stopped.get(PractitionerId(one.agent)),
            spans.get(one.resident_mark, ()),
        )
        for one in overseen
    ]


def access_of(
    one: Overseen,
    person: Practitioner | None,
    suspended_at: datetime | None,
    protections: Iterable[Protection] = (),
) -> Access:
    """One access as the rules see it."""
    is_stopped = suspended_at is not None and suspended_at <= one.at
    return Access(
        leaf=one.leaf,
        at=one.at,
        practitioner=PractitionerId(one.agent),
        institution=one.institution_id,
        department=person.department if person else "",
        role=person.role if person else PractitionerRole.EXTERNAL,
        resident_mark=one.resident_mark,
        action=one.action,
        purpose=one.purpose,
        scene=one.scene,
        is_refused=one.is_refused,
        trouble=_trouble(one),
        entries=one.entries,
        evidence=_evidence(one),
        relations=_relations(one, protections),
        terminal=_terminal(one),
        place=str(one.place) if one.place else "",
        account=AccountState.SUSPENDED if is_stopped else AccountState.ACTIVE,
        is_system=one.is_system,
    )


def _relations(one: Overseen, protections: Iterable[Protection]) -> frozenset[Relation]:
    found = set(map(Relation, one.relations))
    if any(span.holds_at(one.at) for span in protections):
        found.add(Relation.VIP)
    return frozenset(found)


def _terminal(one: Overseen) -> UUID | None:
    return UUID(bytes=one.workstation.rjust(16, b"\0")) if one.workstation else None


def _trouble(one: Overseen) -> Trouble:
    if one.misuse:
        return _MISUSED[one.misuse]
    if not one.is_refused:
        return Trouble.NONE
    if one.was_withdrawn:
        return Trouble.WITHDRAWN
    return _REFUSED.get(one.because, Trouble.OTHER)


def _evidence(one: Overseen) -> frozenset[Evidence]:
    found = set(map(Evidence, one.evidence))
    allowed = _ALLOWED.get(one.because)
    if allowed is not None:
        found.add(allowed)
    return frozenset(found)
