"""What is closed leaves no trace: a record with it and one without it answer alike, everywhere.

Two residents lead the same life; one of them also has an entry of every type that betrays
something (``sentinels.py``). Whoever has every ordinary permission sees no difference.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

import sentinels
import systems
import visits
from clinic_desk import Desk, Phone, application
from openhealthcode import access, collection, registry
from openhealthcode.database import Pool
from openhealthcode.operations import figures
from openhealthcode.record import KINDS, read_conditions
from openhealthcode.record.parameters import ALONE, PARAMETERS
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys
from sentinels import MARK
from signing_in import Phones
from twins import ORDINARY, Twins, open_to, told, twins_of
from visits import World


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def twins(world: World) -> Twins:
    return await twins_of(world)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    opened = await Desk.opened(world, application(world))
    await opened.sign_in()
    yield opened
    await opened.browser.aclose()


async def pages(world: World, desk: Desk, resident: ResidentId) -> list[tuple[object, ...]]:
    """Every page a clinician meets from the scan to the record, and in an emergency."""
    phone = await Phone.of(world, resident)
    form = await desk.scan(phone.code())
    asked = await desk.ask(form.url.path, *(category.value for category in RecordCategory))
    waiting = await desk.get(f"{asked.url.path}/state")
    await phone.allow()
    record = f"{form.url.path}/record"
    found = [
        form,
        asked,
        waiting,
        await desk.get(asked.url.path),
        await desk.get(f"{record}/state"),
    ]
    queries = ("", "?q=抑郁发作", *(f"?category={category}" for category in RecordCategory))
    found += [await desk.get(record + query) for query in queries]
    found.append(await desk.get(record, headers={"Accept-Language": "en"}))
    opened = await desk.post(f"{form.url.path}/emergency", level="1", reason="昏迷，路边发现")
    found += [opened, await desk.get(f"{form.url.path}/emergency/record")]
    assert "血糖" in found[5].text
    assert opened.status_code == 200
    return [told(answer) for answer in found]


async def test_every_page_of_the_clinic_is_the_same_with_and_without(world, twins, desk):
    closed = await pages(world, desk, twins.closed.resident_id)
    plain = await pages(world, desk, twins.plain.resident_id)
    assert MARK not in str(closed)
    for with_them, without in zip(closed, plain, strict=True):
        assert with_them == without


async def test_a_disclosure_counts_and_names_what_is_open_only(world, twins):
    for purpose in (PurposeOfUse.TREATMENT, PurposeOfUse.EMERGENCY):
        shown = []
        for resident in (twins.closed.resident_id, twins.plain.resident_id):
            await world.allow(resident)
            disclosed = await world.look(resident, purpose=purpose, scene=Scene.CONSULTATION)
            shown.append([(entry.type, entry.day, entry.category) for entry in disclosed.entries])
            assert MARK.encode() not in b"".join(entry.body for entry in disclosed.entries)
        assert sorted(map(str, shown[0])) == sorted(map(str, shown[1]))


async def test_what_the_preview_lists_is_what_a_clinician_would_see(world, twins):
    seen = []
    for resident in (twins.closed.resident_id, twins.plain.resident_id):
        _, preview = await world.allow(resident)
        seen.append(sorted(entry.type for entry in preview.entries))
        assert MARK.encode() not in b"".join(entry.body for entry in preview.entries)
    assert seen[0] == seen[1]


@pytest.fixture
async def caller(world: World, twins: Twins) -> AsyncIterator[httpx.AsyncClient]:
    """A system of another institution, to which both residents opened everything ordinary."""
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    for each in (twins.closed, twins.plain):
        await open_to(world, each.resident_id, clinic)
    system = await systems.connect(world, clinic, "clinic")
    async with systems.calling(world, system) as calling:
        yield calling


def patient_of(found: collection.FiledBundle) -> str:
    return found.entries[0].fhir_id


async def test_every_search_finds_and_counts_the_same(twins, caller):
    for type_ in KINDS:
        if KINDS[type_].patient in ("", "participant.actor"):
            continue
        for query in ("", "&_count=1", "&_sort=_lastUpdated", "&date=ge2026-01-01"):
            closed, plain = [
                await caller.get(f"/fhir/{type_}?patient={patient_of(each)}{query}")
                for each in (twins.closed, twins.plain)
            ]
            assert MARK not in closed.text, type_
            assert told(closed) == told(plain), (type_, query)
    opened = await caller.get(f"/fhir/Observation?patient={patient_of(twins.closed)}")
    assert opened.json()["total"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "Condition?code=F32.1",
        "Condition?code=http://hl7.org/fhir/sid/icd-10|",
        "MedicationRequest?code=http://www.whocc.no/atc|N06AB03",
        "Observation?code=44261-6",
        "Procedure?code=94.27",
        "Encounter?status=arrived,finished,planned",
    ],
)
async def test_searching_for_what_is_closed_finds_the_same_with_and_without(twins, caller, query):
    answers = [
        await caller.get(f"/fhir/{query}&patient={patient_of(each)}")
        for each in (twins.closed, twins.plain)
    ]
    assert answers[0].status_code == 200
    assert MARK not in answers[0].text
    assert told(answers[0]) == told(answers[1])


def by_every_parameter(type_: str) -> tuple[str, str]:
    """What the planted entry of a type fits by every parameter: those it has, those it has not."""
    planted = sentinels.about(sentinels.narrated(type_), "Patient/x")
    there, missing = [], []
    for name in PARAMETERS[type_]:
        (is_there,) = read_conditions(type_, [(f"{name}:missing", "false")])
        (there if is_there.holds(planted, ALONE) else missing).append(name)
    return (
        "&".join(f"{name}:missing=false" for name in there[:20]),
        "&".join(f"{name}:missing=true" for name in missing[:20] if not name.startswith("_")),
    )


async def test_no_parameter_finds_what_is_closed(world, twins, caller):
    """Each query finds the planted entries for whoever filed them, so it would tell of them."""
    author = await systems.connect(world, world.hospital, "his")
    async with systems.calling(world, author) as filed:
        for type_ in sentinels.TYPES:
            if KINDS[type_].patient in ("", "participant.actor"):
                continue
            for query in by_every_parameter(type_):
                closed, plain = [
                    await caller.get(f"/fhir/{type_}?patient={patient_of(each)}&{query}")
                    for each in (twins.closed, twins.plain)
                ]
                assert closed.status_code == 200, closed.text
                assert MARK not in closed.text, type_
                assert told(closed) == told(plain), (type_, query)
                own = await filed.get(f"/fhir/{type_}?patient={patient_of(twins.closed)}&{query}")
                assert own.json()["total"] >= 1, (type_, query)


@pytest.mark.parametrize(
    "query",
    [
        "Encounter?_revinclude=Observation:encounter&_revinclude=DiagnosticReport:encounter",
        "Observation?_include=*&_revinclude=DiagnosticReport:result",
        "Observation?_include:iterate=*&_revinclude:iterate=DiagnosticReport:result",
        "Observation?encounter.date=2026&_sort=code",
        "Observation?encounter:missing=false",
        "Observation?_has:DiagnosticReport:result:code:text=生化",
        "Observation?code:not=x&_sort=-value-quantity,status&_count=1",
        "Observation?code:text=血糖&_summary=count",
        "DiagnosticReport?result.code:text=血糖",
        "Condition?onset-date=ge2000&_sort=-recorded-date,code",
        "Condition?code:text=抑郁",
        "Condition?code:not=I10",
        "MedicationRequest?date:missing=true&_elements=status",
        "Claim?_sort=created&_total=accurate",
        "Patient?_has:Condition:patient:code=F32.1",
        "Patient?_revinclude=Condition:patient&_revinclude=Observation:subject",
    ],
)
async def test_nothing_leads_to_what_is_closed(twins, caller, query):
    type_, _, rest = query.partition("?")
    name = "_id" if type_ == "Patient" else "patient"
    closed, plain = [
        await caller.get(f"/fhir/{type_}?{name}={patient_of(each)}&{rest}")
        for each in (twins.closed, twins.plain)
    ]
    assert closed.status_code == 200, closed.text
    assert MARK not in closed.text
    without_number = [re.sub(r"88\d{15}[\dX]", "·", str(told(each))) for each in (closed, plain)]
    assert without_number[0] == without_number[1]


async def test_a_closed_entry_answers_as_one_that_does_not_exist(world, twins, caller):
    hidden = twins.closed.entries[1 + len(ORDINARY) :]
    assert {e.type for e in hidden} >= set(sentinels.TYPES) - {"Organization"}
    for entry in hidden:
        absent = world.keys.seal_id(twins.closed.resident_id, EntryId(uuid4()))
        for path in (f"/fhir/{entry.type}/{{}}", f"/fhir/{entry.type}/{{}}/_history/1"):
            there = await caller.get(path.format(entry.fhir_id))
            nowhere = await caller.get(path.format(absent))
            assert (there.status_code, there.content) == (404, nowhere.content), entry.type
            assert set(there.headers) == set(nowhere.headers)
        named = [
            await caller.get(f"/fhir/{entry.type}?patient={patient_of(twins.closed)}&_id={one}")
            for one in (entry.fhir_id, absent)
        ]
        assert told(named[0]) == told(named[1]), entry.type


async def test_no_open_entry_refers_to_a_closed_one(world, twins):
    """Else a reference that leads nowhere would tell that there is something."""
    await world.allow(twins.closed.resident_id)
    shown = await world.look(twins.closed.resident_id)
    closed = {e.fhir_id for e in twins.closed.entries[1 + len(ORDINARY) :]}
    for entry in shown.entries:
        assert not any(fhir_id.encode() in entry.body for fhir_id in closed)


async def test_errors_figures_and_messages_tell_nothing(world, twins, caller):
    outbox = Phones()
    phone = await Phone.of(world, twins.closed.resident_id)
    desk = await Desk.opened(world, app := application(world))
    app.state.platform.outbox = outbox
    await desk.sign_in()
    form = await desk.scan(phone.code())
    await desk.post(f"{form.url.path}/emergency", level="1", reason="昏迷，路边发现")
    wrong = [
        await caller.get(f"/fhir/Condition?patient={patient_of(twins.closed)}&code={MARK}&x=1"),
        await caller.post("/fhir/Condition", json={"resourceType": "Condition"}),
    ]
    texts = [answer.text for answer in wrong] + [message.text for message in outbox.arrived]
    assert not any(MARK in text for text in [*texts[1:], figures.exposition().decode()])


async def test_residents_see_all_of_their_own(world, twins):
    """The sentinels are really there."""
    own = await access.own_record(world.pool, world.keys, twins.closed.resident_id)
    assert sum(MARK.encode() in entry.body for entry in own.entries) == len(sentinels.planted())
