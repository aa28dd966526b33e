"""Approve a group for an institution, and end that; the region's own log says so.

Who is in it lies sealed under keys of the group's own, which go when it is ended: nothing in the
database tells of a resident in which groups they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from openhealthcode import audit, registry
from openhealthcode.audit import Action, Agent
from openhealthcode.database import Pool, enter, load_queries, transaction
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import DestroyedKey, KeyClass, Keys, UnknownKey, identity_aad

MOST_MEMBERS: Final = 1_000
_LONGEST: Final = 200
_QUERIES: Final = load_queries("openhealthcode.access.groups")
_FIELD: Final = "members"
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class ApprovedGroup:
    """A group as an operator sees it; names nobody."""

    group_id: UUID
    institution_id: InstitutionId
    name: str
    purpose: str
    size: int
    until: datetime
    approved_at: datetime
    ended_at: datetime | None


async def approve_group(
    pool: Pool,
    keys: Keys,
    *,
    institution_id: InstitutionId,
    name: str,
    purpose: str,
    until: datetime,
    members: Sequence[ResidentId],
    agent: Agent,
) -> UUID:
    """Let an institution ask for the records of these residents, as far as each lets it keep them.

    Args:
        name: what the group is called.
        purpose: what for; as it was approved.
        until: when that ends by itself.

    Returns:
        the group's id, by which the institution's system asks.

    Raises:
        InvalidInput: nobody, too many, no name, no purpose, or over already.
        NotFound: no such institution.
    """
    residents = sorted(set(members))
    now = datetime.now(UTC)
    if not 0 < len(residents) <= MOST_MEMBERS:
        raise InvalidInput(f"a group has 1 to {MOST_MEMBERS} members")
    if not (0 < len(name.strip()) <= _LONGEST and 0 < len(purpose.strip()) <= _LONGEST):
        raise InvalidInput(f"a group has a name and a purpose, up to {_LONGEST} characters each")
    if until <= now:
        raise InvalidInput("the approval would be over already")
    if institution_id not in await registry.institutions(pool, [institution_id]):
        raise NotFound
    group_id = ResidentId(uuid4())
    sealed = keys.of(group_id, create=True).seal(
        KeyClass.IDENTITY,
        identity_aad(group_id, _FIELD),
        b"".join(resident.bytes for resident in residents),
    )
    async with transaction(pool, resident=group_id) as connection:
        await connection.execute(
            _QUERIES["approve"], group_id, institution_id, name.strip(), purpose.strip(),
            len(residents), until, now, sealed,
        )  # fmt: skip
        await enter(connection, resident=audit.REGION)
        event = audit.Event(
            action=Action.GROUP_APPROVE,
            agent=agent,
            detail={
                "group": group_id.bytes,
                "institution": institution_id.bytes,
                "size": len(residents),
                "purpose": purpose.strip(),
            },
        )
        await audit.append_own(connection, keys, event)
    return group_id


async def end_group(pool: Pool, keys: Keys, group_id: UUID, agent: Agent) -> None:
    """Take an approval back; who was in the group is destroyed.

    Raises:
        NotFound: there is none, or it was ended.
    """
    async with transaction(pool, resident=group_id) as connection:
        ended = await connection.fetchval(_QUERIES["end"], group_id, datetime.now(UTC))
        if ended is None:
            raise NotFound
        await enter(connection, resident=audit.REGION)
        event = audit.Event(action=Action.GROUP_END, agent=agent, detail={"group": group_id.bytes})
        await audit.append_own(connection, keys, event)
    keys.destroy(group_id, *KeyClass)


async def approved_groups(pool: Pool) -> list[ApprovedGroup]:
    """All of them, the newest first."""
    async with transaction(pool, task="review") as connection:
        rows = await connection.fetch(_QUERIES["approved"])
    return [
        ApprovedGroup(row["resident_id"], InstitutionId(row["institution_id"]), *tuple(row)[2:])
        for row in rows
    ]


async def members_of(
    pool: Pool, keys: Keys, group_id: UUID, institution_id: InstitutionId
) -> list[ResidentId]:
    """Who is in a group that is approved for this institution now.

    Raises:
        NotFound: there is none.
    """
    async with transaction(pool, resident=group_id) as connection:
        sealed = await connection.fetchval(
            _QUERIES["members"], group_id, institution_id, datetime.now(UTC)
        )
    if sealed is None:
        raise NotFound
    try:
        packed = keys.of(group_id).open(KeyClass.IDENTITY, identity_aad(group_id, _FIELD), sealed)
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    starts = range(0, len(packed), _ID_BYTES)
    return [ResidentId(UUID(bytes=packed[at : at + _ID_BYTES])) for at in starts]
