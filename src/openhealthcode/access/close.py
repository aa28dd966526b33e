"""The resident closes the account: the platform's copy is destroyed, and nobody finds it any more.

First one transaction ends everything that could still look, file or sign in, and logs it; once it
has committed, the keys are destroyed. A program that stops in between finishes at its next start.
The log's own key stays as long as the law asks: who looked can still be answered for.

Source: PIPL art. 47 (deletion), 15 (withdrawal), 50; Cybersecurity Law art. 21 (logs).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from openhealthcode import audit, consent, healthcode, identity
from openhealthcode.access.carried.card import revoke_cards
from openhealthcode.access.erasure import unattested
from openhealthcode.access.links.store import revoke_all
from openhealthcode.access.rights import take_back_all
from openhealthcode.access.uses.switching import forget_bindings
from openhealthcode.audit import reading as log
from openhealthcode.consent import Consent, erasure
from openhealthcode.database import Connection, Pool, announce, load_queries, transaction
from openhealthcode.healthcode import national_card, signed
from openhealthcode.sign_in import residents
from openhealthcode.standards import NotFound, PurposeOfUse
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import KeyClass, Keys, UnknownKey

_QUERIES = load_queries("openhealthcode.access", "closing.sql")
_DESTROYED: Final = (KeyClass.RECORD, KeyClass.IDENTITY)
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Original:
    """What an institution filed and, by law, keeps in its own files."""

    institution_id: InstitutionId
    entries: int


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """An institution whose systems were given others' entries and has not attested erasing them."""

    institution_id: InstitutionId
    entries: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """The receipt of a closed account.

    Args:
        number: the event that says so; after it the log only tells of copies attested as erased.
        at: when, by the database's clock.
        commitment: what stands for that event in the public tree.
        entries: how many entries can no longer be read.
        originals: what institutions keep, the most first.
        copies: what institutions may still hold of it.
        unreadable_from: from this day on no copy of the key store opens anything either.
    """

    number: int
    at: datetime
    commitment: bytes
    entries: int
    originals: tuple[Original, ...]
    copies: tuple[KeptCopy, ...]
    unreadable_from: date


async def close_account(pool: Pool, keys: Keys, resident_id: ResidentId) -> Closing:
    """Close an account and destroy the platform's copy; there is no way back.

    Every later look, sign-in or scan is answered as if there were no such resident.

    Raises:
        NotFound: there is no such resident, or the account was closed before.
    """
    try:
        given = await consent.consents(pool, keys, resident_id)
    except UnknownKey:
        raise NotFound from None
    async with transaction(pool, resident=resident_id, task="closing") as connection:
        originals = await _originals(connection, resident_id)
        copies = await _copies(connection, keys, resident_id)
        logged = await audit.append(
            connection,
            keys,
            resident_id,
            _event(resident_id, originals, copies),
            changes_consent=True,
        )
        await erasure.ask_everybody(connection, resident_id, logged)
        await _wake(connection, keys, resident_id, given, logged.at)
        await identity.forget(connection, keys, resident_id, logged.at)
        await take_back_all(connection, resident_id, logged)
        await forget_bindings(connection, resident_id)
        ended = await residents.end_sessions(connection, resident_id, logged.at)
        await healthcode.retire_devices(connection, ended)
        await revoke_all(connection, resident_id, logged.at)
        await revoke_cards(connection, keys, resident_id, logged.at)
        await signed.revoke_codes(connection, resident_id, signed.EVERY_KIND, logged.at)
        await national_card.unlink(connection, resident_id)
        await audit.close_chain(connection, resident_id, logged.at)
        commitment = await audit.commitment_of(connection, resident_id, logged.number)
    unreadable_from = await _destroy(pool, keys, resident_id)
    return Closing(
        number=logged.number,
        at=logged.at,
        commitment=commitment,
        entries=sum(original.entries for original in originals),
        originals=originals,
        copies=copies,
        unreadable_from=unreadable_from,
    )


async def holdings(pool: Pool, resident_id: ResidentId) -> tuple[Original, ...]:
    """Who filed what is held of a resident, and how much; no content, hence not a look."""
    async with transaction(pool, resident=resident_id) as connection:
        return await _originals(connection, resident_id)


async def finish_closings(pool: Pool, keys: Keys) -> int:
    """Destroy the keys of accounts that were closed just before the program stopped; how many."""
    async with transaction(pool, task="closing") as connection:
        left = await audit.chains_to_destroy(connection, _AT_ONCE)
    for resident_id in left:
        await _destroy(pool, keys, ResidentId(resident_id))
    return len(left)


async def _destroy(pool: Pool, keys: Keys, resident_id: ResidentId) -> date:
    done = await asyncio.to_thread(keys.destroy, resident_id, *_DESTROYED)
    async with transaction(pool, resident=resident_id, task="closing") as connection:
        await audit.note_destruction(connection, resident_id, datetime.now(UTC))
    return done.unreadable_from


def _event(
    resident_id: ResidentId, originals: tuple[Original, ...], copies: tuple[KeptCopy, ...]
) -> audit.Event:
    return audit.Event(
        action=audit.Action.ACCOUNT_CLOSE,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "originals": [(each.institution_id.bytes, each.entries) for each in originals],
            "copies": [(each.institution_id.bytes, each.entries) for each in copies],
        },
    )


async def _originals(connection: Connection, resident_id: ResidentId) -> tuple[Original, ...]:
    rows = await connection.fetch(_QUERIES["filed_by"], resident_id)
    return tuple(Original(InstitutionId(row["institution_id"]), row["entries"]) for row in rows)


async def _copies(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> tuple[KeptCopy, ...]:
    """Whose systems were given entries that somebody else had filed."""
    asked = await erasure.requests_of(connection, keys, resident_id)
    reads = unattested(await log.system_reads(connection, keys, resident_id), asked)
    if not reads:
        return ()
    rows = await connection.fetch(_QUERIES["filed_entries"], resident_id)
    filed = {(row["entry_id"], row["institution_id"]) for row in rows}
    given: dict[UUID, set[UUID]] = defaultdict(set)
    last_at: dict[UUID, datetime] = {}
    for read in reads:
        foreign = {one for one in read.entry_ids if (one, read.institution_id) not in filed}
        if foreign:
            given[read.institution_id] |= foreign
            last_at[read.institution_id] = max(read.at, last_at.get(read.institution_id, read.at))
    return tuple(
        KeptCopy(InstitutionId(institution_id), len(entries), last_at[institution_id])
        for institution_id, entries in sorted(given.items())
    )


async def _wake(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    given: Sequence[Consent],
    at: datetime,
) -> None:
    """Pages of the resident, and of whoever may look now, ask again and find nothing."""
    for one in given:
        if one.withdrawn_at is None and at < one.end_at:
            await announce(connection, consent.topic_of_consent(keys, one.consent_id))
    await announce(connection, consent.topic_of(keys, resident_id))
