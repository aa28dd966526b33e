"""J18: a resident hides an HIV diagnosis. Nothing on any screen, search, count, summary, export or drug list
tells of it or that something is hidden; their own phone shows all of it, and so does the doctor they choose.

Two browsers and a system of another clinic over the whole program; what is searched for are words that
only the hidden part of the record has.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

import systems
import visits
from clinic_desk import SITE, Desk, Phone
from databases import Database, in_a_loop_of_its_own
from openhealthcode import app, collection, consent, registry
from openhealthcode.database import stamp, transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.settings import Settings
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    RecordCategory,
    SensitiveCategory,
)
from openhealthcode.standards import Phone as PhoneNumber
from signing_in import Phones
from visits import World

HIDDEN = ("免疫缺陷", "比克替拉韦", "病毒载量", "扫描的出院小结", "左腕骨折")
"""A word of each entry nobody is to see: diagnosis, drug, test, scan, and what the resident chose."""
OPEN = ("高血压", "血糖", "氨氯地平")
MAY_BE_INCOMPLETE = "可能不完整"


def drug(code: str, text: str) -> dict[str, Any]:
    coding = {"system": "http://www.whocc.no/atc", "code": code}
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [coding], "text": text},
        "authoredOn": "2026-01-05",
    }


LIFE = (
    visits.condition("I10", "高血压", "2014-03-02"),
    drug("C08CA01", "氨氯地平片"),
    visits.glucose("2026-02-01", 6.1),
    visits.condition("S52.5", "左腕骨折", "2020-07-01"),
    visits.condition("B20", "人类免疫缺陷病毒病", "2021-03-02"),
    drug("J05AR20", "比克替拉韦/恩曲他滨/丙酚替诺福韦"),
    {
        **visits.glucose("2026-01-05", 20),
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "20447-9"}],
            "text": "病毒载量",
        },
    },
    {
        "resourceType": "DocumentReference",
        "status": "current",
        "description": "扫描的出院小结",
        "content": [
            {
                "attachment": {
                    "contentType": "application/pdf",
                    "data": b64encode(b"%PDF-1.7").decode(),
                }
            }
        ],
    },
)


@dataclass
class Story:
    """The resident's phone, the doctor's desk and the system of another clinic."""

    world: World
    filed: collection.FiledBundle
    own: httpx.AsyncClient
    phone: Phone
    desk: Desk
    system: httpx.AsyncClient


@pytest.fixture
def created(database: Database, tmp_path: Path) -> Starlette:
    in_a_loop_of_its_own(stamp(database.owner_url, "production"))
    settings = Settings(data_directory=tmp_path, database_url=database.url)
    return app.create(replace(settings, sequencing_seconds=3600), outbox=Phones())


def browser(created: Starlette, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(created),
        base_url=SITE,
        follow_redirects=True,
        headers={"Origin": SITE, "Accept-Language": "zh-CN", **headers},
    )


@pytest.fixture
async def story(created: Starlette) -> AsyncIterator[Story]:
    async with created.router.lifespan_context(created):
        platform = created.state.platform
        world = await visits.world(platform.pool, platform.keys)
        sent = visits.bundle(visits.patient(2), *LIFE, key="j18")
        filed = await collection.file_bundle(
            world.pool, world.keys, bundle=sent, source=world.source
        )
        own = browser(created)
        about = Subject(
            Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
            "李试",
            PhoneNumber.parse("13912345678"),
        )
        async with transaction(world.pool, resident=filed.resident_id) as connection:
            begun = await begin_session(connection, world.keys, filed.resident_id, about)
        own.cookies.set("ohc_resident", begun.token)
        desk = await Desk.opened(world, created)
        await desk.sign_in()
        phone = await Phone.of(world, filed.resident_id)
        system = await _system(created, world, filed)
        yield Story(world, filed, own, phone, desk, system)
        for client in (own, desk.browser, system):
            await client.aclose()


async def _system(
    created: Starlette, world: World, filed: collection.FiledBundle
) -> httpx.AsyncClient:
    """Of a clinic that may keep everything ordinary."""
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=clinic,
        categories=visits.EVERYTHING,
        manner=consent.Manner.KEEP,
        days=30,
    )
    await consent.give(world.pool, world.keys, filed.resident_id, terms, visits.TOLD)
    caller = browser(created)
    made = await systems.connect(world, clinic, "clinic")
    form = made.form(aud=f"{SITE}/oauth/token")
    token = (await caller.post("/oauth/token", data=form)).json()["access_token"]
    caller.headers["Authorization"] = f"Bearer {token}"
    return caller


async def test_a_resident_hides_an_hiv_diagnosis(story):
    own_record = (await story.own.get("/record")).text
    for word in (*OPEN, *HIDDEN):
        assert word in own_record, "the resident sees all of it"
    fracture = next(
        e for e, sent in zip(story.filed.entries[1:], LIFE, strict=True) if _says(sent, "骨折")
    )
    hidden = await story.own.post(f"/restrictions/entries/{fracture.entry_id}/hide")
    assert hidden.status_code == 200

    form = await story.desk.scan(story.phone.code())
    await story.desk.ask(form.url.path, *RecordCategory)
    await story.phone.allow()
    record = f"{form.url.path}/record"
    screens = [await story.desk.get(record)]
    assert MAY_BE_INCOMPLETE in screens[0].text
    for word in OPEN:
        assert word in screens[0].text
    queries = [f"?category={each}" for each in RecordCategory]
    queries += [f"?q={word}" for word in ("HIV", "艾滋", "骨折", "小结", "病毒")]
    screens += [await story.desk.get(record + query) for query in queries]
    await story.desk.post(f"{form.url.path}/emergency", level="1", reason="昏迷，路边发现")
    screens.append(await story.desk.get(f"{form.url.path}/emergency/record"))
    for screen in screens:
        assert screen.status_code == 200
        for word in HIDDEN:
            assert word not in screen.text, screen.url

    patient = story.filed.entries[0].fhir_id
    counts = {"Condition": 1, "MedicationRequest": 1, "Observation": 1, "DocumentReference": 0}
    for type_, count in counts.items():
        found = await story.system.get(f"/fhir/{type_}?patient={patient}")
        assert found.json()["total"] == count, type_
        assert not any(word in found.text for word in HIDDEN)
    for entry, sent in zip(story.filed.entries[1:], LIFE, strict=True):
        read = await story.system.get(f"/fhir/{entry.type}/{entry.fhir_id}")
        assert read.status_code == (404 if _says(sent, *HIDDEN) else 200)

    looked = (await story.own.get("/looked")).text
    assert "王敏" in looked
    assert re.search(r"隐藏|已屏蔽|不予显示", screens[0].text) is None


async def test_the_doctor_who_is_chosen_sees_what_was_opened_and_nobody_else_does(story):
    pool, keys, resident = story.world.pool, story.world.keys, story.filed.resident_id
    general = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=story.world.hospital,
        practitioner_id=story.world.wang,
        categories=visits.EVERYTHING,
        days=30,
    )
    first = await consent.give(pool, keys, resident, general, visits.TOLD)
    opened = replace(general, sensitive=frozenset({SensitiveCategory.HIV_AND_STI}), added_to=first)
    await consent.give(pool, keys, resident, opened, visits.TOLD)
    form = await story.desk.scan(story.phone.code())
    seen = (await story.desk.get(f"{form.url.path}/record")).text
    for word in ("免疫缺陷", "比克替拉韦", "病毒载量"):
        assert word in seen
    assert "扫描的出院小结" not in seen, "what could not be read is opened apart"
    patient = story.filed.entries[0].fhir_id
    found = await story.system.get(f"/fhir/Condition?patient={patient}")
    assert "免疫缺陷" not in found.text


def _says(resource: dict[str, Any], *words: str) -> bool:
    return any(word in str(resource) for word in words)
