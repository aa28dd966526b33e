"""J4: an unconscious patient. The triage level and a reason open the fixed minimum set; the patient and
the family are told at once, whatever becomes of the gateway; the reviewer confirms; what nobody judges
in 72 hours goes to the supervisor, and the author's next one needs two, while care is never held up.

The whole program with its chores, over HTTP: a doctor, a privacy officer, a supervisor, a phone.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

import portals
import visits
from clinic_desk import SITE, Desk, browser_of
from databases import Database, in_a_loop_of_its_own
from openhealthcode import access, app, identity, registry
from openhealthcode.database import stamp, transaction
from openhealthcode.identity import Relation
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Message, MessageNotSent, Role, staff
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.standards.ids import ResidentId
from portals import words
from signing_in import PASSWORD, Account, Phones, employ
from visits import World

OWN, SON = Phone.parse("13912345678"), Phone.parse("13612345672")
REASON = "车祸昏迷，无法答复，路人送来急诊"
GOOD = {"judgement": "confirmed", "reason": "病历与分诊记录相符"}
MINIMUM = ("青霉素", "高血压")
NEVER = ("抑郁", "糖尿病", "血糖")
WITHIN_SECONDS = 5.0


class Gateway(Phones):
    """A message gateway that can be down, and notes when each message was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = False
        self.taken_at: list[float] = []
        self.both_told = asyncio.Event()

    async def send(self, message: Message) -> None:
        if self.is_down:
            raise MessageNotSent
        await super().send(message)
        self.taken_at.append(time.monotonic())
        if self.told() == {OWN, SON}:
            self.both_told.set()

    def told(self) -> set[Phone]:
        """Whose phones have a message."""
        return {message.phone for message in self.arrived}


@dataclass
class Ward:
    """An emergency ward, the offices over it, and one patient's phone at home."""

    world: World
    gateway: Gateway
    doctor: Desk
    officer: httpx.AsyncClient
    supervisor: httpx.AsyncClient
    phone: httpx.AsyncClient
    owner: asyncpg.Connection

    async def break_glass(self, level: str = "1") -> httpx.Response:
        """The form of the ward, filled in with the number on the patient's card."""
        return await self.doctor.post(
            "/clinic/emergency",
            number=visits.national_id(2),
            level=level,
            reason=REASON,
        )

    async def cases(self, window: httpx.AsyncClient, home: str) -> list[str]:
        """The links of a queue."""
        return re.findall(rf'href="({home}/cases/[^"]+)"', (await window.get(home)).text)


@pytest.fixture
async def ward(database: Database, tmp_path: Path) -> AsyncIterator[Ward]:
    await asyncio.to_thread(in_a_loop_of_its_own, stamp(database.owner_url, "production"))
    settings = Settings(data_directory=tmp_path, database_url=database.url)
    gateway = Gateway()
    created = app.create(replace(settings, sequencing_seconds=3600), outbox=gateway)
    async with created.router.lifespan_context(created):
        platform = created.state.platform
        world = await visits.world(platform.pool, platform.keys)
        resident = await world.resident()
        doctor = await Desk.opened(world, created)
        await doctor.sign_in()
        owner = await asyncpg.connect(database.owner_url)
        yield Ward(
            world,
            gateway,
            doctor,
            await _officer(created, world),
            await _supervisor(created, world),
            await _phone(created, world, resident),
            owner,
        )
        await owner.close()


async def _officer(created: Starlette, world: World) -> httpx.AsyncClient:
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
    window = _browser(created)
    account = Account(chen, world.hospital, "P1", made.totp_secret)
    await portals.sign_in_clerk(window, account, "/review")
    return window


async def _supervisor(created: Starlette, world: World) -> httpx.AsyncClient:
    window = _browser(created)
    account = await employ(world.pool, world.keys, Role.SUPERVISOR)
    await portals.sign_in_clerk(window, account, "/supervision")
    return window


async def _phone(created: Starlette, world: World, resident: ResidentId) -> httpx.AsyncClient:
    """The patient's phone, bound and signed in, with a son to be told."""
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, OWN)
        begun = await begin_session(connection, world.keys, resident, Subject(card, "李试", OWN))
    await access.name_contact(world.pool, world.keys, resident, SON, Relation.CHILD)
    window = _browser(created)
    window.cookies.set("ohc_resident", begun.token)
    return window


def _browser(created: Starlette) -> httpx.AsyncClient:
    window = browser_of(created)
    window.headers["Origin"] = SITE
    return window


async def test_an_unconscious_patient(ward: Ward):
    refused = await ward.break_glass(level="4")
    assert refused.status_code == 422
    assert "青霉素" not in refused.text
    assert ward.gateway.told() == set()

    began = time.monotonic()
    record = await ward.break_glass()
    assert "/emergency/record" in record.url.path
    for word in MINIMUM:
        assert word in record.text
    for word in NEVER:
        assert word not in record.text
    assert ward.gateway.told() == {OWN, SON}
    assert max(ward.gateway.taken_at) - began < WITHIN_SECONDS
    for message in ward.gateway.arrived:
        for betrayal in ("医院", "王敏", "昏迷", *MINIMUM, "李试"):
            assert betrayal not in message.text

    whom = await ward.doctor.get(f"{record.url.path.removesuffix('record')}contacts")
    assert "子女 13612345672" in words(whom)

    looked = words(await ward.phone.get("/looked"))
    assert "王敏" in looked
    assert "查看了您的紧急联系人" in looked
    assert REASON in looked

    (case,) = await ward.cases(ward.officer, "/review")
    examined = await ward.officer.get(case)
    assert REASON in words(examined)
    for secret in ("李试", visits.national_id(2), *MINIMUM):
        assert secret not in examined.text
    assert "已确认" in words(await ward.officer.post(case, data=GOOD))
    assert "确认" in words(await ward.phone.get("/looked"))
    public = words(await ward.phone.get("/emergency/figures"))
    assert "100.0 % 的到期紧急调阅得到确认" in public


async def test_what_nobody_judges_goes_to_the_supervisor_and_holds_up_no_care(ward: Ward):
    await ward.break_glass()
    assert await ward.cases(ward.supervisor, "/supervision") == []
    await ward.owner.execute(
        "UPDATE consent.override_case SET opened_at = opened_at - interval '72 hours',"
        " due_at = due_at - interval '72 hours'"
    )
    (overdue,) = await ward.cases(ward.supervisor, "/supervision")
    again = await ward.break_glass()
    assert "青霉素" in again.text  # care goes on
    mine = [case for case in await ward.cases(ward.officer, "/review") if overdue[-64:] not in case]
    await ward.officer.post(mine[0], data=GOOD)
    second = mine[0].replace("/review", "/supervision")
    assert second in await ward.cases(ward.supervisor, "/supervision")
    assert "已确认" in words(await ward.supervisor.post(second, data=GOOD))


async def test_a_gateway_that_was_down_in_that_moment_is_asked_again_by_itself(ward: Ward):
    ward.gateway.is_down = True
    record = await ward.break_glass()
    assert "青霉素" in record.text
    assert await ward.owner.fetchval("SELECT count(*) FROM access.notice") == 2
    ward.gateway.is_down = False
    await ward.owner.execute("UPDATE access.notice SET next_try_at = now()")
    async with asyncio.timeout(60):  # the chore comes by every five seconds
        await ward.gateway.both_told.wait()
    assert len(ward.gateway.arrived) == 2
