"""One tap opens a case; its resident reads it, and may contest the answer."""

from __future__ import annotations

from uuid import UUID

from openhealthcode import audit, registry
from openhealthcode.access import reporting
from openhealthcode.audit import REGION, AgentKind
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.supervision.cases import (
    About,
    Case,
    CaseKind,
    CaseRead,
    LookSaid,
    Said,
    State,
    StepKind,
    cases_of_mark,
    open_case_within,
    take_step_within,
)
from openhealthcode.supervision.reports.model import ResidentReport, as_told, the_resident
from openhealthcode.trust import Keys

_TASK = "supervision"
_CONTESTED = "居民不接受这一答复，请区域重新审查。 The resident does not accept this answer."


async def report(pool: Pool, keys: Keys, resident_id: ResidentId, number: int) -> Case:
    """Open a case about a line of the resident's log, and log that they asked.

    A second tap, or one at another line of the same person while the case is open, finds the case.

    Raises:
        NotFound: the log has no such line, or none that names a person.
    """
    async with transaction(pool, resident=resident_id) as connection:
        looked = await reporting.look_to_report(connection, keys, resident_id, number)
    who = await registry.practitioner(pool, looked.practitioner_id)
    async with transaction(pool, resident=resident_id, task=_TASK) as connection:
        await audit.hold(connection, resident_id)
        for known in await cases_of_mark(connection, keys, looked.mark):
            if _is_about(known, looked, keys):
                return known.case
        await reporting.note_report(connection, keys, resident_id, looked)
        about = About(
            leaves=() if looked.leaf is None else (looked.leaf,),
            resident_mark=looked.mark,
            resident_reference=looked.reference,
            look=LookSaid(
                at=looked.at,
                action=looked.action,
                is_refused=looked.is_refused,
                purpose=looked.purpose,
                scene=looked.scene,
                because=looked.because,
                entries=looked.entries,
            ),
        )
        return await open_case_within(
            connection,
            keys,
            audit.Agent(AgentKind.PLATFORM, REGION),
            kind=CaseKind.RESIDENT_REPORT,
            who=who,
            about=about,
        )


async def reports_of(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[ResidentReport]:
    """What the resident reported, the newest first."""
    mark = reporting.mark_of(keys, resident_id)
    async with transaction(pool, task=_TASK) as connection:
        found = await cases_of_mark(connection, keys, mark)
    resident = the_resident(REGION)
    return [
        as_told(read, reporting.line_of(keys, read.case.about.resident_reference), resident)
        for read in reversed(found)
    ]


async def contest(
    pool: Pool, keys: Keys, resident_id: ResidentId, case_id: UUID, words: str
) -> None:
    """Have the region look again at an answer; nothing needs to be written.

    Raises:
        NotFound: no case of this resident's.
        NotInThisCase: not answered yet, in the resident's favour, or too late.
        WordsUnsuitable: words that no case takes.
    """
    async with transaction(pool, resident=resident_id, task=_TASK) as connection:
        await audit.hold(connection, resident_id)
        mine = await _own_case(connection, keys, resident_id, case_id)
        line = reporting.line_of(keys, mine.case.about.resident_reference)
        await reporting.note_contest(connection, keys, resident_id, line)
        said = Said(words.strip() or _CONTESTED)
        await take_step_within(
            connection, keys, case_id, the_resident(REGION), StepKind.APPEAL, said
        )


async def _own_case(
    connection: Connection, keys: Keys, resident_id: ResidentId, case_id: UUID
) -> CaseRead:
    mark = reporting.mark_of(keys, resident_id)
    for read in await cases_of_mark(connection, keys, mark):
        if read.case.case_id == case_id:
            return read
    raise NotFound


def _is_about(known: CaseRead, looked: reporting.LookToReport, keys: Keys) -> bool:
    if reporting.line_of(keys, known.case.about.resident_reference) == looked.number:
        return True
    is_open = known.stands.state is not State.CLOSED
    return is_open and known.case.accused == looked.practitioner_id
