"""Every address tried by everybody it is not for: what is forbidden answers as what is absent.

The addresses come from the application itself (``addresses.py`` says whose each is), so that one
that is added is attacked from its first day.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

import portals
import systems
import visits
from addresses import ADDRESSES, Address, For, Thing, addresses_of
from authenticator import Authenticator
from clinic_desk import SITE, Desk, Phone
from databases import Database, in_a_loop_of_its_own
from openhealthcode import access, app, collection, consent, registry
from openhealthcode.access import carried, links
from openhealthcode.credential import Form
from openhealthcode.database import stamp, transaction
from openhealthcode.identity import Relation, review
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.representation import Power, Proof, RepresentationKind
from openhealthcode.settings import Settings
from openhealthcode.sign_in import Role, residents
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.passkey import RelyingParty
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.standards import Phone as PhoneNumber
from openhealthcode.standards.ids import ConsentId, EntryId, RepresentationId, ResidentId
from signing_in import Phones, employ
from visits import World

VICTIM, OTHER = "被窥探者", "窥探者"
SECRET = "外人不得见的血糖"
STREAM_SECONDS = 60
ROLES = (
    "nobody",
    "resident",
    "clinician",
    "registrar",
    "officer",
    "supervisor",
    "auditor",
    "system",
    "expired",
)
OPENS = {
    "resident": For.RESIDENT,
    "clinician": For.CLINICIAN,
    "registrar": For.REGISTRAR,
    "officer": For.OFFICER,
    "supervisor": For.SUPERVISOR,
    "auditor": For.AUDITOR,
    "system": For.SYSTEM,
}


@dataclass(frozen=True)
class Scenery:
    """A resident under attack, what of theirs addresses can name, and everybody who attacks."""

    app: Starlette
    owner_url: str
    named: dict[Thing, str]
    absent: dict[Thing, tuple[str, ...]]
    attackers: dict[str, httpx.AsyncClient]


@pytest.fixture
def created(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    in_a_loop_of_its_own(stamp(database.owner_url, "production"))
    settings = Settings(
        data_directory=tmp_path,
        database_url=database.url,
        refusals_per_second=10**9,  # attackers here are faster than any network
    )
    # Nothing is written but what was asked for: what is counted by the way is written by chores.
    monkeypatch.setattr(app, "_chores", lambda *_: ())
    return app.create(replace(settings, sequencing_seconds=3600), outbox=Phones())


@pytest.fixture
async def scenery(created: Starlette, database: Database) -> AsyncIterator[Scenery]:
    async with created.router.lifespan_context(created):
        platform = created.state.platform
        world = await visits.world(platform.pool, platform.keys)
        made = await _scenery(created, world, database.owner_url)
        yield made
        for client in made.attackers.values():
            await client.aclose()


async def _scenery(created: Starlette, world: World, owner_url: str) -> Scenery:
    keys = world.keys
    secret = {**visits.glucose("2026-02-01"), "code": {"text": SECRET}}
    sent = visits.bundle(visits.patient(2, VICTIM), *visits.LIFE, secret, key="victim")
    filed = await collection.file_bundle(world.pool, keys, bundle=sent, source=world.source)
    victim = filed.resident_id
    desk = await Desk.opened(world, created)
    await desk.sign_in()
    phone = await Phone.of(world, victim)
    for _ in range(9):  # so that the victim's log is longer than the attacker's
        await access.own_record(world.pool, keys, victim)
    form = await desk.scan(phone.code())
    visit = form.url.path.split("/")[3]
    await desk.ask(form.url.path)
    consent_id = await phone.allow()
    seen = await desk.get(f"{form.url.path}/record")
    assert SECRET in seen.text, "the attack is worth nothing if nobody may see it"
    waiting = await desk.ask(form.url.path)
    log = await access.own_log(world.pool, keys, victim)
    session, session_id = await _resident_session(world, victim, VICTIM)
    override = await _override(world, victim, desk)
    son = PhoneNumber.parse("13712345671")
    await access.name_contact(world.pool, keys, victim, son, Relation.CHILD)
    (contact,) = await access.own_contacts(world.pool, keys, victim)
    entry_id = filed.entries[-1].entry_id
    asked = EntryId(await access.ask_correction(world.pool, keys, victim, entry_id, SECRET))
    named = {
        Thing.CONTACT: str(contact.contact_id),
        Thing.REPRESENTATION: str(await _helper(world, victim)),
        Thing.OVERRIDE: keys.seal_id(victim, override),
        Thing.PRESENCE: keys.seal_id(victim, consent_id),
        Thing.VISIT: visit,
        Thing.REQUEST: waiting.url.path.split("/")[3],
        Thing.OWN_REQUEST: str(await phone.waiting()),
        Thing.CONSENT: str(consent_id),
        Thing.DEVICE: str(session_id),
        Thing.LOG_NUMBER: str(log[0].number),
        Thing.ENTRY: filed.entries[-1].fhir_id,
        Thing.OWN_ENTRY: str(filed.entries[-1].entry_id),
        Thing.CORRECTION: keys.seal_id(victim, asked),
        Thing.ERASURE: keys.seal_id(victim, await _erasure(world, victim)),
        Thing.CASE: await _case(world, victim),
        Thing.LINK: await _link(world, victim),
        Thing.CARD: await _card(world, victim),
        Thing.PASSKEY: await _passkey(world, session),
    }
    attackers = await _attackers(created, world, desk, session)
    await _expire(owner_url, victim, world)
    return Scenery(created, owner_url, named, _absent(world, victim), attackers)


async def _helper(world: World, victim: ResidentId) -> RepresentationId:
    """Somebody may act for the victim."""
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(6, "19850304"))
    return await access.appoint_helper(
        world.pool,
        world.keys,
        victim,
        access.Appointment(
            kind=RepresentationKind.HELPER,
            representative=access.Named(card, "代办者"),
            powers=frozenset({Power.RECORD}),
            proof=Proof.OWN_PHONE,
            days=30,
        ),
    )


async def _erasure(world: World, victim: ResidentId) -> EntryId:
    """The victim's hospital was asked to erase what it was once allowed to keep."""
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        manner=consent.Manner.KEEP,
        days=30,
    )
    told = consent.Notice("v1", "zh-CN", ("谁可以看。",))
    given = await consent.give(world.pool, world.keys, victim, terms, told)
    await consent.withdraw(world.pool, world.keys, victim, given)
    return EntryId(given)


