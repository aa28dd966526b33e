"""The page the database puts together is the page that weighing every entry comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

import visits
from openhealthcode import access, audit, collection, consent, registry
from openhealthcode.access import looking, remembered
from openhealthcode.access.finding import Cursor, Snapshot
from openhealthcode.access.first_page import _FirstPage, is_enough_for
from openhealthcode.audit import reading as log
from openhealthcode.database import Pool, transaction
from openhealthcode.record import read_search
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId, SystemId
from openhealthcode.trust import Keys
from visits import World

CONDITIONS = frozenset({RecordCategory.CONDITIONS})
OTHERS = frozenset({RecordCategory.ALLERGIES, RecordCategory.MEDICATION})
MENTAL = frozenset({SensitiveCategory.MENTAL_HEALTH})
SEARCHES = (
    [],
    [("_count", "1")],
    [("_count", "3"), ("_sort", "-date")],
    [("_count", "0")],
    [("code", "I10,F32.1")],
    [("code", "I10"), ("category", "nothing")],
    [("date", "ge2014-03"), ("date", "lt2018-07")],
    [("date", "2014-03-02,2018-06")],
    [("date", "ge2026"), ("date", "lt2025")],
    [("_lastUpdated", "ge2020")],
    [("_lastUpdated", "lt2020")],
)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def clinic(world: World) -> InstitutionId:
    return await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )


@pytest.fixture
async def resident(world: World, clinic: InstitutionId) -> ResidentId:
    """Findings of several days, one of none; closed ones among them, and two of the clinic's own."""
    undated = visits.condition("I10", "高血压", "2014-03-02")
    del undated["onsetDateTime"]
    resident = await world.resident(
        *(visits.condition("I10", "高血压", f"2014-03-0{day}") for day in range(1, 6)),
        *(visits.condition("F32.1", "中度抑郁发作", f"2018-06-0{day}") for day in range(1, 4)),
        undated,
        visits.allergy("青霉素"),
    )
    own = collection.Source(audit.Agent(audit.AgentKind.SYSTEM, clinic, clinic), clinic)
    for code in ("J45", "F20"):
        found = visits.condition(code, "所见", "2016-01-01")
        found["subject"] = {"reference": f"Patient/{patient(world, resident)}"}
        await collection.file_resource(world.pool, world.keys, resource=found, source=own)
    return resident


def patient(world: World, resident: ResidentId) -> str:
    return world.keys.seal_id(resident, EntryId(resident))


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


async def everything(world, resident, clinic):
    general = await give(world, resident, clinic)
    await give(world, resident, clinic, sensitive=MENTAL, added_to=general)


async def crossing(world, resident, clinic):
    """Two permissions of which neither covers the other."""
    await everything(world, resident, clinic)
    await give(world, resident, clinic, OTHERS)


async def closed(world, resident, clinic):
    await everything(world, resident, clinic)
    await consent.restrict(world.pool, world.keys, resident, consent.Refusal(sensitive=MENTAL))


async def few_visits(world, resident, clinic):
    await give(world, resident, clinic, uses=3)


async def nothing(world, resident, clinic):
    pass


SAID = (nothing, give, everything, crossing, closed, few_visits)


def asked(world, resident, parameters):
    return read_search("Condition", [("patient", patient(world, resident)), *parameters])


def system(institution: InstitutionId) -> SystemAccess:
    return SystemAccess(SystemId(institution), institution, frozenset())


async def snapshot(world, resident) -> Cursor:
    """An answer that begins now, told apart from a first page: so every entry is weighed."""
    async with transaction(world.pool, resident=resident) as connection:
        state, _ = await audit.chain(connection, resident)
    return Cursor((Snapshot(resident, state.next_number),))


async def told(world, resident):
    """The newest event of a look."""
    async with transaction(world.pool, resident=resident) as connection:
        (line,) = await log.lines(connection, world.keys, resident, limit=1)
    detail = line.detail
    return line.outcome, {k: sorted(v) if isinstance(v, list) else v for k, v in detail.items()}


