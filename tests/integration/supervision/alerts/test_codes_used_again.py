"""A code that was used already, shown at a desk: refused, read by its resident, told when it is a habit."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clinic_desk import Desk, Phone, application, colleague
from openhealthcode import access, healthcode
from openhealthcode.access import overseen
from openhealthcode.access.replayed import tell_of_replay
from openhealthcode.audit import Action, Outcome
from openhealthcode.database import transaction
from openhealthcode.healthcode import Scan, SpentCode
from openhealthcode.sign_in import staff
from openhealthcode.standards import Scene
from openhealthcode.supervision import alerts

RESIDENTS = (31, 32, 33)


async def rules_found(hospital):
    officer = hospital.officer(await hospital.staff("何"))
    queue = await alerts.alerts_for(hospital.pool, hospital.keys, officer)
    rows = [*queue.today, *queue.others, *queue.waiting]
    return {(row.alert.practitioner, one.rule) for row in rows for one in row.alert.findings}


@pytest.fixture
async def desks(hospital):
    """Two doctors, each at their own browser, and three people with phones."""
    app = application(hospital.world)
    lin = await colleague(hospital.world)
    first = await Desk.opened(hospital.world, app)
    second = await Desk.opened(hospital.world, app, "0318", lin)
    for desk in (first, second):
        await desk.sign_in()
    phones = [await Phone.of(hospital.world, await hospital.resident(one)) for one in RESIDENTS]
    return SimpleNamespace(first=first, second=second, lin=lin, phones=phones)


async def log_of(hospital, resident):
    lines = await access.own_log(hospital.pool, hospital.keys, resident)
    return [
        (line.action, line.outcome, line.agent_id)
        for line in lines
        if line.action == Action.RESIDENT_IDENTIFY
    ]


async def test_who_shows_used_codes_of_others_is_told(hospital, desks):
    for phone in desks.phones:
        code = phone.code()
        assert (await desks.first.scan(code)).status_code == 200
        assert (await desks.second.scan(code)).status_code == 422
    await hospital.follow()
    assert (desks.lin, "code-misused") in await rules_found(hospital)
    edition = await alerts.edition_in_force(hospital.pool, hospital.keys)
    sentences = edition.rules["code-misused"].sentences
    assert {"en", "zh"} <= set(sentences)


async def test_two_in_a_day_are_an_accident(hospital, desks):
    for phone in desks.phones[:2]:
        code = phone.code()
        await desks.first.scan(code)
        await desks.second.scan(code)
    await hospital.follow()
    assert await rules_found(hospital) == set()


async def test_a_scanner_that_reads_twice_is_no_misuse(hospital, desks):
    for phone in desks.phones:
        code = phone.code()
        for status in (200, 422, 422):
            assert (await desks.first.scan(code)).status_code == status
        assert len(await log_of(hospital, phone.resident)) == 1
    await hospital.follow()
    assert await rules_found(hospital) == set()


async def test_its_resident_reads_of_it_and_who_showed_it_learns_nothing(hospital, desks):
    phone = desks.phones[0]
    code = phone.code()
    await desks.first.scan(code)
    refused = await desks.second.scan(code)
    assert "这个码已经用过" in refused.text
    assert str(phone.resident) not in refused.text
    newest, before = await log_of(hospital, phone.resident)
    assert newest == (Action.RESIDENT_IDENTIFY, Outcome.REFUSED, desks.lin)
    assert before == (Action.RESIDENT_IDENTIFY, Outcome.DONE, hospital.world.wang)


async def test_a_short_code_read_out_twice(hospital, desks):
    for phone in desks.phones:
        digits = await access.own_short_code(hospital.pool, hospital.keys, phone.resident)
        assert (await desks.first.scan(digits)).status_code == 200
        assert (await desks.second.scan(digits)).status_code == 422
    await hospital.follow()
    assert (desks.lin, "code-misused") in await rules_found(hospital)


async def test_a_spliced_code_is_told_at_once(hospital):
    who, resident = await hospital.staff("宁"), await hospital.resident(31)
    detail = {"by": "national-card", "spliced": True}
    await hospital.happens(
        who, resident, Action.RESIDENT_IDENTIFY, outcome=Outcome.REFUSED, detail=detail
    )
    await hospital.follow()
    assert (who, "code-misused") in await rules_found(hospital)


async def doubled(hospital, who, *, has_scanned=False, **more):
    for serial in RESIDENTS:
        resident = await hospital.resident(serial)
        if has_scanned:
            detail = {"presentation": b"\1" * 16}
            await hospital.happens(who, resident, Action.RESIDENT_IDENTIFY, detail=detail)
        detail = {"presentation": b"\2" * 16, "accepted": 1, "doubled": True, **more}
        await hospital.happens(who, resident, Action.RESIDENT_IDENTIFY, detail=detail)
    await hospital.follow()
    return await rules_found(hospital)


async def test_codes_accepted_without_network_that_were_used_elsewhere(hospital):
    who = await hospital.staff("宁")
    assert (who, "code-misused") in await doubled(hospital, who)


@pytest.mark.parametrize("harmless", [{"again": True}, {"has_scanned": True}])
async def test_what_a_desk_hands_in_again_is_no_misuse(hospital, harmless):
    assert await doubled(hospital, await hospital.staff("宁"), **harmless) == set()


async def test_a_spent_code_of_nobody_is_told_to_nobody(hospital):
    terminal = staff.terminal_id(hospital.keys, staff.new_terminal())
    scan = Scan(hospital.world.wang, hospital.world.hospital, terminal, Scene.CONSULTATION)
    await tell_of_replay(hospital.pool, hospital.keys, None, scan)
    assert SpentCode().resident_id is None
    await hospital.sequence()
    async with transaction(hospital.pool, task="supervision") as connection:
        found = await overseen.accesses_since(hospital.pool, hospital.keys, connection, 0, 10)
    assert found.accesses == ()
    assert healthcode.SpentCode is SpentCode
