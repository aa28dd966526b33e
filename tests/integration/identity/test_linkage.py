"""Batch linkage finds who may be one person, asks once, and writes nothing readable."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from openhealthcode import audit, collection, identity
from openhealthcode.commands import identity_link
from openhealthcode.commands.identity_link import LinkageNotInstalled, Wanted
from openhealthcode.commands.identity_quality import quality as tell_quality
from openhealthcode.commands.migrate import migrate
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import Registration, Source, quality, review
from openhealthcode.identity.batch import export, run, training
from openhealthcode.identity.batch.suggest import Fate
from openhealthcode.identity.batch.training import TooLittleToLearn
from openhealthcode.identity.matching import Model, ModelUnsuitable
from openhealthcode.settings import Settings
from openhealthcode.standards import Certificate, CertificateKind, InvalidInput, Phone, Sex
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import KeyClass, Keys
from performance.identity.corpus.profiles import PROFILES
from performance.identity.corpus.records import corpus
from performance.identity.engine import registration_of

BASE = identity_link._base(None)
CLERK = audit.Agent(audit.AgentKind.PRACTITIONER, PractitionerId(uuid4()), InstitutionId(uuid4()))
CHEN = Registration(
    (Certificate.parse(CertificateKind.PASSPORT, "E12345671"),),
    "陈试欣",
    Sex.FEMALE,
    date(1984, 3, 9),
    Phone.parse("13700010002"),
    "演示县幸福镇和平村12号",
)
ALIKE = replace(
    CHEN, certificates=(Certificate.parse(CertificateKind.PASSPORT, "E76543210"),), name="陈试心"
)
STRANGER = Registration(
    (Certificate.parse(CertificateKind.PASSPORT, "E55555550"),),
    "欧阳测明",
    Sex.MALE,
    date(1951, 7, 30),
    Phone.parse("13900010777"),
    "演示县东风镇长征路3号",
)


async def enrolled(pool: Pool, keys: Keys, registration: Registration) -> ResidentId:
    """A resident whom nobody compared with others when they came."""
    resident_id = ResidentId(uuid4())
    lookup = identity.lookup_keys(keys, registration.certificates)
    async with transaction(pool, lookup=lookup) as connection:
        await identity.enrol(connection, keys, resident_id, registration, Source())
        await audit.open_chain(connection, resident_id)
    return resident_id


async def linked(pool: Pool, keys: Keys, *, from_bits: float = 0.0, most: int = 100) -> run.Linked:
    found, _ = await run.link(
        pool, keys, BASE, is_training=False, from_bits=from_bits, tell=lambda _: None
    )
    await run.send(pool, keys, found, from_bits, most)
    return found


async def cases(pool: Pool, resident_id: ResidentId) -> list[review.ReviewItem]:
    async with transaction(pool, resident=resident_id) as connection:
        return await review.items_of(connection, resident_id)


async def test_two_entries_that_nobody_compared_are_asked_about_once(pool, keys):
    one = await enrolled(pool, keys, CHEN)
    other = await enrolled(pool, keys, ALIKE)
    await enrolled(pool, keys, STRANGER)
    first = await linked(pool, keys)
    again = await linked(pool, keys)
    (suggestion,) = first.suggestions
    assert {suggestion.left, suggestion.right} == {one, other}
    assert (first.fates, again.fates) == ({Fate.ASKED: 1}, {Fate.KNOWN: 1})
    (case,) = [*await cases(pool, one), *await cases(pool, other)]
    assert set(case.residents) == {one, other}
    assert case.bits == pytest.approx(suggestion.bits, abs=1e-4)
    assert case.institution_id is None
    assert case.model_version == first.file.model.version


async def test_a_case_that_came_up_at_registration_is_not_asked_again(pool, keys):
    one = await enrolled(pool, keys, CHEN)
    other = ResidentId(uuid4())
    lookup = identity.lookup_keys(keys, ALIKE.certificates)
    async with transaction(pool, lookup=lookup) as connection:
        found = await identity.resolve(connection, keys, ALIKE)
        assert isinstance(found, identity.New)
        await identity.enrol(connection, keys, other, ALIKE, Source(), found.like)
        await audit.open_chain(connection, other)
    assert (await linked(pool, keys)).fates == {Fate.KNOWN: 1}
    assert len([*await cases(pool, one), *await cases(pool, other)]) == 1


async def test_who_was_found_to_be_two_people_is_left_in_peace(pool, keys):
    one, other = await enrolled(pool, keys, CHEN), await enrolled(pool, keys, ALIKE)
    await collection.not_same(pool, keys, one, other, "双方当面核对", CLERK)
    assert (await linked(pool, keys)).fates == {Fate.KNOWN: 1}
    assert await cases(pool, one) == await cases(pool, other) == []


async def test_who_was_merged_is_one_person_here_too(pool, keys):
    one, other = await enrolled(pool, keys, CHEN), await enrolled(pool, keys, ALIKE)
    await collection.merge(pool, keys, one, other, "同一人", CLERK)
    found = await linked(pool, keys)
    assert (found.registrations, found.residents, found.suggestions) == (2, 1, [])


async def test_who_closed_the_account_meanwhile_is_not_asked_about(pool, keys):
    one, other = await enrolled(pool, keys, CHEN), await enrolled(pool, keys, ALIKE)
    found, _ = await run.link(
        pool, keys, BASE, is_training=False, from_bits=0.0, tell=lambda _: None
    )
    async with transaction(pool, resident=other) as connection:
        await identity.unindex(connection, other)
    await run.send(pool, keys, found, 0.0, 100)
    assert found.fates == {Fate.GONE: 1}
    assert await cases(pool, one) == []


async def test_what_a_run_may_not_send_is_left_for_the_next(pool, keys):
    for number in range(1, 4):
        passport = Certificate.parse(CertificateKind.PASSPORT, f"E1000000{number}")
        await enrolled(pool, keys, replace(CHEN, certificates=(passport,)))
    found = await linked(pool, keys, most=1)
    assert len(found.suggestions) == 3
    assert found.fates == {Fate.ASKED: 1, Fate.LEFT: 2}
    (group,) = found.clusters
    assert (len(group.residents), group.density, group.contradictions) == (3, 1.0, 0)


async def test_only_the_task_of_linkage_reads_the_index_whole(pool, keys):
    await enrolled(pool, keys, CHEN)
    for task, seen in ((None, 0), ("supervision", 0), (export.TASK, 1)):
        async with transaction(pool, task=task) as connection:
            for table in ("variant", "identity_record"):
                count = await connection.fetchval(f"SELECT count(*) FROM identity.{table}")
                assert count == seen, (task, table)


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


@pytest.fixture
def wanted(tmp_path):
    return Wanted(None, None, tmp_path / "linkage.html", None, None, 0.0, 100)


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


async def test_the_command_writes_a_report_and_a_keyed_table(pool, settings, console, wanted):
    keys = Keys.open(settings.keys_at)
    for registration in (CHEN, ALIKE, STRANGER):
        await enrolled(pool, keys, registration)
    keys.close()
    path = wanted.report.with_suffix(".parquet")
    assert await identity_link.link(settings, console, wanted._replace(export=path)) == 0
    told, page = console.file.getvalue(), wanted.report.read_text(encoding="utf-8")
    assert "3 registrations of 3 residents" in told
    assert "1 asked" in told
    assert "<script" not in page
    assert "送人工复核" in page
    rows = pq.read_table(path).to_pylist()
    assert len(rows) == 3
    names = {known.name for known in (CHEN, ALIKE, STRANGER)}
    assert not {row["family"] + row["given"] for row in rows} & names
    # Whole values: a keyed number of 64 bits holds some "1984" once in forty runs.
    cells = "\n".join(cell for row in rows for cell in row.values() if isinstance(cell, str))
    for value in (*names, "欧阳", "1984-03-09", "13700010002", "和平", "长征", "E12345671"):
        assert value not in told + page + cells, value
    for part in "陈试":
        assert part not in told + page
    for file in (wanted.report, path):
        assert file.stat().st_mode & 0o077 == 0


async def test_what_another_engine_found_is_asked_about_too(pool, settings, console, wanted):
    keys = Keys.open(settings.keys_at)
    one, other, stranger = [
        await enrolled(pool, keys, registration) for registration in (CHEN, ALIKE, STRANGER)
    ]
    keys.close()
    table, pairs = (wanted.report.with_suffix(f".{name}") for name in ("parquet", "pairs"))
    await identity_link.link(settings, console, wanted._replace(export=table, most=0))
    rows = pq.read_table(table).to_pylist()
    a, b, c = (row["person"] for row in sorted(rows, key=lambda row: row["block_p"]))
    found = [(a, b, 9.0), (a, c, 9.0), (b, c, 9.0), (a, a, 9.0), (a, "unknown", 9.0), (b, a, -9.0)]
    columns = dict(zip(("person_l", "person_r", "bits"), zip(*found, strict=True), strict=True))
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), pairs)
    assert await identity_link.link(settings, console, wanted._replace(pairs=pairs)) == 0
    told = console.file.getvalue()
    assert "3 pairs of residents" in told
    assert "1 asked" in told
    assert "2 gone" in told, "our own scorer has the last word"
    assert not await cases(pool, stranger)
    assert [*await cases(pool, one), *await cases(pool, other)]


async def test_a_model_is_estimated_written_and_used(pool, settings, console, wanted, monkeypatch):
    keys = Keys.open(settings.keys_at)
    known = await register_corpus(pool, keys)
    path = wanted.report.with_suffix(".json")
    with pytest.raises(TooLittleToLearn):
        await identity_link.link(settings, console, wanted._replace(train=path))
    assert not path.exists()
    monkeypatch.setattr(training, "LEAST_MATCHES", 1)
    keys.destroy(known[0], *KeyClass)  # nothing is learnt from whoever closed the account
    keys.close()
    assert await identity_link.link(settings, console, wanted._replace(train=path)) == 0
    model = Model.load(path.read_bytes())
    assert model.version in console.file.getvalue()
    assert model.provenance["residents"] == len(known) - 1
    assert "查全率" in wanted.report.read_text(encoding="utf-8")
    again = wanted._replace(model=path)
    assert await identity_link.link(settings, console, again) == 0
    assert f"{model.version}</td>" in wanted.report.read_text(encoding="utf-8")


async def test_a_resident_is_compared_by_the_registration_that_tells_most(pool, keys):
    one = await enrolled(pool, keys, CHEN)
    other = await enrolled(pool, keys, ALIKE)
    for registration in (CHEN, ALIKE):
        known = one if registration is CHEN else other
        for change in ({"phone": None, "address": ""}, {"name": "陈试馨"}):
            lookup = identity.lookup_keys(keys, registration.certificates)
            async with transaction(pool, lookup=lookup) as connection:
                await identity.add_certificates(
                    connection, keys, known, replace(registration, **change), Source()
                )
    found = await linked(pool, keys)
    (suggestion,) = found.suggestions
    (case,) = [*await cases(pool, one), *await cases(pool, other)]
    assert found.registrations == 6
    assert case.bits == pytest.approx(suggestion.bits, abs=1e-4)


async def register_corpus(pool: Pool, keys: Keys) -> list[ResidentId]:
    """A few people as a corpus has them, some of them twice; answers who became residents."""
    known = []
    for record in corpus(PROFILES["modern"], records=40, seed=7):
        registration = registration_of(record)
        if registration.certificates:
            known.append(await enrolled_or_known(pool, keys, registration))
    return list(dict.fromkeys(one for one in known if one is not None))


async def enrolled_or_known(
    pool: Pool, keys: Keys, registration: Registration
) -> ResidentId | None:
    lookup = identity.lookup_keys(keys, registration.certificates)
    async with transaction(pool, lookup=lookup) as connection:
        found = await identity.resolve(connection, keys, registration)
        if isinstance(found, identity.Known):
            await identity.add_certificates(
                connection, keys, found.resident_id, registration, Source()
            )
            return found.resident_id
        if not isinstance(found, identity.New):
            return None
        resident_id = ResidentId(uuid4())
        await identity.enrol(connection, keys, resident_id, registration, Source(), found.like)
        await audit.open_chain(connection, resident_id)
        return resident_id


async def test_what_the_command_cannot_do_is_one_sentence(settings, console, wanted, tmp_path):
    (tmp_path / "wrong.json").write_text("{}", encoding="utf-8")
    for model, error in ((tmp_path / "missing.json", InvalidInput), (tmp_path / "wrong.json", ModelUnsuitable)):  # fmt: skip
        with pytest.raises(error):
            await identity_link.link(settings, console, wanted._replace(model=model))
    (tmp_path / "wrong.parquet").write_bytes(b"none")
    with pytest.raises(InvalidInput):
        await identity_link.link(
            settings, console, wanted._replace(pairs=tmp_path / "wrong.parquet")
        )
    nowhere = wanted._replace(report=tmp_path / "missing" / "report.html", most=0)
    with pytest.raises(InvalidInput):
        await identity_link.link(settings, console, nowhere)


async def test_without_the_extra_it_says_what_to_install(settings, console, wanted, monkeypatch):
    monkeypatch.setattr(identity_link, "_NEEDED", ("no_such_package",))
    with pytest.raises(LinkageNotInstalled):
        await identity_link.link(settings, console, wanted)


async def test_the_quality_of_each_institution_is_told(pool, settings, console):
    mine = InstitutionId(uuid4())
    async with transaction(pool) as connection:
        at = await connection.fetchval("SELECT clock_timestamp()")
        found = {"name-placeholder": 1, "no-longer-a-rule": 2}
        await quality.note_many(connection, mine, 40, found, at)
    await tell_quality(settings, console, None)
    told = console.file.getvalue()
    assert "2.5%" in told
    assert "of another edition" in told
    assert "1 institutions since" in told
