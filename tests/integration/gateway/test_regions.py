"""Care away from home: two installations, one trust list, the resident's region decides."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from carrying_codes import Region as Issues
from clinic_desk import Phone
from databases import fresh_database
from openhealthcode import access, consent, healthcode, registry, trust
from openhealthcode.access.elsewhere import (
    RegionRefused,
    RegionUnavailable,
    State,
    Visitor,
)
from openhealthcode.consent import Ask, TriageTooLow
from openhealthcode.database import open_pool
from openhealthcode.gateway import HttpRegions, regions
from openhealthcode.healthcode import RevokedCode, SpentCode, UnreadableCode
from openhealthcode.registry import UnknownRegion
from openhealthcode.sign_in.systems import region_signer
from openhealthcode.standards import InvalidInput, NotFound, PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import request_components
from regions import two_regions
from signing import Issuing

WANTED = Ask(
    purpose=PurposeOfUse.TREATMENT,
    scene=Scene.CONSULTATION,
    categories=frozenset({RecordCategory.LABORATORY, RecordCategory.ALLERGIES}),
    lifetime_seconds=3600,
)
VISITOR = Visitor(
    "hospital 1",
    "雁回县人民医院",
    "Yanhui People's Hospital",
    "doctor 1",
    "林月",
    "Lin Yue",
    "0318",
    "急诊科",
    "主治医师",
    TerminalId(uuid4()),
)


@pytest.fixture
async def two(pool, postgres, tmp_path):
    with fresh_database(postgres) as other:
        elsewhere = await open_pool(other.url, size=8)
        async with two_regions((pool, elsewhere), tmp_path) as made:
            yield made
        await elsewhere.close()


@pytest.fixture
async def li(two):
    return await Phone.of(two.home.world, await two.home.world.resident())


def now():
    return datetime.now(UTC)


async def received(two, code, visitor=VISITOR):
    return await two.away.asks.receive(two.home.region, visitor, code, WANTED)


async def answered(two, got, visitor=VISITOR):
    return await two.away.asks.answer(two.home.region, visitor, got.visit, got.request)


async def shown(two, got, visitor=VISITOR, *, is_emergency=False):
    return await two.away.asks.show(two.home.region, visitor, got.visit, is_emergency=is_emergency)


async def test_a_doctor_elsewhere_asks_sees_what_was_allowed_and_stands_in_the_log(two, li):
    got = await received(two, li.code())
    before = await answered(two, got)
    assert (before.name, before.state, before.is_open) == ("李试", State.WAITING, False)
    assert not (await shown(two, got)).entries
    await li.allow(RecordCategory.ALLERGIES)
    assert (await answered(two, got)).state is State.ALLOWED
    seen = await shown(two, got)
    assert {one.resource["resourceType"] for one in seen.entries} == {"Observation"}
    lines = await access.own_log(two.home.pool, two.home.keys, li.resident)
    looked = next(line for line in lines if line.number == seen.number)
    who = await registry.practitioner(two.home.pool, looked.agent_id)
    where = await registry.institution(two.home.pool, looked.institution_id)
    assert (who.name, where.name) == ("林月", "雁回县人民医院（雁回县）")
    assert where.name_en == "Yanhui People's Hospital (Yanhui)"
    assert not who.may_have_account


async def test_what_is_taken_back_is_closed_to_the_next_question(two, li):
    got = await received(two, li.code())
    given = await li.allow()
    assert (await shown(two, got)).entries
    await li.withdraw(given)
    assert not (await answered(two, got)).is_open
    after = await shown(two, got)
    assert (after.entries, after.until) == ((), None)


async def test_a_refusal_is_told(two, li):
    got = await received(two, li.code())
    await li.refuse()
    assert (await answered(two, got)).state is State.REFUSED


async def test_a_code_is_redeemed_once_wherever_it_is_scanned(two, li):
    code = li.code()
    await received(two, code)
    with pytest.raises(SpentCode):
        await received(two, code)


async def test_a_visit_is_nobodys_but_of_who_scanned_there(two, li):
    got = await received(two, li.code())
    await li.allow()
    for other in (
        replace(VISITOR, practitioner_key="doctor 2", staff_number="0319"),
        replace(VISITOR, terminal_id=TerminalId(uuid4())),
        replace(VISITOR, institution_key="hospital 2"),
    ):
        with pytest.raises(NotFound):
            await shown(two, got, other)
    for visit, request in ((got.request, got.visit), ("A" * 64, got.request), (got.visit, "x")):
        with pytest.raises(NotFound):
            await two.away.asks.answer(two.home.region, VISITOR, visit, request)


async def test_the_request_of_another_visit_is_not_answered(two, li):
    first = await received(two, li.code())
    await li.refuse()
    second = await received(
        two, li.code(), replace(VISITOR, practitioner_key="b", staff_number="b")
    )
    with pytest.raises(NotFound):
        await two.away.asks.answer(two.home.region, VISITOR, first.visit, second.request)


async def test_an_emergency_opens_what_the_advance_choice_leaves(two, li):
    got = await received(two, li.code())
    ask = two.away.asks.override
    with pytest.raises(TriageTooLow):
        await ask(two.home.region, VISITOR, got.visit, triage_level=4, reason="扭伤，可以等")
    assert not (await shown(two, got, is_emergency=True)).entries
    await ask(two.home.region, VISITOR, got.visit, triage_level=1, reason="昏迷，无人陪同")
    assert (await answered(two, got)).is_overridden
    seen = await shown(two, got, is_emergency=True)
    assert {one.category for one in seen.entries} >= {RecordCategory.ALLERGIES}
    assert RecordCategory.FAMILY_HISTORY not in {one.category for one in seen.entries}
    consents = await consent.consents(two.home.pool, two.home.keys, li.resident)
    assert [one.is_override for one in consents] == [True]


async def test_a_signed_code_of_another_region_is_checked_and_redeemed_at_home(two, li):
    home = two.home
    await trust.current(home.pool, home.keys)
    issues = Issues(home.pool, home.keys, Issuing.made(home.keys.code_issuer(now()).signer), 880101)
    carried = await issues.certificate(li.resident)
    for code in (carried.shown(), await issues.card(li.resident)):
        routed = healthcode.route(code)
        found = await access.elsewhere.region_of(two.away.pool, two.away.keys, routed)
        assert found == home.region
        got = await received(two, code)
        assert (await answered(two, got)).name == "李试"
        await li.refuse()


async def test_an_own_code_and_what_is_no_health_code_are_no_other_regions(two):
    own = await Phone.of(two.away.world, await two.away.world.resident())
    for text in (own.code(), "134567890123456789", "1" * 85):
        routed = healthcode.route(text)
        assert await access.elsewhere.region_of(two.away.pool, two.away.keys, routed) is None


async def test_a_region_that_was_not_taken_up_is_not_asked(two, li):
    await registry.suspend_region(two.away.pool, two.home.region.division)
    with pytest.raises(UnknownRegion):
        await access.elsewhere.region_of(two.away.pool, two.away.keys, healthcode.route(li.code()))
    with pytest.raises(NotFound):
        await registry.suspend_region(two.away.pool, two.home.region.division)


async def test_a_region_that_leaves_the_list_is_neither_believed_nor_answered(two, li):
    await two.list(two.home.issuer)  # the clinic's region is off the list
    with pytest.raises(trust.NoCodeIssuer):
        await received(two, li.code())
    await two.list(two.home.issuer, two.away.issuer)
    got = await received(two, li.code())
    late = replace(two.home.issuer, signs_until=now() - timedelta(minutes=1))
    document = two.nation.listing(late, two.away.issuer)
    await two.away.believe(two.nation, document, [two.away.issuer])
    with pytest.raises(RegionUnavailable):
        await answered(two, got)


async def test_nobody_is_answered_by_a_list_that_is_too_old(two, li):
    old = now() - timedelta(days=11)
    document = two.nation.listing(two.home.issuer, two.away.issuer, at=old)
    await trust.publish(two.home.pool, two.home.keys, document, trust.NATIONAL)
    with pytest.raises(RegionUnavailable):
        await received(two, li.code())


async def test_a_code_that_was_revoked_never_reaches_its_region(two, li):
    home = two.home
    await trust.current(home.pool, home.keys)
    signer = home.keys.code_issuer(now()).signer
    card = await Issues(home.pool, home.keys, Issuing.made(signer), 880101).card(li.resident)
    routed = healthcode.route(card)
    assert await access.elsewhere.region_of(two.away.pool, two.away.keys, routed) == home.region
    index = int.from_bytes(routed.data[28:32])
    revoked = trust.StatusList.of([index], size=trust.STATUS_LIST_SIZE)
    later = now() + timedelta(seconds=2)
    await trust.publish_status(home.pool, home.keys, home.issuer, revoked, later)
    token, _ = await trust.status_document(home.pool, 880101, home.issuer.key_id)
    await trust.import_status(two.away.pool, two.away.keys, token, home.issuer)
    with pytest.raises(RevokedCode):
        await access.elsewhere.region_of(two.away.pool, two.away.keys, routed)


async def test_a_region_that_is_suspended_at_home_is_refused(two, li):
    await registry.suspend_region(two.home.pool, two.away.region.division)
    with pytest.raises(RegionUnavailable):
        await received(two, li.code())


async def test_a_practitioner_who_is_suspended_at_home_is_refused(two, li):
    got = await received(two, li.code())
    key = f"region {two.away.region.division:06d}|hospital 1|doctor 1"
    await registry.suspend_practitioner(
        two.home.pool, await registry.practitioner_by_key(two.home.pool, key)
    )
    with pytest.raises(RegionRefused):
        await shown(two, got)


@pytest.mark.parametrize(
    ("code", "why"),
    [("134567890123456789", RegionRefused), ("851" + "0" * 82, UnreadableCode)],
)
async def test_what_home_refuses_is_told_in_its_words(two, code, why):
    with pytest.raises(why):
        await received(two, code)


@pytest.mark.parametrize(
    "changed", [{"name": ""}, {"institution": "x" * 201}, {"title": "a\nb"}, {"name": "a\u202eb"}]
)
async def test_who_asks_has_a_name_that_can_be_written_down(two, li, changed):
    with pytest.raises(InvalidInput):
        await received(two, li.code(), replace(VISITOR, **changed))


async def _signed(two, body, *, path=regions.SHOW, at=None, nonce=None):
    signer = await region_signer(two.away.pool, two.away.keys)
    return signer.headers(
        request_components("POST", path, body), body, int(at or time.time()), nonce
    )


async def _posted(two, body, headers, path=regions.SHOW):
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{two.home.region.address}{path}", content=body, headers=headers
        )
    return answer.status_code, answer.json()


async def test_a_question_counts_once_and_as_it_was_signed(two):
    body = msgspec.json.encode({"visit": "x"})
    headers = await _signed(two, body, nonce="0123456789abcdef")
    assert await _posted(two, body, headers) == (422, {"refused": "invalid"})
    again = await _posted(two, body, headers)
    assert (again[0], again[1]["issue"][0]["details"]["coding"][0]["code"]) == (
        401,
        "client-unproven",
    )
    for spoilt, changed, path in (
        (body + b" ", headers, regions.SHOW),
        (body, await _signed(two, body, at=time.time() - 70), regions.SHOW),
        (body, await _signed(two, body), regions.ANSWER),
        (body, {}, regions.SHOW),
        (body, await _signed(two, body) | {"Signature-Input": "ohc=()"}, regions.SHOW),
    ):
        status, told = await _posted(two, spoilt, changed, path)
        code = told["issue"][0]["details"]["coding"][0]["code"]
        assert (status >= 400, code) == (True, "signature-untrusted")


async def test_a_key_that_is_not_on_the_list_is_nobodys(two):
    body = b"{}"
    headers = await _signed(two, body)
    headers["Signature-Input"] = headers["Signature-Input"].replace("880202:", "880303:")
    _, told = await _posted(two, body, headers)
    assert told["issue"][0]["details"]["coding"][0]["code"] == "issuer-untrusted"


async def test_a_long_question_is_not_read(two):
    body = b" " * 70_000
    status, _ = await _posted(two, body, await _signed(two, body))
    assert status == 413


async def test_another_regions_answer_is_not_taken(two, li):
    """An address that answers, but is not the region it is registered as."""
    wrong = replace(two.home.region, division=two.away.region.division)
    with pytest.raises(RegionUnavailable):
        await two.away.asks.receive(wrong, VISITOR, li.code(), WANTED)


async def test_a_region_that_does_not_answer_is_told_apart_from_one_that_refuses(two, li):
    gone = replace(two.home.region, address="http://127.0.0.1:9")
    with pytest.raises(RegionUnavailable):
        await HttpRegions(two.away.pool, two.away.keys).receive(gone, VISITOR, li.code(), WANTED)


async def test_the_clinics_pages_lead_through_a_visit_away_from_home(two, li):
    desk = await two.away.desk()
    waiting = await desk.scan(li.code())
    assert waiting.url.path.startswith("/clinic/elsewhere/880101/")
    assert "黛川县" in waiting.text
    assert "李试" in waiting.text
    path = waiting.url.path
    assert (await desk.get(f"{path}/state")).status_code == 204
    given = await li.allow()
    assert (await desk.get(f"{path}/state")).status_code == 200
    page = await desk.get(path)
    assert page.url.path == f"{path}/record"
    assert "青霉素" in page.text
    assert "黛川县" in page.text
    assert (await desk.get(f"{path}/record/state")).status_code == 204
    await li.withdraw(given)
    assert (await desk.get(f"{path}/record/state")).status_code == 200
    closed = await desk.get(f"{path}/record")
    assert closed.status_code == 403
    assert "青霉素" not in closed.text


async def test_the_clinics_pages_lead_through_an_emergency_away_from_home(two, li):
    desk = await two.away.desk()
    path = (await desk.scan(li.code())).url.path
    form = await desk.get(f"{path}/emergency")
    assert f'action="{path}/emergency"' in form.text
    assert (await desk.post(f"{path}/emergency", level="1", reason="")).status_code == 422
    can_wait = await desk.post(f"{path}/emergency", level="4", reason="扭伤，可以等")
    assert can_wait.status_code == 422
    page = await desk.post(f"{path}/emergency", level="1", reason="昏迷，无人陪同")
    assert page.url.path == f"{path}/emergency/record"
    assert "青霉素" in page.text
    assert (await desk.get(f"{path}/emergency/record/state")).status_code == 204


async def test_the_clinics_page_follows_the_answer(two, li):
    desk = await two.away.desk()
    path = (await desk.scan(li.code())).url.path
    await li.refuse()
    assert "event: change" in (await desk.get(f"{path}/live")).text
    assert "event: change" in (await desk.get(f"{path}/record/live")).text
    assert (await desk.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("problem", "words"), [("suspend", "尚未与本地区互认"), ("silent", "暂时没有回应")]
)
async def test_the_scan_page_says_why_another_region_cannot_be_asked(two, li, problem, words):
    desk = await two.away.desk()
    if problem == "suspend":
        await registry.suspend_region(two.away.pool, two.home.region.division)
    else:
        gone = replace(two.home.region, address="http://127.0.0.1:9")
        await registry.admit_region(two.away.pool, gone)
    page = await desk.scan(li.code())
    assert page.status_code == 422
    assert words in page.text


async def test_a_region_is_taken_up_with_a_name_and_reached_by_https(pool):
    good = registry.Region(880303, 9, "枫溪县", "Fengxi", "https://fengxi.test/")
    await registry.admit_region(pool, good)
    assert await registry.regions(pool) == [replace(good, address="https://fengxi.test")]
    for changed in (
        {"name": ""},
        {"division": 0},
        {"number": 2048},
        {"address": "http://fengxi.test"},
    ):
        with pytest.raises(InvalidInput):
            await registry.admit_region(pool, replace(good, **changed))


async def test_a_visit_names_nobody_after_a_day(two, li, database):
    got = await received(two, li.code())
    await li.allow()
    for hours, is_told in ((24, True), (26, False)):
        owner = await asyncpg.connect(database.owner_url)
        await owner.execute(
            "UPDATE healthcode.presentation SET presented_at = now() - make_interval(hours => $1)",
            hours,
        )
        await owner.close()
        if is_told:
            assert (await answered(two, got)).name == "李试"
            continue
        for ask in (answered, shown):
            with pytest.raises(NotFound):
                await ask(two, got)
