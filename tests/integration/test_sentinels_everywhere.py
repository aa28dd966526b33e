"""No address answers anybody but the resident differently because something is closed.

Every address of the program that is read, for everybody it is for: the addresses come from
``addresses.py``, which is held complete, so that a page that is added is searched from its first day.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import portals
import systems
import visits
from addresses import ADDRESSES, Address, For, Thing
from clinic_desk import SITE, Desk, Phone
from databases import Database, in_a_loop_of_its_own
from openhealthcode import access, app, collection, consent, registry
from openhealthcode.database import stamp, transaction
from openhealthcode.identity import Relation, review
from openhealthcode.identity.review import ReviewKind
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Certificate, CertificateKind, RecordCategory
from openhealthcode.standards import Phone as PhoneNumber
from openhealthcode.standards.ids import EntryId, InstitutionId, TerminalId
from sentinels import MARK
from signing_in import PASSWORD, Account, Phones, employ
from twins import ORDINARY, WITH, WITHOUT, Twins, open_to, told, twins_of
from visits import World

RECORD = ("", "?q=抑郁发作", "?q=扫描", *(f"?category={one}" for one in RecordCategory))
SEARCH = ("", "&_count=1", "&_sort=_lastUpdated", "&code=F32.1", "&date=ge2026-01-01")


@pytest.fixture
def created(database: Database, tmp_path: Path) -> Starlette:
    in_a_loop_of_its_own(stamp(database.owner_url, "production"))
    settings = Settings(
        data_directory=tmp_path,
        database_url=database.url,
        refusals_per_second=10**9,  # attackers here are faster than any network
    )
    return app.create(replace(settings, sequencing_seconds=3600), outbox=Phones())


@dataclass(frozen=True)
class Scene:
    """What of each twin an address can name, and a reader of every kind but the resident."""

    world: World
    twins: Twins
    named: dict[str, dict[Thing, str]]
    readers: dict[For, httpx.AsyncClient]
    erasing: dict[For, httpx.AsyncClient]
    """Of the institution that was asked to erase its copies."""

    def reader(self, address: Address) -> httpx.AsyncClient:
        """Somebody this address is for."""
        readers = self.erasing if address.names is Thing.ERASURE else self.readers
        return readers[address.whose]


@pytest.fixture
async def scene(created: Starlette) -> AsyncIterator[Scene]:
    async with created.router.lifespan_context(created):
        platform = created.state.platform
        world = await visits.world(platform.pool, platform.keys)
        twins = await twins_of(world)
        desk = await Desk.opened(world, created)
        await desk.sign_in()
        named = {
            "closed": await _named(world, desk, twins.closed, WITH),
            "plain": await _named(world, desk, twins.plain, WITHOUT),
        }
        readers = await _readers(created, world, desk, twins)
        erasing = await _erasing(created, world, twins, named)
        yield Scene(world, twins, named, readers, erasing)
        for reader in (*readers.values(), *erasing.values()):
            await reader.aclose()


async def _named(
    world: World, desk: Desk, twin: collection.FiledBundle, serial: int
) -> dict[Thing, str]:
    """A visit with everything ordinary allowed, an override, a correction, a second request."""
    pool, keys, resident = world.pool, world.keys, twin.resident_id
    phone = await Phone.of(world, resident)
    form = await desk.scan(phone.code())
    await desk.ask(form.url.path, *RecordCategory)
    await phone.allow()
    seen = await desk.get(f"{form.url.path}/record")
    assert "血糖" in seen.text, "a record that is closed whole would prove nothing"
    waiting = await desk.ask(form.url.path, *RecordCategory)
    son = PhoneNumber.parse("13712345671")
    await access.name_contact(pool, keys, resident, son, Relation.CHILD)
    override = await _override(world, desk, serial)
    ordinary = twin.entries[len(ORDINARY) - 1]
    asked = EntryId(
        await access.ask_correction(pool, keys, resident, ordinary.entry_id, "数值写错了")
    )
    return {
        Thing.VISIT: form.url.path.split("/")[3],
        Thing.REQUEST: waiting.url.path.split("/")[3],
        Thing.OVERRIDE: override,
        Thing.ENTRY: ordinary.fhir_id,
        Thing.CORRECTION: keys.seal_id(resident, asked),
        Thing.CASE: await _case(world, twin, serial),
    }


async def _case(world: World, twin: collection.FiledBundle, serial: int) -> str:
    """A delivery used the twin's number with another name, for a registrar to look into."""
    other = visits.patient(serial, "另一姓名")
    sent = visits.bundle(other, visits.glucose("2026-03-01"), key=f"case-{serial}")
    with pytest.raises(collection.NeedsReview):
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    async with transaction(world.pool, resident=twin.resident_id) as connection:
        items = await review.items_of(connection, twin.resident_id)
    (item,) = (one for one in items if one.kind is ReviewKind.SET_ASIDE)
    return world.keys.seal_id(twin.resident_id, review.reference_of(item))


