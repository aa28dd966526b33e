"""What a phone fetches for when there is no network: for its own keys, bounded, logged, revocable."""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import portals
import presence
import visits
from openhealthcode import access, audit, healthcode, identity, trust
from openhealthcode.access.representatives import Named
from openhealthcode.consent import emergency
from openhealthcode.consent.emergency import AdvanceChoice, EmergencyScope
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import UnknownDevice, signed
from openhealthcode.healthcode.signed import Capability, Purpose, ReplaySet, issue, offline, verify
from openhealthcode.sign_in.model import SignedIn, Subject
from openhealthcode.sign_in.residents import UnbindReason
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Conflict, InvalidInput, Phone, TooManyAttempts
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, NoCodeIssuer, P256Signer
from portals import Parts
from signing_in import Phones
from trusting import Nation, issuer_of, trusted_region
from visits import World

PHONE = Phone.parse("13912345678")
NOW = datetime.now(UTC)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    made = await visits.world(pool, Keys.open(tmp_path / "keys"))
    await trusted_region(pool, made.keys)
    return made


@pytest.fixture
async def li(world: World) -> ResidentId:
    return await world.resident()


async def sign_in(world: World, resident_id: ResidentId) -> SignedIn:
    subject = Subject(presence.card(), presence.NAME, PHONE)
    async with transaction(world.pool, resident=resident_id) as connection:
        begun = await begin_session(connection, world.keys, resident_id, subject)
    reference = begun.session.device_reference
    await healthcode.enrol_device(world.pool, reference, resident_id, NOW)
    return begun


@pytest.fixture
async def begun(world: World, li: ResidentId) -> SignedIn:
    return await sign_in(world, li)


@pytest.fixture
async def phone(world: World, begun: SignedIn) -> AsyncIterator[httpx.AsyncClient]:
    parts = Parts(world.pool, world.keys, None)
    async with portals.browser(portals.application(parts)) as window:
        window.cookies.set("ohc_resident", begun.token)
        yield window


def made(count: int) -> list[P256Signer]:
    return [P256Signer.generate() for _ in range(count)]


def sent(keys: list[P256Signer]) -> dict[str, list[str]]:
    return {"keys": [b64encode(one.public_key).decode() for one in keys]}


async def fetched(phone: httpx.AsyncClient, keys: list[P256Signer]) -> list[bytes]:
    answer = await phone.post("/offline-codes/keys", json=sent(keys))
    assert answer.status_code == 200, answer.text
    return [b64decode(one) for one in answer.json()["certificates"]]


async def actions(world: World, resident_id: ResidentId) -> list[str]:
    return [line.action for line in await presence.log(world, resident_id)]


async def fetch(world: World, begun: SignedIn, count: int = 1, now: datetime | None = None):
    session = begun.session
    return await access.fetch_offline_codes(
        world.pool,
        world.keys,
        session.resident_id,
        session.device_reference,
        [one.public_key for one in made(count)],
        now or datetime.now(UTC),
    )


async def test_what_a_phone_fetched_is_believed_at_a_desk_without_network(phone, world, li):
    keys = made(20)
    certificates = await fetched(phone, keys)
    trusted, replays = await trust.current(world.pool, world.keys), ReplaySet()
    handles = set()
    for key, certificate in zip(keys, certificates, strict=True):
        text = offline.show(key, certificate, datetime.now(UTC), Purpose.TREAT)
        found = verify(text, trusted, datetime.now(UTC), replays=replays)
        assert found.capabilities == Capability.IDENTIFY | Capability.EMERGENCY_SUMMARY
        handles.add(found.handle)
        async with transaction(world.pool) as connection:
            holder = await signed.holder_of(connection, world.keys, found.handle)
        assert holder.resident_id == li
    assert len(handles) == 20


async def test_nothing_groups_a_phones_certificates_but_the_region_and_the_day(phone, world):
    first = await fetched(phone, made(2))
    other = await sign_in(world, await world.resident(serial=3))
    (second,) = await fetch(world, other)
    fields = [offline.read_certificate(one) for one in (*first, second)]
    assert len({(one.origin, one.not_before, one.lifetime_hours) for one in fields}) == 1
    indexes = sorted(one.index for one in fields)
    assert indexes[1] - indexes[0] > 1
    assert indexes[2] - indexes[1] > 1
    a, b = first
    shared = [place for place in range(9, 131) if a[place] == b[place]]
    random = [place for place in shared if not 26 <= place < 35]  # index's high byte, time, point
    assert len(random) < 12


async def test_it_is_logged_how_many_were_fetched_and_taken_back(phone, world, li):
    await fetched(phone, made(3))
    line = next(one for one in await presence.log(world, li) if one.action == "code.certify")
    assert line.detail == {"count": 3}
    assert (await phone.post("/offline-codes/take-back")).url.path == "/offline-codes"
    assert audit.Action.CODE_TAKE_BACK in await actions(world, li)
    page = await phone.get("/looked")
    assert "备好了没有网络时用的码" in page.text
    assert "备用码全部作废" in page.text


