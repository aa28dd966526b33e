"""A resident signs in; knowing number and name opens nothing, and nothing can be found out."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from openhealthcode import audit, identity
from openhealthcode.database import Announcements, open_pool, transaction
from openhealthcode.sign_in import (
    BindingProof,
    BindingUnknown,
    CodeOver,
    NeedsBinding,
    Role,
    SignedIn,
    SignedOut,
    StaffSession,
    Subject,
    TooManyCodes,
    WrongCode,
    purge,
    residents,
)
from openhealthcode.sign_in.model import Audience
from openhealthcode.standards import Forbidden, InvalidInput, Phone, TooManyAttempts
from openhealthcode.standards.ids import TerminalId
from registering import AMMIE, LI, NATIONAL, PASSPORT, register
from signing_in import Phones, employ

PHONE = Phone.parse("13912345678")
STRANGERS_PHONE = Phone.parse("13698765432")
LI_ASKS = Subject(NATIONAL, "李秀英", PHONE)


@pytest.fixture
async def li(pool, keys):
    """Li is registered, and her phone is bound."""
    _, resident_id, _ = await register(pool, keys, LI)
    async with transaction(pool) as connection:
        await identity.bind_phone(connection, keys, resident_id, PHONE)
    return resident_id


@pytest.fixture
async def clerk(pool, keys):
    """A registrar's session."""
    hired = await employ(pool, keys, Role.REGISTRAR)
    now = datetime.now(UTC)
    return StaffSession(
        uuid4(),
        hired.practitioner_id,
        hired.institution_id,
        Audience.REGISTRAR,
        frozenset({Role.REGISTRAR}),
        TerminalId(uuid4()),
        now,
        now + timedelta(hours=1),
    )


async def answer(pool, keys, phones, subject):
    attempt = await residents.start(pool, keys, phones, subject)
    code = phones.code(subject.phone)
    return attempt, await residents.confirm(pool, keys, attempt.token, code)


async def forget_the_minute(owner):
    """As if a minute had passed since the last code."""
    await owner.execute(
        "UPDATE sign_in.attempt SET moments ="
        " ARRAY(SELECT moment - interval '61 seconds' FROM unnest(moments) AS moment)"
    )


async def test_the_bound_phone_opens_the_record(pool, keys, phones, li, owner):
    _, signed_in = await answer(pool, keys, phones, replace(LI_ASKS, name="李 秀英"))
    assert isinstance(signed_in, SignedIn)
    session = await residents.session(pool, keys, signed_in.token)
    assert session == signed_in.session
    assert session.resident_id == li
    assert (session.name, session.phone) == ("李 秀英", PHONE)
    assert len(session.device_reference) == 8
    assert session.expires_at - session.started_at == timedelta(days=30)
    assert session.is_fresh(datetime.now(UTC))
    assert not session.is_fresh(datetime.now(UTC) + timedelta(minutes=6))
    actions = await owner.fetch("SELECT action, agent_id FROM audit.event")
    assert [tuple(row) for row in actions] == [(audit.Action.RESIDENT_SIGN_IN, li)]


@pytest.mark.usefixtures("li")
async def test_somebody_elses_token_opens_nothing(pool, keys, phones):
    await answer(pool, keys, phones, LI_ASKS)
    for token in ("", "x" * 43, "\udcff", "é" * 43, "x" * 100_000):
        assert await residents.session(pool, keys, token) is None
        assert await residents.await_binding(pool, keys, token) is None
        assert await residents.sign_out(pool, keys, token) is None
        with pytest.raises(CodeOver):
            await residents.confirm(pool, keys, token, "123456")


@pytest.mark.parametrize(
    "subject",
    [
        replace(LI_ASKS, phone=STRANGERS_PHONE),
        replace(LI_ASKS, name="李秀兰", phone=STRANGERS_PHONE),
        replace(LI_ASKS, name="李秀兰"),
        replace(LI_ASKS, certificate=PASSPORT, phone=STRANGERS_PHONE),
    ],
    ids=["another phone", "and another name", "another name only", "nobody registered"],
)
@pytest.mark.usefixtures("li")
async def test_unknown_wrong_and_unbound_cannot_be_told_apart(pool, keys, phones, owner, subject):
    attempt, offered = await answer(pool, keys, phones, subject)
    assert isinstance(offered, NeedsBinding)
    assert len(offered.number) == 6
    assert offered.expires_at > datetime.now(UTC) + timedelta(minutes=14)
    assert await residents.await_binding(pool, keys, attempt.token) == offered
    assert await owner.fetchval("SELECT count(*) FROM audit.event") == 0


