"""Ordering within a visit: told before it is filed, filed once, and only by whoever was shown a code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

import visits
from clinic_desk import Desk, Phone, application, colleague
from openhealthcode import access, collection, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.record import read_exactly
from openhealthcode.record.orders import RECOGNITION
from openhealthcode.record.plain import describe_plainly
from openhealthcode.standards import RecordCategory
from openhealthcode.terminology import loaded, systems
from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded import Delivery, Row
from openhealthcode.trust import Keys
from portals import words

TODAY = datetime.now(UTC).date()
LABORATORY, MEDICATION = RecordCategory.LABORATORY, RecordCategory.MEDICATION


def hba1c(days_ago=10, mark="HR"):
    return {
        **visits.glucose((TODAY - timedelta(days=days_ago)).isoformat(), 6.8),
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}], "text": "糖化血红蛋白"},
        "extension": [{"url": RECOGNITION, "valueCode": mark}],
    }  # fmt: skip


def warfarin():
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.whocc.no/atc", "code": "B01AA03"}],
            "text": "华法林钠片",
        },
        "authoredOn": (TODAY - timedelta(days=30)).isoformat(),
    }


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
def app(world):
    return application(world)


@pytest.fixture
async def desk(world, app):
    opened = await Desk.opened(world, app)
    await opened.sign_in()
    yield opened
    await opened.browser.aclose()


@pytest.fixture
async def phone(world):
    """Somebody whose record another hospital filed."""
    other = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|other", registry.InstitutionKind.TERTIARY_HOSPITAL, "演示州人民医院"
        ),
    )
    source = collection.Source(Agent(AgentKind.SYSTEM, other, other), other)
    sent = visits.bundle(visits.patient(), hba1c(), warfarin(), visits.allergy("青霉素"))
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=source)
    return await Phone.of(world, filed.resident_id)


async def visit(desk, phone, *withheld):
    """The address of the order page in a visit that was allowed."""
    scanned = await desk.scan(phone.code())
    await desk.ask(scanned.url.path, "laboratory", "medication", "allergies")
    await phone.allow(*withheld)
    page = await desk.get(f"{scanned.url.path}/record")
    (link,) = re.findall(r'href="(/clinic/visits/[^"]+/order)"', page.text)
    return link


def key_of(page):
    return re.search(r'name="key" value="([^"]+)"', page.text)[1]


async def record_of(world, phone, type_):
    mine = await access.own_record(world.pool, world.keys, phone.resident)
    return [read_exactly(one.body) for one in mine.entries if one.type == type_]


async def test_a_test_nobody_did_is_ordered_at_once_and_filed_once(desk, phone, world):
    path = await visit(desk, phone)
    page = await desk.get(path)
    assert page.status_code == 200
    sent = {"kind": "examination", "examination": "lipids", "key": key_of(page), "step": "check"}
    for _ in range(2):
        answer = await desk.post(path, **sent)
        assert "检查检验已开具" in words(answer)
    (order,) = await record_of(world, phone, "ServiceRequest")
    assert order["code"]["coding"][0]["code"] == "24331-1"
    assert order["requester"]["display"].startswith("王敏")


async def test_a_recognised_result_is_told_and_a_repeat_takes_a_reason(desk, phone, world):
    path = await visit(desk, phone)
    page = await desk.post(path, kind="examination", examination="hba1c", step="check")
    said = words(page)
    assert page.status_code == 200
    assert "其他机构已有可互认的结果" in said
    assert "演示州人民医院" in said
    assert "6.8" in said
    assert await record_of(world, phone, "ServiceRequest") == []

    sent = {"kind": "examination", "examination": "hba1c", "key": key_of(page), "step": "order"}
    for lacking in ({}, {"reason": "changed"}, {"explanation": "好"}, {"reason": "x", "explanation": "好"}):  # fmt: skip
        answer = await desk.post(path, **sent, **lacking)
        assert answer.status_code == 422
        assert "请选择一种情形" in words(answer)
    assert await record_of(world, phone, "ServiceRequest") == []

    answer = await desk.post(path, **sent, reason="changed", explanation="近来口渴明显，需要复查")
    assert "检查检验已开具" in words(answer)
    (order,) = await record_of(world, phone, "ServiceRequest")
    detail = describe_plainly(order, "zh-CN").detail
    assert "病情变化" in detail
    assert "近来口渴明显，需要复查" in detail, "the resident reads what the doctor explained"


async def test_what_the_resident_withheld_is_not_told(desk, phone):
    path = await visit(desk, phone, LABORATORY, MEDICATION)
    answer = await desk.post(path, kind="examination", examination="hba1c", step="check")
    assert "检查检验已开具" in words(answer)
    assert "演示州" not in words(answer)
    answer = await desk.post(path, kind="medicine", medicine="布洛芬", step="check")
    assert "药品已开具" in words(answer)


async def test_a_medicine_that_collides_is_told_first_and_prescribed_all_the_same(
    desk, phone, world
):
    path = await visit(desk, phone)
    page = await desk.post(
        path, kind="medicine", medicine="ibuprofen", dose="每次 1 粒", days="5", step="check"
    )
    assert "华法林钠片" in words(page)
    assert "大出血" in words(page)
    assert len(await record_of(world, phone, "MedicationRequest")) == 1
    answer = await desk.post(
        path,
        kind="medicine",
        medicine="ibuprofen",
        dose="每次 1 粒",
        days="5",
        key=key_of(page),
        step="order",
    )
    assert "药品已开具" in words(answer)
    ordered = next(
        one
        for one in await record_of(world, phone, "MedicationRequest")
        if one["medicationCodeableConcept"]["coding"][0]["code"] == "M01AE01"
    )
    assert ordered["dosageInstruction"] == [{"text": "每次 1 粒"}]
    assert ordered["dispenseRequest"]["expectedSupplyDuration"]["value"] == 5


async def test_an_allergy_is_told_in_english_too(desk, phone):
    path = await visit(desk, phone)
    page = await desk.browser.post(
        path,
        data={"kind": "medicine", "medicine": "J01CA04", "step": "check"},
        headers={"Origin": "https://clinic.test", "Accept-Language": "en"},
    )
    assert "Allergy:" in words(page)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "examination"}, "请选择要做的项目"),
        ({"kind": "examination", "examination": "everything"}, "请选择要做的项目"),
        ({"kind": "medicine"}, "没有找到这种药品"),
        ({"kind": "medicine", "medicine": "仙丹"}, "没有找到这种药品"),
        ({"kind": "medicine", "medicine": "布洛芬", "days": "0"}, "1 到 365"),
        ({"kind": "medicine", "medicine": "布洛芬", "days": "999"}, "1 到 365"),
        ({"kind": "medicine", "medicine": "布洛芬", "days": "五"}, "1 到 365"),
    ],
)
async def test_what_is_missing_is_said_where_it_is_missing(desk, phone, fields, says):
    path = await visit(desk, phone)
    page = await desk.post(path, **fields, step="check")
    assert page.status_code == 422
    assert says in words(page)


async def test_initials_of_pinyin_offer_the_medicines_that_may_be_meant(desk, phone):
    path = await visit(desk, phone)
    page = await desk.post(path, kind="medicine", medicine="blf", days="5", step="check")
    assert page.status_code == 422
    assert "您要的是不是" in words(page)
    assert 'name="alike" value="布洛芬"' in page.text
    chosen = await desk.post(path, kind="medicine", medicine="blf", alike="布洛芬", days="5")
    assert "大出血" in words(chosen)
    assert 'name="medicine" value="布洛芬"' in chosen.text


async def test_a_medicine_of_the_operators_own_list_is_prescribed(desk, phone, world):
    about = About(url=systems.ATC, version="2099", name="ATC", english="ATC", source="own")
    await loaded.load(world.pool, Delivery(about, [Row("J05AB01", "阿昔洛韦", "Aciclovir")]))
    path = await visit(desk, phone)
    page = await desk.post(path, kind="medicine", medicine="axlw", step="check")
    assert 'name="alike" value="阿昔洛韦"' in page.text
    answer = await desk.post(path, kind="medicine", medicine="阿昔洛韦", step="order")
    assert "药品已开具" in words(answer)
    codes = [
        one["medicationCodeableConcept"]["coding"][0]
        for one in await record_of(world, phone, "MedicationRequest")
    ]
    assert {"system": systems.ATC, "code": "J05AB01", "display": "阿昔洛韦"} in codes


async def test_an_order_of_no_kind_is_refused(desk, phone):
    path = await visit(desk, phone)
    assert (await desk.post(path, kind="surgery", step="check")).status_code == 400
    assert (await desk.get(path + "?done=surgery")).status_code == 200


async def test_only_whoever_was_shown_the_code_orders(desk, phone, world, app):
    path = await visit(desk, phone)
    other = await Desk.opened(world, app, "0218", await colleague(world))
    await other.sign_in()
    assert (await other.get(path)).status_code == 404
    refused = await other.post(path, kind="examination", examination="lipids", step="check")
    assert refused.status_code == 404
    assert await record_of(world, phone, "ServiceRequest") == []
    await other.browser.aclose()


async def test_in_an_emergency_the_minimum_set_is_compared(desk, phone, world):
    scanned = await desk.scan(phone.code())
    base = f"{scanned.url.path}/emergency"
    await desk.post(base, level="1", reason="昏迷，需要紧急用药")
    record = await desk.get(f"{base}/record")
    assert f"{base}/order" in record.text
    page = await desk.post(f"{base}/order", kind="medicine", medicine="阿莫西林", step="check")
    assert "青霉素" in words(page)
    line = (await access.own_log(world.pool, world.keys, phone.resident))[0]
    assert line.purpose == "ETREAT"