async def _case(world: World, victim: ResidentId) -> str:
    """A delivery to the victim's hospital used their number with another name."""
    sent = visits.bundle(visits.patient(2, "另一姓名"), visits.glucose("2026-03-01"), key="case")
    with pytest.raises(collection.NeedsReview):
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    async with transaction(world.pool, resident=victim) as connection:
        (item,) = await review.items_of(connection, victim)
    return world.keys.seal_id(victim, review.reference_of(item))


async def _link(world: World, victim: ResidentId) -> str:
    """The victim shares the record by a link."""
    terms = links.LinkTerms(content=links.LinkContent.SUMMARY, label=SECRET)
    made = await links.make_link(world.pool, world.keys, victim, terms, site=SITE)
    return str(made.link_id)


async def _passkey(world: World, token: str) -> str:
    here = world.pool, world.keys
    site = RelyingParty("victim.test", VICTIM, ("https://victim.test",))
    session = await residents.session(*here, token)
    options = await residents.begin_passkey(*here, site, session)
    answer = Authenticator("https://victim.test").make(options)
    await residents.add_passkey(*here, site, session, answer, "")
    (made,) = await residents.passkeys_of(*here, session.resident_id)
    return str(made.passkey_id)


async def _card(world: World, victim: ResidentId) -> str:
    """The victim carries a health card."""
    issuer = carried.card_issuer(world.keys, address=SITE, name=SITE, language="zh-CN")
    made = await carried.make_emergency_card(
        world.pool, world.keys, victim, Form.HEALTH_CARD, issuer
    )
    return str(made.card_id)


