"""Handing in what a desk accepted without network: only what a phone signed, only as who sat there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

import visits
from carrying_codes import Region
from clinic_desk import SITE, Desk, application, colleague
from openhealthcode import access, collection, healthcode, representation
from openhealthcode.access import LogLine
from openhealthcode.audit import Action, Outcome
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import store
from openhealthcode.portal.layout.language import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident import looks
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.standards.ids import EntryId, PractitionerId, ResidentId
from openhealthcode.trust import Keys
from visits import World

CHINESE = catalogue(Language.CHINESE)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def region(world) -> Region:
    return await Region.published(world.pool, world.keys)


@pytest.fixture
async def desk(world) -> Desk:
    opened = await Desk.opened(world, application(world))
    await opened.sign_in()
    return opened


@pytest.fixture
async def resident(world):
    return await world.resident()


async def reference(desk: Desk) -> str:
    """What the page a desk keeps says of who sits there."""
    page = await desk.get("/clinic/offline")
    assert page.status_code == 200
    return page.text.partition('data-desk="')[2].partition('"')[0]


async def handed(desk: Desk, *scans, at: str | None = None):
    """Hand in codes, each with the moment it was accepted."""
    written = await reference(desk) if at is None else at
    body = {
        "scans": [
            {
                "code": code,
                "accepted_at": int(moment.timestamp()),
                "scene": "consultation",
                "desk": written,
            }
            for code, moment in scans
        ]
    }
    return await desk.browser.post("/clinic/offline/evidence", json=body, headers={"Origin": SITE})


def says(key: str) -> str:
    return CHINESE.plain(f"desk.offline.said.{key}")


async def identified(world, resident):
    lines = await access.own_log(world.pool, world.keys, resident)
    return [line for line in lines if line.action == Action.RESIDENT_IDENTIFY]


async def test_who_it_was_is_told_and_the_resident_reads_it_with_the_evidence(
    world, region, desk, resident
):
    at = datetime.now(UTC)
    text = (await region.certificate(resident)).shown(at)
    (answer,) = (await handed(desk, (text, at))).json()
    assert answer["is_taken"]
    assert "李试" in answer["said"]
    assert "青霉素" not in str(answer)
    (line,) = await identified(world, resident)
    assert line.agent_id == world.wang
    assert (line.detail["evidence"], line.detail["accepted"]) == (text, int(at.timestamp()))
    assert (await desk.get(answer["visit"])).status_code == 200
    (again,) = (await handed(desk, (text, at))).json()
    assert (again["is_taken"], again["said"]) == (True, answer["said"])  # the first was lost
    newest, oldest = await identified(world, resident)
    assert (newest.detail.get("again"), "again" in oldest.detail) == (True, False)


def test_the_residents_page_says_how_it_came_and_when():
    at, accepted = datetime.now(UTC), 1_790_000_000
    for detail, outcome, sentence in (
        ({}, Outcome.DONE, "handed-in"),
        ({"doubled": True}, Outcome.DONE, "handed-in-doubled"),
        ({}, Outcome.REFUSED, "handed-in-revoked"),
    ):
        line = LogLine(
            number=1,
            at=at,
            action=Action.RESIDENT_IDENTIFY,
            outcome=outcome,
            purpose=None,
            scene=None,
            agent_kind="practitioner",
            agent_id=uuid4(),
            institution_id=None,
            detail={"accepted": accepted, **detail},
            leaf_index=None,
            is_intact=True,
        )
        view = looks.looks_view(
            looks.together([line]), Acquaintances({}, {}, Language.CHINESE), frozenset(), ""
        )
        (told,) = view.people
        assert told.sentence == sentence
        assert int(told.accepted_at.timestamp()) == accepted


async def test_a_visit_of_another_day_is_named_and_not_among_todays(region, desk, resident):
    at = datetime.now(UTC) - timedelta(days=1)
    text = (await region.certificate(resident, not_before=midnight(at))).shown(at)
    (answer,) = (await handed(desk, (text, at))).json()
    assert "李试" in answer["said"]
    assert answer["visit"] == ""


async def test_only_what_may_still_be_answered_stays_with_the_desk(world, region, desk, resident):
    now = datetime.now(UTC)
    genuine = await region.certificate(resident)
    elsewhere = await Region(world.pool, world.keys).certificate(resident)
    nobodys = await region.card(None, CodeType.TEMPORARY)
    text = genuine.shown(now)
    answers = (
        await handed(
            desk,
            (nobodys, now),
            (elsewhere.shown(now), now),
            (text[:-1], now),
            (text, now + timedelta(minutes=10)),
            (text, now - timedelta(days=31)),
            (text, now + timedelta(minutes=3)),
            (genuine.shown(challenge=b"c" * 32), now),
            ("nothing", now),
        )
    ).json()
    assert [one["is_taken"] for one in answers] == [False, False, *[True] * 6]
    assert [one["said"] for one in answers] == [says("waits")] * 2 + [says("refused")] * 6
    assert await identified(world, resident) == []


async def test_a_code_that_had_been_taken_back_names_nobody_and_the_resident_hears_of_it(
    world, region, desk, resident
):
    carried, now = await region.certificate(resident), datetime.now(UTC)
    async with transaction(world.pool, resident=resident) as connection:
        await store.revoke_codes(connection, resident, [CodeType.OFFLINE], now)
    at = now + timedelta(seconds=20)
    (answer,) = (await handed(desk, (carried.shown(at), at))).json()
    assert answer == {"said": says("revoked"), "is_taken": True, "visit": ""}
    (line,) = await identified(world, resident)
    assert (line.outcome, "presentation" in line.detail) == (Outcome.REFUSED, False)


async def test_a_code_shown_at_two_desks_is_told_to_the_second_and_to_the_region(
    world, region, desk, resident
):
    there = await Desk.opened(world, application(world), "0318", await colleague(world))
    await there.sign_in()
    now = datetime.now(UTC)
    text = (await region.certificate(resident)).shown(now)
    (first,) = (await handed(desk, (text, now))).json()
    (second,) = (await handed(there, (text, now))).json()
    assert says("doubled").strip() not in first["said"]
    assert says("doubled").strip() in second["said"]
    assert len(await healthcode.double_uses(world.pool, now)) == 1
    assert [line.detail.get("doubled", False) for line in await identified(world, resident)] == [
        True,
        False,
    ]


async def test_a_desk_says_who_it_is_by_what_this_terminal_was_given(world, region, desk, resident):
    there = await Desk.opened(world, application(world), "0318", await colleague(world))
    await there.sign_in()
    now, keys = datetime.now(UTC), world.keys
    text = (await region.certificate(resident)).shown(now)
    forged = keys.seal_id(ResidentId(uuid4()), EntryId(uuid4()))
    for written in (await reference(there), forged, "x" * 64, "", "é"):
        (answer,) = (await handed(desk, (text, now), at=written)).json()
        assert answer["said"] == says("refused")
    assert await identified(world, resident) == []


async def test_what_one_accepted_another_of_the_desk_may_hand_in_and_it_stays_theirs(
    world, region, desk, resident
):
    kept = await reference(desk)
    now = datetime.now(UTC)
    text = (await region.certificate(resident)).shown(now)
    other = await Desk.opened(world, application(world), "0318", await colleague(world))
    terminal = desk.browser.cookies.get("ohc_terminal")
    other.browser.cookies.set("ohc_terminal", terminal, domain="clinic.test")
    await other.sign_in()
    (answer,) = (await handed(other, (text, now), at=kept)).json()
    assert "李试" in answer["said"]
    assert answer["visit"] == ""
    (line,) = await identified(world, resident)
    assert line.agent_id == world.wang


async def test_a_child_is_not_named_to_who_has_no_approval(world, region, desk):
    born = datetime.now(UTC).date().replace(day=1, month=1) - timedelta(days=5 * 365)
    number = visits.national_id(41, born.isoformat().replace("-", ""))
    who = visits.patient(3, "张小", birthDate=born.isoformat())
    who["identifier"][0]["value"] = number
    filed = await collection.file_bundle(
        world.pool, world.keys, bundle=visits.bundle(who), source=world.source
    )
    officer = representation.Approver(PractitionerId(uuid4()), world.hospital)
    await representation.require_approvals(world.pool, officer, is_required=True)
    now = datetime.now(UTC)
    text = (await region.certificate(filed.resident_id)).shown(now)
    (answer,) = (await handed(desk, (text, now))).json()
    assert answer == {"said": says("approval-needed"), "is_taken": True, "visit": ""}
    (line,) = await identified(world, filed.resident_id)
    assert "approval" not in line.detail
    await representation.approve(world.pool, officer, world.wang, days=30, reason="儿科门诊")
    later = (await region.certificate(filed.resident_id)).shown(now)
    (answer,) = (await handed(desk, (later, now))).json()
    assert "张小" in answer["said"]
    assert "approval" in (await identified(world, filed.resident_id))[0].detail


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"scans": [{}]}',
        b'{"scans": [], "more": 1}',
        b'{"scans": [{"code": 1, "accepted_at": 1, "scene": "", "desk": ""}]}',
        b"[" * 50_000,
        b"\xff",
    ],
)
async def test_what_our_page_would_not_send_is_refused(desk, body):
    answer = await desk.browser.post(
        "/clinic/offline/evidence", content=body, headers={"Origin": SITE}
    )
    assert answer.status_code == 400


@pytest.mark.usefixtures("region")
async def test_a_desk_hands_in_so_many_at_once(desk):
    now = datetime.now(UTC)
    answer = await handed(desk, *[("x", now)] * 20)
    assert [one["is_taken"] for one in answer.json()] == [True] * 20
    assert (await handed(desk, *[("x", now)] * 21)).status_code == 413
    too_long = await desk.browser.post(
        "/clinic/offline/evidence", content=b"x" * 70_000, headers={"Origin": SITE}
    )
    assert too_long.status_code == 413


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize("moment", [-(2**63), 2**63 - 1, 0])
async def test_a_moment_that_is_none_is_refused(desk, moment):
    body = {
        "scans": [{"code": "x", "accepted_at": moment, "scene": "?", "desk": await reference(desk)}]
    }
    answer = await desk.browser.post(
        "/clinic/offline/evidence", json=body, headers={"Origin": SITE}
    )
    assert answer.json()[0]["said"] == says("refused")


async def test_the_worker_may_answer_for_the_clinics_pages_and_for_no_others(desk):
    answer = await desk.get("/clinic/offline/worker.js")
    assert answer.headers["service-worker-allowed"] == "/clinic"
    assert answer.headers["content-type"].startswith("text/javascript")


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
