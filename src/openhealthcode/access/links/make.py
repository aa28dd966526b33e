"""The resident makes a link, sees who opened which, and revokes one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from openhealthcode import audit
from openhealthcode.access.acting import acting_now
from openhealthcode.access.links import store
from openhealthcode.access.links.model import (
    LEAST_PASSCODE,
    LONGEST_DAYS,
    LONGEST_PASSCODE,
    MOST_ENTRIES,
    MOST_LINKS,
    LinkContent,
    LinkTerms,
    MadeLink,
    OwnLink,
)
from openhealthcode.access.links.store import Inside, NewLink
from openhealthcode.audit import reading as log
from openhealthcode.credential import link
from openhealthcode.database import Connection, Pool, look_up, transaction
from openhealthcode.sign_in import hashed
from openhealthcode.standards import (
    Forbidden,
    InvalidInput,
    NotFound,
    PurposeOfUse,
    TooManyAttempts,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, new_file_key

PATH: Final = "/shl/"
VIEWER: Final = "/shl"
_SECRET_BYTES: Final = 32
_LINES_READ: Final = 1000

Opening = tuple[datetime, str, bool]
"""When, by whom in their own words, and whether it was opened."""


async def make_link(
    pool: Pool, keys: Keys, resident_id: ResidentId, terms: LinkTerms, *, site: str
) -> MadeLink:
    """Make a link that shares what the terms say; logged. Whoever asks has just verified who it is.

    Args:
        site: the address of this service, without a slash at its end.

    Raises:
        InvalidInput: terms no link can have.
        TooManyAttempts: as many links are open as one resident may have.
        Forbidden: somebody acts for the resident; sharing with anybody is the resident's own.
    """
    _check(terms)
    if acting_now(resident_id) is not None:
        raise Forbidden
    secret = token_urlsafe(_SECRET_BYTES)
    inside = Inside(
        content=terms.content,
        key=new_file_key(),
        secret=secret,
        label=terms.label,
        viewer=f"{site}{VIEWER}",
        address=f"{site}{PATH}{secret}",
        with_closed=terms.with_closed,
        is_long_term=terms.is_long_term,
        entries=terms.entries,
    )
    link_id = uuid4()
    passcode_hash = await hashed(terms.passcode) if terms.passcode else None
    async with transaction(pool, resident=resident_id) as connection:
        await look_up(connection, [store.address_hash(keys, secret)])
        logged = await audit.append(
            connection, keys, resident_id, _made(resident_id, link_id, terms)
        )
        if await store.open_count(connection, resident_id, logged.at) >= MOST_LINKS:
            raise TooManyAttempts
        until = logged.at + timedelta(days=terms.days)
        await store.add(
            connection, keys, resident_id, link_id, inside,
            NewLink(passcode_hash, terms.is_direct, logged.at, until, logged.number),
        )  # fmt: skip
    text = written(inside, is_direct=terms.is_direct, has_passcode=bool(terms.passcode))
    return MadeLink(link_id, text, until)


async def own_links(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[OwnLink]:
    """Every link of a resident and who opened it, newest first; reading it is logged."""
    async with transaction(pool, resident=resident_id) as connection:
        rows = await store.rows(connection, resident_id)
        opened = await _opened(connection, keys, resident_id) if rows else {}
        await audit.append(connection, keys, resident_id, _listed(resident_id))
    return [_own(keys, resident_id, row, opened.get(row["link_id"].bytes, ())) for row in rows]


async def revoke_link(pool: Pool, keys: Keys, resident_id: ResidentId, link_id: UUID) -> None:
    """Nobody can open the link from now on.

    Raises:
        NotFound: the resident has no such link, or revoked it before.
    """
    async with transaction(pool, resident=resident_id) as connection:
        event = audit.Event(
            action=audit.Action.LINK_REVOKE,
            agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
            purpose=PurposeOfUse.RESIDENT_REQUEST,
            detail={"link": link_id.bytes},
        )
        logged = await audit.append(connection, keys, resident_id, event)
        if not await store.revoke(connection, resident_id, link_id, logged.at):
            raise NotFound


def written(inside: Inside, *, is_direct: bool, has_passcode: bool) -> str:
    """The text that opens the link."""
    flags = {
        link.LONG_TERM: inside.is_long_term,
        link.PASSCODE: has_passcode,
        link.DIRECT: is_direct,
    }
    said = frozenset(flag for flag, is_set in flags.items() if is_set)
    return link.write(link.Link(inside.address, inside.key, inside.label, said), inside.viewer)


def _check(terms: LinkTerms) -> None:
    if not 0 < terms.days <= LONGEST_DAYS:
        raise InvalidInput("a link lasts from one day to a year")
    if len(terms.label) > link.LONGEST_LABEL:
        raise InvalidInput("the name of a link has 80 letters at the most")
    if bool(terms.entries) is not (terms.content is LinkContent.ENTRIES):
        raise InvalidInput("entries are picked for a link that shares entries")
    if len(terms.entries) > MOST_ENTRIES:
        raise InvalidInput("a link shares 200 entries at the most")
    if terms.passcode and not LEAST_PASSCODE <= len(terms.passcode) <= LONGEST_PASSCODE:
        raise InvalidInput("a passcode has 6 to 64 letters or digits")
    if terms.passcode and terms.is_direct:
        raise InvalidInput("a link to one file directly has no passcode")
    if terms.is_long_term and terms.content is LinkContent.ENTRIES:
        raise InvalidInput("picked entries do not grow")


def _made(resident_id: ResidentId, link_id: UUID, terms: LinkTerms) -> audit.Event:
    return audit.Event(
        action=audit.Action.LINK_MAKE,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "link": link_id.bytes,
            "content": terms.content.value,
            "days": terms.days,
            "with_closed": terms.with_closed,
            "picked": [one.bytes for one in terms.entries],
        },
    )


def _listed(resident_id: ResidentId) -> audit.Event:
    return audit.Event(
        action=audit.Action.LOG_OWN_VIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )


async def _opened(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> dict[bytes, list[Opening]]:
    """Who opened or tried each link, by the newest lines of the log."""
    found: dict[bytes, list[Opening]] = defaultdict(list)
    for line in await log.lines(connection, keys, resident_id, limit=_LINES_READ):
        if line.action == audit.Action.LINK_OPEN and line.is_intact:
            told = str(line.detail.get("recipient", ""))
            is_done = line.outcome == audit.Outcome.DONE
            found[bytes(line.detail.get("link", b""))].append((line.at, told, is_done))
    return found


def _own(
    keys: Keys, resident_id: ResidentId, row: asyncpg.Record, opened: Sequence[Opening]
) -> OwnLink:
    inside = store.unsealed(keys, resident_id, row["link_id"], row["sealed"])
    has_passcode = row["has_passcode"]
    return OwnLink(
        link_id=row["link_id"],
        content=inside.content,
        label=inside.label,
        text=written(inside, is_direct=row["is_direct"], has_passcode=has_passcode),
        made_at=row["made_at"],
        until=row["until"],
        revoked_at=row["revoked_at"],
        attempts_left=row["attempts_left"] if has_passcode else None,
        is_long_term=inside.is_long_term,
        is_direct=row["is_direct"],
        with_closed=inside.with_closed,
        opened=tuple(opened),
    )