async def _override(world: World, desk: Desk, serial: int) -> str:
    before = set(await _cases(world))
    await access.break_glass_for(
        world.pool,
        world.keys,
        Phones(),
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial)),
        practitioner_id=desk.account.practitioner_id,
        institution_id=world.hospital,
        terminal_id=TerminalId(world.wang),
        triage_level=1,
        reason="昏迷，路边发现",
    )
    (new,) = set(await _cases(world)) - before
    return world.keys.seal_id(*new)


async def _cases(world: World):
    async with transaction(world.pool, task="supervision") as connection:
        rows = await connection.fetch("SELECT resident_id, consent_id FROM consent.override_case")
    return [(row["resident_id"], row["consent_id"]) for row in rows]


async def _readers(
    created: Starlette, world: World, desk: Desk, twins: Twins
) -> dict[For, httpx.AsyncClient]:
    readers = {each: _browser(created) for each in For if each is not For.RESIDENT}
    readers[For.CLINICIAN].cookies.update(desk.browser.cookies)
    for reader, home, role in (
        (For.REGISTRAR, "/registrar", Role.REGISTRAR),
        (For.OFFICER, "/review", Role.PRIVACY_OFFICER),
        (For.SUPERVISOR, "/supervision", Role.SUPERVISOR),
    ):
        holder = await _colleague(world, home.strip("/"), role)
        await portals.sign_in_clerk(readers[reader], holder, home)
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "诊所")
    )
    for twin in (twins.closed, twins.plain):
        await open_to(world, twin.resident_id, clinic)
    await _connect(world, readers[For.SYSTEM], clinic)
    return readers


def _browser(created: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(created),
        base_url=SITE,
        follow_redirects=True,
        headers={"Origin": SITE, "Accept-Language": "zh-CN"},
    )


async def _connect(world: World, caller: httpx.AsyncClient, institution: InstitutionId) -> None:
    system = await systems.connect(world, institution, str(institution))
    form = system.form(aud=f"{SITE}/oauth/token")
    token = (await caller.post("/oauth/token", data=form)).json()["access_token"]
    caller.headers["Authorization"] = f"Bearer {token}"


async def _erasing(
    created: Starlette, world: World, twins: Twins, named: dict[str, dict[Thing, str]]
) -> dict[For, httpx.AsyncClient]:
    """An institution that kept copies of both, and was asked to erase them."""
    institution = await registry.register_institution(
        world.pool, InstitutionEntry("test|kept", InstitutionKind.CLINIC, "留存诊所")
    )
    readers = {For.SYSTEM: _browser(created), For.OFFICER: _browser(created)}
    await _connect(world, readers[For.SYSTEM], institution)
    officer = await _colleague(world, "K1", Role.PRIVACY_OFFICER, institution)
    await portals.sign_in_clerk(readers[For.OFFICER], officer, "/review")
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=institution,
        categories=visits.EVERYTHING,
        manner=consent.Manner.KEEP,
        days=30,
    )
    for name, twin in (("closed", twins.closed), ("plain", twins.plain)):
        given = await consent.give(world.pool, world.keys, twin.resident_id, terms, visits.TOLD)
        for type_ in SEARCHED:
            path = f"/fhir/{type_}?patient={twin.entries[0].fhir_id}"
            assert (await readers[For.SYSTEM].get(path)).status_code == 200
        await consent.withdraw(world.pool, world.keys, twin.resident_id, given)
        named[name][Thing.ERASURE] = world.keys.seal_id(twin.resident_id, EntryId(given))
    return readers


