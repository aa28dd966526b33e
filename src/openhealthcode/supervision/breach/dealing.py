"""Deal with a leak, step by step; each is an event of the region's own log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from openhealthcode import audit, registry
from openhealthcode.access import affected
from openhealthcode.access.affected import Affected, Code, Scope, Statement, Told
from openhealthcode.audit import REGION
from openhealthcode.consent.seal import SealReason
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import Outbox, StaffSession, staff
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId
from openhealthcode.supervision.breach import rules, store
from openhealthcode.supervision.breach.model import (
    Breach,
    BreachState,
    BreachStep,
    NotInThisBreach,
    StepKind,
    Suspect,
    What,
)
from openhealthcode.supervision.sealing.model import Order, is_over
from openhealthcode.supervision.sealing.order import Why, as_said, lift_if_over
from openhealthcode.supervision.sealing.order import begin as begin_order
from openhealthcode.supervision.sealing.order import order as order_of
from openhealthcode.trust import Keys

_TASK: Final = "supervision"


async def begin(pool: Pool, keys: Keys, supervisor: StaffSession, what: What) -> UUID:
    """Open a case; the clocks run from when the leak became known.

    Raises:
        InvalidInput: something a notice has to say is missing, or the span makes no sense.
        NotFound: nobody is registered under that id, or it is one's own.
    """
    at = datetime.now(UTC)
    rules.check(what, at)
    await _known(pool, what)
    if not rules.concerns(what, supervisor.practitioner_id):
        raise NotFound
    opened = Breach(
        breach_id=uuid4(),
        what=what,
        opened_by=supervisor.practitioner_id,
        institution_id=supervisor.institution_id,
        opened_at=at,
    )
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        event = _event(supervisor, opened.breach_id, "open")
        await audit.append_own(connection, keys, event)
        await store.insert(connection, keys, opened)
    return opened.breach_id


async def breaches(pool: Pool, keys: Keys, reader: StaffSession | None = None) -> list[store.Found]:
    """The latest cases, the newest first; without a reader for the program itself."""
    async with transaction(pool, task=_TASK) as connection:
        found = await store.breaches(connection, keys)
    return [one for one in found if reader is None or _may_know(one, reader)]


async def breach(
    pool: Pool, keys: Keys, breach_id: UUID, reader: StaffSession | None = None
) -> store.Found:
    """One case, what was done about it, and the database's time.

    Raises:
        NotFound: there is none, or it is about the reader.
    """
    async with transaction(pool, task=_TASK) as connection:
        found = await store.breach(connection, keys, breach_id)
    if found is None or not (reader is None or _may_know(found, reader)):
        raise NotFound
    return found


def _may_know(found: store.Found, reader: StaffSession) -> bool:
    return rules.concerns(found[0].what, reader.practitioner_id)


async def contain(pool: Pool, keys: Keys, breach_id: UUID, supervisor: StaffSession) -> None:
    """Stop whoever it leaked through: suspended here at once, everywhere within a minute.

    A practitioner's sessions end, a system's tokens die. Only the register opens it again.

    Raises:
        NotFound: no such case.
        NotInThisBreach: it is closed.
    """
    found, _, _ = await breach(pool, keys, breach_id, supervisor)
    await _take(pool, keys, breach_id, supervisor, StepKind.CONTAIN)
    match found.what.suspect:
        case Suspect.PRACTITIONER:
            practitioner_id = PractitionerId(found.what.agent_id)
            await registry.suspend_practitioner(pool, practitioner_id)
            await staff.end_all_sessions(pool, practitioner_id)
        case Suspect.SYSTEM:
            await registry.suspend_system(pool, SystemId(found.what.agent_id))
        case Suspect.INSTITUTION:
            await registry.suspend_institution(pool, InstitutionId(found.what.agent_id))


async def see_affected(
    pool: Pool, keys: Keys, breach_id: UUID, supervisor: StaffSession
) -> Affected:
    """Count whom it concerns, from the log.

    Raises:
        NotFound, NotInThisBreach: as for ``contain``.
    """
    found, _, _ = await breach(pool, keys, breach_id, supervisor)
    seen = await affected.affected(pool, keys, _scope(found.what))
    counted = Told(done=seen.residents, of=seen.residents)
    await _take(pool, keys, breach_id, supervisor, StepKind.SEE, told=counted)
    return seen


async def notify(
    pool: Pool, keys: Keys, outbox: Outbox, breach_id: UUID, supervisor: StaffSession
) -> Told:
    """Tell those it concerns, some hundreds at once; the same step again goes on.

    Raises:
        NotFound, NotInThisBreach: as for ``contain``.
    """
    found, steps, _ = await breach(pool, keys, breach_id, supervisor)
    _check_open(steps)
    what = found.what
    statement = Statement(
        breach_id=breach_id,
        kinds=what.kinds,
        cause=what.cause,
        harm=what.harm,
        measures=what.measures,
        advice=what.advice,
        contact=what.contact,
    )
    told = await affected.notify_affected(
        pool, keys, outbox, _scope(what), statement, _agent(supervisor)
    )
    await _take(pool, keys, breach_id, supervisor, StepKind.NOTIFY, told=told)
    return told


async def seal(
    pool: Pool, keys: Keys, outbox: Outbox, breach_id: UUID, supervisor: StaffSession, days: int
) -> Told:
    """Seal the records of those it concerns; again, with the same order while it is in force, until all are.

    Raises:
        NotFound, NotInThisBreach: as for ``contain``.
        InvalidInput: no end within a year.
    """
    found, steps, _ = await breach(pool, keys, breach_id, supervisor)
    _check_open(steps)
    scope = _scope(found.what)
    order = await _order_in_force(pool, keys, steps)
    if order is None:
        why = Why(reason=SealReason.BREACH, words=found.what.cause[:500], days=days)
        named = await affected.count_affected(pool, scope)
        order = await begin_order(pool, keys, supervisor, why, named, breach_id)
    told = await affected.seal_affected(pool, keys, outbox, scope, as_said(order, supervisor))
    await lift_if_over(pool, keys, outbox, order.order_id)
    taken = (StepKind.SEAL, order.order_id)
    await _take(pool, keys, breach_id, supervisor, taken[0], told=told, order_id=taken[1])
    return told


async def _order_in_force(pool: Pool, keys: Keys, steps: tuple[BreachStep, ...]) -> Order | None:
    """The order that seals already; none where it was lifted or is over: nobody could lift it again."""
    order_id = next((step.order_id for step in reversed(steps) if step.order_id), None)
    if order_id is None:
        return None
    order, at = await order_of(pool, keys, order_id)
    return None if is_over(order, at) else order


async def take_codes_back(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    breach_id: UUID,
    supervisor: StaffSession,
    codes: frozenset[Code],
) -> Told:
    """Take back codes of those it concerns, some hundreds at once; the same step again goes on.

    What they allowed stands: somebody who was allowed to look and is trusted looks as before.

    Raises:
        InvalidInput: no kind of code.
        NotFound, NotInThisBreach: as for ``contain``.
    """
    if not codes:
        raise InvalidInput("something is taken back")
    found, steps, _ = await breach(pool, keys, breach_id, supervisor)
    _check_open(steps)
    told = await affected.take_codes_back(
        pool, keys, outbox, _scope(found.what), breach_id, codes, _agent(supervisor)
    )
    said = " ".join(sorted(codes))
    await _take(pool, keys, breach_id, supervisor, StepKind.TAKE_BACK, told=told, words=said)
    return told


async def note_report(
    pool: Pool, keys: Keys, breach_id: UUID, supervisor: StaffSession, reference: str
) -> None:
    """Note that the authority was told, and under which reference.

    Raises:
        InvalidInput: without a reference.
        NotFound, NotInThisBreach: as for ``contain``.
    """
    await _take(
        pool, keys, breach_id, supervisor, StepKind.REPORT, words=_words(reference, shortest=1)
    )


async def ask_to_close(
    pool: Pool, keys: Keys, breach_id: UUID, supervisor: StaffSession, words: str
) -> None:
    """The first of two says that everything is done, and what came of it.

    Raises:
        InvalidInput: not in words.
        NotFound, NotInThisBreach: as for ``contain``; or somebody asked before.
    """
    await _take(pool, keys, breach_id, supervisor, StepKind.ASK_CLOSE, words=_words(words))


async def close(pool: Pool, keys: Keys, breach_id: UUID, supervisor: StaffSession) -> None:
    """The second of two closes the case.

    Raises:
        NotFound: no such case.
        NotInThisBreach: nobody else has asked for it, or it is closed.
    """
    await _take(pool, keys, breach_id, supervisor, StepKind.CLOSE)


async def _take(
    pool: Pool,
    keys: Keys,
    breach_id: UUID,
    supervisor: StaffSession,
    kind: StepKind,
    *,
    told: Told | None = None,
    words: str = "",
    order_id: UUID | None = None,
) -> None:
    """Log a step and keep it; the region's chain, held, gives steps one order."""
    async with transaction(pool, resident=REGION, task=_TASK) as connection:
        event = _event(supervisor, breach_id, kind.value)
        if told is not None:
            event = replace(event, detail={**event.detail, "done": told.done, "of": told.of})
        logged = await audit.append_own(connection, keys, event)
        found = await store.breach(connection, keys, breach_id)
        if found is None or not _may_know(found, supervisor):
            raise NotFound
        _, steps, _ = found
        _check_step(steps, kind, supervisor)
        step = BreachStep(
            number=len(steps) + 1,
            kind=kind,
            by=supervisor.practitioner_id,
            at=logged.at,
            done=told.done if told else 0,
            of=told.of if told else 0,
            words=words,
            order_id=order_id,
        )
        await store.add_step(connection, keys, breach_id, step)