async def _override(world: World, victim: ResidentId, desk: Desk) -> ConsentId:
    """An emergency access to the victim's record, waiting for the review of their hospital."""
    async with transaction(world.pool, resident=victim) as connection:
        override = await consent.break_glass(
            connection,
            world.keys,
            victim,
            practitioner_id=desk.account.practitioner_id,
            institution_id=world.hospital,
            triage_level=1,
            reason=SECRET,
        )
    assert override
    return override


def _absent(world: World, victim: ResidentId) -> dict[Thing, tuple[str, ...]]:
    """Names of the same form that lead nowhere: of this resident, of nobody, of no shape at all."""
    sealed = (
        world.keys.seal_id(victim, EntryId(uuid4())),
        world.keys.seal_id(ResidentId(uuid4()), EntryId(uuid4())),
        "A" * 64,
    )
    uuids = (str(uuid4()),)
    return {
        **dict.fromkeys(
            (
                Thing.VISIT,
                Thing.REQUEST,
                Thing.ENTRY,
                Thing.OVERRIDE,
                Thing.CORRECTION,
                Thing.ERASURE,
                Thing.PRESENCE,
                Thing.CASE,
            ),
            sealed,
        ),
        **dict.fromkeys(
            (
                Thing.OWN_REQUEST,
                Thing.CONSENT,
                Thing.DEVICE,
                Thing.CONTACT,
                Thing.REPRESENTATION,
                Thing.OWN_ENTRY,
                Thing.LINK,
                Thing.CARD,
                Thing.PASSKEY,
            ),
            uuids,
        ),
        Thing.LOG_NUMBER: ("99999",),
    }


async def _resident_session(world: World, resident: ResidentId, name: str):
    about = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        name,
        PhoneNumber.parse("13912345678"),
    )
    async with transaction(world.pool, resident=resident) as connection:
        begun = await begin_session(connection, world.keys, resident, about)
    return begun.token, begun.session.session_id


async def _attackers(
    created: Starlette, world: World, desk: Desk, victims_session: str
) -> dict[str, httpx.AsyncClient]:
    clinic = await registry.register_institution(
        world.pool, InstitutionEntry("test|clinic", InstitutionKind.CLINIC, "另一诊所")
    )
    browsers = {role: _browser(created) for role in ROLES}
    other = await collection.file_bundle(
        world.pool,
        world.keys,
        bundle=visits.bundle(visits.patient(4, OTHER), visits.glucose("2026-01-01"), key="other"),
        source=world.source,
    )
    token, _ = await _resident_session(world, other.resident_id, OTHER)
    browsers["resident"].cookies.set("ohc_resident", token)
    account = await employ(world.pool, world.keys, Role.CLINICIAN)
    stranger = Desk(world, browsers["clinician"], account, account.staff_number)
    signed_in = await stranger.sign_in(password=portals.PASSWORD)
    assert signed_in.url.path == "/clinic", signed_in.text
    clerk = await employ(world.pool, world.keys, Role.REGISTRAR)
    await portals.sign_in_clerk(browsers["registrar"], clerk)
    for office, home, role in (
        ("officer", "/review", Role.PRIVACY_OFFICER),
        ("supervisor", "/supervision", Role.SUPERVISOR),
        ("auditor", "/audit", Role.AUDITOR),
    ):
        holder = await employ(world.pool, world.keys, role)
        entered = await portals.sign_in_clerk(browsers[office], holder, home)
        assert entered.url.path == home, entered.text
    own = await systems.connect(world, world.hospital)
    elsewhere = await systems.connect(world, clinic, "elsewhere")
    for role, system in (("system", elsewhere), ("expired", own)):
        form = system.form(aud=f"{SITE}/oauth/token")
        given = (await browsers[role].post("/oauth/token", data=form)).json()
        browsers[role].headers["Authorization"] = f"Bearer {given['access_token']}"
    browsers["expired"].cookies.update(desk.browser.cookies)
    browsers["expired"].cookies.set("ohc_resident", victims_session)
    for client in browsers.values():
        client.follow_redirects = False
    return browsers


