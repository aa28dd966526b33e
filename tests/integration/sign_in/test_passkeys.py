"""A passkey signs in by itself; an answer is good once, here, now, and from its own device."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from authenticator import Authenticator, challenge_of
from openhealthcode import registry
from openhealthcode.sign_in import Audience, PasskeyRefused, Role, SignInRefused, staff
from openhealthcode.sign_in.staff import Credentials, RelyingParty
from openhealthcode.standards import Forbidden
from openhealthcode.trust import totp_code
from signing_in import PASSWORD, employ

SITE = RelyingParty("region.example", "演示县", ("https://region.example",))


@pytest.fixture
async def doctor(pool, keys):
    return await employ(pool, keys, Role.CLINICIAN)


@pytest.fixture
def terminal(keys):
    return staff.terminal_id(keys, staff.new_terminal())


@pytest.fixture
async def session(pool, keys, doctor, terminal):
    credentials = Credentials(
        doctor.staff_number, PASSWORD, totp_code(doctor.totp_secret, time.time())
    )
    return (await staff.sign_in(pool, keys, credentials, Audience.CLINIC, terminal)).session


@pytest.fixture
def device():
    return Authenticator("https://region.example")


@pytest.fixture
async def passkey(pool, keys, session, device):
    options = await staff.begin_passkey(pool, keys, SITE, session)
    await staff.add_passkey(pool, keys, SITE, session, device.make(options), "phone")
    return device


async def enter(pool, keys, answer, terminal, audience=Audience.CLINIC):
    return await staff.finish_passkey_sign_in(pool, keys, SITE, answer, audience, terminal)


async def test_a_passkey_opens_a_session_without_a_number(pool, keys, doctor, passkey, terminal):
    for _ in range(2):
        answer = passkey.sign(staff.begin_passkey_sign_in(keys, SITE))
        signed_in = await enter(pool, keys, answer, terminal)
        assert signed_in.session.practitioner_id == doctor.practitioner_id
        found = await staff.session(pool, keys, signed_in.token, Audience.CLINIC, terminal)
        assert found == signed_in.session


async def test_asking_for_a_challenge_writes_nothing(keys, owner):
    options = staff.begin_passkey_sign_in(keys, SITE)
    assert len(challenge_of(options)) == 40
    assert json.loads(options)["userVerification"] == "required"
    assert await owner.fetchval("SELECT count(*) FROM sign_in.spent_challenge") == 0


async def test_an_answer_is_good_once(pool, keys, passkey, terminal):
    answer = passkey.sign(staff.begin_passkey_sign_in(keys, SITE))
    tries = (enter(pool, keys, answer, terminal) for _ in range(6))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, PasskeyRefused) for one in answers) == 5


async def test_an_answer_is_good_for_five_minutes(pool, keys, passkey, terminal, monkeypatch):
    answer = passkey.sign(staff.begin_passkey_sign_in(keys, SITE))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 301)
    with pytest.raises(PasskeyRefused):
        await enter(pool, keys, answer, terminal)


async def test_an_unknown_device_is_refused(pool, keys, device, terminal):
    answer = device.sign(staff.begin_passkey_sign_in(keys, SITE))
    with pytest.raises(PasskeyRefused):
        await enter(pool, keys, answer, terminal)


@pytest.mark.parametrize("what", ["origin", "user", "challenge", "counter", "site", "purpose"])
async def test_an_answer_that_is_not_quite_right_is_refused(
    pool, keys, passkey, session, terminal, what
):
    site = SITE
    options = staff.begin_passkey_sign_in(keys, SITE)
    await enter(pool, keys, passkey.sign(options), terminal)
    options = staff.begin_passkey_sign_in(keys, SITE)
    if what == "origin":
        passkey.origin = "https://region.example.attacker.example"
    elif what == "user":
        passkey.verifies_user = False
    elif what == "challenge":
        options = json.dumps(json.loads(options) | {"challenge": "A" * 54})
    elif what == "counter":
        passkey.sign_count = 0
    elif what == "site":
        site = RelyingParty("attacker.example", "", ("https://region.example",))
        options = staff.begin_passkey_sign_in(keys, site)
    else:
        registering = json.loads(await staff.begin_passkey(pool, keys, SITE, session))
        options = json.dumps(json.loads(options) | {"challenge": registering["challenge"]})
    with pytest.raises(PasskeyRefused):
        await enter(pool, keys, passkey.sign(options), terminal)


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id": 1}', "x" * 20_000, "[" * 5000, "\ud800"]
)
async def test_what_is_no_answer_is_refused(pool, keys, session, terminal, answer):
    with pytest.raises(PasskeyRefused):
        await enter(pool, keys, answer, terminal)
    with pytest.raises(PasskeyRefused):
        await staff.add_passkey(pool, keys, SITE, session, answer, "")


async def test_a_passkey_is_made_for_one_session_and_once(pool, keys, session, device):
    other = await employ(pool, keys, Role.CLINICIAN)
    credentials = Credentials(
        other.staff_number, PASSWORD, totp_code(other.totp_secret, time.time())
    )
    terminal = staff.terminal_id(keys, staff.new_terminal())
    others = (await staff.sign_in(pool, keys, credentials, Audience.CLINIC, terminal)).session
    made = device.make(await staff.begin_passkey(pool, keys, SITE, session))
    with pytest.raises(PasskeyRefused):
        await staff.add_passkey(pool, keys, SITE, others, made, "")
    await staff.add_passkey(pool, keys, SITE, session, made, "")
    with pytest.raises(PasskeyRefused):
        await staff.add_passkey(pool, keys, SITE, session, made, "")
    again = device.make(await staff.begin_passkey(pool, keys, SITE, others))
    with pytest.raises(PasskeyRefused):
        await staff.add_passkey(pool, keys, SITE, others, again, "")
    excluded = json.loads(await staff.begin_passkey(pool, keys, SITE, session))
    assert len(excluded["excludeCredentials"]) == 1


async def test_a_device_that_does_not_verify_its_user_is_not_registered(pool, keys, session):
    device = Authenticator("https://region.example", verifies_user=False)
    made = device.make(await staff.begin_passkey(pool, keys, SITE, session))
    with pytest.raises(PasskeyRefused):
        await staff.add_passkey(pool, keys, SITE, session, made, "")


async def test_roles_and_suspension_hold_for_passkeys_too(pool, keys, doctor, passkey, terminal):
    answer = passkey.sign(staff.begin_passkey_sign_in(keys, SITE))
    with pytest.raises(Forbidden):
        await enter(pool, keys, answer, terminal, Audience.SUPERVISOR)
    await registry.suspend_practitioner(pool, doctor.practitioner_id)
    answer = passkey.sign(staff.begin_passkey_sign_in(keys, SITE))
    with pytest.raises(SignInRefused):
        await enter(pool, keys, answer, terminal)