@pytest.mark.usefixtures("li")
async def test_unknown_wrong_and_unbound_ask_the_same_of_the_database(pool, keys, phones):
    asked = []
    for number, subject in enumerate(
        (
            replace(LI_ASKS, phone=STRANGERS_PHONE),
            replace(LI_ASKS, name="李秀兰"),
            replace(LI_ASKS, certificate=PASSPORT),
        )
    ):
        phone = Phone(f"+861369876543{number}")
        attempt = await residents.start(pool, keys, phones, replace(subject, phone=phone))
        async with recorded(pool) as queries:
            await residents.confirm(pool, keys, attempt.token, phones.code(phone))
        asked.append([query for query in queries if "SET LOCAL" not in query])
    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) > 3


@contextlib.asynccontextmanager
async def recorded(pool):
    """The statements that run meanwhile, one request after the other and so on one connection."""
    connection = await pool.acquire()
    pool.release(connection)
    queries: list[str] = []
    with connection.query_logger(lambda record: queries.append(record.query)):
        yield queries


async def test_a_clerk_with_the_card_binds_the_phone_and_the_phone_wakes_up(
    database, pool, keys, phones, li, clerk, owner
):
    asks = replace(LI_ASKS, phone=STRANGERS_PHONE)
    attempt, offered = await answer(pool, keys, phones, asks)
    pending = await residents.lookup_binding(pool, keys, offered.number, clerk)
    assert (pending.resident_id, pending.masked_phone) == (li, "136****5432")

    async with Announcements(database.url) as announcements:
        following = announcements.follow(offered.topic, timeout_seconds=60)
        assert not await anext(following)
        waiting = asyncio.create_task(anext(following))
        proof = BindingProof.CARD_AND_PERSON
        await residents.complete_binding(pool, keys, offered.number, clerk, proof)
        assert await waiting
        await following.aclose()

    signed_in = await residents.await_binding(pool, keys, attempt.token)
    assert isinstance(signed_in, SignedIn)
    assert signed_in.session.resident_id == li
    assert signed_in.session.phone == STRANGERS_PHONE
    assert await residents.await_binding(pool, keys, attempt.token) is None
    events = await owner.fetch("SELECT action, agent_id FROM audit.event ORDER BY number")
    assert [tuple(row) for row in events] == [
        (audit.Action.PHONE_BIND, clerk.practitioner_id),
        (audit.Action.RESIDENT_SIGN_IN, li),
    ]
    await forget_the_minute(owner)
    _, again = await answer(pool, keys, phones, asks)
    assert isinstance(again, SignedIn), "from now on the code alone is enough"


async def test_a_completed_number_makes_one_session_however_often_the_phone_asks(
    pool, keys, phones, li, clerk
):
    asks = replace(LI_ASKS, phone=STRANGERS_PHONE)
    attempt, offered = await answer(pool, keys, phones, asks)
    proof = BindingProof.CARD_AND_PERSON
    clerks = (
        residents.complete_binding(pool, keys, offered.number, clerk, proof) for _ in range(8)
    )
    completed = await asyncio.gather(*clerks, return_exceptions=True)
    assert completed.count(li) == 1
    assert sum(isinstance(error, BindingUnknown) for error in completed) == 7
    polls = (residents.await_binding(pool, keys, attempt.token) for _ in range(8))
    answers = await asyncio.gather(*polls)
    assert sum(isinstance(signed_in, SignedIn) for signed_in in answers) == 1
    assert len(await residents.sessions_of(pool, li)) == 1


@pytest.mark.parametrize(
    "subject",
    [replace(LI_ASKS, name="李秀兰"), replace(LI_ASKS, certificate=PASSPORT)],
    ids=["wrong name", "nobody"],
)
@pytest.mark.usefixtures("li")
async def test_a_number_for_nobody_cannot_be_completed(pool, keys, phones, clerk, subject):
    _, offered = await answer(pool, keys, phones, subject)
    with pytest.raises(BindingUnknown):
        await residents.lookup_binding(pool, keys, offered.number, clerk)
    with pytest.raises(BindingUnknown):
        await residents.complete_binding(
            pool, keys, offered.number, clerk, BindingProof.CARD_AND_PERSON
        )


async def test_a_number_can_be_completed_once_the_person_is_registered(pool, keys, phones, clerk):
    attempt, offered = await answer(
        pool, keys, phones, Subject(PASSPORT, AMMIE.name, STRANGERS_PHONE)
    )
    _, resident_id, _ = await register(pool, keys, AMMIE)
    proof = BindingProof.CARD_AND_PERSON
    await residents.complete_binding(pool, keys, offered.number, clerk, proof)
    signed_in = await residents.await_binding(pool, keys, attempt.token)
    assert isinstance(signed_in, SignedIn)
    assert signed_in.session.resident_id == resident_id


