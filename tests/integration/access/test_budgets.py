"""Reading that nothing explains stops before the limit, whichever process it goes through."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import visits
from openhealthcode import access, audit, consent, registry
from openhealthcode.access import budgets, lookups
from openhealthcode.access.budgets import Basis, BudgetSpent, Limits, ReaderKind
from openhealthcode.access.budgets.lease import basis_of
from openhealthcode.access.budgets.limits import of_the_release, read_limits
from openhealthcode.consent import rules, store
from openhealthcode.database import Pool, open_pool, transaction
from openhealthcode.healthcode import PresentedBy
from openhealthcode.record import Search
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput, PurposeOfUse, RecordCategory, Scene, day_of
from openhealthcode.standards.ids import ConsentId, EntryId, PractitionerId, ResidentId, SystemId
from openhealthcode.trust import Keys
from visits import World

FEW = """
[practitioner]
stop-at = 4
warn-at = 3
[practitioner.roles.nurse]
stop-at = 2
warn-at = 3
[system]
stop-at = 3
warn-at = 9
"""


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
def few():
    budgets.choose_limits(FEW)
    yield
    budgets.choose_limits(of_the_release())


async def allow_of_old(world: World, resident: ResidentId, days: int = 30, **more: object) -> None:
    """A standing consent for the whole hospital, given some days ago."""
    terms = consent.Terms(
        kind=more.pop("kind", consent.ConsentKind.STANDING),
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        days=366,
        **more,
    )
    consent_id, keys = ConsentId(uuid4()), world.keys.of(resident)
    async with transaction(world.pool, resident=resident) as connection:
        event = audit.Event(
            action=audit.Action.CONSENT_GRANT,
            agent=audit.Agent(audit.AgentKind.RESIDENT, resident),
        )
        logged = await audit.append(connection, world.keys, resident, event, changes_consent=True)
        began = logged.at - timedelta(days=days)
        provisions = rules.provisions_of_terms(terms, consent_id=consent_id, at=began)
        given_then = consent.Consent(
            consent_id=consent_id,
            is_override=False,
            institution_id=world.hospital,
            practitioner_id=None,
            purpose=PurposeOfUse.TREATMENT,
            kind=terms.kind,
            notice=visits.TOLD,
            manner=terms.manner,
            granted_at=began,
            end_at=provisions[0].end_at,
        )
        await store.insert_consent(
            connection, keys, resident, given_then, provisions, logged.number
        )


async def of_old(world: World, count: int, start: int = 1) -> list[ResidentId]:
    """Residents who allowed the hospital to look some time ago."""
    found = []
    for serial in range(start, start + count):
        resident = await world.resident(visits.glucose("2026-02-01"), serial=2 * serial)
        await allow_of_old(world, resident, manner=consent.Manner.KEEP)
        found.append(resident)
    return found


@pytest.mark.usefixtures("few")
async def test_a_standing_consent_alone_stops_before_the_limit(world):
    residents = await of_old(world, 5)
    for resident in residents[:3]:
        assert (await world.look(resident)).entries
    for resident in residents[3:]:
        with pytest.raises(BudgetSpent):
            await world.look(resident)
    for resident in residents[:3]:  # whoever was read of may be read of again
        assert (await world.look(resident)).entries
    log = await access.own_log(world.pool, world.keys, residents[3])
    assert (log[0].action, log[0].outcome) == ("record.disclose", "refused")
    assert log[0].detail["because"] == "budget-spent"
    assert log[0].agent_id == world.wang
    (standing,) = await budgets.readers_near_their_limit(world.pool)
    assert (standing.unexplained, standing.refused) == (3, 2)
    assert standing.stopped_at is not None
    assert standing.reader.reader_id == world.wang
    (told,) = await lookups.alarms(world.pool)
    assert (told.kind, told.caller_id, told.times) == ("budget-spent", world.wang, 2)


@pytest.mark.usefixtures("few")
async def test_an_empty_look_takes_nothing(world):
    for serial in range(1, 7):
        resident = await world.resident(serial=2 * serial)
        assert (await world.look(resident)).entries == ()
    assert await budgets.readers_near_their_limit(world.pool, least_share=0) == []


@pytest.mark.usefixtures("few")
async def test_a_role_has_limits_of_its_own(world):
    nurse = await registry.register_practitioner(
        world.pool,
        registry.PractitionerEntry(
            "test|nurse", world.hospital, "周晓", registry.PractitionerRole.NURSE
        ),
    )
    first, second = await of_old(world, 2)
    assert (await world.look(first, practitioner_id=nurse)).entries
    with pytest.raises(BudgetSpent):
        await world.look(second, practitioner_id=nurse)
    stranger = PractitionerId(uuid4())  # the register does not know: as any practitioner
    assert (await world.look(second, practitioner_id=stranger)).entries


async def present(world: World, resident: ResidentId, ago: timedelta, owner_url: str) -> None:
    """A code was shown to the doctor that long ago."""
    connection = await asyncpg.connect(owner_url)
    await connection.execute(
        """INSERT INTO healthcode.presentation VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        resident,
        uuid4(),
        world.wang,
        world.hospital,
        uuid4(),
        PurposeOfUse.TREATMENT,
        Scene.CONSULTATION,
        datetime.now(UTC) - ago,
        PresentedBy.CODE,
    )
    await connection.close()


