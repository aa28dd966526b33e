"""Copies that were kept: which an institution is asked to erase, and what it attests; all logged.

An institution is told the ids of entries its systems were given, which it knows, and nothing else.
Source: PIPL art. 15 (withdrawal), 47 (deletion).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.asking import Asking, asking
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.audit import reading as log
from openhealthcode.consent import Manner, erasure
from openhealthcode.consent.erasure import ErasureAnswer, ErasureRequest, ErasureState
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.standards import NotFound, PurposeOfUse
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, UnreadableId

_QUERIES = load_queries("openhealthcode.access", "erasure.sql")


@dataclass(frozen=True, slots=True)
class AskedErasure:
    """A request as it stands on a list, before it is opened; neither who nor what."""

    public_id: str
    institution_id: InstitutionId
    asked_at: datetime
    due_at: datetime
    state: ErasureState


@dataclass(frozen=True, slots=True)
class CopiesToErase:
    """A request as the institution that was asked reads it.

    Args:
        entries: type and FHIR id of what its systems were given under the consent, did not file
            themselves, and have no other permission to keep.
        last_at: when its systems were last given any of them; ``None`` when never.
    """

    asked: AskedErasure
    entries: tuple[tuple[str, str], ...]
    last_at: datetime | None


async def erasures_asked(
    pool: Pool, keys: Keys, institution_id: InstitutionId
) -> list[AskedErasure]:
    """What an institution still has to erase, the most urgent first, what is retained last."""
    found = await erasure.asked_of_institution(pool, institution_id)
    return [_asked(keys, one) for one in found]


async def erasures_overdue(pool: Pool, keys: Keys) -> list[AskedErasure]:
    """What nobody attested in time, anywhere, the longest overdue first."""
    return [_asked(keys, one) for one in await erasure.overdue_everywhere(pool)]


async def own_erasures(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[ErasureRequest]:
    """Who was asked to erase what this resident once let them keep, and what they said."""
    async with transaction(pool, resident=resident_id) as connection:
        return await erasure.requests_of(connection, keys, resident_id)


async def copies_to_erase(
    pool: Pool, keys: Keys, public_id: str, agent: audit.Agent
) -> CopiesToErase:
    """Tell an institution which copies it is asked to erase; the resident's log says so.

    Raises:
        NotFound: no such request, or another institution's.
    """
    resident_id, consent_id = _named(keys, public_id)
    who = await asking(pool, _institution(agent))
    async with _opened(pool, resident_id) as (connection, is_closed):
        request = await _request(connection, keys, resident_id, consent_id, agent)
        event = audit.Event(
            action=audit.Action.ERASURE_READ, agent=agent, detail={"consent": consent_id.bytes}
        )
        await audit.append(connection, keys, resident_id, event)
        given = [
            one
            for one in await log.system_reads(connection, keys, resident_id)
            if one.institution_id == request.institution_id and consent_id in one.consent_ids
        ]
        kept = set() if is_closed else await _still_allowed(connection, keys, resident_id, who)
        types = await _types_of_others(
            connection, resident_id, frozenset().union(*(one.entry_ids for one in given)), who
        )
    ids = types.keys() - kept
    return CopiesToErase(
        _asked(keys, request),
        tuple(sorted((types[one], keys.seal_id(resident_id, one)) for one in ids)),
        max((one.at for one in given if one.entry_ids & ids), default=None),
    )


async def attest_erasure(
    pool: Pool,
    keys: Keys,
    public_id: str,
    agent: audit.Agent,
    *,
    answer: ErasureAnswer,
    reason: str = "",
) -> None:
    """Take what an institution attests of its copies; the resident reads it.

    Args:
        agent: a person or a system that speaks for the institution that was asked.
        reason: which law wants the copies kept; for ``RETAINED`` only.

    Raises:
        NotFound: no such request, or another institution's.
        NotToAttest: attested before.
        InvalidInput: retained for no reason in words.
    """
    resident_id, consent_id = _named(keys, public_id)
    async with _opened(pool, resident_id) as (connection, _):
        await erasure.attest(
            connection, keys, resident_id, consent_id, agent=agent, answer=answer, reason=reason
        )


def unattested(reads: list[log.SystemRead], requests: list[ErasureRequest]) -> list[log.SystemRead]:
    """Of what systems were given, what may still be held somewhere.

    Gone is only what was given under consents each of which was followed by an attestation of the
    institution, later than the giving, that it erased all or never kept anything.
    """
    gone = {
        (one.consent_id, one.institution_id): one.answered_at
        for one in requests
        if one.answer in {ErasureAnswer.ERASED, ErasureAnswer.NOTHING_KEPT} and one.answered_at
    }
    return [
        read
        for read in reads
        if not read.consent_ids
        or not all(
            gone.get((ConsentId(consent_id), InstitutionId(read.institution_id)), read.at) > read.at
            for consent_id in read.consent_ids
        )
    ]


@asynccontextmanager
async def _opened(pool: Pool, resident_id: ResidentId) -> AsyncIterator[tuple[Connection, bool]]:
    """The resident's transaction, and whether the account is closed.

    Copies outlive an account: what becomes of them is still attested, and still logged.

    Raises:
        NotFound: there never was such a resident.
    """
    is_closed = False
    async with transaction(pool, resident=resident_id) as connection:
        try:
            await audit.chain(connection, resident_id)
        except audit.UnknownChain:
            is_closed = True
    task = "closing" if is_closed else None
    try:
        async with transaction(pool, resident=resident_id, task=task) as connection:
            yield connection, is_closed
    except audit.UnknownChain:
        raise NotFound from None  # in the words of what is not there


async def _request(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    agent: audit.Agent,
) -> ErasureRequest:
    for one in await erasure.requests_of(connection, keys, resident_id):
        if one.consent_id == consent_id and one.institution_id == agent.institution_id:
            return one
    raise NotFound


async def _still_allowed(
    connection: Connection, keys: Keys, resident_id: ResidentId, who: Asking
) -> set[UUID]:
    """What the institution may keep now by another consent; no event: nothing is shown of it."""
    resident_keys = keys.of(resident_id)
    seen = await looking.look_within(connection, keys, resident_id, EVERYTHING)
    request = who.request(PurposeOfUse.TREATMENT, seen.at, manner=Manner.KEEP)
    decision = consent.decide(request, seen.provisions)
    return {row["entry_id"] for row in looking.permitted(seen.rows, decision, resident_keys.labels)}


async def _types_of_others(
    connection: Connection, resident_id: ResidentId, entry_ids: frozenset[UUID], who: Asking
) -> dict[UUID, str]:
    """The type of each of these entries that the institution did not file itself."""
    rows = await connection.fetch(_QUERIES["types_and_origins"], resident_id, list(entry_ids))
    own = {row["entry_id"] for row in rows if row["institution_id"] == who.institution_id}
    return {row["entry_id"]: row["type"] for row in rows if row["entry_id"] not in own}


def _institution(agent: audit.Agent) -> InstitutionId:
    if agent.institution_id is None:
        raise NotFound
    return agent.institution_id


def _asked(keys: Keys, one: ErasureRequest) -> AskedErasure:
    return AskedErasure(
        keys.seal_id(one.resident_id, one.consent_id),
        one.institution_id,
        one.asked_at,
        one.due_at,
        erasure.state_of(one),
    )


def _named(keys: Keys, public_id: str) -> tuple[ResidentId, ConsentId]:
    try:
        resident_id, consent_id = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    return resident_id, ConsentId(consent_id)
