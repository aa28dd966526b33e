"""What is over is destroyed: by itself, every hour, with an event in the resident's log.

Source: PIPL art. 19 (kept no longer than the purpose needs), 47 (deletion when the time is over).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.collection.body import body_of
from openhealthcode.collection.holding import rules, store
from openhealthcode.collection.holding.model import Holding
from openhealthcode.collection.rule_set import RULES
from openhealthcode.collection.rules import CollectionScene, judge, without
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.record import Manner, Origin, describe, parse, write_exactly
from openhealthcode.record import writing as record
from openhealthcode.record.writing import Gone
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, ResidentKeys, UnknownKey, UnreadableSeal

_LOG: Final = logging.getLogger("openhealthcode.collection")
_AT_ONCE: Final = 100
_PLATFORM: Final = UUID(int=0)
_ANY_RULE: Final = RULES.rules[CollectionScene.REGISTRATION]
"""Which element stands where is the same in every rule; only the demands differ."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What one turn destroyed."""

    residents: int
    versions: int


@dataclass(slots=True)
class _Over:
    """What is over of one resident: entries that go whole, and elements of the person's own."""

    whole: list[EntryId] = field(default_factory=list)
    cut: list[tuple[Holding, frozenset[str]]] = field(default_factory=list)
    elements: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)

    def add(self, holding: Holding, elements: frozenset[str], *, is_person: bool) -> None:
        """Note what of an entry is over."""
        if is_person:
            self.cut.append((holding, elements))
        else:
            self.whole.append(holding.entry_id)
        self.elements |= elements
        self.rules |= {holding.parts[element].rule for element in elements}


async def destroy_expired(pool: Pool, keys: Keys, today: date | None = None) -> Destroyed:
    """Destroy whatever is over, resident by resident.

    Args:
        today: by default the database's.
    """
    residents = versions = 0
    passed: set[ResidentId] = set()
    while True:
        async with transaction(pool, task="retention") as connection:
            day = today or await store.today(connection)
            found = await store.residents_ending(connection, day, _AT_ONCE + len(passed))
        due = [resident for resident in found if resident not in passed]
        if not due:
            return Destroyed(residents, versions)
        for resident_id in due:
            passed.add(resident_id)
            gone = await _destroy_of(pool, keys, resident_id, day)
            residents += gone > 0
            versions += gone


async def _destroy_of(pool: Pool, keys: Keys, resident_id: ResidentId, today: date) -> int:
    try:
        async with transaction(pool, resident=resident_id, task="retention") as connection:
            return await _destroy(connection, keys, resident_id, today)
    except UnreadableSeal:  # an entry somebody altered; the others of this resident wait with it
        _LOG.error("an entry that is over was altered", extra={"facts": {"task": "expire"}})
        return 0
    except (NotFound, DestroyedKey, UnknownKey):  # the account is closed, and all of it destroyed
        async with transaction(pool, resident=resident_id) as connection:
            await store.forget(connection, resident_id)
        return 0


async def _destroy(connection: Connection, keys: Keys, resident_id: ResidentId, today: date) -> int:
    state, at = await audit.hold(connection, resident_id)
    resident_keys = keys.of(resident_id)
    over = await _over(connection, resident_keys, resident_id, today)
    if not over.elements:
        return 0
    gone = await record.destroy(connection, resident_id, over.whole)
    left = [
        new
        for holding, elements in over.cut
        if (new := await _smaller(connection, keys, resident_id, holding.entry_id, elements, at))
    ]
    if left:
        await record.file(
            connection,
            resident_keys,
            resident_id,
            left,
            filed_number=state.next_number,
            filed_at=at,
            origin=Origin(Manner.EXPIRE, audit.AgentKind.PLATFORM, _PLATFORM, None),
        )
    gone += await record.destroy_earlier(
        connection, resident_id, [holding.entry_id for holding, _ in over.cut]
    )
    logged = await audit.append(connection, keys, resident_id, _event(over, gone, left))
    await store.bury(connection, resident_id, gone, logged.number)
    await store.let_go(connection, resident_id, over.whole)
    await store.keep(
        connection, resident_keys, resident_id, [rules.without(h, gone) for h, gone in over.cut]
    )
    return len(gone)


async def _over(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId, today: date
) -> _Over:
    over = _Over()
    for entry_id in await store.ending(connection, resident_id, today):
        try:
            (holding,) = (await store.holdings(connection, keys, resident_id, [entry_id])).values()
        except UnreadableSeal:
            # Nothing is destroyed because of a row somebody altered.
            _LOG.error("what is held of an entry was altered", extra={"facts": {"task": "expire"}})
            await store.never_ends(connection, resident_id, entry_id)
            continue
        is_person = store.is_person(entry_id, resident_id)
        elements = rules.over(holding, today, is_person=is_person)
        if elements:
            over.add(holding, elements, is_person=is_person)
        else:  # the day in clear was moved; the sealed one holds
            await store.keep(connection, keys, resident_id, [holding])
    return over


async def _smaller(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    entry_id: EntryId,
    elements: frozenset[str],
    at: datetime,
) -> record.Sealed | None:
    """A new version of an entry without what is over; ``None`` when its newest holds none of it."""
    resident_keys = keys.of(resident_id)
    before = await record.reopen(connection, resident_keys, resident_id, entry_id)
    if before is None:
        return None
    resource = parse(before.body)
    found = judge(_ANY_RULE, resource, {})
    paths = [each.path for each in found if each.element in elements]
    rest = without(resource, paths) if paths else None
    if rest is None:
        return None
    told, said = describe(resource), describe(rest)
    links = before.tokens - frozenset(map(resident_keys.token, told.tokens))
    version = before.version + 1
    content = write_exactly(rest, is_sorted=True)
    return record.seal(
        resident_keys,
        resident_id,
        record.NewVersion(
            entry_id=entry_id,
            version=version,
            description=replace(said, sensitive=said.sensitive | before.sensitive),
            institution_id=before.institution_id,
            source_token=before.source_token,
            content_token=resident_keys.digest(b"content", content)[:8],
            links=links,
            body=body_of(rest, keys.seal_id(resident_id, entry_id), version, at),
        ),
    )


def _event(over: _Over, gone: Sequence[Gone], left: Sequence[record.Sealed]) -> audit.Event:
    return audit.Event(
        action=audit.Action.RECORD_EXPIRE,
        agent=audit.Agent(audit.AgentKind.PLATFORM, _PLATFORM),
        detail={
            "rules": sorted(over.rules),
            "elements": sorted(over.elements),
            "items": [(one.entry_id.bytes, one.version, one.digest) for one in gone],
            "left": [(one.version.entry_id.bytes, one.version.version, one.digest) for one in left],
        },
    )
