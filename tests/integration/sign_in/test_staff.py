"""Staff sign in; nobody learns which part was wrong, and guessing gets slower and slower."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from openhealthcode import registry
from openhealthcode.registry import InstitutionEntry, InstitutionKind, PractitionerEntry
from openhealthcode.registry.model import PractitionerRole
from openhealthcode.sign_in import (
    AccountUnsuitable,
    Audience,
    LockedForNow,
    Role,
    SignInRefused,
    staff,
)
from openhealthcode.sign_in.staff import Credentials, FirstAdministrator
from openhealthcode.standards import Forbidden, NotFound
from openhealthcode.trust import totp_code
from registering import LI
from signing_in import PASSWORD, employ


@pytest.fixture
async def doctor(pool, keys):
    return await employ(pool, keys, Role.CLINICIAN, number="D0042")


@pytest.fixture
def still(monkeypatch):
    """One moment for who types and who checks: a code is of half a minute."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


@pytest.fixture
def terminal(keys):
    return staff.terminal_id(keys, staff.new_terminal())


def typed(account, *, steps=0, **changes):
    code = totp_code(account.totp_secret, time.time() + 30 * steps)
    return replace(Credentials(account.staff_number, PASSWORD, code), **changes)


async def test_a_doctor_signs_in_at_a_terminal(pool, keys, doctor, terminal):
    signed_in = await staff.sign_in(pool, keys, typed(doctor), Audience.CLINIC, terminal)
    session = await staff.session(pool, keys, signed_in.token, Audience.CLINIC, terminal)
    assert session == signed_in.session
    assert session.practitioner_id == doctor.practitioner_id
    assert session.institution_id == doctor.institution_id
    assert session.roles == {Role.CLINICIAN}
    assert session.expires_at - session.started_at == timedelta(hours=12)


async def test_a_session_is_worth_nothing_elsewhere(pool, keys, doctor, terminal):
    signed_in = await staff.sign_in(pool, keys, typed(doctor), Audience.CLINIC, terminal)
    elsewhere = staff.terminal_id(keys, staff.new_terminal())
    assert await staff.session(pool, keys, signed_in.token, Audience.CLINIC, elsewhere) is None
    for audience in set(Audience) - {Audience.CLINIC}:
        assert await staff.session(pool, keys, signed_in.token, audience, terminal) is None
    assert await staff.session(pool, keys, "x" * 43, Audience.CLINIC, terminal) is None


async def test_a_staff_number_may_be_typed_in_small_letters(pool, keys, doctor, terminal):
    credentials = typed(doctor, staff_number=" d00 42 ")
    await staff.sign_in(pool, keys, credentials, Audience.CLINIC, terminal)


@pytest.mark.parametrize(
    "changes",
    [
        {"staff_number": "D9999"},
        {"staff_number": ""},
        {"staff_number": "D0042\x00"},
        {"password": "wrong"},
        {"password": ""},
        {"password": "x" * 1000},
        {"password": "\ud800" * 12},
        {"code": "000000"},
        {"code": ""},
        {"code": "１２３４５６"},
    ],
)
async def test_every_failure_is_the_same_answer(pool, keys, doctor, terminal, changes):
    with pytest.raises(SignInRefused) as refusal:
        await staff.sign_in(pool, keys, typed(doctor, **changes), Audience.CLINIC, terminal)
    assert str(refusal.value) == str(SignInRefused())


@pytest.mark.usefixtures("still")
async def test_a_code_works_once_and_one_step_to_either_side(pool, keys, doctor, terminal):
    for steps in (-1, 0, 1):
        await staff.sign_in(pool, keys, typed(doctor, steps=steps), Audience.CLINIC, terminal)
        with pytest.raises(SignInRefused):
            await staff.sign_in(pool, keys, typed(doctor, steps=steps), Audience.CLINIC, terminal)
    with pytest.raises(SignInRefused):
        await staff.sign_in(pool, keys, typed(doctor, steps=3), Audience.CLINIC, terminal)


async def test_one_code_in_parallel_opens_one_session(pool, keys, doctor, terminal):
    same = typed(doctor)
    tries = (staff.sign_in(pool, keys, same, Audience.CLINIC, terminal) for _ in range(4))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, SignInRefused) for answer in answers) == 3