async def test_taken_back_codes_are_on_the_list_and_the_page_says_how_many_are_left(phone, world):
    certificates = await fetched(phone, made(3))
    assert "<strong>3" in (await phone.get("/offline-codes")).text
    await phone.post("/offline-codes/take-back")
    page = (await phone.get("/offline-codes?done=taken-back")).text
    assert "<strong>0" in page
    assert "data-taken-back" in page
    issuer = world.keys.code_issuer(datetime.now(UTC)).key_id
    async with transaction(world.pool, task="publishing") as connection:
        revoked = await signed.revoked_indexes(connection, issuer)
    assert {offline.read_certificate(one).index for one in certificates} == set(revoked)


async def test_signing_out_ends_the_codes_of_this_phone_and_no_others(phone, world, li):
    here = await fetched(phone, made(2))
    there = await fetch(world, await sign_in(world, li))
    page = (await phone.get("/offline-codes")).text
    assert "<strong>2" in page
    assert "其他设备上还有 <strong>1" in page.replace("\u2009", " ")
    await phone.post("/sign-out")
    for certificates, is_revoked in ((here, True), (there, False)):
        for one in certificates:
            async with transaction(world.pool) as connection:
                handle = offline.read_certificate(one).handle
                holder = await signed.holder_of(connection, world.keys, handle)
            assert (holder.revoked_at is not None) == is_revoked
    assert (await phone.post("/offline-codes/keys", json=sent(made(1)))).status_code == 401
    assert (await phone.get("/offline-codes/counters")).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"keys": []}',
        b'{"keys": ["!"]}',
        b'{"keys": ["AAAA"]}',
        b'{"keys": [1]}',
        b'{"keys": [], "more": 1}',
    ],
)
async def test_what_is_no_list_of_keys_is_refused(phone, world, li, body):
    answer = await phone.post("/offline-codes/keys", content=body)
    assert answer.status_code == 400
    assert audit.Action.CODE_CERTIFY not in await actions(world, li)


async def test_the_same_key_twice_or_too_many_at_once_is_refused(phone):
    (one,) = made(1)
    for keys in ([one, one], made(issue.MOST_AT_ONCE + 1)):
        assert (await phone.post("/offline-codes/keys", json=sent(keys))).status_code == 400
    outside = b"\x02" + b"\xff" * 32  # no point of the curve has this x
    keys = {"keys": [b64encode(outside).decode()]}
    assert (await phone.post("/offline-codes/keys", json=keys)).status_code == 400


async def test_a_phone_gets_no_more_than_a_day_needs_however_it_asks(world, begun):
    asked = [fetch(world, begun, 20) for _ in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    given = [one for one in answers if isinstance(one, list)]
    refused = [one for one in answers if isinstance(one, TooManyAttempts | Conflict)]
    assert len(given) + len(refused) == 5
    assert sum(len(one) for one in given) <= issue.MOST_A_DAY
    while sum(len(one) for one in given) < issue.MOST_A_DAY:
        given.append(await fetch(world, begun, 20))
    with pytest.raises(TooManyAttempts):
        await fetch(world, begun)
    assert len(await fetch(world, begun, now=datetime.now(UTC) + timedelta(hours=25))) == 1


async def test_a_phone_that_signed_out_or_is_somebody_elses_gets_nothing(world, begun, li):
    stranger = await world.resident(serial=3)
    session = begun.session
    with pytest.raises(UnknownDevice):
        await access.fetch_offline_codes(
            world.pool,
            world.keys,
            stranger,
            session.device_reference,
            [P256Signer.generate().public_key],
            datetime.now(UTC),
        )
    await healthcode.retire_device(world.pool, session.device_reference)
    with pytest.raises(UnknownDevice):
        await fetch(world, begun)
    assert audit.Action.CODE_CERTIFY not in await actions(world, li)


@pytest.mark.parametrize("how", ["closed", "reissued", "unbound"])
async def test_what_ends_a_phones_codes_ends_those_it_was_given_ahead(world, begun, li, how):
    (certificate,) = await fetch(world, begun)
    if how == "closed":
        await access.close_account(world.pool, world.keys, li)
    else:
        await at_the_counter(world, how)
    async with transaction(world.pool) as connection:
        handle = offline.read_certificate(certificate).handle
        assert (await signed.holder_of(connection, world.keys, handle)).revoked_at is not None


async def at_the_counter(world: World, how: str) -> None:
    """A clerk with the resident's card makes every code worthless, or unbinds the phone."""
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, world.wang, world.hospital)
    named = Named(presence.card(), presence.NAME)
    li = await world.resident()
    async with transaction(world.pool, resident=li) as connection:
        await identity.bind_phone(connection, world.keys, li, PHONE)
    seen = await access.phones_at_counter(world.pool, world.keys, clerk, named)
    here = world.pool, world.keys, Phones(), clerk
    if how == "reissued":
        await access.reissue_codes(*here, seen.public_id)
    else:
        await access.unbind_at_counter(*here, seen.phones[0].public_id, UnbindReason.LOST)


