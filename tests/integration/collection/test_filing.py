"""What comes in through the one door in: filed whole, once, or not at all."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path

import asyncpg
import orjson
import pytest

import visits
from openhealthcode import access, collection, registry
from openhealthcode.collection import (
    BrokenReference,
    BundleMalformed,
    DeliverySetAside,
    Done,
    NeedsReview,
)
from openhealthcode.database import Pool
from openhealthcode.standards import HealthCodeError
from openhealthcode.trust import Keys
from visits import World, bundle, glucose, patient


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def file(world: World, sent: dict) -> collection.FiledBundle:
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def rows_everywhere(owner_url: str) -> dict[str, int]:
    connection = await asyncpg.connect(owner_url)
    tables = await connection.fetch(
        """SELECT n.nspname || '.' || c.relname AS name
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname IN ('record', 'audit', 'identity', 'consent')"""
    )
    counts = {
        t["name"]: await connection.fetchval(f"SELECT count(*) FROM {t['name']}") for t in tables
    }
    await connection.close()
    return counts


async def test_filing_twice_changes_nothing(world, owner_url):
    sent = bundle(patient(), *visits.LIFE)
    first = await file(world, sent)
    before = await rows_everywhere(owner_url)
    second = await file(world, copy.deepcopy(sent))
    assert {entry.done for entry in first.entries} == {Done.CREATED}
    assert {entry.done for entry in second.entries} == {Done.UNCHANGED}
    assert [e.fhir_id for e in first.entries] == [e.fhir_id for e in second.entries]
    assert second.event_number is None
    assert await rows_everywhere(owner_url) == before


async def test_a_changed_entry_becomes_a_new_version_of_the_same_entry(world):
    first = await file(world, bundle(patient(), glucose("2026-02-01", 5.0)))
    second = await file(world, bundle(patient(), glucose("2026-02-01", 6.0)))
    assert [e.done for e in second.entries] == [Done.UNCHANGED, Done.UPDATED]
    assert second.entries[1].fhir_id == first.entries[1].fhir_id
    assert second.entries[1].version == 2
    own = await access.own_record(world.pool, world.keys, first.resident_id)
    values = [orjson.loads(e.body) for e in own.entries if e.type == "Observation"]
    assert [v["valueQuantity"]["value"] for v in values] == [6.0]
    assert values[0]["meta"]["versionId"] == "2"


async def test_references_become_ours_and_resolve(world):
    filed = await file(world, bundle(patient(), glucose("2026-02-01")))
    own = await access.own_record(world.pool, world.keys, filed.resident_id)
    by_type = {e.type: orjson.loads(e.body) for e in own.entries}
    assert by_type["Observation"]["subject"]["reference"] == f"Patient/{by_type['Patient']['id']}"
    resident, entry = world.keys.open_id(by_type["Observation"]["id"])
    assert resident == filed.resident_id
    assert entry == filed.entries[1].entry_id


async def test_a_broken_reference_files_nothing(world, owner_url):
    await file(world, bundle(patient(2)))
    before = await rows_everywhere(owner_url)
    sent = bundle(patient(4), glucose("2026-02-01"))
    sent["entry"][1]["resource"]["encounter"] = {"reference": "urn:uuid:nowhere"}
    with pytest.raises(BrokenReference):
        await file(world, sent)
    assert await rows_everywhere(owner_url) == before


async def test_the_same_delivery_at_once_is_filed_once(world, owner_url):
    sent = bundle(patient(), *visits.LIFE)
    filed = await asyncio.gather(
        *(
            collection.file_patiently(world.pool, world.keys, copy.deepcopy(sent), world.source)
            for _ in range(8)
        )
    )
    assert len({f.resident_id for f in filed}) == 1
    assert sum(f.event_number is not None for f in filed) == 1
    assert (await rows_everywhere(owner_url))["record.entry"] == 1 + len(visits.LIFE)


async def test_the_same_number_under_another_name_is_set_aside_for_review(world, owner_url):
    await file(world, bundle(patient(2, "李试")))
    with pytest.raises(NeedsReview):
        await file(world, bundle(patient(2, "王另"), glucose("2026-02-01")))
    counts = await rows_everywhere(owner_url)
    assert counts["identity.resident"] == 1
    assert counts["identity.review_item"] == 1
    assert counts["record.entry"] == 1


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda b: b.update(type="batch"), BundleMalformed),
        (lambda b: b.update(entry=[]), BundleMalformed),
        (lambda b: b["entry"].append(b["entry"][1]), BundleMalformed),
        (lambda b: b["entry"][1]["request"].update(method="DELETE"), BundleMalformed),
        (lambda b: b["entry"][1].pop("resource"), BundleMalformed),
        (lambda b: b["entry"].append(b["entry"][0] | {"fullUrl": "urn:uuid:x"}), HealthCodeError),
        (lambda b: b["entry"][1]["resource"].update(resourceType="Spaceship"), HealthCodeError),
        (lambda b: b["entry"][1]["resource"].pop("status"), HealthCodeError),
        (lambda b: b["entry"][0]["resource"].update(name=[]), HealthCodeError),
        (
            lambda b: b["entry"][0]["resource"]["identifier"][0].update(value="880102195904180010"),
            DeliverySetAside,
        ),
    ],
    ids=["batch", "empty", "same name twice", "delete", "no resource", "two patients",
         "unknown type", "no status", "no name", "bad number"],
)  # fmt: skip
async def test_what_cannot_be_taken_is_refused_whole(world, owner_url, spoil, error):
    before = await rows_everywhere(owner_url)
    sent = bundle(patient(), glucose("2026-02-01"))
    spoil(sent)
    with pytest.raises(error) as refused:
        await file(world, sent)
    assert await rows_everywhere(owner_url) == before
    assert "李试" not in str(refused.value)
    assert "1959" not in str(refused.value)


async def test_no_name_number_or_clinical_word_lies_in_the_database(world, owner_url):
    await file(world, bundle(patient(), *visits.LIFE))
    connection = await asyncpg.connect(owner_url)
    tables = await connection.fetch(
        """SELECT n.nspname || '.' || c.relname AS name
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
    )
    dump = ""
    for table in tables:
        for row in await connection.fetch(f"SELECT t::text AS line FROM {table['name']} t"):
            dump += row["line"]
    await connection.close()
    for marked in ("李试", visits.national_id(2), "青霉素", "抑郁", "F32.1", "2345-7", "mmol"):
        assert marked not in dump
        assert marked.encode().hex() not in dump


