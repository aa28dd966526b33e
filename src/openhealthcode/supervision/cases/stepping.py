"""Take a step in a case: one transaction with its event in the region's log, and what follows from it.

The region's log is held first, so that two steps of one case never cross; what may be done is
decided from the steps as they then are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from openhealthcode import audit, registry
from openhealthcode.audit import REGION, Action
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.sign_in import staff
from openhealthcode.standards import NotFound, working_days_after
from openhealthcode.supervision.cases import rules, store
from openhealthcode.supervision.cases.model import (
    Case,
    CaseStep,
    NotInThisCase,
    Office,
    Person,
    Said,
    Standing,
    StepKind,
    Verdict,
    checked_words,
    last,
)
from openhealthcode.supervision.cases.opening import TASK
from openhealthcode.trust import Keys

NOTHING: Final = Said()
_WORDLESS: Final = frozenset({StepKind.TAKE})
_ACTIONS: Final = {
    StepKind.TAKE: Action.CASE_TAKE,
    StepKind.HEAR: Action.CASE_HEAR,
    StepKind.ANSWER: Action.CASE_ANSWER,
    StepKind.JUDGE: Action.CASE_JUDGE,
    StepKind.CONFIRM: Action.CASE_CONFIRM,
    StepKind.OBJECT: Action.CASE_OBJECT,
    StepKind.APPEAL: Action.CASE_APPEAL,
    StepKind.SUSPEND: Action.CASE_SUSPEND,
    StepKind.LIFT: Action.CASE_LIFT,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A case with a step more, and where it now stands."""

    case: Case
    step: CaseStep
    stands: Standing


async def take_step(
    pool: Pool,
    keys: Keys,
    case_id: UUID,
    person: Person,
    kind: StepKind,
    said: Said = NOTHING,
) -> Taken:
    """Do one thing about a case.

    Raises:
        NotFound: no such case, or none of this person's.
        NotInThisCase: not now, or not by this person.
        WordsUnsuitable: a step without words that needs them.
    """
    async with transaction(pool, resident=REGION, task=TASK) as connection:
        return await take_step_within(connection, keys, case_id, person, kind, said)


async def take_step_within(
    connection: Connection,
    keys: Keys,
    case_id: UUID,
    person: Person,
    kind: StepKind,
    said: Said = NOTHING,
) -> Taken:
    """As ``take_step``, in a transaction of ``supervision``, left turned to the region's log."""
    if said.words or kind not in _WORDLESS:
        said = replace(said, words=checked_words(said.words))
    await enter(connection, resident=REGION)
    agent = _agent(person)
    event = audit.Event(
        action=_ACTIONS[kind],
        agent=agent,
        detail={
            "case": case_id.bytes,
            "office": person.office.value,
            **_told(said),
        },
    )
    logged = await audit.append_own(connection, keys, event)
    found = await store.case(connection, keys, case_id)
    if found is None:
        raise NotFound
    case, steps, _ = found
    before = rules.standing(case, steps, logged.at)
    _check(case, steps, before, person, kind)
    step = CaseStep(
        number=len(steps) + 1,
        kind=kind,
        office=person.office,
        by=person.practitioner_id,
        at=logged.at,
        said=_in_force(before, kind, said),
        until=_until(case, person, kind, logged.at),
    )
    await store.add_step(connection, keys, case_id, step)
    stands = rules.standing(case, (*steps, step), logged.at)
    if before.suspended_at != stands.suspended_at:
        await _apply(connection, keys, case, (*steps, step), stands)
    return Taken(case, step, stands)


def _agent(person: Person) -> audit.Agent:
    if person.office is Office.RESIDENT:
        return audit.Agent(audit.AgentKind.PLATFORM, REGION)
    return audit.Agent(audit.AgentKind.PRACTITIONER, person.practitioner_id, person.institution_id)


def _told(said: Said) -> dict[str, str]:
    """What the region's log says of a judgement; of words nothing."""
    if said.verdict is None:
        return {}
    return {"verdict": said.verdict.value, "sanction": said.sanction.value}


def _check(
    case: Case, steps: tuple[CaseStep, ...], before: Standing, person: Person, kind: StepKind
) -> None:
    """Refuse what is not this person's to do now.

    Raises:
        NotFound: the case is none of theirs; who is not heard yet does not learn of it.
        NotInThisCase: not now.
    """
    if person.office is Office.ACCUSED and last(steps, StepKind.HEAR) is None:
        raise NotFound
    if person.office is not Office.RESIDENT and not rules.concerns(case, person):
        raise NotFound
    if kind not in rules.steps_open_to(case, before, person):
        raise NotInThisCase


def _in_force(before: Standing, kind: StepKind, said: Said) -> Said:
    """What the step says for good: a second person agrees with what the first said.

    Raises:
        NotInThisCase: a judgement without a verdict, or against somebody who was not heard.
    """
    if kind is StepKind.CONFIRM:
        return Said(said.words, before.verdict, before.sanction)
    if kind is not StepKind.JUDGE:
        return Said(said.words)
    if said.verdict is None or not rules.may_judge_so(before, said.verdict):
        raise NotInThisCase
    return said if said.verdict is Verdict.UNJUSTIFIED else Said(said.words, said.verdict)


def _until(case: Case, person: Person, kind: StepKind, at: datetime) -> datetime | None:
    """Until when the accused may answer, or appeal."""
    if kind is StepKind.HEAR:
        return working_days_after(at, rules.ANSWER_WORKING_DAYS)
    if kind is StepKind.CONFIRM or (
        kind is StepKind.JUDGE and not rules.needs_second(case, person)
    ):
        return working_days_after(at, rules.APPEAL_WORKING_DAYS)
    return None


async def _apply(
    connection: Connection,
    keys: Keys,
    case: Case,
    steps: tuple[CaseStep, ...],
    stands: Standing,
) -> None:
    """Stop the account, or let it work again unless another case or somebody else stopped it."""
    if stands.suspended_at is not None:
        await registry.suspend_practitioner(connection, case.accused, at=stands.suspended_at)
        await staff.end_all_sessions(connection, case.accused)
        return
    await registry.restore_practitioner(connection, case.accused, [step.at for step in steps])
    for other, taken, now in await store.cases(
        connection, keys, case.opened_at - rules.REMEMBERED, accused=case.accused
    ):
        still = rules.standing(other, taken, now).suspended_at
        if other.case_id != case.case_id and still is not None:
            await registry.suspend_practitioner(connection, case.accused, at=still)