async def _colleague(
    world: World, number: str, role: Role, institution: InstitutionId | None = None
) -> Account:
    """Somebody of the hospital itself, or of another; a supervisor is of nobody's."""
    institution = institution or world.hospital
    if role is Role.SUPERVISOR:
        return await employ(world.pool, world.keys, role)
    practitioner = await registry.register_practitioner(
        world.pool,
        registry.PractitionerEntry(
            f"test|{number}",
            institution,
            "陈某",
            registry.PractitionerRole.OFFICER,
            staff_number=number,
        ),
    )
    made = await staff.create_account(
        world.pool,
        world.keys,
        practitioner,
        staff_number=number,
        password=PASSWORD,
        roles=(role,),
    )
    return Account(practitioner, institution, number, made.totp_secret)


def paths(key: str, name: str) -> list[str]:
    """Every address a page or a program reads of this, searches and filters included."""
    path = key.partition(" ")[2]
    filled = {"type": "Observation", "version": "1", "digest": "0" * 16, "name": "base.css"}
    filled |= {"scene": "outpatient", "number": "1", "place": "1", "element": "sleep"}
    for part in re.findall(r"{(\w+)(?::\w+)?}", path):
        path = re.sub(rf"{{{part}(:\w+)?}}", filled.get(part, name), path)
    if key.endswith("/record"):
        return [path + query for query in RECORD]
    if key == "GET /fhir/{type}":
        return [f"/fhir/{type_}?patient={name}{more}" for type_ in SEARCHED for more in SEARCH]
    if key in {"GET /fhir/_history", "GET /fhir/{type}/_history"}:
        return [f"{path}?patient={name}{more}" for more in ("", "&_since=2026-01-01")]
    if key == "GET /fhir/Observation/$lastn":
        return [f"{path}?patient={name}&max=2"]
    if key.startswith("GET /fhir/$"):
        return [f"{path}?request={name}", path]
    return [path]


SEARCHED = ("Observation", "Condition", "DocumentReference", "Encounter", "Claim", "Consent")
READ = {
    key: address
    for key, address in ADDRESSES.items()
    if key.startswith("GET ") and address.whose is not For.RESIDENT and not address.is_stream
}


async def test_no_page_or_answer_differs_for_what_is_closed(scene):
    compared = 0
    for key, address in READ.items():
        if address.names is Thing.NOTHING:
            continue
        reader = scene.reader(address)
        pairs = zip(
            *(paths(key, scene.named[twin][address.names]) for twin in ("closed", "plain")),
            strict=True,
        )
        for closed, plain in pairs:
            answers = [await reader.get(path) for path in (closed, plain)]
            assert MARK not in answers[0].text, closed
            assert told(answers[0]) == told(answers[1]), closed
            assert answers[0].status_code in {200, 204, 400, 404}, closed
            compared += answers[0].status_code == 200
    assert compared > 60, "most of them open"


async def test_no_page_that_names_nobody_tells_of_what_is_closed(scene):
    for key, address in READ.items():
        if address.names is Thing.NOTHING:
            for path in paths(key, "0" * 8 + "-0000" * 3 + "-" + "0" * 12):
                answer = await scene.reader(address).get(path)
                assert MARK not in answer.text, path


async def test_messages_and_carried_summaries_are_the_same(scene):
    pool, keys = scene.world.pool, scene.world.keys
    said = []
    for twin, serial in ((scene.twins.closed, WITH), (scene.twins.plain, WITHOUT)):
        outbox = Phones()
        await access.break_glass_for(
            pool,
            keys,
            outbox,
            Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial)),
            practitioner_id=scene.world.wang,
            institution_id=scene.world.hospital,
            terminal_id=TerminalId(scene.world.wang),
            triage_level=2,
            reason="昏迷，路边发现",
        )
        carried = await access.carry_emergency_summary(
            pool, keys, twin.resident_id, log="test", language="zh-CN"
        )
        assert MARK not in "".join(carried.lines)
        said.append(([message.text for message in outbox.arrived], carried.lines))
    assert said[0] == said[1]
    assert said[0][0]
