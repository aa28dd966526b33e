"""What the resident's code was used for, told to the resident."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from openhealthcode import audit, registry
from openhealthcode.access.uses.model import UseLine
from openhealthcode.audit import reading as log
from openhealthcode.audit.reading import LogLine
from openhealthcode.database import Pool, transaction
from openhealthcode.registry import Institution
from openhealthcode.standards import CodeUse, PurposeOfUse
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys

_SHOWN: Final = 30
_ACTIONS: Final = (audit.Action.CODE_USE, audit.Action.RESIDENT_IDENTIFY)


async def own_uses(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[UseLine]:
    """The latest uses of the code, newest first; reading them is logged like every look at the log."""
    seen = audit.Event(
        action=audit.Action.LOG_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )
    async with transaction(pool, resident=resident_id) as connection:
        lines = await log.of_actions(connection, keys, resident_id, _ACTIONS)
        await audit.append(connection, keys, resident_id, seen)
    told = [line for line in reversed(lines) if "presentation" in line.detail or _is_use(line)]
    shown = told[:_SHOWN]
    asked = {InstitutionId(one.institution_id) for one in shown if one.institution_id}
    places = await registry.institutions(pool, asked)
    return [_line(one, places.values()) for one in shown]


def _is_use(line: LogLine) -> bool:
    return line.action == audit.Action.CODE_USE


def _line(line: LogLine, places: Collection[Institution]) -> UseLine:
    place = next((one for one in places if one.institution_id == line.institution_id), None)
    named = line.detail.get("uses", [CodeUse.TREAT]) if _is_use(line) else [CodeUse.TREAT]
    not_given = line.detail.get("not-given", {})
    known = set(CodeUse)
    return UseLine(
        number=line.number,
        at=line.at,
        institution=place.name if place else "",
        institution_en=place.name_en if place else "",
        uses=frozenset(CodeUse(one) for one in named if one in known),
        not_given=frozenset(CodeUse(one) for one in not_given if one in known),
        is_refused=line.outcome == audit.Outcome.REFUSED,
    )
