"""Reads and writes the tables of identity; sees sealed text and keyed hashes only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from openhealthcode.database import Connection, Pool, load_queries
from openhealthcode.identity.model import Claim, Holder, Likeness, Review, Source, Verification
from openhealthcode.standards.ids import InstitutionId, ResidentId

_QUERIES = load_queries("openhealthcode.identity")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A resident's row: the identifier key of the ID number, when there is one."""

    national_key: bytes | None


async def holders(
    connection: Connection, identifier_keys: Collection[bytes]
) -> dict[bytes, Holder]:
    """The registered ones among these certificates; the transaction must name them.

    Who holds a certificate goes before whose it was until another superseded it.
    """
    rows = await connection.fetch(_QUERIES["holders"], list(identifier_keys))
    return {row["identifier_key"]: _holder(row) for row in rows}


async def resident(connection: Connection, resident_id: ResidentId) -> Enrolled | None:
    """A resident's row, if the transaction is that resident's and there is one."""
    row = await connection.fetchrow(_QUERIES["resident"], resident_id)
    return None if row is None else Enrolled(row["national_key"])


async def add_resident(
    connection: Connection, resident_id: ResidentId, national_key: bytes | None, at: datetime
) -> None:
    """Make a resident; an id that exists is a bug and rises."""
    await connection.execute(_QUERIES["add_resident"], resident_id, national_key, at)


async def set_national_key(
    connection: Connection, resident_id: ResidentId, national_key: bytes
) -> None:
    """Note the ID number of a resident who had none until now."""
    await connection.execute(_QUERIES["set_national_key"], resident_id, national_key)


async def add_identifiers(
    connection: Connection,
    resident_id: ResidentId,
    identifiers: Sequence[tuple[Claim, bytes]],
    source: Source,
    at: datetime,
) -> int:
    """Bind certificates, each a claim and its sealed text; answers how many were free."""
    claims = [claim for claim, _ in identifiers]
    added = await connection.fetch(
        _QUERIES["add_identifiers"],
        resident_id,
        [claim.identifier_key for claim in claims],
        [claim.name_key for claim in claims],
        [claim.birth_key for claim in claims],
        [claim.sex_key for claim in claims],
        [sealed for _, sealed in identifiers],
        [claim.valid_until for claim in claims],
        source.verification,
        at,
    )
    return len(added)


async def add_residents(
    connection: Connection,
    residents: Sequence[tuple[ResidentId, bytes | None]],
    at: datetime,
) -> None:
    """Make many residents, each given with the key of the ID number; a transaction of registration."""
    ids, national_keys = map(list, zip(*residents, strict=True))
    await connection.execute(_QUERIES["add_residents"], ids, national_keys, at)


async def add_identifiers_of_many(
    connection: Connection,
    identifiers: Sequence[tuple[ResidentId, Claim, bytes]],
    source: Source,
    at: datetime,
) -> int:
    """Bind certificates of many residents; answers how many were free."""
    claims = [claim for _, claim, _ in identifiers]
    tag = await connection.execute(
        _QUERIES["add_identifiers_of_many"],
        [resident_id for resident_id, _, _ in identifiers],
        [claim.identifier_key for claim in claims],
        [claim.name_key for claim in claims],
        [claim.birth_key for claim in claims],
        [claim.sex_key for claim in claims],
        [sealed for _, _, sealed in identifiers],
        [claim.valid_until for claim in claims],
        source.verification,
        at,
    )
    return int(tag.rpartition(" ")[2])


async def add_records(
    connection: Connection,
    records: Sequence[tuple[ResidentId, bytes, bytes]],
    source: Source,
    at: datetime,
) -> None:
    """Keep the registrations of many new residents, each as record key and sealed text."""
    ids, record_keys, sealed = map(list, zip(*records, strict=True))
    await connection.execute(
        _QUERIES["add_records"],
        ids,
        record_keys,
        source.institution_id,
        source.verification,
        at,
        sealed,
    )


async def confirm(
    connection: Connection,
    resident_id: ResidentId,
    claims: Collection[Claim],
    verification: Verification,
) -> None:
    """Note that known certificates were seen or checked; what weighs more stays."""
    await connection.execute(
        _QUERIES["confirm"],
        resident_id,
        [claim.identifier_key for claim in claims],
        verification,
        [claim.valid_until for claim in claims],
    )