@pytest.mark.parametrize("number", ["", "12345", "１２３４５６", "'; DROP", "000000000", "abcdef"])
async def test_what_is_no_number_is_unknown(pool, keys, clerk, number):
    with pytest.raises(BindingUnknown):
        await residents.lookup_binding(pool, keys, number, clerk)


@pytest.mark.usefixtures("li")
async def test_a_number_dies_after_a_quarter_of_an_hour(pool, keys, phones, clerk, owner):
    asks = replace(LI_ASKS, phone=STRANGERS_PHONE)
    attempt, offered = await answer(pool, keys, phones, asks)
    await owner.execute("UPDATE sign_in.binding SET expires_at = expires_at - interval '15 min'")
    with pytest.raises(BindingUnknown):
        await residents.lookup_binding(pool, keys, offered.number, clerk)
    assert await residents.await_binding(pool, keys, attempt.token) is None


async def test_only_a_registrar_looks_up_numbers_and_not_without_end(pool, keys, clerk):
    clinician = replace(clerk, roles=frozenset({Role.CLINICIAN}))
    with pytest.raises(Forbidden):
        await residents.lookup_binding(pool, keys, "123456", clinician)
    refusals = []
    for _ in range(41):
        with pytest.raises((BindingUnknown, TooManyAttempts)) as refusal:
            await residents.lookup_binding(pool, keys, "123456", clerk)
        refusals.append(refusal.type)
    assert refusals.count(BindingUnknown) == 40
    assert refusals[-1] is TooManyAttempts


@pytest.mark.usefixtures("li")
async def test_five_wrong_tries_end_a_code(pool, keys, phones):
    attempt = await residents.start(pool, keys, phones, LI_ASKS)
    right = phones.code(PHONE)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for typed in (wrong, "", "12345", "not a code", wrong):
        with pytest.raises(WrongCode):
            await residents.confirm(pool, keys, attempt.token, typed)
    with pytest.raises(CodeOver):
        await residents.confirm(pool, keys, attempt.token, right)


@pytest.mark.usefixtures("li")
async def test_a_code_is_good_for_five_minutes(pool, keys, phones, owner):
    attempt = await residents.start(pool, keys, phones, LI_ASKS)
    assert attempt.expires_at - datetime.now(UTC) <= timedelta(minutes=5)
    await owner.execute("UPDATE sign_in.code SET expires_at = expires_at - interval '5 minutes'")
    with pytest.raises(CodeOver):
        await residents.confirm(pool, keys, attempt.token, phones.code(PHONE))


@pytest.mark.usefixtures("li")
async def test_full_width_digits_and_spaces_are_forgiven(pool, keys, phones):
    attempt = await residents.start(pool, keys, phones, LI_ASKS)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in phones.code(PHONE))
    typed = f" {wide[:3]} {wide[3:]} "
    assert isinstance(await residents.confirm(pool, keys, attempt.token, typed), SignedIn)


@pytest.mark.usefixtures("li")
async def test_one_right_code_among_parallel_ones_is_good_once(database, keys, phones, pool):
    attempt = await residents.start(pool, keys, phones, LI_ASKS)
    code = phones.code(PHONE)
    wide = await open_pool(database.url, size=20)
    tries = (residents.confirm(wide, keys, attempt.token, code) for _ in range(20))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    wide.terminate()
    assert sum(isinstance(one, SignedIn) for one in answers) == 1
    assert sum(isinstance(one, CodeOver) for one in answers) == 19


@pytest.mark.usefixtures("li")
async def test_parallel_guesses_get_five_tries_between_them(database, keys, phones, pool):
    attempt = await residents.start(pool, keys, phones, LI_ASKS)
    right = int(phones.code(PHONE))
    guesses = [f"{(right + offset) % 1_000_000:06}" for offset in range(1, 41)]
    wide = await open_pool(database.url, size=20)
    tries = (residents.confirm(wide, keys, attempt.token, guess) for guess in guesses)
    answers = await asyncio.gather(*tries, return_exceptions=True)
    wide.terminate()
    assert sum(isinstance(one, WrongCode) for one in answers) == 5
    assert sum(isinstance(one, CodeOver) for one in answers) == 35