@pytest.mark.usefixtures("few")
async def test_what_is_explained_never_stops_and_warns_once(world, owner_url):
    fresh = [await world.resident(serial=2 * serial) for serial in range(1, 4)]
    for resident in fresh:
        await world.allow(resident)
    coded, contracted, ordered = await of_old(world, 3, start=10)
    await present(world, coded, timedelta(hours=3), owner_url)
    await allow_of_old(world, contracted, kind=consent.ConsentKind.FAMILY_DOCTOR)
    order = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": "血常规"},
        "authoredOn": "2026-02-01",
    }
    ordered = await world.resident(order, serial=24)
    await allow_of_old(world, ordered)
    for resident in [*fresh, coded, contracted, ordered]:
        assert (await world.look(resident)).entries
        assert (await world.look(resident)).entries
    assert await budgets.count_explained(world.pool) == 1
    assert await budgets.count_explained(world.pool) == 0
    (standing,) = await budgets.readers_near_their_limit(world.pool)
    assert (standing.unexplained, standing.explained, standing.refused) == (0, 6, 0)
    assert standing.stopped_at is None
    (told,) = await lookups.alarms(world.pool)
    assert (told.kind, told.times) == ("budget-warned", 1)


@pytest.mark.usefixtures("few")
async def test_a_code_of_yesterday_or_shown_to_another_explains_nothing(world, owner_url):
    (resident,) = await of_old(world, 1)
    await present(world, resident, timedelta(hours=25), owner_url)
    nurse = PractitionerId(uuid4())
    await present(world, resident, timedelta(hours=1), owner_url)
    assert (await world.look(resident, practitioner_id=nurse)).entries
    (standing,) = await budgets.readers_near_their_limit(world.pool, least_share=0)
    assert (standing.reader.reader_id, standing.unexplained) == (nurse, 1)


def system(world: World) -> SystemAccess:
    return SystemAccess(SystemId(uuid4()), world.hospital, frozenset())


async def search(world: World, asks: SystemAccess, resident: ResidentId) -> int:
    """How many observations a system finds of a resident."""
    patient = world.keys.seal_id(resident, EntryId(uuid4()))
    search = Search(patient, "Observation")
    page = await access.search_entries(world.pool, world.keys, system=asks, search=search)
    return len(page.entries)


@pytest.mark.usefixtures("few")
async def test_a_system_stops_too_and_what_its_institution_filed_itself_is_not_counted(world):
    residents = await of_old(world, 4)
    own = system(world)
    for resident in residents:
        assert await search(world, own, resident) == 1
    assert await budgets.readers_near_their_limit(world.pool, least_share=0) == []
    other = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|other", registry.InstitutionKind.CLINIC, "青石街道诊所"),
    )
    elsewhere = World(world.pool, world.keys, other, world.wang)
    asks = system(elsewhere)
    for resident in residents:
        await allow_of_old(elsewhere, resident, manner=consent.Manner.KEEP)
    for resident in residents[:2]:
        assert await search(world, asks, resident) == 1
    with pytest.raises(BudgetSpent):
        await search(world, asks, residents[2])
    with pytest.raises(BudgetSpent):  # as a whole neither
        await access.everything(
            world.pool,
            world.keys,
            system=asks,
            patient=world.keys.seal_id(residents[3], EntryId(uuid4())),
            wanted=access.Wanted(frozenset({"Observation"})),
        )
    (standing,) = await budgets.readers_near_their_limit(world.pool)
    assert (standing.reader.kind, standing.unexplained, standing.refused) == ("system", 2, 2)


