"""A group that an operator approved: asked for by its institution, given as each resident lets it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from uuid import UUID, uuid4

import asyncpg
import pytest

import systems
import visits
from openhealthcode import audit, collection, consent, registry
from openhealthcode.access import groups
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.audit import reading as log
from openhealthcode.database import transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import KeyClass

handing_over = import_module("openhealthcode.access.groups.export")
ASYNC = {"Prefer": "respond-async"}
OPERATOR = Agent(AgentKind.PLATFORM, UUID(int=0))


@pytest.fixture
async def members(world):
    filed = []
    for serial in (2, 4, 6):
        sent = visits.bundle(visits.patient(serial), *visits.LIFE, key=f"r{serial}")
        filed.append(
            await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
        )
    return [one.resident_id for one in filed]


@pytest.fixture
async def institute(world):
    found = await registry.register_institution(
        world.pool, InstitutionEntry("test|institute", InstitutionKind.CLINIC, "研究所")
    )
    system = await systems.connect(world, found, "institute")
    async with systems.calling(world, system) as calling:
        calling.institution = found
        yield calling


async def approved(world, institution, members):
    until = datetime.now(UTC) + timedelta(days=30)
    return await groups.approve_group(
        world.pool, world.keys, institution_id=institution, name="糖尿病队列", purpose="随访研究",
        until=until, members=members, agent=OPERATOR,
    )  # fmt: skip


async def keep(world, resident, institution):
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=institution,
        categories=frozenset({RecordCategory.ALLERGIES, RecordCategory.CONDITIONS}),
        manner=consent.Manner.KEEP,
        days=30,
    )
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


async def asked(client, group_id, query: str = ""):
    return await client.get(f"/fhir/Group/{group_id}/$export{query}", headers=ASYNC)


async def whole(client, answer):
    """The manifest, and how often it had to be asked for."""
    assert (answer.status_code, answer.content) == (202, b""), answer.text
    for polls in range(1, 20):
        told = await client.get(answer.headers["content-location"])
        if told.status_code == 200:
            return told.json(), polls
        assert told.status_code == 202, told.text
        assert " of " in told.headers["x-progress"]
        assert told.headers["retry-after"] == "1"
    raise AssertionError


async def lines(client, manifest):
    found = []
    for each in manifest["output"]:
        answer = await client.get(each["url"])
        assert answer.headers["content-type"].startswith("application/fhir+ndjson")
        read = [json.loads(line) for line in answer.text.splitlines()]
        assert {one["resourceType"] for one in read} == {each["type"]}
        found += read
    return found


async def looks_of(world, resident) -> int:
    async with transaction(world.pool, resident=resident) as connection:
        found = await log.lines(connection, world.keys, resident, before=None, limit=50)
    return sum(line.action == "record.disclose" for line in found)


async def test_a_group_gives_what_each_resident_lets_be_kept(world, members, institute):
    await keep(world, members[0], institute.institution)
    group_id = await approved(world, institute.institution, members)
    manifest, _ = await whole(institute, await asked(institute, group_id))
    found = await lines(institute, manifest)
    assert {one["code"]["text"] for one in found} == {"青霉素", "高血压"}
    assert [await looks_of(world, one) for one in members] == [1, 1, 1]


async def test_portions_are_put_together_one_after_the_other(
    world, members, institute, monkeypatch
):
    monkeypatch.setattr(handing_over, "MOST_RESIDENTS", 1)
    for resident in members:
        await keep(world, resident, institute.institution)
    group_id = await approved(world, institute.institution, members)
    answer = await asked(institute, group_id, "?_type=AllergyIntolerance")
    assert [await looks_of(world, one) for one in members] == [0, 0, 0], "nothing is read yet"
    told = await institute.get(answer.headers["content-location"])
    assert (told.status_code, told.headers["x-progress"]) == (202, "1 of 3")
    assert sum([await looks_of(world, one) for one in members]) == 1
    manifest, _ = await whole(institute, answer)
    assert [(one["type"], one["count"]) for one in manifest["output"]] == [
        ("AllergyIntolerance", 1)
    ] * 3
    assert len(await lines(institute, manifest)) == 3
    again, polls = await whole(institute, answer)
    assert (again, polls) == (manifest, 1), "asking again looks at nothing again"
    assert [await looks_of(world, one) for one in members] == [1, 1, 1]


async def test_what_is_withdrawn_before_a_portion_is_not_in_it(
    world, members, institute, monkeypatch
):
    monkeypatch.setattr(handing_over, "MOST_RESIDENTS", 1)
    given = {one: await keep(world, one, institute.institution) for one in members}
    group_id = await approved(world, institute.institution, members)
    answer = await asked(institute, group_id)
    await institute.get(answer.headers["content-location"])
    for resident, consent_id in given.items():
        await consent.withdraw(world.pool, world.keys, resident, consent_id)
    manifest, _ = await whole(institute, answer)
    assert len({one["id"] for one in await lines(institute, manifest)}) == 2, "of one of the three"


async def test_a_portion_somebody_is_at_is_waited_for_and_an_interrupted_one_done_again(
    world, members, institute, owner_url
):
    group_id = await approved(world, institute.institution, members)
    answer = await asked(institute, group_id)
    owner = await asyncpg.connect(owner_url)
    now = datetime.now(UTC)
    await owner.execute(
        "UPDATE access.export_job SET leased_until = $1", now + timedelta(minutes=1)
    )
    told = await institute.get(answer.headers["content-location"])
    assert (told.status_code, told.headers["x-progress"]) == (202, "0 of 3")
    await owner.execute("UPDATE access.export_job SET leased_until = $1", now)
    told = await institute.get(answer.headers["content-location"])
    assert told.status_code == 200
    await owner.execute("UPDATE access.export_job SET expires_at = $1", now)
    assert (await institute.get(answer.headers["content-location"])).status_code == 404
    await owner.close()


async def test_a_group_is_its_institutions_alone_and_ends(
    world, client, members, institute, owner_url
):
    group_id = await approved(world, institute.institution, members)
    assert (await asked(client, group_id)).status_code == 404, "another institution's"
    for nobody in (uuid4(), "x", members[0]):
        assert (await asked(institute, nobody)).status_code == 404
    going = await asked(institute, group_id)
    assert (await client.get(going.headers["content-location"])).status_code == 404
    await groups.end_group(world.pool, world.keys, group_id, OPERATOR)
    assert (await institute.get(going.headers["content-location"])).status_code == 404
    assert (await asked(institute, group_id)).status_code == 404
    with pytest.raises(NotFound):
        await groups.end_group(world.pool, world.keys, group_id, OPERATOR)
    brief = await approved(world, institute.institution, members)
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE access.export_group SET until = $1", datetime.now(UTC))
    await owner.close()
    assert (await asked(institute, brief)).status_code == 404, "over by itself"
    (ended, other) = sorted(
        await groups.approved_groups(world.pool), key=lambda one: one.ended_at is None
    )
    assert (ended.group_id, ended.size, ended.name) == (group_id, 3, "糖尿病队列")
    assert other.group_id == brief


async def test_another_system_of_the_institution_neither_goes_on_nor_holds_it_up(
    world, members, institute
):
    group_id = await approved(world, institute.institution, members)
    going = await asked(institute, group_id)
    second = await systems.connect(world, institute.institution, "second")
    async with systems.calling(world, second) as other:
        assert (await other.get(going.headers["content-location"])).status_code == 404
    manifest, polls = await whole(institute, going)
    assert (manifest["output"], polls) == ([], 1)


async def test_a_group_whose_keys_are_gone_is_none(world, members, institute):
    group_id = await approved(world, institute.institution, members)
    world.keys.destroy(group_id, *KeyClass)
    assert (await asked(institute, group_id)).status_code == 404


async def test_who_is_in_it_stands_nowhere_in_clear_and_is_destroyed_at_the_end(
    world, members, institute, owner_url
):
    group_id = await approved(world, institute.institution, members)
    owner = await asyncpg.connect(owner_url)
    (row,) = await owner.fetch("SELECT * FROM access.export_group")
    assert not any(one.bytes in row["members"] for one in members)
    await groups.end_group(world.pool, world.keys, group_id, OPERATOR)
    assert await owner.fetchval("SELECT members FROM access.export_group") == b""
    await owner.close()
    async with transaction(world.pool, resident=audit.REGION) as connection:
        told = await log.lines(connection, world.keys, audit.REGION, before=None, limit=9)
    assert [line.action for line in told] == ["group.end", "group.approve"]
    assert told[1].detail["size"] == 3


@pytest.mark.parametrize(
    "wrong", [{"members": []}, {"name": " "}, {"purpose": ""}, {"purpose": "x" * 201}, {"days": -1}]
)
async def test_a_group_without_sense_is_not_approved(world, members, institute, wrong):
    asked_for = {"members": members, "name": "a", "purpose": "b", "days": 1, **wrong}
    until = datetime.now(UTC) + timedelta(days=asked_for.pop("days"))
    with pytest.raises(InvalidInput):
        await groups.approve_group(
            world.pool, world.keys, institution_id=institute.institution, until=until,
            agent=OPERATOR, **asked_for,
        )  # fmt: skip
    with pytest.raises(NotFound):
        await approved(world, InstitutionId(uuid4()), members)


@pytest.mark.parametrize("query", ["?patient=x", "?_outputFormat=pdf", "?_type=Nothing"])
async def test_what_is_not_understood_is_refused(world, members, institute, query):
    group_id = await approved(world, institute.institution, members)
    assert (await asked(institute, group_id, query)).status_code == 400
    plain = await institute.get(f"/fhir/Group/{group_id}/$export")
    assert plain.status_code == 400, "an answer at once"
    odd = await institute.get("/fhir/$group-export-status?job=abc")
    assert odd.status_code == 404
