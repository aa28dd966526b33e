"""A PIN proves who allows; the second one looks the same to everybody it is entered at."""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from openhealthcode import audit
from openhealthcode.audit import reading as log
from openhealthcode.database import open_pool, transaction
from openhealthcode.sign_in import BindingProof, Role, StaffSession, pin
from openhealthcode.sign_in.hashing import matches
from openhealthcode.sign_in.model import Audience
from openhealthcode.sign_in.pin import (
    MOST_WRONG,
    NoPin,
    PinLocked,
    PinMatch,
    PinOver,
    PinUnsuitable,
    WrongPin,
)
from openhealthcode.standards import Conflict, Forbidden
from openhealthcode.standards.ids import TerminalId
from registering import AMMIE, LI, register
from signing_in import employ

OWN, SECOND, WRONG, ANOTHER = "480271", "739105", "991234", "802580"
CARD = BindingProof.CARD_AND_PERSON


@pytest.fixture
async def li(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    await pin.choose(pool, keys, resident_id, OWN)
    return resident_id


@pytest.fixture
async def doctor(pool, keys):
    """At whose device a PIN is entered."""
    hired = await employ(pool, keys, Role.CLINICIAN)
    kind = audit.AgentKind.PRACTITIONER
    return audit.Agent(kind, hired.practitioner_id, hired.institution_id)


@pytest.fixture
async def clerk(pool, keys):
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


async def no_wait(owner):
    """As if an hour had passed since the last wrong entry."""
    await owner.execute("UPDATE sign_in.pin SET locked_until = now() - interval '1 hour'")


async def lines(pool, keys, resident_id):
    async with transaction(pool, resident=resident_id) as connection:
        return await log.lines(connection, keys, resident_id, before=None, limit=50)


async def test_the_right_one_and_no_other_is_taken(pool, keys, li, doctor):
    assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN
    assert await pin.check(pool, keys, li, " 480 271", doctor) is PinMatch.OWN
    for wrong in (WRONG, SECOND):
        with pytest.raises(WrongPin):
            await pin.check(pool, keys, li, wrong, doctor)


async def test_a_pin_is_one_persons(pool, keys, doctor):
    _, other, _ = await register(pool, keys, AMMIE)
    with pytest.raises(NoPin):
        await pin.check(pool, keys, other, OWN, doctor)
    await pin.choose(pool, keys, other, ANOTHER)
    with pytest.raises(WrongPin):
        await pin.check(pool, keys, other, OWN, doctor)


async def test_a_wrong_entry_is_logged_under_whose_device_it_was_made_at(pool, keys, li, doctor):
    with pytest.raises(WrongPin):
        await pin.check(pool, keys, li, WRONG, doctor)
    (line, *_) = await lines(pool, keys, li)
    assert (line.action, line.outcome) == ("pin.enter", "refused")
    assert (line.agent_id, line.institution_id) == (doctor.id, doctor.institution_id)
    assert WRONG not in str(line.detail)


async def test_wrong_in_a_row_waits_and_a_right_one_ends_the_row(pool, keys, li, doctor, owner):
    for _ in range(2):
        with pytest.raises(WrongPin):
            await pin.check(pool, keys, li, WRONG, doctor)
    assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN
    for _ in range(3):
        with pytest.raises(WrongPin):
            await pin.check(pool, keys, li, WRONG, doctor)
    with pytest.raises(PinLocked):
        await pin.check(pool, keys, li, OWN, doctor)
    await no_wait(owner)
    assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN


async def test_wrong_entries_count_over_the_whole_life_of_a_pin(
    pool, keys, li, doctor, owner, clerk
):
    """Else whoever shares a desk with the person could guess two between any two right ones."""
    for _ in range(MOST_WRONG):
        assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN
        with pytest.raises(WrongPin):
            await pin.check(pool, keys, li, WRONG, doctor)
        await no_wait(owner)
    with pytest.raises(PinOver):
        await pin.check(pool, keys, li, OWN, doctor)
    with pytest.raises(PinOver):
        await pin.change(pool, keys, li, OWN, ANOTHER)
    standing = await pin.standing(pool, li)
    assert standing is not None
    assert standing.is_over
    await pin.set_at_counter(pool, keys, li, ANOTHER, clerk, CARD)
    assert await pin.check(pool, keys, li, ANOTHER, doctor) is PinMatch.OWN


async def test_parallel_guesses_cost_one_each(database_url, keys, li, doctor, owner):
    pool = await open_pool(database_url, size=8)
    results = await asyncio.gather(
        *(pin.check(pool, keys, li, WRONG, doctor) for _ in range(20)), return_exceptions=True
    )
    await pool.close()
    tried = sum(isinstance(one, WrongPin) for one in results)
    assert tried <= 3
    assert all(isinstance(one, WrongPin | PinLocked) for one in results)
    left = await owner.fetchval("SELECT wrong_left FROM sign_in.pin WHERE resident_id = $1", li)
    assert left == MOST_WRONG - tried


async def test_what_cannot_be_a_pin_costs_no_try(pool, keys, li, doctor):
    for typed in ("", "48027", "4802710", "abcdef", "\ud800", "4" * 99_999):
        with pytest.raises(WrongPin):
            await pin.check(pool, keys, li, typed, doctor)
    standing = await pin.standing(pool, li)
    assert standing is not None
    assert standing.wrong_left == MOST_WRONG


async def test_a_phone_sets_the_first_pin_only(pool, keys, li, doctor):
    with pytest.raises(Conflict):
        await pin.choose(pool, keys, li, ANOTHER)
    with pytest.raises(WrongPin):
        await pin.change(pool, keys, li, WRONG, ANOTHER)
    assert await pin.change(pool, keys, li, OWN, ANOTHER) is PinMatch.OWN
    assert await pin.check(pool, keys, li, ANOTHER, doctor) is PinMatch.OWN


async def test_guessable_digits_are_refused_before_anything_is_tried(pool, keys, li, clerk):
    for digits in ("123456", "590418", "12345"):
        with pytest.raises(PinUnsuitable):
            await pin.change(pool, keys, li, OWN, digits)
        with pytest.raises(PinUnsuitable):
            await pin.choose_second(pool, keys, li, OWN, digits)
        with pytest.raises(PinUnsuitable):
            await pin.set_at_counter(pool, keys, li, digits, clerk, CARD)


async def test_the_second_is_recognised_and_is_not_the_first(pool, keys, li, doctor):
    await pin.choose_second(pool, keys, li, OWN, SECOND)
    assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN
    assert await pin.check(pool, keys, li, SECOND, doctor) is PinMatch.UNDER_DURESS
    with pytest.raises(PinUnsuitable):
        await pin.choose_second(pool, keys, li, OWN, OWN)
    with pytest.raises(PinUnsuitable):
        await pin.change(pool, keys, li, OWN, SECOND)
    await pin.choose_second(pool, keys, li, OWN, None)
    with pytest.raises(WrongPin):
        await pin.check(pool, keys, li, SECOND, doctor)


async def test_whoever_is_made_to_change_the_pin_keeps_the_true_one(pool, keys, li, doctor):
    await pin.choose_second(pool, keys, li, OWN, SECOND)
    assert await pin.change(pool, keys, li, SECOND, ANOTHER) is PinMatch.UNDER_DURESS
    assert await pin.check(pool, keys, li, ANOTHER, doctor) is PinMatch.UNDER_DURESS
    assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN
    await pin.choose_second(pool, keys, li, ANOTHER, "314159")  # seems to work, and does nothing
    assert await pin.check(pool, keys, li, ANOTHER, doctor) is PinMatch.UNDER_DURESS
    with pytest.raises(WrongPin):
        await pin.check(pool, keys, li, "314159", doctor)


async def test_both_leave_the_same_traces(pool, keys, li, doctor, owner):
    """Row, log, statements: what remains of entering one is what remains of entering the other."""
    await pin.choose_second(pool, keys, li, OWN, SECOND)
    found = []
    for digits in (OWN, SECOND):
        before = dict(await owner.fetchrow("SELECT * FROM sign_in.pin"))
        said = len(await lines(pool, keys, li))
        await pin.check(pool, keys, li, digits, doctor)
        after = dict(await owner.fetchrow("SELECT * FROM sign_in.pin"))
        found.append((before == after, len(await lines(pool, keys, li)) - said))
    assert found[0] == found[1] == (True, 0)


async def test_both_take_the_same_work(pool, keys, li, doctor, monkeypatch):
    """Two slow hashes for either, the same two in the same order, each as slow as the other."""
    await pin.choose_second(pool, keys, li, OWN, SECOND)
    compared = []

    async def noting(text, stored):
        compared.append(stored)
        return await matches(text, stored)

    # The module: in its package the name is the function's.
    checking = importlib.import_module("openhealthcode.sign_in.pin.check")
    monkeypatch.setattr(checking, "matches", noting)
    assert await pin.check(pool, keys, li, OWN, doctor) is PinMatch.OWN
    assert await pin.check(pool, keys, li, SECOND, doctor) is PinMatch.UNDER_DURESS
    own, second = compared[:2], compared[2:]
    assert len(own) == 2
    assert own == second
    assert len({one.rpartition("$")[0].rpartition("$")[0] for one in own}) == 1


async def test_no_row_tells_whether_there_is_a_second(pool, keys, li, owner):
    without = await owner.fetchrow("SELECT * FROM sign_in.pin")
    await pin.choose_second(pool, keys, li, OWN, SECOND)
    with_it = await owner.fetchrow("SELECT * FROM sign_in.pin")
    assert len(without["sealed"]) == len(with_it["sealed"])
    said = await lines(pool, keys, li)
    assert [line.action for line in said[:2]] == ["pin.set", "pin.set"]
    assert said[0].detail == said[1].detail
    (row,) = await owner.fetch("SELECT * FROM sign_in.pin")
    stored = [one for one in row if not isinstance(one, datetime | UUID)]  # anybody's digits
    told = f"{stored} {[(line.action, line.detail) for line in said]}"
    assert OWN not in told
    assert SECOND not in told


async def test_a_counter_sets_it_card_in_hand_and_the_log_says_who(pool, keys, doctor, clerk):
    _, resident_id, _ = await register(pool, keys, LI)
    not_a_clerk = replace(clerk, roles=frozenset({Role.CLINICIAN}))
    with pytest.raises(Forbidden):
        await pin.set_at_counter(pool, keys, resident_id, OWN, not_a_clerk, CARD)
    await pin.set_at_counter(pool, keys, resident_id, OWN, clerk, CARD)
    assert await pin.check(pool, keys, resident_id, OWN, doctor) is PinMatch.OWN
    (line, *_) = await lines(pool, keys, resident_id)
    assert (line.action, line.agent_id) == ("pin.set", clerk.practitioner_id)
    assert line.detail == {"proof": CARD.value}


async def test_a_second_one_outlives_a_forgotten_first(pool, keys, li, doctor, clerk):
    await pin.choose_second(pool, keys, li, OWN, SECOND)
    await pin.set_at_counter(pool, keys, li, ANOTHER, clerk, CARD)
    assert await pin.check(pool, keys, li, SECOND, doctor) is PinMatch.UNDER_DURESS
    await pin.set_at_counter(pool, keys, li, SECOND, clerk, CARD)  # chosen anew as the first
    assert await pin.check(pool, keys, li, SECOND, doctor) is PinMatch.OWN


async def test_a_row_moved_to_somebody_else_opens_nothing(pool, keys, li, doctor, owner):
    _, other, _ = await register(pool, keys, AMMIE)
    await pin.choose(pool, keys, other, ANOTHER)
    await owner.execute(
        "UPDATE sign_in.pin SET sealed = mine.sealed, version = mine.version"
        "  FROM (SELECT sealed, version FROM sign_in.pin WHERE resident_id = $1) AS mine"
        " WHERE resident_id = $2",
        other,
        li,
    )
    with pytest.raises(Exception, match="seal"):
        await pin.check(pool, keys, li, ANOTHER, doctor)