async def test_a_register_load_names_the_institution_of_each_entry(world):
    clinic = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|clinic", registry.InstitutionKind.VILLAGE_CLINIC, "南桥村卫生室"
        ),
    )
    sent = bundle(patient(), glucose("2026-02-01"), glucose("2026-02-02"))
    sent["entry"][1]["resource"]["performer"] = [
        {"reference": "Organization?identifier=test|clinic"}
    ]
    source = collection.Source(world.source.agent, world.hospital, is_register=True)
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=source)
    own = await access.own_record(world.pool, world.keys, filed.resident_id)
    owners = {str(e.day): e.institution_id for e in own.entries if e.type == "Observation"}
    assert owners == {"2026-02-01": clinic, "2026-02-02": world.hospital}


async def test_a_folder_is_loaded_and_a_bad_file_named(world, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text(json.dumps(bundle(patient(2), *visits.LIFE, key="a")))
    (tmp_path / "in" / "b.json").write_text("{not json")
    (tmp_path / "in" / "c.json").write_text(json.dumps(bundle(patient(4), key="c")))
    files = collection.files_in([tmp_path / "in"])
    loaded = {
        f.path.name: f async for f in collection.load(world.pool, world.keys, files, world.source)
    }
    assert loaded["a.json"].counts[Done.CREATED] == 1 + len(visits.LIFE)
    assert loaded["b.json"].error_code == "json-malformed"
    assert loaded["c.json"].is_new_resident


async def test_every_bundle_of_others_at_hand_is_filed_and_a_second_load_changes_nothing(world):
    """Synthea's published sample Bundles, where they lie beside the project; else our own only."""
    folder = Path(__file__).parents[4] / "shared" / "data" / "synthea"
    paths = collection.files_in([folder])[:5] if folder.is_dir() else []
    for expected in (Done.CREATED, Done.UNCHANGED):
        loaded = [f async for f in collection.load(world.pool, world.keys, paths, world.source)]
        assert not [f.error for f in loaded if f.error]
        assert all(set(f.counts) == {expected} for f in loaded)
