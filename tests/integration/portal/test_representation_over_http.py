"""Acting for somebody over HTTP: appointed at a counter or on the phone, turned to, ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import httpx
import pytest

import portals
import visits
from authenticator import Authenticator
from openhealthcode import access, collection, consent, identity
from openhealthcode.audit import Action, AgentKind
from openhealthcode.database import Announcements, transaction
from openhealthcode.portal.resident.acting import PAGES
from openhealthcode.portal.resident.routes import routes
from openhealthcode.sign_in import Role
from openhealthcode.standards import Phone
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words
from signing_in import employ

OF_GUARDIANS = (
    "/", "/record", "/looked", "/consents", "/rights", "/emergency", "/restrictions", "/collection",
)  # fmt: skip
HELPER = {"power": ["visits", "record"], "days": "30"}


@dataclass(frozen=True)
class Person:
    """Somebody with a card, a phone and a record."""

    resident_id: ResidentId
    number: str
    name: str
    phone: Phone


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def clerk(app, parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, account)
        yield window


def years_ago(years: int) -> str:
    """Somebody who is so many years old since yesterday, in China."""
    day = (datetime.now(UTC) + timedelta(hours=8)).date() - timedelta(days=1)
    leap = (day.month, day.day) == (2, 29)
    return date(day.year - years, day.month, day.day - leap).isoformat()


async def person(
    world, serial: int, born: str, name: str, telephone: str, life=visits.LIFE
) -> Person:
    number = visits.national_id(serial, born.replace("-", ""))
    who = visits.patient(serial, name, birthDate=born)
    who["identifier"][0]["value"] = number
    sent = visits.bundle(who, *life, key=f"person-{serial}")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    phone = Phone.parse(telephone)
    async with transaction(world.pool, resident=filed.resident_id) as connection:
        await identity.bind_phone(connection, world.keys, filed.resident_id, phone)
    return Person(filed.resident_id, number, name, phone)


@pytest.fixture
async def mother(world):
    return await person(world, 20, "1985-03-04", "张敏", "13912345601")


@pytest.fixture
async def elder(world):
    return await person(world, 40, "1949-12-31", "李秀英", "13912345602")


async def sign_in(window: httpx.AsyncClient, parts, who: Person) -> None:
    said = {"number": who.number, "name": who.name, "phone": who.phone.number}
    await window.post("/sign-in", data=said)
    await window.post("/sign-in/code", data={"code": parts.outbox.code(who.phone)})


@pytest.fixture
async def mothers(app, parts, mother):
    async with browser(app) as window:
        await sign_in(window, parts, mother)
        yield window


@pytest.fixture
async def elders(app, parts, elder):
    async with browser(app) as window:
        await sign_in(window, parts, elder)
        yield window


async def ask_to_help(window, mother, **more):
    said = {"name": mother.name, "number": mother.number} | HELPER | more
    return await window.post("/representatives", data=said)


async def turn(window, place: int = 0) -> httpx.Response:
    page = await window.get("/acting")
    found = re.findall(r'name="representation" value="([^"]+)"', page.text)
    return await window.post("/acting", data={"representation": found[place]})


async def appoint_guardian(clerk, mother, child) -> httpx.Response:
    return await clerk.post(
        "/registrar/representation",
        data={
            "kind": "guardian",
            "number": child.number,
            "name": child.name,
            "other-number": mother.number,
            "other-name": mother.name,
            "proof": "birth-certificate",
            "seen": "yes",
        },
    )


def test_every_page_a_representative_reaches_is_a_page():
    """So that a renamed page does not open, or shut, unnoticed."""
    paths = {route.path for route in routes()}
    assert PAGES.keys() <= paths


async def test_a_helper_is_asked_on_the_phone_acts_and_is_ended(
    elders, mothers, mother, elder, world
):
    asked = await ask_to_help(elders, mother)
    assert "已经保存" in words(asked)
    assert "张敏" in words(asked)
    turned = await turn(mothers)
    assert "您正在替 李秀英 办理" in words(turned)
    record = await mothers.get("/record")
    assert "青霉素" in words(record)
    assert "抑郁" not in words(record)
    for page in ("/looked", "/me", "/rights", "/consents", "/emergency", "/representatives"):
        assert (await mothers.get(page)).url.path == "/acting", page
    looked = words(await elders.get("/looked"))
    assert "张敏" in looked
    assert "替您看了档案" in looked
    one = re.search(r"/representatives/([^/]+)/revoke", (await elders.get("/representatives")).text)
    ended = await elders.post(one[0])
    assert "已经收回" in words(ended)
    over = await mothers.get("/record")
    assert over.url.path == "/acting"
    assert "不能再替那个人办事" in words(over)
    own = await mothers.get("/record")
    assert own.url.path == "/record"
    log = await access.own_log(world.pool, world.keys, elder.resident_id)
    assert Action.REPRESENTATION_REVOKE in {line.action for line in log}


async def test_what_a_helper_sends_that_was_not_given_is_refused(elders, mothers, mother, owner):
    await ask_to_help(elders, mother)
    await turn(mothers)
    before = await owner.fetchval("SELECT count(*) FROM audit.event")
    for path, data in (
        ("/rights/copy", {"form": "fhir"}),
        ("/emergency", {"scope": "all"}),
        ("/representatives", HELPER | {"name": mother.name, "number": mother.number}),
        ("/representatives/kept", {"about": "death", "relatives": "no"}),
        ("/rights/close", {"understood": "yes"}),
        ("/rights/secondary-use", {"objects": "yes"}),
    ):
        assert (await mothers.post(path, data=data)).status_code == 403, path
    assert (await mothers.get("/code")).status_code == 200
    assert await owner.fetchval("SELECT count(*) FROM audit.event") == before


async def test_turning_back_shows_ones_own_pages(elders, mothers, mother):
    await ask_to_help(elders, mother)
    await turn(mothers)
    assert "李秀英" in words(await mothers.get("/"))
    await mothers.post("/acting/end")
    page = words(await mothers.get("/"))
    assert "张敏" in page
    assert "李秀英" not in page


async def test_the_helpers_own_log_says_for_whom_they_acted(elders, mothers, mother, world):
    await ask_to_help(elders, mother)
    await turn(mothers)
    await mothers.get("/record")
    lines = await access.own_log(world.pool, world.keys, mother.resident_id)
    assert [line.action for line in lines].count(Action.REPRESENTATION_ACT) == 1
    assert all(line.agent_kind != AgentKind.REPRESENTATIVE for line in lines)


async def test_a_cookie_of_another_session_turns_to_nobody(
    app, parts, elders, mothers, mother, world
):
    await ask_to_help(elders, mother)
    await turn(mothers)
    stranger = await person(world, 50, "1970-01-01", "王五", "13912345650")
    async with browser(app) as window:
        await sign_in(window, parts, stranger)
        window.cookies.set("ohc_resident_acting", mothers.cookies["ohc_resident_acting"])
        page = await window.get("/record")
        assert "李秀英" not in page.text
        refused = await window.post("/acting", data={"representation": "1" * 36})
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"number": "88010219850304020X"}, "号码不对"),
        ({"name": ""}, "请写姓名"),
        ({"power": []}, "至少选一项"),
        ({"power": ["closing"]}, "至少选一项"),
        ({"days": "1000"}, "请选一个期限"),
    ],
)
async def test_what_is_wrong_with_an_appointment_is_said(elders, mother, change, problem, owner):
    answer = await ask_to_help(elders, mother, **change)
    assert answer.status_code == 422
    assert problem in words(answer)
    assert await owner.fetchval("SELECT count(*) FROM representation.representation") == 0


async def test_an_unknown_helper_is_answered_like_a_known_one(elders, mother):
    known = words(await ask_to_help(elders, mother))
    unknown = await ask_to_help(
        elders, mother, name="赵六", number=visits.national_id(77, "19800101")
    )
    assert "已经保存" in known
    assert "已经保存" in words(unknown)


async def test_appointing_needs_a_fresh_code(elders, mother, owner, parts, elder):
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")
    asked = await ask_to_help(elders, mother)
    assert await owner.fetchval("SELECT count(*) FROM representation.representation") == 0
    kept = portals.fields(asked)
    kept["code"] = [parts.outbox.code(elder.phone)]
    done = await elders.post("/representatives", data=kept)
    assert "已经保存" in words(done)
    assert await owner.fetchval("SELECT count(*) FROM representation.representation") == 1


async def test_a_guardian_is_appointed_and_ended_at_the_counter(clerk, mothers, mother, world):
    child = await person(world, 30, years_ago(9), "张小", "13912345603")
    assert "已经保存" in words(await appoint_guardian(clerk, mother, child))
    await turn(mothers)
    for page in OF_GUARDIANS:
        answer = await mothers.get(page)
        assert answer.url.path == page
        assert "您正在替 张小 办理" in words(answer), page
    found = await clerk.post(
        "/registrar/representation/find", data={"number": child.number, "name": child.name}
    )
    assert "张*" in words(found)
    assert "张敏" in words(found)
    assert "张小" not in words(found)
    named = re.search(r'name="representation" value="([^"]+)"', found.text)[1]
    ended = await clerk.post("/registrar/representation/revoke", data={"representation": named})
    assert "已经收回" in words(ended)
    assert (await mothers.get("/record")).url.path == "/acting"


async def test_a_guardian_reads_a_childs_vaccinations_and_growth(clerk, mothers, mother, world):
    born = years_ago(2)
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "体重"},
        "effectiveDateTime": born,
        "valueQuantity": {"value": 3.3, "unit": "kg"},
    }
    vaccination = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"text": "卡介苗"},
        "occurrenceDateTime": born,
    }
    one = await person(world, 62, born, "张小", "13912345662", (weight, vaccination))
    await appoint_guardian(clerk, mother, one)
    assert "现在可以打的" not in words(await mothers.get("/record/vaccinations"))  # her own
    await turn(mothers)
    schedule = words(await mothers.get("/record/vaccinations"))
    assert "打过的 1 针" in schedule
    assert "乙型肝炎" in schedule[schedule.index("现在可以打的") :]
    growth = await mothers.get("/record/growth")
    assert "3.3" in words(growth)
    (entry,) = set(re.findall(r"/record/entries/([0-9a-f-]{36})", growth.text))
    assert "体重" in words(await mothers.get(f"/record/entries/{entry}"))
    assert (await mothers.get(f"/record/entries/{entry}/pdf")).content.startswith(b"%PDF-")
    lines = await access.own_log(world.pool, world.keys, one.resident_id)
    assert {line.agent_kind for line in lines[:4]} == {AgentKind.REPRESENTATIVE}


async def test_at_fourteen_the_guardian_reads_and_at_eighteen_no_more(
    clerk, mothers, mother, world
):
    youth = await person(world, 30, years_ago(14), "张中", "13912345604")
    adult = await person(world, 31, years_ago(18), "张大", "13912345605")
    assert (await appoint_guardian(clerk, mother, youth)).status_code == 200
    refused = await appoint_guardian(clerk, mother, adult)
    assert refused.status_code == 422
    assert "不能成立" in words(refused)
    await turn(mothers)
    record = words(await mothers.get("/record"))
    assert "青霉素" in record
    assert "抑郁" not in record
    for page in ("/", "/looked", "/consents", "/rights", "/emergency"):
        assert (await mothers.get(page)).url.path == "/acting", page


async def test_a_youth_chooses_what_the_guardian_does_not_see(
    app, parts, clerk, mothers, mother, world
):
    youth = await person(world, 30, years_ago(15), "张中", "13912345604")
    await appoint_guardian(clerk, mother, youth)
    async with browser(app) as window:
        await sign_in(window, parts, youth)
        page = await window.get("/representatives")
        assert "不让监护人看的内容" in words(page)
        assert "请一个人替我办事" not in words(page)
        kept = await window.post(
            "/representatives/kept", data={"kind": ["hiv-and-sti"], "category": ["laboratory"]}
        )
        assert "已经保存" in words(kept)
    await turn(mothers)
    record = words(await mothers.get("/record"))
    assert "抑郁" in record
    assert "血糖" not in record


async def test_a_death_at_the_counter_ends_the_phone_and_opens_to_a_relative(
    clerk, elders, mothers, mother, elder
):
    named = {"number": elder.number, "name": elder.name}
    refused = await clerk.post("/registrar/death", data=named | {"day": "2026-01-01"})
    assert refused.status_code == 422
    done = await clerk.post("/registrar/death", data=named | {"day": "2026-01-01", "seen": "yes"})
    assert "已经登记" in words(done)
    assert (await elders.get("/record")).url.path == "/sign-in"
    relative = await clerk.post(
        "/registrar/representation",
        data=named
        | {
            "kind": "relative",
            "other-number": mother.number,
            "other-name": mother.name,
            "proof": "kinship-document",
            "days": "30",
            "seen": "yes",
        },
    )
    assert "已经保存" in words(relative)
    await turn(mothers)
    assert "抑郁" in words(await mothers.get("/record"))
    taken = await mothers.post("/rights/copy", data={"form": "fhir"})
    assert taken.headers["content-type"] == "application/fhir+json"
    page = await mothers.get("/rights/close")
    stale = await mothers.post("/rights/close", data={"understood": "yes"})
    assert stale.url.path == "/rights/close"
    closed = await mothers.post("/rights/close", data=portals.fields(page) | {"understood": "yes"})
    assert closed.status_code == 200
    assert "张敏" in words(await mothers.get("/"))  # still signed in, as herself again
    back = await clerk.post("/registrar/death/back", data=named | {"seen": "yes"})
    assert "没有登记过" in words(back)


async def test_a_death_registered_in_error_is_taken_back(clerk, elder, elders):
    named = {"number": elder.number, "name": elder.name, "seen": "yes"}
    await clerk.post("/registrar/death", data=named | {"day": "2026-01-01"})
    again = await clerk.post("/registrar/death", data=named | {"day": "2026-01-01"})
    assert "已经登记过" in words(again)
    back = await clerk.post("/registrar/death/back", data=named)
    assert "已经去掉" in words(back)
    assert (await elders.get("/record")).url.path == "/sign-in"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"number": "1"}, "号码不对"),
        ({"name": "别人"}, "没有这个人的档案"),
        ({"other-name": ""}, "请写姓名"),
        ({"kind": ""}, "请选择关系"),
        ({"proof": "both-present"}, "另一种证明"),
        ({"seen": ""}, "请先看证件"),
        ({"kind": "helper", "proof": "both-present", "power": []}, "至少选一项"),
    ],
)
async def test_what_is_wrong_at_the_counter_is_said(clerk, mother, world, change, problem, owner):
    child = await person(world, 30, years_ago(9), "张小", "13912345603")
    form = {
        "kind": "guardian",
        "number": child.number,
        "name": child.name,
        "other-number": mother.number,
        "other-name": mother.name,
        "proof": "birth-certificate",
        "seen": "yes",
    }
    answer = await clerk.post("/registrar/representation", data=form | change)
    assert answer.status_code == 422
    assert problem in words(answer)
    assert await owner.fetchval("SELECT count(*) FROM representation.representation") == 0


OPEN = (visits.allergy("青霉素"), visits.glucose("2026-02-01"))
HIDDEN = {
    "guardian": visits.condition("T74.1", "受虐待综合征", "2026-03-01"),
    "youth": visits.condition("F32.1", "中度抑郁发作", "2018-06-01"),
    "helper": visits.condition("B20", "人类免疫缺陷病毒病", "2020-01-01"),
}


def told(page: httpx.Response) -> str:
    """The words of a page without its times."""
    return re.sub(r"\d\d:\d\d", "·", words(page))


@pytest.mark.parametrize("kind", HIDDEN)
async def test_what_a_mandate_hides_leaves_no_trace_on_any_page(
    app, parts, clerk, mother, world, kind
):
    born = {"guardian": years_ago(9), "youth": years_ago(15), "helper": "1949-12-31"}[kind]
    seen = []
    for serial, life in ((61, OPEN), (63, (*OPEN, HIDDEN[kind]))):
        one = await person(world, serial, born, "张小", f"139123456{serial}", life)
        if kind == "helper":
            async with browser(app) as window:
                await sign_in(window, parts, one)
                await ask_to_help(window, mother, power=["visits", "record", "log", "consents"])
        else:
            await appoint_guardian(clerk, mother, one)
        parts.outbox.arrived.clear()
        await parts.pool.execute("DELETE FROM sign_in.attempt")
        async with browser(app) as window:
            await sign_in(window, parts, mother)
            await turn(window)
            pages = [
                await window.get(path)
                for path in ("/record", "/record?category=conditions", "/looked", "/rights",
                             "/rights/correct", "/restrictions", "/consents", "/erasures", "/acting",
                             "/record/results", "/record/medicines", "/record/vaccinations",
                             "/record/growth", "/record?q=yz&year=2020")
            ]  # fmt: skip
            copy = await window.post("/rights/copy", data={"form": "document"})
        for page in (*pages, copy):
            assert HIDDEN[kind]["code"]["text"] not in page.text
        seen.append(
            [
                (page.status_code, page.url.path, told(page).replace(one.number, "·"))
                for page in (*pages, copy)
            ]
        )
    assert seen[0] == seen[1]


async def add_passkey(window) -> Authenticator:
    device = Authenticator(portals.ORIGIN)
    options = await window.post("/passkeys/options")
    await window.post("/passkeys/add", data={"credential": device.make(options.text)})
    return device


async def answered(window, device) -> dict[str, str]:
    options = await window.post("/passkeys/check/options")
    return {"credential": device.sign(options.text)}


async def test_who_acts_for_somebody_proves_it_by_their_own_passkey(
    elders, mothers, mother, elder, world, owner
):
    theirs, own = await add_passkey(elders), await add_passkey(mothers)
    await ask_to_help(elders, mother, power=["visits", "consents"])
    await turn(mothers)
    path = f"/consents/new/{world.hospital}"
    form = {"kind": "standing", "who": "all:", "days": "30", "category": ["laboratory"]}
    form = fields(await mothers.post(path, data=form)) | {"step": "give"}
    refused = await mothers.post(path, data=form | await answered(elders, theirs))
    assert "没有认出通行密钥" in words(refused)
    assert not await consent.consents(world.pool, world.keys, elder.resident_id)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    given = await mothers.post(path, data=form | await answered(mothers, own))
    assert "已经生效" in words(given)
    assert len(await consent.consents(world.pool, world.keys, elder.resident_id)) == 1