def _check_step(steps: tuple[BreachStep, ...], kind: StepKind, supervisor: StaffSession) -> None:
    _check_open(steps)
    is_asked = rules.state_of(steps) is BreachState.CLOSE_ASKED
    if kind is StepKind.ASK_CLOSE and is_asked:
        raise NotInThisBreach
    if kind is StepKind.CLOSE:
        asked = next((step for step in steps if step.kind is StepKind.ASK_CLOSE), None)
        if asked is None or asked.by == supervisor.practitioner_id:
            raise NotInThisBreach


def _check_open(steps: tuple[BreachStep, ...]) -> None:
    if rules.state_of(steps) is BreachState.CLOSED:
        raise NotInThisBreach


async def _known(pool: Pool, what: What) -> None:
    match what.suspect:
        case Suspect.PRACTITIONER:
            await registry.practitioner(pool, PractitionerId(what.agent_id))
        case Suspect.SYSTEM:
            await registry.system(pool, SystemId(what.agent_id))
        case Suspect.INSTITUTION:
            await registry.institution(pool, InstitutionId(what.agent_id))


def _scope(what: What) -> Scope:
    return Scope(agent_id=what.agent_id, since=what.since, until=what.until)


def _words(text: str, *, shortest: int = 4) -> str:
    words = " ".join(text.split())
    if not shortest <= len(words) <= rules.LONGEST_WORDS:
        raise InvalidInput("this is said in words")
    return words


def _agent(supervisor: StaffSession) -> audit.Agent:
    return audit.Agent(
        audit.AgentKind.PRACTITIONER, supervisor.practitioner_id, supervisor.institution_id
    )


def _event(supervisor: StaffSession, breach_id: UUID, step: str) -> audit.Event:
    return audit.Event(
        action=audit.Action.BREACH_STEP,
        agent=_agent(supervisor),
        detail={"breach": breach_id.bytes, "step": step},
    )