@pytest.mark.parametrize("number", ["D0042", "D9999"], ids=["an account", "no account"])
async def test_the_fifth_failure_locks_whether_the_account_exists_or_not(
    pool, keys, doctor, terminal, owner, number
):
    wrong = typed(doctor, staff_number=number, password="wrong wrong wrong")
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await staff.sign_in(pool, keys, wrong, Audience.CLINIC, terminal)
    for credentials in (wrong, typed(doctor, staff_number=number)):
        with pytest.raises(LockedForNow):
            await staff.sign_in(pool, keys, credentials, Audience.CLINIC, terminal)
    lock = await owner.fetchval("SELECT locked_until - latest_at FROM sign_in.lockout")
    assert lock == timedelta(seconds=30)
    await owner.execute("UPDATE sign_in.lockout SET locked_until = now()")
    with pytest.raises(SignInRefused):
        await staff.sign_in(pool, keys, wrong, Audience.CLINIC, terminal)
    lock = await owner.fetchval("SELECT locked_until - latest_at FROM sign_in.lockout")
    assert lock == timedelta(seconds=60)


async def test_parallel_guesses_do_not_slip_past_the_lock(pool, keys, doctor, terminal):
    wrong = typed(doctor, password="wrong wrong wrong")
    tries = (staff.sign_in(pool, keys, wrong, Audience.CLINIC, terminal) for _ in range(12))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, SignInRefused) for answer in answers) == 5
    assert sum(isinstance(answer, LockedForNow) for answer in answers) == 7


async def test_a_good_sign_in_forgets_the_failures(pool, keys, doctor, terminal, owner):
    wrong = typed(doctor, password="wrong wrong wrong")
    for _ in range(4):
        with pytest.raises(SignInRefused):
            await staff.sign_in(pool, keys, wrong, Audience.CLINIC, terminal)
    await staff.sign_in(pool, keys, typed(doctor), Audience.CLINIC, terminal)
    assert await owner.fetchval("SELECT count(*) FROM sign_in.lockout") == 0


async def test_pages_need_their_role(pool, keys, doctor, terminal):
    with pytest.raises(Forbidden):
        await staff.sign_in(pool, keys, typed(doctor), Audience.SUPERVISOR, terminal)


async def test_a_session_ends_when_idle_and_when_old(pool, keys, doctor, terminal, owner):
    signed_in = await staff.sign_in(pool, keys, typed(doctor), Audience.CLINIC, terminal)

    async def is_open():
        return await staff.session(pool, keys, signed_in.token, Audience.CLINIC, terminal)

    await owner.execute("UPDATE sign_in.staff_session SET seen_at = now() - interval '29 min'")
    assert await is_open(), "and this request counts as use"
    seen = await owner.fetchval("SELECT now() - seen_at FROM sign_in.staff_session")
    assert seen < timedelta(minutes=1)
    await owner.execute("UPDATE sign_in.staff_session SET seen_at = now() - interval '31 min'")
    assert not await is_open()
    await owner.execute(
        "UPDATE sign_in.staff_session SET seen_at = now(),"
        " started_at = started_at - interval '13 h', expires_at = now()"
    )
    assert not await is_open()


@pytest.mark.usefixtures("still")
async def test_signing_out_ends_one_session_and_the_other_verb_all(pool, keys, doctor, terminal):
    sessions = [
        await staff.sign_in(pool, keys, typed(doctor, steps=steps), Audience.CLINIC, terminal)
        for steps in (-1, 0, 1)
    ]

    async def still_open():
        found = [
            await staff.session(pool, keys, each.token, Audience.CLINIC, terminal)
            for each in sessions
        ]
        return [one is not None for one in found]

    await staff.sign_out(pool, keys, sessions[0].token)
    assert await still_open() == [False, True, True]
    await staff.end_all_sessions(pool, doctor.practitioner_id)
    assert await still_open() == [False, False, False]


@pytest.mark.parametrize("suspended", ["practitioner", "institution"])
async def test_a_suspension_ends_sessions_and_lets_nobody_in(
    pool, keys, doctor, terminal, suspended
):
    signed_in = await staff.sign_in(pool, keys, typed(doctor), Audience.CLINIC, terminal)
    if suspended == "practitioner":
        await registry.suspend_practitioner(pool, doctor.practitioner_id)
    else:
        await registry.suspend_institution(pool, doctor.institution_id)
    assert await staff.session(pool, keys, signed_in.token, Audience.CLINIC, terminal) is None
    with pytest.raises(SignInRefused):
        await staff.sign_in(pool, keys, typed(doctor, steps=1), Audience.CLINIC, terminal)


