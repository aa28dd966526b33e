"""A resident's passkey: made in a freshly verified session, signs in, proves again, goes with its phone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

import visits
from authenticator import Authenticator
from openhealthcode import access, identity
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.database import transaction
from openhealthcode.sign_in import PasskeyRefused, SignedOut, residents
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.passkey import RelyingParty
from openhealthcode.sign_in.residents import passkeys as module
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys

ORIGIN = "https://region.example"
SITE = RelyingParty("region.example", "演示县", (ORIGIN,))
PHONE = Phone.parse("13912345678")


@pytest.fixture
async def world(pool, tmp_path):
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


async def phone_of(world, resident, serial=2, phone=PHONE):
    """A bound phone, signed in by a code a moment ago."""
    number = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial))
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, phone)
        return await begin_session(connection, world.keys, resident, Subject(number, "李试", phone))


@pytest.fixture
async def li(world):
    return await world.resident()


@pytest.fixture
async def signed_in(world, li):
    return await phone_of(world, li)


async def make(world, session, device, label="手机"):
    options = await residents.begin_passkey(world.pool, world.keys, SITE, session)
    answer = device.make(options)
    await residents.add_passkey(world.pool, world.keys, SITE, session, answer, label)
    return answer


@pytest.fixture
async def device(world, signed_in):
    made = Authenticator(ORIGIN)
    await make(world, signed_in.session, made)
    return made


def asked(world):
    return residents.begin_passkey_sign_in(world.keys, SITE)


async def enter(world, answer, site=SITE):
    return await residents.finish_passkey_sign_in(world.pool, world.keys, site, answer)


async def checked(world, resident, device):
    options = await residents.begin_passkey_check(world.pool, world.keys, SITE, resident)
    return device.sign(options)


async def said(world, resident):
    return [line.action for line in await access.own_log(world.pool, world.keys, resident)]


async def test_it_signs_in_without_anything_typed_and_as_freshly_as_a_code(world, li, device):
    begun = await enter(world, device.sign(asked(world)))
    assert (begun.session.resident_id, begun.session.name) == (li, "李试")
    assert begun.session.phone == PHONE
    assert begun.session.is_fresh(datetime.now(UTC))
    found = await residents.session(world.pool, world.keys, begun.token)
    assert found.session_id == begun.session.session_id
    lines = await access.own_log(world.pool, world.keys, li)
    line = next(one for one in lines if one.action == "resident.sign-in")
    assert line.detail["method"] == "passkey"
    assert "passkey.add" in await said(world, li)


async def test_what_the_device_keeps_names_nobody_to_others(world, li, signed_in):
    options = json.loads(
        await residents.begin_passkey(world.pool, world.keys, SITE, signed_in.session)
    )
    assert str(li) not in json.dumps(options)
    assert li.hex not in json.dumps(options)
    assert not json.loads(asked(world))["allowCredentials"]


@pytest.mark.parametrize(
    "what", ["origin", "user", "again", "counted back", "unknown", "registering", "checking"]
)
async def test_an_answer_that_is_not_good_opens_nothing(world, li, signed_in, device, what):
    options, site = asked(world), SITE
    if what == "origin":
        device.origin = "https://region.example.attacker.example"
    elif what == "user":
        device.verifies_user = False
    elif what == "again":
        await enter(world, answer := device.sign(options))
        with pytest.raises(PasskeyRefused):
            await enter(world, answer)
        return
    elif what == "counted back":
        await enter(world, device.sign(options))
        device.sign_count, options = -1, asked(world)
    elif what == "unknown":
        device = Authenticator(ORIGIN)
    elif what == "registering":
        made = json.loads(
            await residents.begin_passkey(world.pool, world.keys, SITE, signed_in.session)
        )
        options = json.dumps(json.loads(options) | {"challenge": made["challenge"]})
    else:
        options = await residents.begin_passkey_check(world.pool, world.keys, SITE, li)
    with pytest.raises(PasskeyRefused):
        await enter(world, device.sign(options), site)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "x" * 20_000, '{"id":"1"}', "[" * 5000])
async def test_what_no_authenticator_made_is_refused(world, li, signed_in, answer):
    with pytest.raises(PasskeyRefused):
        await enter(world, answer)
    with pytest.raises(PasskeyRefused):
        await residents.check_passkey(world.pool, world.keys, SITE, li, answer)
    with pytest.raises(PasskeyRefused):
        await residents.add_passkey(world.pool, world.keys, SITE, signed_in.session, answer, "")


async def test_an_old_session_makes_none_before_a_fresh_proof(world, signed_in):
    now = datetime.now(UTC)
    old = replace(signed_in.session, verified_at=now - timedelta(minutes=6))
    with pytest.raises(PasskeyRefused):
        await make(world, old, Authenticator(ORIGIN))


async def test_it_is_made_once_for_one_session_and_not_without_end(world, li, signed_in):
    device, session = Authenticator(ORIGIN), signed_in.session
    answer = await make(world, session, device)
    with pytest.raises(PasskeyRefused):
        await residents.add_passkey(world.pool, world.keys, SITE, session, answer, "")
    with pytest.raises(PasskeyRefused):  # the same device, asked anew: known already
        await make(world, session, device)
    other = replace(session, session_id=uuid4())
    options = await residents.begin_passkey(world.pool, world.keys, SITE, other)
    with pytest.raises(PasskeyRefused):
        await residents.add_passkey(
            world.pool, world.keys, SITE, session, Authenticator(ORIGIN).make(options), ""
        )
    for _ in range(module.MOST_PASSKEYS - 1):
        await make(world, session, Authenticator(ORIGIN))
    with pytest.raises(PasskeyRefused):
        await make(world, session, Authenticator(ORIGIN))
    assert len(await residents.passkeys_of(world.pool, world.keys, li)) == module.MOST_PASSKEYS


async def test_it_proves_again_that_the_resident_answers(world, li, signed_in, device):
    answer = await checked(world, li, device)
    before = signed_in.session.verified_at
    await asyncio.sleep(0.01)
    session = await residents.verify_by_passkey(
        world.pool, world.keys, SITE, signed_in.token, answer
    )
    assert session.verified_at > before
    with pytest.raises(PasskeyRefused):
        await residents.verify_by_passkey(world.pool, world.keys, SITE, signed_in.token, answer)
    with pytest.raises(SignedOut):
        await residents.verify_by_passkey(world.pool, world.keys, SITE, "nobody", answer)
    await residents.sign_out(world.pool, world.keys, signed_in.token)
    with pytest.raises(SignedOut):
        await residents.verify_by_passkey(
            world.pool, world.keys, SITE, signed_in.token, await checked(world, li, device)
        )


async def test_nobody_elses_passkey_proves_anything(world, li, device):
    zhou = await world.resident(serial=4)
    theirs = await phone_of(world, zhou, 4, Phone.parse("13912345679"))
    other = Authenticator(ORIGIN)
    await make(world, theirs.session, other)
    with pytest.raises(PasskeyRefused):
        await residents.check_passkey(
            world.pool, world.keys, SITE, li, await checked(world, li, other)
        )
    with pytest.raises(PasskeyRefused):  # their own challenge does not do for Li either
        await residents.check_passkey(
            world.pool, world.keys, SITE, li, await checked(world, zhou, other)
        )
    assert await checked(world, li, device)


async def test_who_has_none_is_asked_for_none(world, li):
    assert not await residents.has_passkey(world.pool, li)
    with pytest.raises(PasskeyRefused):
        await residents.begin_passkey_check(world.pool, world.keys, SITE, li)


async def test_removed_it_signs_in_no_more(world, li, device):
    (known,) = await residents.passkeys_of(world.pool, world.keys, li)
    assert (known.label, await residents.has_passkey(world.pool, li)) == ("手机", True)
    await residents.remove_passkey(world.pool, world.keys, li, uuid4())
    assert "passkey.remove" not in await said(world, li)
    await residents.remove_passkey(world.pool, world.keys, li, known.passkey_id)
    assert "passkey.remove" in await said(world, li)
    with pytest.raises(PasskeyRefused):
        await enter(world, device.sign(asked(world)))


async def test_nobody_removes_anothers(world, li, device):
    zhou = await world.resident(serial=4)
    (known,) = await residents.passkeys_of(world.pool, world.keys, li)
    await residents.remove_passkey(world.pool, world.keys, zhou, known.passkey_id)
    assert await enter(world, device.sign(asked(world)))


async def test_a_lost_phone_takes_its_passkeys_with_it_and_leaves_the_others(world, li, device):
    another = Phone.parse("13912345670")
    tablet = Authenticator(ORIGIN)
    await make(world, (await phone_of(world, li, phone=another)).session, tablet)
    resident = Agent(AgentKind.RESIDENT, li)
    await residents.unbind_phone(world.pool, world.keys, li, PHONE, resident)
    with pytest.raises(PasskeyRefused):
        await enter(world, device.sign(asked(world)))
    assert await enter(world, tablet.sign(asked(world)))


async def test_bound_again_the_number_brings_none_back(world, li, device):
    resident = Agent(AgentKind.RESIDENT, li)
    await residents.unbind_phone(world.pool, world.keys, li, PHONE, resident)
    await phone_of(world, li)
    with pytest.raises(PasskeyRefused):
        await enter(world, device.sign(asked(world)))


async def test_a_number_unbound_behind_our_back_signs_in_no_more(world, li, device):
    async with transaction(world.pool, resident=li) as connection:
        await identity.unbind(connection, world.keys, li, PHONE)
    with pytest.raises(PasskeyRefused):
        await enter(world, device.sign(asked(world)))


async def test_a_closed_account_leaves_none(world, li, device):
    await access.close_account(world.pool, world.keys, li)
    with pytest.raises(PasskeyRefused):
        await enter(world, device.sign(asked(world)))
