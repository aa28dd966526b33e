"""A correction: asked of the institution that filed the entry, answered by it, with a clock.

It is answered by a corrected version, which that institution has filed, or by a reason.

Source: PIPL art. 46 (correction), 50 (a reason for every refusal).
"""

from __future__ import annotations

from uuid import uuid4

import asyncpg

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.looking import Choice, Look
from openhealthcode.access.model import OneEntry
from openhealthcode.access.rights import store
from openhealthcode.access.rights.model import (
    LONGEST_WORDS,
    AskedCorrection,
    Clerk,
    CorrectionMissing,
    OpenRequest,
    RightsAnswer,
    RightsKind,
)
from openhealthcode.access.rights.store import Words
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards import InvalidInput, NotFound, PurposeOfUse
from openhealthcode.standards.ids import EntryId, InstitutionId, RequestId, ResidentId
from openhealthcode.trust import Keys, UnreadableId


async def ask_correction(
    pool: Pool, keys: Keys, resident_id: ResidentId, entry_id: EntryId, words: str
) -> RequestId:
    """Ask the institution that filed an entry to correct it.

    Raises:
        NotFound: no such entry of this resident.
        InvalidInput: nothing said, or more than a page.
    """
    if not 0 < len(words) <= LONGEST_WORDS:
        raise InvalidInput("say in a few sentences what is wrong")
    request_id = RequestId(uuid4())
    async with transaction(pool, resident=resident_id) as connection:
        row = await store.current_entry(connection, resident_id, entry_id)
        if row is None:
            raise NotFound
        items = [(entry_id.bytes, row["version"], row["digest"])]
        event = store.exercised(
            resident_id, request_id, RightsKind.CORRECTION,
            items=items, institution=row["institution_id"].bytes,
        )  # fmt: skip
        logged = await audit.append(connection, keys, resident_id, event)
        await store.add(
            connection, resident_id, request_id, RightsKind.CORRECTION, logged,
            row["institution_id"], entry_id, row["version"],
            store.sealed(keys, resident_id, request_id, Words.SAID, words),
        )  # fmt: skip
    return request_id


async def open_requests(pool: Pool, keys: Keys, institution_id: InstitutionId) -> list[OpenRequest]:
    """What waits for an institution's answer, the most urgent first; neither who nor what."""
    async with transaction(pool, lookup=(institution_id.bytes,)) as connection:
        rows = await store.waiting_for(connection, institution_id)
    return [
        OpenRequest(
            keys.seal_id(row["resident_id"], row["request_id"]), row["asked_at"], row["due_at"]
        )
        for row in rows
    ]


async def correction_asked(pool: Pool, keys: Keys, public_id: str, clerk: Clerk) -> AskedCorrection:
    """Show a clerk what their institution filed and what is said to be wrong with it; logged.

    Raises:
        NotFound: no such request, answered, or another institution's.
    """
    resident_id, request_id = _named(keys, public_id)
    async with transaction(pool, resident=resident_id) as connection:
        row = await _waiting(connection, resident_id, request_id, clerk)

        def choose(seen: Look) -> Choice:
            rows = [one for one in seen.rows if one["institution_id"] == clerk.institution_id]
            event = audit.Event(
                action=audit.Action.RIGHTS_READ,
                agent=clerk.agent,
                purpose=PurposeOfUse.RESIDENT_REQUEST,
                detail={"request": request_id.bytes, "items": looking.items(rows)},
            )
            return Choice(rows, event)

        _, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, OneEntry(EntryId(row["entry_id"]), None), choose
        )
    if not choice.rows:
        raise NotFound
    (entry,) = looking.open_rows(keys.of(resident_id), choice.rows)
    words = store.unsealed(keys, resident_id, request_id, Words.SAID, row["words"])
    is_corrected = entry.version > row["entry_version"]
    return AskedCorrection(words, entry, row["asked_at"], row["due_at"], is_corrected)


async def answer_correction(
    pool: Pool, keys: Keys, public_id: str, clerk: Clerk, *, refused_because: str = ""
) -> None:
    """Answer: corrected, or, with a reason, refused.

    Raises:
        NotFound: no such request, answered before, or another institution's.
        CorrectionMissing: said to be corrected while the entry still is what it was.
        InvalidInput: a reason of more than a page.
    """
    if len(refused_because) > LONGEST_WORDS:
        raise InvalidInput("a reason of a few sentences")
    resident_id, request_id = _named(keys, public_id)
    answer = RightsAnswer.REFUSED if refused_because else RightsAnswer.ACCEPTED
    async with transaction(pool, resident=resident_id) as connection:
        row = await _waiting(connection, resident_id, request_id, clerk)
        now = await store.current_entry(connection, resident_id, row["entry_id"])
        if not refused_because and (now is None or now["version"] <= row["entry_version"]):
            raise CorrectionMissing
        event = audit.Event(
            action=audit.Action.RIGHTS_ANSWER,
            agent=clerk.agent,
            outcome=audit.Outcome.REFUSED if refused_because else audit.Outcome.DONE,
            purpose=PurposeOfUse.RESIDENT_REQUEST,
            detail={"request": request_id.bytes},
        )
        logged = await audit.append(connection, keys, resident_id, event)
        reason = None
        if refused_because:
            reason = store.sealed(keys, resident_id, request_id, Words.REASON, refused_because)
        await store.close(connection, resident_id, request_id, answer, logged, reason)
        await announce(connection, consent.topic_of(keys, resident_id))


async def _waiting(
    connection: Connection, resident_id: ResidentId, request_id: RequestId, clerk: Clerk
) -> asyncpg.Record:
    """A correction that this clerk's institution has to answer; its chain is held."""
    await audit.hold(connection, resident_id)
    row = await store.row(connection, resident_id, request_id)
    if row is None or row["answer"] or row["institution_id"] != clerk.institution_id:
        raise NotFound
    return row


def _named(keys: Keys, public_id: str) -> tuple[ResidentId, RequestId]:
    try:
        resident_id, request_id = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    return resident_id, RequestId(request_id)