async def test_whoever_is_only_mentioned_elsewhere_has_no_account(pool, keys):
    institution_id = await registry.register_institution(
        pool, InstitutionEntry("abroad", InstitutionKind.EXTERNAL, "HOLYOKE MEDICAL CENTER")
    )
    practitioner_id = await registry.register_practitioner(
        pool, PractitionerEntry("dr", institution_id, "Dr. X", PractitionerRole.EXTERNAL)
    )
    with pytest.raises(AccountUnsuitable):
        await staff.create_account(
            pool,
            keys,
            practitioner_id,
            staff_number="X1",
            password=PASSWORD,
            roles=[Role.CLINICIAN],
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "short"},
        {"password": "aaaaaaaaaaaaaaaa"},
        {"password": "my number is d0043!"},
        {"password": "x" * 129},
        {"roles": []},
        {"staff_number": ""},
        {"staff_number": "D0042"},
    ],
)
async def test_an_account_that_should_not_exist_is_refused(pool, keys, doctor, changes):
    other = await registry.register_practitioner(
        pool, PractitionerEntry("o", doctor.institution_id, "李护士", PractitionerRole.NURSE)
    )
    wanted = {"staff_number": "D0043", "password": PASSWORD, "roles": [Role.CLINICIAN]}
    with pytest.raises(AccountUnsuitable) as refusal:
        await staff.create_account(pool, keys, other, **wanted | changes)
    assert PASSWORD not in str(refusal.value)


async def test_renewing_an_account_replaces_every_secret(pool, keys, doctor, terminal):
    signed_in = await staff.sign_in(pool, keys, typed(doctor), Audience.CLINIC, terminal)
    renewed = await staff.renew_account(
        pool,
        keys,
        doctor.practitioner_id,
        password="another long password",
        roles=[Role.SUPERVISOR],
    )
    assert await staff.session(pool, keys, signed_in.token, Audience.CLINIC, terminal) is None
    now_known = replace(doctor, totp_secret=renewed.totp_secret)
    credentials = typed(now_known, password="another long password")
    await staff.sign_in(pool, keys, credentials, Audience.SUPERVISOR, terminal)
    with pytest.raises(SignInRefused):
        await staff.sign_in(pool, keys, typed(doctor, steps=1), Audience.SUPERVISOR, terminal)


async def test_a_password_is_changed_by_who_knows_it(pool, keys, doctor, terminal):
    new = "a quite different one"
    with pytest.raises(SignInRefused):
        await staff.change_password(pool, doctor.practitioner_id, "wrong", new)
    with pytest.raises(AccountUnsuitable):
        await staff.change_password(pool, doctor.practitioner_id, PASSWORD, "short")
    await staff.change_password(pool, doctor.practitioner_id, PASSWORD, new)
    await staff.sign_in(pool, keys, typed(doctor, password=new), Audience.CLINIC, terminal)


async def test_the_first_administrator_is_made_once(pool, keys, terminal):
    first = FirstAdministrator("陈主任", "A0001", PASSWORD, "演示县卫生健康局")
    rivals = (staff.create_first_administrator(pool, keys, first) for _ in range(4))
    answers = await asyncio.gather(*rivals, return_exceptions=True)
    made = [answer for answer in answers if isinstance(answer, staff.NewAccount)]
    assert len(made) == 1
    assert sum(isinstance(answer, AccountUnsuitable) for answer in answers) == 3
    assert made[0].totp_uri.startswith("otpauth://totp/")
    credentials = Credentials("A0001", PASSWORD, totp_code(made[0].totp_secret, time.time()))
    await staff.sign_in(pool, keys, credentials, Audience.ADMINISTRATOR, terminal)


async def test_nothing_is_made_for_whom_nobody_knows(pool, keys, doctor):
    with pytest.raises(NotFound):
        await staff.renew_account(
            pool, keys, doctor.institution_id, password=PASSWORD, roles=[Role.CLINICIAN]
        )


async def test_no_secret_of_staff_lies_readable_in_the_tables(pool, keys, doctor, terminal, owner):
    credentials = typed(doctor)
    signed_in = await staff.sign_in(pool, keys, credentials, Audience.CLINIC, terminal)
    row = await owner.fetchrow("SELECT * FROM sign_in.staff_account")
    assert row["password_hash"].startswith("$argon2id$")
    assert doctor.totp_secret not in row["totp_sealed"]
    assert doctor.totp_secret.hex().encode() not in row["totp_sealed"]
    stored = str(await owner.fetch("SELECT * FROM sign_in.staff_session"))
    assert signed_in.token not in stored
    for shown in (repr(credentials), repr(signed_in)):
        assert PASSWORD not in shown
        assert credentials.code not in shown
        assert signed_in.token not in shown
    assert LI.name not in repr(LI)