async def test_one_code_a_minute_five_an_hour_ten_a_day(pool, keys, phones, owner):
    """The same for a number nobody has registered; the limits belong to the phone."""

    async def ask():
        await residents.start(pool, keys, phones, replace(LI_ASKS, certificate=PASSPORT))

    async def pass_time(period):
        await owner.execute(
            "UPDATE sign_in.attempt SET moments ="
            " ARRAY(SELECT moment - $1::interval FROM unnest(moments) AS moment)",
            period,
        )

    sent = 0
    for _ in range(30):  # every two hours' worth of trying once a minute
        try:
            await ask()
            sent += 1
        except TooManyCodes:
            pass
        with pytest.raises(TooManyCodes):
            await ask()
        await pass_time(timedelta(minutes=1))
    assert sent == 5
    await pass_time(timedelta(hours=1))
    for _ in range(5):
        await ask()
        await pass_time(timedelta(minutes=1))
    await pass_time(timedelta(hours=1))
    with pytest.raises(TooManyCodes):
        await ask()
    await pass_time(timedelta(hours=22))
    await ask()
    assert len(phones.arrived) == 11


async def test_two_requests_at_once_send_one_code(pool, keys, phones):
    asks = (residents.start(pool, keys, phones, LI_ASKS) for _ in range(8))
    answers = await asyncio.gather(*asks, return_exceptions=True)
    assert sum(isinstance(one, TooManyCodes) for one in answers) == 7
    assert len(phones.arrived) == 1


async def test_the_whole_service_has_a_ceiling_and_refusals_cost_nobody_a_try(pool, keys, owner):
    phones = Phones(codes_per_hour=3)
    asks = [replace(LI_ASKS, phone=Phone(f"+8613612345{last:03}")) for last in range(4)]
    for ask in asks[:3]:
        await residents.start(pool, keys, phones, ask)
    with pytest.raises(TooManyCodes):
        await residents.start(pool, keys, phones, asks[3])
    await owner.execute("UPDATE sign_in.hour SET starts_at = starts_at - interval '1 hour'")
    await residents.start(pool, keys, phones, asks[3])


@pytest.mark.parametrize(
    "subject",
    [
        replace(LI_ASKS, name=" · "),
        replace(LI_ASKS, name="李" * 129),
        replace(LI_ASKS, name="李\ud800"),
        replace(LI_ASKS, phone=Phone.parse("13800000000")),
    ],
)
async def test_a_request_that_cannot_be_sends_nothing(pool, keys, phones, subject):
    with pytest.raises(InvalidInput) as refused:
        await residents.start(pool, keys, phones, subject)
    assert subject.name not in str(refused.value)
    assert phones.arrived == []


@pytest.mark.usefixtures("li")
async def test_a_fresh_code_verifies_a_session_again(pool, keys, phones, owner):
    _, signed_in = await answer(pool, keys, phones, LI_ASKS)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '1 hour'"
    )
    await forget_the_minute(owner)
    stale = await residents.session(pool, keys, signed_in.token)
    assert not stale.is_fresh(datetime.now(UTC))
    attempt = await residents.start_verification(pool, keys, phones, signed_in.token)
    code = phones.code(PHONE)
    with pytest.raises(CodeOver):
        await residents.confirm(pool, keys, attempt.token, code)
    fresh = await residents.verify_again(pool, keys, signed_in.token, attempt.token, code)
    assert fresh.is_fresh(datetime.now(UTC))
    assert await residents.session(pool, keys, signed_in.token) == fresh
    with pytest.raises(CodeOver):
        await residents.verify_again(pool, keys, signed_in.token, attempt.token, code)


@pytest.mark.usefixtures("li")
async def test_a_verification_code_is_no_other_sessions(pool, keys, phones, owner):
    _, first = await answer(pool, keys, phones, LI_ASKS)
    await forget_the_minute(owner)
    _, second = await answer(pool, keys, phones, LI_ASKS)
    await forget_the_minute(owner)
    attempt = await residents.start_verification(pool, keys, phones, first.token)
    code = phones.code(PHONE)
    with pytest.raises(CodeOver):
        await residents.verify_again(pool, keys, second.token, attempt.token, code)
    with pytest.raises(SignedOut):
        await residents.start_verification(pool, keys, phones, "x" * 43)


