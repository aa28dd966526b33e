"""What was exported is found again: the file says to whom it was given, the log who saw what is in it."""

from __future__ import annotations

import csv
import io
import json
from importlib import import_module
from random import Random
from uuid import UUID

import pytest

import systems
import visits
from openhealthcode import access, audit, collection, consent, registry
from openhealthcode.access import handing_over
from openhealthcode.audit import reading as log
from openhealthcode.database import transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import RecordCategory, TooLarge
from openhealthcode.supervision import tracing
from openhealthcode.supervision.tracing import Because

OPERATOR = audit.Agent(audit.AgentKind.PLATFORM, UUID(int=0))
ASYNC = {"Prefer": "respond-async", "Content-Type": "application/fhir+json"}


@pytest.fixture
async def filed(world):
    """Two residents with enough of a record to carry marks."""
    life = [visits.glucose(f"2025-{1 + n % 12:02}-{1 + n % 28:02}", 4 + n / 10) for n in range(45)]
    return [
        await collection.file_bundle(
            world.pool, world.keys, source=world.source,
            bundle=visits.bundle(visits.patient(serial), *visits.LIFE, *life, key=f"t{serial}"),
        )
        for serial in (2, 4)
    ]  # fmt: skip


@pytest.fixture
async def other(world, filed):
    """Another institution that may keep everything that is open."""
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=clinic,
        categories=frozenset(RecordCategory),
        manner=consent.Manner.KEEP,
        days=30,
    )
    for one in filed:
        await consent.give(world.pool, world.keys, one.resident_id, terms, visits.TOLD)
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system) as calling:
        calling.institution = clinic
        yield calling


async def exported(client, filed, **more) -> dict[str, bytes]:
    given = [{"name": "patient", "valueString": one.entries[0].fhir_id} for one in filed]
    given += [{"name": name, "valueString": value} for name, value in more.items()]
    posted = {"resourceType": "Parameters", "parameter": given}
    answer = await client.post("/fhir/Patient/$export", json=posted, headers=ASYNC)
    manifest = (await client.get(answer.headers["content-location"])).json()
    found = {}
    for each in manifest["output"]:
        file = await client.get(each["url"])
        found[each["type"]] = file.content
        found[f"{each['type']} is"] = file.headers["content-type"].encode()
    return found


async def traced(world, content: bytes):
    return await tracing.investigate(world.pool, world.keys, content, OPERATOR)


async def lines_of(world, resident):
    async with transaction(world.pool, resident=resident) as connection:
        return await log.lines(connection, world.keys, resident, before=None, limit=5)