async def test_nobody_is_counted_before_the_first_look(pool):
    assert await budgets.count_explained(pool) == 0


@pytest.mark.usefixtures("few")
async def test_the_same_resident_counts_once_in_every_process(world, database):
    """Two processes: each has connections and memory of its own."""
    residents = await of_old(world, 4)
    other = World(await open_pool(database.url, size=4), world.keys, world.hospital, world.wang)
    try:
        for resident in residents[:3]:
            assert (await world.look(resident)).entries
            assert (await other.look(resident)).entries
        for process in (world, other):
            with pytest.raises(BudgetSpent):
                await process.look(residents[3])
    finally:
        await other.pool.close()


async def test_many_processes_never_give_out_one_too_many(world, database):
    """Sixty residents, forty wanted at most: what eight processes at once let through is 39."""
    residents = await of_old(world, 60)
    pools = [await open_pool(database.url, size=2) for _ in range(8)]
    processes = [World(pool, world.keys, world.hospital, world.wang) for pool in pools]
    seen: set[ResidentId] = set()

    async def read(place: int, resident: ResidentId) -> None:
        try:
            if (await processes[place % 8].look(resident)).entries:
                seen.add(resident)
        except BudgetSpent:
            pass

    try:
        looks = [(place + 3 * turn, one) for turn in (0, 1) for place, one in enumerate(residents)]
        await asyncio.gather(*(read(place, one) for place, one in looks))
    finally:
        for pool in pools:
            await pool.close()
    assert len(seen) == 39
    (standing,) = await budgets.readers_near_their_limit(world.pool)
    assert standing.unexplained == 39


@pytest.mark.usefixtures("few")
async def test_what_days_gone_by_were_about_is_dropped(world, owner_url):
    (resident,) = await of_old(world, 1)
    await world.look(resident)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE access.reading_lease SET on_day = on_day - 3")
    await owner.execute("UPDATE access.reading_budget SET on_day = on_day - 91")
    await budgets.forget_budgets(world.pool)
    assert await owner.fetchval("SELECT count(*) FROM access.reading_lease") == 0
    assert await owner.fetchval("SELECT count(*) FROM access.reading_budget") == 0
    await owner.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[practitioner]\nstop-at = 4\nwarn-at = 3\n",
        FEW.replace("stop-at = 4", "stop = 4"),
        FEW.replace("stop-at = 4", "stop-at = 0"),
        FEW.replace("stop-at = 4", "stop-at = true"),
        FEW.replace("stop-at = 4", "stop-at = 10000000"),
        FEW.replace("roles.nurse", "roles.wizard"),
        FEW.replace("[practitioner]", "practitioner = 3\n[x]"),
        "practitioner = 3\nsystem = 4",
        "not toml",
    ],
)
def test_limits_that_cannot_be_are_refused(text):
    with pytest.raises(InvalidInput):
        read_limits(text)


def test_the_limits_of_the_release():
    assert budgets.limits_of(ReaderKind.PRACTITIONER) == Limits(40, 200)
    for kind in ReaderKind:
        assert budgets.limits_of(kind).stop_at < 250  # where criminal law begins to count


def test_a_day_is_one_in_beijing():
    assert day_of(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)).day == 1
    assert day_of(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)).day == 2


@settings(max_examples=60)
@given(
    age=st.timedeltas(timedelta(0), timedelta(days=5)),
    purpose=st.sampled_from([PurposeOfUse.TREATMENT, PurposeOfUse.EMERGENCY]),
)
def test_a_word_of_today_or_an_override_is_a_reason(age, purpose):
    at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    permit = consent.Provision(
        consent_id=ConsentId(uuid4()),
        rule=consent.Rule.PERMIT,
        purpose=purpose,
        categories=frozenset({RecordCategory.LABORATORY}),
        start_at=at - age,
        end_at=at + timedelta(days=9),
    )
    basis = basis_of(consent.Decision((permit,)), consent.AccessRequest(None, None, purpose, at))
    if purpose is PurposeOfUse.EMERGENCY:
        assert basis is Basis.OVERRIDE
    else:
        assert basis is (Basis.CONSENT if age < timedelta(days=1) else None)