async def test_signing_out_at_the_same_moment_leaves_no_live_code(world, li):
    for _ in range(8):
        begun = await sign_in(world, li)
        reference = begun.session.device_reference
        await asyncio.gather(
            fetch(world, begun, 3),
            healthcode.retire_device(world.pool, reference),
            return_exceptions=True,
        )
        held = await access.offline_codes_held(world.pool, li, reference, datetime.now(UTC))
        assert (held.here, held.elsewhere) == (0, 0)


async def test_who_wants_nothing_opened_in_an_emergency_carries_nothing_that_says_otherwise(
    world, begun, li
):
    choice = AdvanceChoice(scope=EmergencyScope.NOTHING)
    await emergency.choose_for_emergencies(world.pool, world.keys, li, choice)
    (certificate,) = await fetch(world, begun)
    assert offline.read_certificate(certificate).capabilities == Capability.IDENTIFY


async def test_a_certificate_ends_when_its_issuer_is_no_longer_believed(pool, tmp_path):
    world = await visits.world(pool, Keys.open(tmp_path / "keys"))
    begun = await sign_in(world, await world.resident())
    with pytest.raises(NoCodeIssuer):
        await fetch(world, begun)
    now, nation = datetime.now(UTC).replace(microsecond=0), Nation.made()
    trust.admit(world.keys.directory, trust.Authority(trust.NATIONAL, nation.roots))
    soon = issuer_of(
        world.keys,
        world.keys.issuers.make(),
        believed_from=now - timedelta(hours=1),
        signs_until=now + timedelta(hours=2),
        believed_until=now + timedelta(hours=50),
    )
    await trust.publish(pool, world.keys, nation.listing(soon), trust.NATIONAL)
    await trust.current(pool, world.keys)
    (certificate,) = await fetch(world, begun)
    read = offline.read_certificate(certificate)
    assert read.not_after <= soon.believed_until
    assert read.lifetime_hours < 240
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    with pytest.raises(NoCodeIssuer):
        await fetch(world, begun, now=midnight + timedelta(days=20))


async def test_what_would_end_before_it_began_is_not_given(pool, tmp_path):
    world = await visits.world(pool, Keys.open(tmp_path / "keys"))
    begun, nation = await sign_in(world, await world.resident()), Nation.made()
    tomorrow = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    tomorrow += timedelta(days=1)
    end = tomorrow + timedelta(minutes=30)
    ending = issuer_of(world.keys, world.keys.issuers.make(), signs_until=end, believed_until=end)
    trust.admit(world.keys.directory, trust.Authority(trust.NATIONAL, nation.roots))
    await trust.publish(pool, world.keys, nation.listing(ending), trust.NATIONAL)
    await trust.current(pool, world.keys)
    with pytest.raises(NoCodeIssuer):
        await fetch(world, begun, now=tomorrow + timedelta(minutes=15))
    assert len(await fetch(world, begun, now=tomorrow - timedelta(minutes=15))) == 1


async def test_the_phone_is_told_whom_to_believe_and_what_institutions_are_called(phone, world):
    told = (await phone.get("/offline-codes/counters")).json()
    roots = trust.roots(world.keys)
    assert told["needed"] == roots.needed
    assert {bytes.fromhex(one["keyId"]) for one in told["roots"]} == set(roots.keys)
    assert b64decode(told["list"]) == await trust.list_document(world.pool)
    assert told["institutions"]


async def test_the_kept_page_is_the_same_for_everybody_and_names_nobody(phone, world):
    mine = await phone.get("/offline")
    async with portals.browser(portals.application(Parts(world.pool, world.keys, None))) as other:
        theirs = await other.get("/offline", headers={"Accept-Language": "zh-CN"})
    assert mine.text == theirs.text
    assert presence.NAME not in mine.text
    worker = await phone.get("/offline-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"


async def test_a_phone_asks_for_nothing_where_the_region_is_on_no_list(phone, pool, tmp_path):
    assert "data-phone" in (await phone.get("/")).text
    alone = await visits.world(pool, Keys.open(tmp_path / "of another"))
    begun = await sign_in(alone, await alone.resident())
    async with portals.browser(portals.application(Parts(pool, alone.keys, None))) as window:
        window.cookies.set("ohc_resident", begun.token)
        assert "data-phone" not in (await window.get("/")).text


async def test_the_handles_are_random(world, begun, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        secrets,
        "token_bytes",
        lambda n, real=secrets.token_bytes: drawn.append(real(n)) or drawn[-1],
    )
    certificates = await fetch(world, begun, 4)
    assert {offline.read_certificate(one).handle for one in certificates} <= set(drawn)


def test_an_error_of_input_says_what_a_phone_sends():
    with pytest.raises(InvalidInput, match="twenty-four"):
        issue._check_keys([])