@pytest.mark.parametrize("said", SAID, ids=lambda one: one.__name__)
@pytest.mark.parametrize("is_known", [True, False])
async def test_both_ways_lead_to_the_same_page_and_event(world, clinic, resident, said, is_known):
    await said(world, resident, clinic)
    for parameters in SEARCHES:
        search = asked(world, resident, parameters)
        assert is_enough_for(search, None)
        for institution in (clinic, world.hospital):
            pages, events = [], []
            for after in (None, await snapshot(world, resident)):
                if not is_known:
                    remembered.standing.pop(resident, None)
                page = await access.search_entries(
                    world.pool, world.keys, system=system(institution), search=search, after=after
                )
                pages.append((page.entries, page.total, page.next and page.next.entry_id))
                events.append(await told(world, resident))
            assert pages[0] == pages[1], (parameters, institution)
            assert events[0] == events[1], (parameters, institution)


async def test_the_pages_after_it_go_on_where_it_ended(world, clinic, resident):
    await everything(world, resident, clinic)
    whole = await access.search_entries(
        world.pool, world.keys, system=system(clinic), search=asked(world, resident, [])
    )
    search = asked(world, resident, [("_count", "4")])
    found, after = [], None
    for _ in range(3):
        page = await access.search_entries(
            world.pool, world.keys, system=system(clinic), search=search, after=after
        )
        found, after = [*found, *page.entries], page.next
        assert page.total == whole.total == 11
    assert tuple(found) == whole.entries
    assert after is None


async def test_it_takes_two_statements_and_no_transaction_of_its_own(world, clinic, resident):
    await everything(world, resident, clinic)
    search = asked(world, resident, [])
    await access.search_entries(world.pool, world.keys, system=system(clinic), search=search)
    statements: list[str] = []
    connection = await world.pool.acquire()
    connection.add_query_logger(lambda query: statements.append(query.query))
    world.pool.release(connection)
    await access.search_entries(world.pool, world.keys, system=system(clinic), search=search)
    assert [text.split("(")[0].split()[-1] for text in statements] == ["access.page", "audit.write"]


async def test_a_withdrawal_between_reading_and_logging_counts(world, clinic, resident):
    """As in a process that last read the consents before another one changed them."""
    general = await give(world, resident, clinic)
    search = asked(world, resident, [])
    caller = system(clinic)
    page = await access.search_entries(world.pool, world.keys, system=caller, search=search)
    assert page.total == 8
    before = remembered.standing[resident]
    await consent.withdraw(world.pool, world.keys, resident, general)
    remembered.standing[resident] = before
    page = await access.search_entries(world.pool, world.keys, system=caller, search=search)
    assert page.total == 2, "its own"


async def test_what_was_filed_after_the_number_is_neither_shown_nor_counted(world, resident):
    search = asked(world, resident, [])
    async with transaction(world.pool, resident=resident) as connection:
        state, _ = await audit.chain(connection, resident)
        remembered.remember(resident, remembered.Known(state.consent_version, consent.Provisions()))
        for up_to, total in ((state.next_number, 11), (state.next_number - 2, 10), (0, 0)):
            reach = consent.Extent(CONDITIONS, MENTAL, up_to)
            selection = _FirstPage(search, None, reach, None)
            seen = await looking.look_within(connection, world.keys, resident, selection)
            assert (len(seen.rows), seen.first["total"], seen.first["of_others"]) == (total,) * 3


async def test_consents_that_cannot_be_remembered_are_weighed_by_entry(
    world, clinic, resident, monkeypatch
):
    await everything(world, resident, clinic)
    remembered.standing.pop(resident, None)
    monkeypatch.setattr(remembered, "_MOST_RESIDENTS", 0)
    page = await access.search_entries(
        world.pool, world.keys, system=system(clinic), search=asked(world, resident, [])
    )
    assert page.total == len(page.entries) == 11