async def reclaim(
    connection: Connection, resident_id: ResidentId, claims: Collection[Claim]
) -> None:
    """Let certificates prove other particulars than until now."""
    await connection.execute(
        _QUERIES["reclaim"],
        resident_id,
        [claim.identifier_key for claim in claims],
        [claim.name_key for claim in claims],
        [claim.birth_key for claim in claims],
        [claim.sex_key for claim in claims],
    )


async def supersede(
    connection: Connection, resident_id: ResidentId, old_key: bytes, new_key: bytes, at: datetime
) -> bool:
    """Let one certificate take another's place; false when the old one was no holder's proof."""
    done = await connection.fetchval(_QUERIES["supersede"], resident_id, old_key, new_key, at)
    return done is not None


async def reinstate(
    connection: Connection, resident_id: ResidentId, identifier_keys: Collection[bytes]
) -> None:
    """Let certificates of this resident that were superseded prove again."""
    await connection.execute(_QUERIES["reinstate"], resident_id, list(identifier_keys))


async def replace_national_key(
    connection: Connection, resident_id: ResidentId, national_key: bytes
) -> None:
    """Note that the resident's ID number is another from now on."""
    await connection.execute(_QUERIES["replace_national_key"], resident_id, national_key)


async def identifiers(
    connection: Connection, resident_id: ResidentId, identifier_keys: Collection[bytes]
) -> list[asyncpg.Record]:
    """What is noted of these certificates of a resident; the transaction must name them."""
    return await connection.fetch(_QUERIES["identifiers"], resident_id, list(identifier_keys))


async def add_record(
    connection: Connection,
    resident_id: ResidentId,
    record_key: bytes,
    sealed: bytes,
    source: Source,
    at: datetime,
) -> bool:
    """Keep a registration as received; false when the same was received before."""
    added = await connection.fetchval(
        _QUERIES["add_record"],
        resident_id,
        record_key,
        source.institution_id,
        source.verification,
        at,
        sealed,
        source.corrects,
    )
    return added is not None


async def add_review_item(
    connection: Connection,
    review: Review,
    review_key: bytes,
    sealed: bytes,
    source: Source,
    at: datetime,
) -> bool:
    """Keep a registration that a person must look at; false when it waits already."""
    first, *others = review.residents
    added = await connection.fetchval(
        _QUERIES["add_review_item"],
        first,
        review_key,
        review.reason,
        others,
        source.institution_id,
        at,
        sealed,
    )
    return added is not None


async def add_suspicion(
    connection: Connection,
    resident_id: ResidentId,
    likeness: Likeness,
    evidence: tuple[bytes, bytes],
    source: Source,
    at: datetime,
) -> bool:
    """Keep that two residents may be one person; false when that is asked already."""
    review_key, sealed = evidence
    added = await connection.fetchval(
        _QUERIES["add_suspicion"],
        resident_id,
        review_key,
        likeness.rule,
        likeness.bits,
        likeness.model_version,
        [likeness.resident_id],
        source.institution_id,
        at,
        sealed,
    )
    return added is not None


async def is_asked(connection: Connection, resident_id: ResidentId, review_key: bytes) -> bool:
    """Whether this case is kept with this resident."""
    return bool(await connection.fetchval(_QUERIES["is_asked"], resident_id, review_key))


async def records(connection: Connection, resident_id: ResidentId, at_most: int) -> list[bytes]:
    """The sealed registrations of a resident, the weightiest first."""
    rows = await connection.fetch(_QUERIES["records"], resident_id, at_most)
    return [row["sealed"] for row in rows]


async def records_from(
    connection: Connection, resident_id: ResidentId, institution_id: InstitutionId, at_most: int
) -> list[bytes]:
    """The sealed registrations of a resident that one institution delivered, the latest first."""
    rows = await connection.fetch(_QUERIES["records_from"], resident_id, institution_id, at_most)
    return [row["sealed"] for row in rows]


async def received(
    connection: Connection, resident_id: ResidentId, at_most: int
) -> list[tuple[Source, datetime, bytes]]:
    """From whom, when and what was received about a resident, the latest first."""
    rows = await connection.fetch(_QUERIES["received"], resident_id, at_most)
    return [
        (
            Source(row["institution_id"], Verification(row["verification"])),
            row["received_at"],
            row["sealed"],
        )
        for row in rows
    ]


async def was_delivered_by(
    connection: Connection, resident_id: ResidentId, institution_id: InstitutionId
) -> bool:
    """Whether an institution delivered a registration of this resident."""
    return bool(
        await connection.fetchval(_QUERIES["was_delivered_by"], resident_id, institution_id)
    )