def _browser(created: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(created, raise_app_exceptions=False),
        base_url=SITE,
        follow_redirects=True,
        headers={"Origin": SITE, "Accept-Language": "zh-CN"},
    )


async def _expire(owner_url: str, victim: ResidentId, world: World) -> None:
    """The sessions of the victim, of their doctor and of their hospital's system are over."""
    connection = await asyncpg.connect(owner_url)
    past = "started_at = now() - interval '9 days', expires_at = now() - interval '1 day'"
    await connection.execute(
        f"UPDATE sign_in.resident_session SET {past} WHERE resident_id = $1", victim
    )
    await connection.execute(
        f"UPDATE sign_in.staff_session SET {past} WHERE practitioner_id = $1", world.wang
    )
    await connection.execute(
        "UPDATE sign_in.access_token t SET expires_at = now() - interval '1 day'"
        "  FROM registry.system s WHERE s.system_id = t.system_id AND s.institution_id = $1",
        world.hospital,
    )
    await connection.close()


PATIENT_NAMED = {"/fhir/_history", "/fhir/Observation/_history", "/fhir/Observation/$lastn"}


def requests_for(
    key: str, address: Address, name: str
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Method, address and body with the name where it belongs."""
    method, path = key.split(" ", 1)
    filled = {"type": "Observation", "version": "1", "digest": "0" * 16, "name": "base.css"}
    if address.names is Thing.NOTHING:
        filled |= {"id": str(UUID(int=0)), "number": "1", "place": "1", "division": "880202"}
    for part in re.findall(r"{(\w+)(?::\w+)?}", path):
        path = re.sub(rf"{{{part}(:\w+)?}}", filled.get(part, name), path)
    form: dict[str, str] = dict(address.form)
    if method == "GET" and path == "/fhir/Observation":
        yield method, f"{path}?patient={name}", {}
        yield method, f"{path}?patient={name}&_id={name}", {}
    elif method == "GET" and path in PATIENT_NAMED:
        yield method, f"{path}?patient={name}", {}
    elif path == "/own/fhir/Provenance":
        yield method, f"{path}?target=Observation/{name}", {}
    elif path == "/fhir/$copies-to-erase":
        yield method, f"{path}?request={name}", {}
    elif path == "/fhir/$attest-erasure":
        yield method, path, {"json": _attesting(name)}
    elif path.endswith("/_search"):
        yield method, path, {"data": {"patient": name}}
    elif method == "POST" and path.startswith("/fhir"):
        sent = visits.glucose("2026-02-02") | {"subject": {"reference": f"Patient/{name}"}}
        yield method, path, {"json": sent}
    else:
        yield method, path, {"data": form} if method == "POST" else {}


def _attesting(name: str) -> dict[str, object]:
    said = [{"name": "request", "valueString": name}, {"name": "answer", "valueCode": "erased"}]
    return {"resourceType": "Parameters", "parameter": said}


async def shapes(
    client: httpx.AsyncClient, key: str, address: Address, name: str
) -> list[tuple[object, ...]]:
    """What a caller can tell of the answers: status, headers and body without the name itself."""
    found = []
    for method, path, body in requests_for(key, address, name):
        async with asyncio.timeout(STREAM_SECONDS):
            answer = await client.request(method, path, **body)
        text = f"{answer.headers.get('location')}\n{answer.text}"
        text = re.sub(rf"(?<![\w#]){re.escape(name)}(?!\w)", "·", text)
        assert VICTIM not in text, key
        assert SECRET not in text, key
        told = re.sub(r"\d\d:\d\d(:\d\d)?", "·", text)
        headers = {k for k in answer.headers if k != "date"}
        found.append((answer.status_code, answer.headers.get("content-type"), headers, told))
    return found


async def contents(owner_url: str) -> dict[str, str]:
    """A digest of every table but the log and when a session was last seen."""
    connection = await asyncpg.connect(owner_url)
    tables = await connection.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.oid >= 16384"
        " AND c.relkind = 'r' AND c.relnamespace::regnamespace::text <> 'audit'"
    )
    found = {}
    for row in tables:
        found[row["name"]] = await connection.fetchval(
            "SELECT md5(coalesce(string_agg(line, '|' ORDER BY line), ''))"
            f" FROM (SELECT (to_jsonb(t) - 'seen_at')::text AS line FROM {row['name']} t) lines"
        )
    await connection.close()
    return found


def test_every_address_is_classified(created):
    really = addresses_of(created)
    assert really - ADDRESSES.keys() == set(), "say in tests/addresses.py whose these are"
    assert ADDRESSES.keys() - really == set(), "these are gone: take them out of addresses.py"


@pytest.mark.parametrize("role", ROLES)
async def test_what_is_somebody_elses_answers_as_what_is_not_there(scenery, role):
    client, nobody = scenery.attackers[role], scenery.attackers["nobody"]
    before = await contents(scenery.owner_url)
    for key, address in ADDRESSES.items():
        if address.names is Thing.NOTHING:
            continue
        named = await shapes(client, key, address, scenery.named[address.names])
        for name in scenery.absent[address.names]:
            assert await shapes(client, key, address, name) == named, (key, name)
        if OPENS.get(role) is not address.whose:
            name = scenery.named[address.names]
            assert await shapes(nobody, key, address, name) == named, key
    assert await contents(scenery.owner_url) == before


@pytest.mark.parametrize("role", ROLES)
async def test_a_page_of_others_answers_as_to_nobody_and_changes_nothing(scenery, role):
    client, nobody = scenery.attackers[role], scenery.attackers["nobody"]
    before = await contents(scenery.owner_url)
    for key, address in ADDRESSES.items():
        if address.names is Thing.NOTHING and address.whose not in (For.ANYBODY, OPENS.get(role)):
            told = await shapes(client, key, address, "-")
            assert told == await shapes(nobody, key, address, "-"), key
            assert {status for status, *_ in told} <= {303, 401}, key
    assert await contents(scenery.owner_url) == before


@pytest.mark.parametrize("role", ROLES)
async def test_ones_own_pages_show_nothing_of_anybody_else(scenery, role):
    client = scenery.attackers[role]
    for key, address in ADDRESSES.items():
        is_read = key.startswith("GET") and not address.is_stream
        if is_read and address.whose in (For.ANYBODY, OPENS.get(role)):
            name = scenery.named.get(address.names, "-")
            await shapes(client, key, address, name)  # it asserts that nothing leaks


async def test_the_same_addresses_open_for_whom_they_are(scenery):
    """Else all of the above would hold of a program that answers nobody anything."""
    resident = scenery.attackers["resident"]
    opened = [
        (await resident.get("/record")).status_code,
        (await resident.get("/me")).status_code,
        (await scenery.attackers["clinician"].get("/clinic")).status_code,
        (await scenery.attackers["registrar"].get("/registrar")).status_code,
        (await scenery.attackers["officer"].get("/review")).status_code,
        (await scenery.attackers["supervisor"].get("/supervision")).status_code,
        (await scenery.attackers["system"].get("/fhir/Observation?patient=x")).status_code,
    ]
    assert opened == [200] * len(opened)
    assert set(For) - {For.ANYBODY} == set(OPENS.values())
