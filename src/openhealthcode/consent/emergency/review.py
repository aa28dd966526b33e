"""Every override is reviewed: queues of cases, what their authors wrote, and judgements.

Nothing of a record is here; ``access.review`` logs each look at a case and each judgement.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from openhealthcode import audit
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.emergency import rules, store
from openhealthcode.consent.emergency.model import (
    CaseState,
    Judgement,
    NotToReview,
    OverrideCase,
    OverrideFigures,
    Reviewer,
)
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def cases_to_review(
    pool: Pool, keys: Keys, reviewer: Reviewer
) -> list[tuple[OverrideCase, CaseState]]:
    """What this person may judge now, the next due first."""
    if reviewer.is_supervisor:
        async with transaction(pool, task="supervision") as connection:
            found = await store.cases(connection, "cases_of_all")
    else:
        key = store.queue_key(keys, reviewer.institution_id)
        async with transaction(pool, lookup=(key,)) as connection:
            found = await store.cases(connection, "cases_of_queue", key)
    return [
        (case, rules.state_of(case, at))
        for case, at in found
        if rules.may_review(case, reviewer, at)
    ]


async def case_for(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    reviewer: Reviewer,
) -> tuple[OverrideCase, store.Why, datetime]:
    """A case this person may judge now; the transaction is the resident's.

    Raises:
        NotFound: no such case, or none of this reviewer's.
        NotToReview: it is settled, or this reviewer has judged it or is its author.
    """
    found = await store.case_of(connection, keys, resident_id, consent_id)
    if found is None:
        raise NotFound
    case, why, at = found
    if not rules.concerns(case, reviewer, at):
        raise NotFound
    if not rules.may_review(case, reviewer, at):
        raise NotToReview
    return case, why, at


async def judge_override(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    *,
    reviewer: Reviewer,
    judgement: Judgement,
    reason: str,
) -> None:
    """Confirm an override or object to it; logged with the reason, which the resident reads.

    Raises:
        InvalidInput: no reason in words.
        NotFound, NotToReview: as for ``case_for``.
    """
    reason = rules.reason_in_words(reason)
    logged = await audit.append(
        connection,
        keys,
        resident_id,
        audit.Event(
            action=audit.Action.OVERRIDE_REVIEW,
            agent=audit.Agent(
                audit.AgentKind.PRACTITIONER, reviewer.practitioner_id, reviewer.institution_id
            ),
            detail={"override": consent_id.bytes, "judgement": judgement, "reason": reason},
        ),
    )
    case, _, _ = await case_for(connection, keys, resident_id, consent_id, reviewer)
    await store.insert_judgement(
        connection, keys, case, reviewer, judgement, (logged.number, logged.at)
    )
    await announce(connection, topic_of(keys, resident_id))


async def override_figures(pool: Pool) -> OverrideFigures:
    """What became of the overrides of the last year, in numbers alone."""
    async with transaction(pool, task="supervision") as connection:
        found = await store.cases(connection, "cases_of_all")
    counted = Counter(rules.state_of(case, at) for case, at in found)
    return OverrideFigures(
        confirmed=counted[CaseState.CONFIRMED],
        objected=counted[CaseState.OBJECTED],
        waiting=counted[CaseState.WAITING],
        overdue=counted[CaseState.OVERDUE],
    )
