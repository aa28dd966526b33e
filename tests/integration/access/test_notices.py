"""Notices of an override: stored with it, and told whatever becomes of process and gateway."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

import telling
import visits
from openhealthcode import access, consent, identity
from openhealthcode.access import notices
from openhealthcode.database import open_pool, transaction
from openhealthcode.identity import Relation
from openhealthcode.sign_in import MessageNotSent
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.standards.ids import ResidentId, TerminalId
from openhealthcode.trust import Keys
from signing_in import Phones
from visits import World

OWN_PHONE = Phone.parse("13912345678")
WIFE = Phone.parse("13712345671")
SON = Phone.parse("13612345672")
EVERYBODY = {OWN_PHONE, WIFE, SON}


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def known(world: World) -> ResidentId:
    """A resident with a phone and two contacts."""
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, OWN_PHONE)
    await access.name_contact(world.pool, world.keys, resident, WIFE, Relation.SPOUSE)
    await access.name_contact(world.pool, world.keys, resident, SON, Relation.CHILD)
    return resident


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


class Refusing(Phones):
    """A gateway that refuses some telephones, and counts."""

    def __init__(self, *refused: Phone) -> None:
        super().__init__()
        self.refused = set(refused)
        self.asked = 0

    async def send(self, message) -> None:
        self.asked += 1
        if message.phone in self.refused:
            raise MessageNotSent
        await super().send(message)


async def break_glass(world: World, outbox: Phones, *, level: int = 1) -> None:
    await access.break_glass_for(
        world.pool,
        world.keys,
        outbox,
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        triage_level=level,
        reason="车祸昏迷，无法答复",
    )


async def owed(owner) -> int:
    return await owner.fetchval("SELECT count(*) FROM access.notice")


async def let_pass(owner, seconds: int) -> None:
    await owner.execute(
        "UPDATE access.notice SET made_at = made_at - $1 * interval '1 second',"
        " next_try_at = next_try_at - $1 * interval '1 second'",
        seconds,
    )


@pytest.mark.usefixtures("known")
async def test_what_was_taken_over_is_owed_no_more(world, owner):
    outbox = Phones()
    await break_glass(world, outbox)
    assert {message.phone for message in outbox.arrived} == EVERYBODY
    assert await owed(owner) == 0
    await let_pass(owner, 60)
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 0
    assert len(outbox.arrived) == 3


@pytest.mark.usefixtures("known")
async def test_what_a_gateway_refused_is_told_later_and_the_rest_not_twice(world, owner):
    outbox = Refusing(SON)
    await break_glass(world, outbox)
    assert await owed(owner) == 1
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 0  # not yet
    await let_pass(owner, 10)
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 1
    assert await owed(owner) == 1
    outbox.refused.clear()
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 0  # a pause
    await let_pass(owner, 10)
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 1
    assert len(outbox.arrived) == 3
    assert {message.phone for message in outbox.arrived} == EVERYBODY
    assert await owed(owner) == 0


@pytest.mark.usefixtures("known")
async def test_the_pauses_grow_and_after_a_day_it_is_given_up(world, owner, caplog):
    outbox = Refusing(*EVERYBODY)
    await break_glass(world, outbox)
    pauses = []
    for _ in range(12):
        await owner.execute("UPDATE access.notice SET next_try_at = now() - interval '1 s'")
        await access.send_waiting_notices(world.pool, world.keys, outbox)
        pauses.append(
            await owner.fetchval(
                "SELECT round(extract(epoch FROM min(next_try_at - now())))::int FROM access.notice"
            )
        )
    growing = pauses[:9]
    assert all(later > earlier for earlier, later in pairwise(growing)), pauses
    assert 5 <= pauses[0] <= 10
    assert all(3500 < pause <= 3600 for pause in pauses[10:]), pauses
    await let_pass(owner, 24 * 3600)
    asked = outbox.asked
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 0
    assert (outbox.asked, await owed(owner)) == (asked, 0)
    assert "a notice is given up" in caplog.text
    for secret in (*(phone.number for phone in EVERYBODY), "李"):
        assert secret not in caplog.text


@pytest.mark.usefixtures("known")
async def test_several_processes_tell_each_once(world, owner, database):
    await break_glass(world, Refusing(*EVERYBODY))
    await let_pass(owner, 10)
    outbox = Phones()
    pools = [await open_pool(database.url, size=2) for _ in range(3)]
    await asyncio.gather(*(access.send_waiting_notices(pool, world.keys, outbox) for pool in pools))
    for pool in pools:
        await pool.close()
    assert sorted(m.phone.number for m in outbox.arrived) == sorted(p.number for p in EVERYBODY)


async def test_no_override_no_notice(world, known, owner):
    with pytest.raises(consent.TriageTooLow):
        await break_glass(world, Phones(), level=4)
    assert await owed(owner) == 0
    assert known


async def test_what_is_owed_lies_sealed_and_is_seen_in_its_own_context_only(world, known, owner):
    await break_glass(world, Refusing(*EVERYBODY))
    stored = [
        row["text"] for row in await owner.fetch("SELECT n::text AS text FROM access.notice n")
    ]
    for row in stored:
        for phone in EVERYBODY:
            assert phone.number[3:] not in row
            assert phone.number[3:].encode().hex() not in row
    other = await world.resident(serial=4)
    count = "SELECT count(*) FROM access.notice"
    for context, expected in (
        ({}, 0),
        ({"resident": other}, 0),
        ({"task": "supervision"}, 0),
        ({"task": "notices"}, 3),
        ({"resident": known}, 3),
    ):
        async with transaction(world.pool, **context) as connection:
            assert await connection.fetchval(count) == expected
    async with transaction(world.pool, task="notices") as connection:
        assert await connection.execute("DELETE FROM access.notice") == "DELETE 0"


async def test_who_closed_the_account_is_owed_nothing(world, known, owner):
    await break_glass(world, Refusing(*EVERYBODY))
    await access.close_account(world.pool, world.keys, known)
    await let_pass(owner, 10)
    outbox = Phones()
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 0
    assert (outbox.arrived, await owed(owner)) == ([], 0)


async def test_a_notice_moved_to_another_resident_is_not_sent(world, known, owner):
    other = await world.resident(serial=4)
    await break_glass(world, Refusing(*EVERYBODY))
    await owner.execute("UPDATE access.notice SET resident_id = $1", other)
    await let_pass(owner, 10)
    outbox = Phones()
    assert await access.send_waiting_notices(world.pool, world.keys, outbox) == 0
    assert outbox.arrived == []
    assert known


def test_a_process_killed_between_commit_and_gateway_loses_no_notice(database, tmp_path):
    """``kill -9`` in the first moment the gateway is asked: the override stands, nobody is told."""
    telling_in_a_process = subprocess.run(
        [sys.executable, telling.__file__, database.url, str(tmp_path / "keys")],
        env={**os.environ, "PYTHONPATH": str(Path(telling.__file__).parent)},
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert telling_in_a_process.returncode == -signal.SIGKILL, telling_in_a_process.stderr.decode()
    assert asyncio.run(_told_by_the_next(database, tmp_path)) == sorted(
        phone.number for phone in telling.EVERYBODY
    )


async def _told_by_the_next(database, tmp_path) -> list[str]:
    """Start anew over what the killed one left behind, as long after as a lease lasts."""
    owner = await asyncpg.connect(database.owner_url)
    assert await owner.fetchval("SELECT count(*) FROM consent.consent WHERE is_override") == 1
    assert await owed(owner) == 3
    await let_pass(owner, int(notices._FIRST_TRY.total_seconds()))
    pool, keys, outbox = (
        await open_pool(database.url, size=2),
        Keys.open(tmp_path / "keys"),
        Phones(),
    )
    await access.send_waiting_notices(pool, keys, outbox)
    assert await owed(owner) == 0
    await pool.close()
    await owner.close()
    keys.close()
    return sorted(message.phone.number for message in outbox.arrived)