async def test_sessions_are_listed_and_ended(pool, keys, phones, li, owner):
    _, first = await answer(pool, keys, phones, LI_ASKS)
    await forget_the_minute(owner)
    _, second = await answer(pool, keys, phones, LI_ASKS)
    listed = await residents.sessions_of(pool, li)
    assert {one.session_id for one in listed} == {
        first.session.session_id,
        second.session.session_id,
    }
    ended = await residents.end_session(pool, li, first.session.session_id)
    assert ended == first.session.device_reference
    assert await residents.session(pool, keys, first.token) is None
    assert await residents.end_session(pool, uuid4(), second.session.session_id) is None
    assert await residents.sign_out(pool, keys, second.token) == second.session.device_reference
    assert await residents.sessions_of(pool, li) == []


@pytest.mark.usefixtures("li")
async def test_a_session_ends_after_thirty_days(pool, keys, phones, owner):
    _, signed_in = await answer(pool, keys, phones, LI_ASKS)
    await owner.execute(
        "UPDATE sign_in.resident_session SET started_at = started_at - interval '31 days',"
        " expires_at = expires_at - interval '30 days'"
    )
    assert await residents.session(pool, keys, signed_in.token) is None


async def test_unbinding_a_lost_phone_ends_its_sessions(pool, keys, phones, li, owner):
    _, signed_in = await answer(pool, keys, phones, LI_ASKS)
    agent = audit.Agent(audit.AgentKind.RESIDENT, li)
    ended = await residents.unbind_phone(pool, keys, li, PHONE, agent)
    assert ended == [signed_in.session.device_reference]
    assert await residents.session(pool, keys, signed_in.token) is None
    await forget_the_minute(owner)
    _, offered = await answer(pool, keys, phones, LI_ASKS)
    assert isinstance(offered, NeedsBinding)
    actions = [row["action"] for row in await owner.fetch("SELECT action FROM audit.event")]
    assert actions == [audit.Action.RESIDENT_SIGN_IN, audit.Action.PHONE_UNBIND]


@pytest.mark.usefixtures("li")
async def test_no_code_number_name_or_phone_lies_in_the_tables(pool, keys, phones, owner):
    _, signed_in = await answer(pool, keys, phones, LI_ASKS)
    asks = replace(LI_ASKS, phone=STRANGERS_PHONE)
    attempt, offered = await answer(pool, keys, phones, asks)
    markers = [
        phones.code(PHONE),
        phones.code(STRANGERS_PHONE),
        offered.number,
        LI.name,
        "13912345678",
        "13698765432",
        NATIONAL.number,
        signed_in.token,
        attempt.token,
    ]
    for table in ("attempt", "hour", "code", "binding", "resident_session"):
        for row in await owner.fetch(f"SELECT * FROM sign_in.{table}"):
            stored = b"|".join(
                value if isinstance(value, bytes) else str(value).encode()
                for value in row
                if not isinstance(value, datetime | UUID)  # their digits are anybody's
            )
            for marker in markers:
                assert marker.encode() not in stored, table


def test_nothing_secret_shows_in_a_repr():
    offered = NeedsBinding("123456", datetime(2026, 11, 22, tzinfo=UTC), "topic")
    assert "123456" not in repr(offered)
    assert "李" not in repr(LI_ASKS)
    assert "139" not in repr(LI_ASKS)
    assert NATIONAL.number not in repr(LI_ASKS)


@pytest.mark.usefixtures("li")
async def test_without_a_key_no_session_is_seen(pool, keys, phones):
    await answer(pool, keys, phones, LI_ASKS)
    async with transaction(pool, resident=uuid4()) as connection:
        for table in ("code", "binding", "resident_session", "staff_session", "access_token"):
            assert await connection.fetchval(f"SELECT count(*) FROM sign_in.{table}") == 0


@pytest.mark.usefixtures("li")
async def test_the_purge_takes_what_is_over_and_nothing_else(pool, keys, phones, owner):
    _, signed_in = await answer(pool, keys, phones, LI_ASKS)
    await answer(pool, keys, phones, replace(LI_ASKS, phone=STRANGERS_PHONE))
    await purge(pool)
    counts = "SELECT (SELECT count(*) FROM sign_in.code), (SELECT count(*) FROM sign_in.binding)"
    assert tuple(await owner.fetchrow(counts)) == (2, 1)
    await owner.execute("UPDATE sign_in.code SET expires_at = expires_at - interval '2 hours'")
    await owner.execute("UPDATE sign_in.binding SET expires_at = expires_at - interval '2 hours'")
    await owner.execute("UPDATE sign_in.attempt SET latest_at = latest_at - interval '3 days'")
    await purge(pool)
    assert tuple(await owner.fetchrow(counts)) == (0, 0)
    assert await owner.fetchval("SELECT count(*) FROM sign_in.attempt") == 0
    assert await residents.session(pool, keys, signed_in.token) is not None