async def add_phone(
    connection: Connection,
    resident_id: ResidentId,
    phone: tuple[bytes, bytes],
    bound_by: UUID | None,
    at: datetime,
) -> bool:
    """Bind a phone, given as key and sealed number; false when it is bound already."""
    phone_key, sealed = phone
    added = await connection.fetchval(
        _QUERIES["bind_phone"], resident_id, phone_key, at, bound_by, sealed
    )
    return added is not None


async def is_phone_bound(connection: Connection, resident_id: ResidentId, phone_key: bytes) -> bool:
    """Whether this phone is bound to this resident now."""
    return bool(await connection.fetchval(_QUERIES["phone_is_bound"], resident_id, phone_key))


async def remove_phone(
    connection: Connection, resident_id: ResidentId, phone_key: bytes, at: datetime
) -> bool:
    """Unbind a phone; false when it was not bound."""
    found = await connection.fetchval(_QUERIES["unbind_phone"], resident_id, phone_key, at)
    return found is not None


async def bound_phones(
    connection: Connection, resident_id: ResidentId
) -> list[tuple[bytes, bytes]]:
    """Key and sealed number of each phone bound now, the latest first."""
    rows = await connection.fetch(_QUERIES["bound_phones"], resident_id)
    return [(row["phone_key"], row["sealed"]) for row in rows]


async def add_contact(
    connection: Connection, resident_id: ResidentId, contact_id: UUID, sealed: bytes, at: datetime
) -> None:
    """Keep an emergency contact."""
    await connection.execute(_QUERIES["add_contact"], resident_id, contact_id, at, sealed)


async def remove_contact(connection: Connection, resident_id: ResidentId, contact_id: UUID) -> bool:
    """Delete an emergency contact; false when there was none."""
    found = await connection.fetchval(_QUERIES["remove_contact"], resident_id, contact_id)
    return found is not None


async def contacts(connection: Connection, resident_id: ResidentId) -> list[tuple[UUID, bytes]]:
    """The sealed emergency contacts, the first named first."""
    rows = await connection.fetch(_QUERIES["contacts"], resident_id)
    return [(row["contact_id"], row["sealed"]) for row in rows]


def _holder(row: asyncpg.Record) -> Holder:
    claim = Claim(row["identifier_key"], row["name_key"], row["birth_key"], row["sex_key"])
    return Holder(ResidentId(row["resident_id"]), claim, is_active=row["is_active"])


async def remove_phones(connection: Connection, resident_id: ResidentId, at: datetime) -> None:
    """Unbind whatever is bound."""
    await connection.execute(_QUERIES["unbind_phones"], resident_id, at)


async def forget(
    connection: Connection, resident_id: ResidentId, identifier_keys: Sequence[bytes], at: datetime
) -> None:
    """Take away every way from a certificate or a phone to this resident."""
    await remove_phones(connection, resident_id, at)
    await connection.execute(_QUERIES["forget_national_key"], resident_id)
    await connection.execute(_QUERIES["forget_identifiers"], resident_id, list(identifier_keys))


async def close(connection: Connection, closed_keys: Sequence[bytes], on: date) -> None:
    """Keep that the holders of these certificates had the account closed."""
    await connection.execute(_QUERIES["close_certificates"], list(closed_keys), on)


async def is_any_closed(connection: Connection, closed_keys: Sequence[bytes]) -> bool:
    """Whether the holder of one of these certificates had the account closed."""
    return bool(await connection.fetchval(_QUERIES["is_any_closed"], list(closed_keys)))


async def closed_among(connection: Connection, closed_keys: Collection[bytes]) -> set[bytes]:
    """Which of these certificates' holders had the account closed."""
    rows = await connection.fetch(_QUERIES["closed_among"], list(closed_keys))
    return {row["closed_key"] for row in rows}


async def reopen(connection: Connection, closed_keys: Sequence[bytes]) -> None:
    """Take the marks of these certificates away."""
    await connection.execute(_QUERIES["reopen_certificates"], list(closed_keys))


async def mark_canaries(connection: Connection, marks: Sequence[bytes]) -> None:
    """Keep these marks of residents who do not exist."""
    await connection.execute(_QUERIES["mark_canaries"], list(marks))


async def is_any_canary(pool: Pool, marks: Sequence[bytes]) -> bool:
    """Whether one of these marks is kept."""
    return bool(await pool.fetchval(_QUERIES["is_any_canary"], list(marks)))
