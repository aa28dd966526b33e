"""What a search leaves out before anything is weighed is never anything that would be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import visits
from openhealthcode import access, consent, registry
from openhealthcode.access import looking, remembered
from openhealthcode.database import Pool, transaction
from openhealthcode.record import KINDS, Search, read_search
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId, SystemId
from openhealthcode.trust import Keys
from visits import World

MENTAL = frozenset({SensitiveCategory.MENTAL_HEALTH})
CONDITIONS = frozenset({RecordCategory.CONDITIONS})


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def clinic(world: World) -> InstitutionId:
    return await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )


async def found(world: World, resident: ResidentId, institution: InstitutionId, type_: str) -> int:
    """How many a search finds, the same at the first time and when the consents are known."""
    search = Search(world.keys.seal_id(resident, EntryId(resident)), type_)
    totals = []
    for cold in (True, False):
        if cold:
            remembered.standing.pop(resident, None)
        page = await access.search_entries(
            world.pool, world.keys, system=caller(institution), search=search
        )
        assert len(page.entries) == page.total
        totals.append(page.total)
    assert totals[0] == totals[1]
    return totals[0]


def caller(institution: InstitutionId) -> SystemAccess:
    return SystemAccess(SystemId(institution), institution, frozenset())


async def give(world, resident, institution, categories=CONDITIONS, **more):
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=institution,
        categories=categories,
        manner=consent.Manner.KEEP,
        days=30,
        **more,
    )
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


async def test_it_finds_what_is_allowed_and_nothing_else(world, clinic):
    resident = await world.resident()
    assert await found(world, resident, clinic, "Condition") == 0
    assert await found(world, resident, world.hospital, "Condition") == 2, "what it filed itself"
    general = await give(world, resident, clinic)
    assert await found(world, resident, clinic, "Condition") == 1
    assert await found(world, resident, clinic, "Observation") == 0
    opened = await give(world, resident, clinic, sensitive=MENTAL, added_to=general)
    assert await found(world, resident, clinic, "Condition") == 2
    await consent.withdraw(world.pool, world.keys, resident, opened)
    assert await found(world, resident, clinic, "Condition") == 1
    await consent.withdraw(world.pool, world.keys, resident, general)
    assert await found(world, resident, clinic, "Condition") == 0


async def test_what_was_known_of_older_consents_leaves_nothing_out(world, clinic):
    """As in a process that last read them before another one changed them."""
    resident = await world.resident()
    assert await found(world, resident, clinic, "Condition") == 0
    before = remembered.standing[resident]
    await give(world, resident, clinic)
    remembered.standing[resident] = before
    search = Search(world.keys.seal_id(resident, EntryId(resident)), "Condition")
    page = await access.search_entries(world.pool, world.keys, system=caller(clinic), search=search)
    assert page.total == 1


async def test_what_is_closed_is_left_out_where_it_lies(world, clinic):
    """Else the work for an answer would tell how much of a record is closed."""
    resident = await world.resident()
    await give(world, resident, clinic)
    assert await found(world, resident, clinic, "Condition") == 1
    named = ("patient", world.keys.seal_id(resident, EntryId(resident)))
    everything = ("_has:Provenance:target:recorded", "2026")
    for asked in ([named], [named, everything], [named, ("_revinclude", "Observation:focus")]):
        selection = access.search._Matching(
            read_search("Condition", asked),
            None,
            clinic,
            remembered.known_provisions(resident),
            world.keys,
            resident,
            frozenset(KINDS),
        )
        async with transaction(world.pool, resident=resident) as connection:
            seen = await looking.look_within(connection, world.keys, resident, selection)
        assert len(seen.rows) == 1
