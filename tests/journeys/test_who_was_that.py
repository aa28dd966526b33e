"""J8: a resident reads who looked and does not know one of them. One tap opens a case with a clock; the
person is heard, their institution judges, the region agrees, because it is their own unit; the sentence and
the sanction stand on the phone, a message has said so, and the account is stopped.

The whole program with its chores, over HTTP: a phone, a doctor, a privacy officer, a supervisor.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import portals
import visits
from clinic_desk import SITE, Desk, browser_of
from databases import Database, in_a_loop_of_its_own
from openhealthcode import app, identity, registry
from openhealthcode.database import stamp, transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Role, staff
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from portals import words
from signing_in import PASSWORD, Account, Phones, employ
from visits import World

OWN = Phone.parse("13912345678")
WHY = "与该居民没有诊疗关系，出于好奇查看。"


@dataclass
class Region:
    """A hospital, its privacy officer, the region's supervisor, and one resident's phone."""

    world: World
    outbox: Phones
    doctor: Desk
    officer: httpx.AsyncClient
    supervisor: httpx.AsyncClient
    phone: httpx.AsyncClient


@pytest.fixture
async def region(database: Database, tmp_path: Path) -> AsyncIterator[Region]:
    await asyncio.to_thread(in_a_loop_of_its_own, stamp(database.owner_url, "production"))
    outbox = Phones()
    settings = Settings(data_directory=tmp_path, database_url=database.url)
    created = app.create(settings, outbox=outbox)
    async with created.router.lifespan_context(created):
        platform = created.state.platform
        world = await visits.world(platform.pool, platform.keys)
        doctor = await Desk.opened(world, created)
        await doctor.sign_in()
        yield Region(
            world,
            outbox,
            doctor,
            await _office(created, world, "/review"),
            await _office(created, world, "/supervision"),
            await _phone(created, world),
        )


async def _office(created: Starlette, world: World, home: str) -> httpx.AsyncClient:
    """A window of an office: the hospital's own, or the region's."""
    window = _browser(created)
    if home == "/supervision":
        account = await employ(world.pool, world.keys, Role.SUPERVISOR)
    else:
        entry = registry.PractitionerEntry(
            "test|P1", world.hospital, "陈立", registry.PractitionerRole.OFFICER, staff_number="P1"
        )
        chen = await registry.register_practitioner(world.pool, entry)
        made = await staff.create_account(
            world.pool,
            world.keys,
            chen,
            staff_number="P1",
            password=PASSWORD,
            roles=(Role.PRIVACY_OFFICER,),
        )
        account = Account(chen, world.hospital, "P1", made.totp_secret)
    await portals.sign_in_clerk(window, account, home)
    return window


async def _phone(created: Starlette, world: World) -> httpx.AsyncClient:
    """The resident's, after somebody looked."""
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, OWN)
        card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
        about = Subject(card, "李试", OWN)
        begun = await begin_session(connection, world.keys, resident, about)
    await world.allow(resident)
    await world.look(resident)
    window = _browser(created)
    window.cookies.set("ohc_resident", begun.token)
    return window


def _browser(created: Starlette) -> httpx.AsyncClient:
    window = browser_of(created)
    window.headers["Origin"] = SITE
    return window


def link(page: httpx.Response, home: str) -> str:
    return re.findall(rf'href="({home}/[0-9a-f-]{{36}})"', page.text)[0]


async def until_told(region: Region, said: str) -> None:
    """The chores have a minute: to write it into the log, and to send the message."""
    for _ in range(60):
        is_sent = any("新的进展" in message.text for message in region.outbox.arrived)
        if is_sent and said in words(await region.phone.get("/looked")):
            return
        await asyncio.sleep(1)
    pytest.fail("nobody was told")


async def test_somebody_unknown_is_explained_or_has_to_answer_for_it(region):
    looked = await region.phone.get("/looked")
    assert "不认识此人" in words(looked)
    tap = re.findall(r'action="(/looked/\d+/unknown)"', looked.text)[0]  # the newest
    asked = await region.phone.post(tap)
    assert "黛川县人民医院须在" in words(asked)  # the clock

    listed = await region.officer.get("/review/conduct")
    address = link(listed, "/review/conduct")
    case = await region.officer.get(address)
    assert "居民询问的这次查看" in words(case)
    for secret in ("李试", visits.national_id(2), "青霉素"):
        assert secret not in listed.text + case.text
    await region.officer.post(address, data={"step": "hear", "words": "请说明查看理由。"})

    hearing = link(await region.doctor.get("/clinic/hearings"), "/clinic/hearings")
    assert "请说明查看理由" in words(await region.doctor.get(hearing))
    await region.doctor.post(hearing, step="answer", words="我只是好奇，没有别的原因。")

    judged = await region.officer.post(
        address,
        data={"step": "judge", "verdict": "unjustified", "sanction": "suspension", "words": WHY},
    )
    assert judged.status_code == 200
    assert "没有正当理由" not in words(await region.phone.get("/looked/reports"))
    above = address.replace("/review/", "/supervision/")
    agreed = await region.supervisor.post(
        above, data={"step": "confirm", "words": "同意，证据充分。"}
    )
    assert agreed.status_code == 200

    answer = words(await region.phone.get("/looked/reports"))
    for said in ("没有正当理由", "已停止其查看权限", WHY):
        assert said in answer
    await until_told(region, "您问过的那次查看有了答复：没有正当理由")
    assert all("王敏" not in message.text for message in region.outbox.arrived)
    stopped = await region.doctor.get("/clinic")
    assert "sign-in" in str(stopped.url) or stopped.status_code in {302, 303, 401}
