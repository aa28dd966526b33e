"""An institution attests what became of the copies it was allowed to keep."""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.erasure import rules, store
from openhealthcode.consent.erasure.model import ErasureAnswer, ErasureRequest, NotToAttest
from openhealthcode.database import Connection, announce
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def requests_of(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> list[ErasureRequest]:
    """Every request to erase of this resident, newest first; the transaction is theirs."""
    return await store.requests_of(connection, keys, resident_id)


async def attest(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    *,
    agent: audit.Agent,
    answer: ErasureAnswer,
    reason: str = "",
) -> None:
    """Take an attestation; logged, and read by the resident as it was given.

    Args:
        connection: the resident's transaction. That of a closed account has the task ``closing``.
        agent: who attests, on behalf of the institution that was asked.
        reason: which law wants the copies kept, in words; for ``RETAINED`` only.

    Raises:
        NotFound: nothing was asked of this institution.
        NotToAttest: it was attested before.
        InvalidInput: retained for no reason in words.
    """
    reason = rules.reason_for(answer, reason)
    await audit.hold(connection, resident_id)
    mine = [
        one
        for one in await store.requests_of(connection, keys, resident_id)
        if one.consent_id == consent_id and one.institution_id == agent.institution_id
    ]
    if not mine:
        raise NotFound
    if not rules.may_attest(mine[0].answer, answer):
        raise NotToAttest
    said = {"consent": consent_id.bytes, "answer": answer.value}
    if reason:
        said["reason"] = reason
    event = audit.Event(action=audit.Action.ERASURE_ATTEST, agent=agent, detail=said)
    logged = await audit.append(connection, keys, resident_id, event)
    await store.note_answer(connection, keys, mine[0], answer, reason, (logged.number, logged.at))
    await announce(connection, topic_of(keys, resident_id))