async def test_an_exported_file_names_the_export_and_no_other(world, client, filed, other):
    mine = (await exported(client, filed))["Observation"]
    theirs = (await exported(other, filed))["Observation"]
    assert {line["id"] for line in map(json.loads, mine.splitlines())} == {
        line["id"] for line in map(json.loads, theirs.splitlines())
    }
    random = Random(1)
    for content, institution in ((mine, world.hospital), (theirs, other.institution)):
        lines = content.splitlines()
        for found in (lines, random.sample(lines, len(lines) // 2)):
            bundle = {"entry": [{"resource": json.loads(line)} for line in found]}
            for leaked in (b"\n".join(found), json.dumps(bundle, indent=1).encode()):
                told = await traced(world, leaked)
                (origin,) = told.origins
                assert origin.file.institution_id == institution
                assert origin.source.because is Because.MARKS
                assert origin.source.chance < 1e-6
                assert told.weighed == 2
    (line, *_) = await lines_of(world, filed[0].resident_id)
    assert line.action == "leak.trace", "the log tells that it was read"
    (own, *_) = await lines_of(world, audit.REGION)
    assert own.detail["files"] == [origin.file.mark_id.bytes]
    assert own.detail["digest"] == told.digest


async def test_the_event_of_an_export_names_its_file(world, client, filed):
    await exported(client, filed)
    (only,) = await handing_over.handed_over(world.pool)
    for one in filed:
        (line, *_) = await lines_of(world, one.resident_id)
        assert line.detail["file"] == only.mark_id.bytes
        assert only.agent_id == line.agent_id


async def test_a_resource_says_what_it_said_when_it_was_filed(client, filed):
    found = await exported(client, filed)
    for content in (found["Observation"], found["Patient"]):
        for line in content.splitlines():
            one = json.loads(line)
            read = (await client.get(f"/fhir/{one['resourceType']}/{one['id']}")).json()
            one["meta"]["lastUpdated"] = one["meta"]["lastUpdated"].replace("Z", "+00:00")
            assert one == read
            assert line.index(b'"resourceType"') == 1
    assert b"20250" not in found["Patient"]


async def test_a_table_holds_true_rows_and_made_up_people(world, filed, other):
    found = await exported(other, filed, _outputFormat="text/csv")
    assert found["Table is"].startswith(b"text/csv")
    rows = list(csv.DictReader(io.StringIO(found["Table"].decode(), newline="")))
    lines = await exported(other, filed)
    true = {
        f"{one['resourceType']}/{one['id']}": one
        for kind in lines
        if not kind.endswith(" is")
        for one in map(json.loads, lines[kind].splitlines())
    }
    assert true.keys() <= {row["id"] for row in rows}
    made_up = [row for row in rows if row["id"] not in true]
    assert len(made_up) == 12
    assert all(row["id_number"].startswith("88") for row in made_up)
    for row in rows:
        one = true.get(row["id"], {})
        if one.get("resourceType") == "Observation":
            assert row["value"] == json.dumps(one["valueQuantity"]["value"])
            assert row["day"] == one["effectiveDateTime"]
            assert row["display"] == "血糖"
            assert row["name"] == "李试"
    told = await traced(world, found["Table"])
    assert told.origins[0].file.form is handing_over.Form.TABLE
    assert told.origins[0].source.because is Because.CANARY
    one_row = ",".join(made_up[0].values()).encode()
    alone = await traced(world, one_row)
    assert [one.file for one in alone.origins] in ([told.origins[0].file], [])
    assert await exported(other, filed, _outputFormat="text/csv", _since="2100-01-01") == {}


async def test_without_marks_the_log_says_who_saw_exactly_this(world, client, filed, other):
    await exported(client, filed)
    await exported(other, filed[:1])
    ids = [entry.fhir_id for entry in filed[0].entries] + [filed[1].entries[3].fhir_id]
    told = await traced(world, ("\n".join(f"找到 {one} 。" for one in ids)).encode("gb18030"))
    assert told.origins == ()
    assert told.entries_read == len(ids)
    first, second = told.onlookers[:2]
    assert (first.institution_id, first.shown) == (world.hospital, len(ids))
    assert second.institution_id == other.institution
    assert second.shown < len(ids), "what is closed, and the other resident, they never saw"
    (mine,) = [
        one for one in await handing_over.handed_over(world.pool)
        if one.institution_id == world.hospital
    ]  # fmt: skip
    assert first.files == {mine.mark_id}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 1000, b"{" * 100_000, b"[" * 100_000, b'{"a":' * 5000, b"name,number\n1,2\n",
     b"\xff\xfe\x00\xd8", b"%PDF-1.7 nothing", b"\x89PNG\r\n\x1a\n", b"A" * 64, b"a." * 32,
     json.dumps([{"resourceType": "Patient", "id": 5}, {"id": "x" * 64}]).encode()],
)  # fmt: skip
async def test_a_file_that_is_not_ours_gives_a_stable_answer(world, client, filed, content):
    await exported(client, filed)
    told = await traced(world, content)
    assert not told.is_ours
    assert (told.origins, told.onlookers, told.entries_read) == ((), (), 0)


async def test_a_residents_own_copy_is_told_from_an_institutions(world, client, filed):
    await exported(client, filed)
    resident = filed[0].resident_id
    copy = await access.own_copy(world.pool, world.keys, resident)
    told = await traced(world, access.bundle(copy, "https://example.org/fhir"))
    (origin,) = told.origins
    assert origin.file.mark_id == copy.mark_id
    assert (origin.file.agent_kind, origin.file.agent_id) == ("resident", None)
    printed = await traced(world, f"… {copy.copy_number} …".encode())
    assert [one.source.because for one in printed.origins] == [Because.LABEL]


async def test_more_than_is_looked_at_is_refused(world):
    with pytest.raises(TooLarge):
        await traced(world, b"a" * (tracing.LARGEST_BYTES + 1))


@pytest.mark.parametrize(("page", "most", "is_found"), [(1, 100, True), (1, 1, False)])
async def test_a_long_log_is_read_page_by_page_and_not_for_ever(
    world, client, filed, monkeypatch, page, most, is_found
):
    seen = import_module("openhealthcode.access.handing_over.seen")
    await exported(client, filed[:1])
    await access.own_log(world.pool, world.keys, filed[0].resident_id)  # a line more on top
    monkeypatch.setattr(seen, "_PAGE", page)
    monkeypatch.setattr(seen, "_MOST_LINES", most)
    told = await traced(world, filed[0].entries[0].fhir_id.encode())
    assert bool(told.onlookers) is is_found


def test_of_very_many_residents_some_from_all_over_the_file_are_read():
    seen = import_module("openhealthcode.access.handing_over.seen")
    everybody = list(range(250))
    assert seen._spread(everybody) == everybody[::3]
    assert seen._spread([]) == []
