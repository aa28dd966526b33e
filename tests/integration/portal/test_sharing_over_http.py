"""Links and health cards over HTTP: made on the phone, opened by the standard's requests, checked."""

from __future__ import annotations

import html
import re

import httpx
import orjson
import pytest

import portals
import visits
from clinic_desk import SITE, Desk
from openhealthcode import access
from openhealthcode.access import carried, links
from openhealthcode.credential import Form, link, numeric
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.trust import Keys, decrypt_file
from portals import Parts, browser, scanned, words

DOSE = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}], "text": "新冠疫苗"},
    "occurrenceDateTime": "2021-03-04",
    "lotNumber": "A12",
}  # fmt: skip


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
async def resident(world):
    return await world.resident(*visits.LIFE, DOSE)


@pytest.fixture
async def phone(parts, resident):
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    async with transaction(parts.pool, resident=resident) as connection:
        about = Subject(card, "李试", Phone.parse("13912345678"))
        begun = await begin_session(connection, parts.keys, resident, about)
    async with browser(portals.application(parts)) as window:
        window.cookies.set("ohc_resident", begun.token)
        yield window


@pytest.fixture
async def anybody(parts):
    async with browser(portals.application(parts)) as window:
        yield window


async def share(phone: httpx.AsyncClient, **form) -> str:
    """Make a link by the form; answers its text."""
    page = await phone.post("/sharing/new", data={"content": "summary", "days": "7"} | form)
    assert page.url.path.startswith("/sharing/links/"), words(page)
    text = scanned(page)
    assert text in html.unescape(page.text)
    return text


def address(text: str) -> str:
    return httpx.URL(link.read(text).address).path


async def ask(anybody: httpx.AsyncClient, text: str, **asked) -> httpx.Response:
    body = orjson.dumps({"recipient": "张诊所"} | asked)
    headers = {"content-type": "application/json", "origin": "https://elsewhere.example"}
    return await anybody.post(address(text), content=body, headers=headers)


async def test_a_link_is_made_opened_listed_and_taken_back(phone, anybody):
    text = await share(phone, label="给张医生", passcode="246810")
    manifest = await ask(anybody, text, passcode="246810")
    assert manifest.status_code == 200
    assert manifest.headers["access-control-allow-origin"] == "*"
    (file,) = manifest.json()["files"]
    assert (file["contentType"], file["status"], file["fhirVersion"]) == (
        "application/fhir+json", "finalized", "4.0.1",
    )  # fmt: skip
    content, content_type = decrypt_file(link.read(text).key, file["embedded"])
    assert content_type == "application/fhir+json"
    assert "青霉素".encode() in content
    page = words(await phone.get("/sharing"))
    assert "给张医生" in page
    assert "张诊所（自填）" in page
    looked = words(await phone.get("/looked"))
    assert "张诊所" in looked
    assert "无人核实" in looked
    number = re.search(r'href="/looked/(\d+)"', (await phone.get("/looked")).text).group(1)
    assert "青霉素" in words(await phone.get(f"/looked/{number}"))
    action = re.search(
        r'action="(/sharing/links/[^"]+/revoke)"', (await phone.get("/sharing")).text
    )
    done = await phone.post(action.group(1))
    assert "链接已撤回" in words(done)
    assert (await ask(anybody, text, passcode="246810")).status_code == 404


async def test_a_wrong_passcode_is_told_as_the_standard_says(phone, anybody):
    text = await share(phone, passcode="246810")
    for left in (9, 8):
        answer = await ask(anybody, text, passcode="000000")
        assert (answer.status_code, answer.json()) == (401, {"remainingAttempts": left})
    answer = await ask(anybody, text)
    assert (answer.status_code, answer.json()) == (401, {"remainingAttempts": 7})
    assert "密码还可以错 7 次" in words(await phone.get("/sharing"))
    assert "用错误的密码" in words(await phone.get("/looked"))


async def test_a_long_file_is_fetched_apart_and_once(phone, anybody):
    text = await share(phone)
    (file,) = (await ask(anybody, text, embeddedLengthMax=10)).json()["files"]
    assert "embedded" not in file
    path = httpx.URL(file["location"]).path
    fetched = await anybody.get(path)
    assert fetched.headers["content-type"].startswith("application/jose")
    content, _ = decrypt_file(link.read(text).key, fetched.text)
    assert "青霉素".encode() in content
    assert (await anybody.get(path)).status_code == 404


async def test_one_file_directly(phone, anybody):
    text = await share(phone, content="vaccinations", direct="yes")
    assert link.read(text).flags == {"U"}
    assert (await anybody.get(address(text))).status_code == 400
    answer = await anybody.get(address(text), params={"recipient": "学校"})
    content, content_type = decrypt_file(link.read(text).key, answer.text)
    assert content_type == "application/smart-health-card"
    jws = orjson.loads(content)["verifiableCredential"][0]
    checked = await anybody.post("/verify", data={"credential": jws})
    assert "真实：签名有效" in words(checked)
    assert "新冠疫苗" in words(checked)
    assert (await ask(anybody, text)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"recipient":3}', b'{"recipient":""}', b'{"recipient":"a","passcode":3}',
     b'{"recipient":"a","embeddedLengthMax":"x"}', b'{"recipient":"a","embeddedLengthMax":true}',
     b"x" * 20_000],
)  # fmt: skip
async def test_a_request_of_another_form_is_refused(phone, anybody, body):
    text = await share(phone)
    answer = await anybody.post(address(text), content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid"})


async def test_other_pages_may_ask_and_nobody_hears_of_what_there_is_not(anybody):
    preflight = await anybody.options("/shl/nothing")
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    for secret in ("nothing", "x" * 65):
        answer = await anybody.post(f"/shl/{secret}", content=b'{"recipient":"a"}')
        assert (answer.status_code, answer.json()) == (404, {"error": "link-over"})
    assert (await anybody.get("/shl/file/nothing")).status_code == 404


async def test_a_link_opened_very_often_waits(phone, anybody):
    text = await share(phone)
    for _ in range(60):
        answer = await ask(anybody, text)
        assert answer.status_code == 200
    answer = await ask(anybody, text)
    assert answer.status_code == 429
    assert answer.headers["retry-after"]


async def test_picked_entries(phone, anybody):
    page = await phone.get("/sharing/new?content=entries")
    assert "青霉素" in words(page)
    entry = re.search(r'name="entry" value="([^"]+)"> <span><span class="keep">青霉素', page.text)
    text = await share(phone, content="entries", entry=entry.group(1))
    (file,) = (await ask(anybody, text)).json()["files"]
    content, _ = decrypt_file(link.read(text).key, file["embedded"])
    kinds = sorted(one["resource"]["resourceType"] for one in orjson.loads(content)["entry"])
    assert kinds == ["AllergyIntolerance", "Patient"]


@pytest.mark.parametrize(
    ("form", "status"),
    [({"passcode": "123"}, 422), ({"passcode": "123456", "direct": "yes"}, 422),
     ({"content": "entries"}, 422), ({"days": "x"}, 400), ({"content": "x"}, 400),
     ({"entry": "x"}, 400)],
)  # fmt: skip
async def test_what_no_link_can_be_is_told(phone, form, status):
    page = await phone.post("/sharing/new", data={"content": "summary", "days": "7"} | form)
    assert page.status_code == status


async def test_only_so_many_links(phone):
    for _ in range(links.MOST_LINKS):
        await share(phone)
    page = await phone.post("/sharing/new", data={"content": "summary", "days": "7"})
    assert page.status_code == 422
    assert "最多 20 个" in words(page)


@pytest.mark.parametrize("form", ["shc", "hc1"])
@pytest.mark.parametrize("content", ["vaccinations", "emergency"])
async def test_a_card_is_made_and_checked_by_anybody(phone, anybody, form, content):
    page = await phone.post("/sharing/cards", data={"content": content, "form": form})
    assert "健康卡做好了" in words(page)
    text = scanned(page)
    assert text.startswith("shc:/" if form == "shc" else "HC1:")
    checked = await anybody.post("/verify", data={"credential": text})
    told = words(checked)
    assert "真实：签名有效" in told
    assert "李试" in told
    assert ("青霉素" in told) is (content == "emergency")
    assert ("新冠疫苗" in told) is (content == "vaccinations")
    assert "抑郁" not in told
    other = "111" if text[-3:] != "111" else "222"
    altered = await anybody.post("/verify", data={"credential": text[:-3] + other})
    assert altered.status_code == 422


async def test_a_card_taken_back_is_told_by_the_published_list(phone, anybody, parts):
    page = await phone.post("/sharing/cards", data={"content": "vaccinations", "form": "shc"})
    text = scanned(page)
    jwks = (await anybody.get("/.well-known/jwks.json")).json()["keys"]
    (key,) = [one for one in jwks if one.get("crlVersion")]
    assert key["kid"] == carried.card_key(parts.keys).thumbprint
    crl = (await anybody.get(f"/.well-known/crl/{key['kid']}.json")).json()
    assert (crl["method"], crl["rids"]) == ("rid", [])
    action = re.search(
        r'action="(/sharing/cards/[^"]+/revoke)"', (await phone.get("/sharing")).text
    )
    assert "这张卡已作废" in words(await phone.post(action.group(1)))
    crl = (await anybody.get(f"/.well-known/crl/{key['kid']}.json")).json()
    assert len(crl["rids"]) == 1
    checked = await anybody.post("/verify", data={"credential": text})
    assert checked.status_code == 422
    assert "签发者已作废" in words(checked)
    assert (await anybody.get("/.well-known/crl/another.json")).status_code == 404


async def test_the_file_of_a_card(phone, anybody):
    form = {"content": "vaccinations", "form": "shc", "as": "file"}
    answer = await phone.post("/sharing/cards", data=form)
    assert answer.headers["content-type"] == "application/smart-health-card"
    assert "李" not in answer.headers["content-disposition"]
    (jws,) = answer.json()["verifiableCredential"]
    checked = await anybody.post("/verify", data={"credential": numeric.encode(jws)})
    assert "真实" in words(checked)


async def test_nobody_elses_card_is_believed(anybody):
    from credentials import VACCINATED, Issuing  # noqa: PLC0415 - a helper of this test alone

    text = Issuing().issue(Form.HEALTH_CARD, VACCINATED).text
    page = await anybody.post("/verify", data={"credential": text})
    assert page.status_code == 422
    assert "不在信任名单上" in words(page)
    page = await anybody.post("/verify", data={"credential": "<b>hello</b>"})
    assert page.status_code == 422
    assert "<b>hello" not in page.text


async def test_without_a_dose_there_is_no_card_of_vaccinations(parts, world):
    bare = await world.resident(serial=3)
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(3))
    async with transaction(parts.pool, resident=bare) as connection:
        about = Subject(card, "李试", Phone.parse("13912345679"))
        begun = await begin_session(connection, parts.keys, bare, about)
    async with browser(portals.application(parts)) as window:
        window.cookies.set("ohc_resident", begun.token)
        form = {"content": "vaccinations", "form": "shc"}
        page = await window.post("/sharing/cards", data=form)
        assert "没有可以放进卡里的接种记录" in words(page)
        assert (await window.post("/sharing/cards", data={"content": "x"})).status_code == 400


async def test_making_is_in_the_log(phone, world, resident):
    await share(phone)
    await phone.post("/sharing/cards", data={"content": "emergency", "form": "shc"})
    actions = [one.action for one in await access.own_log(world.pool, world.keys, resident)]
    assert {"link.make", "health-card.make"} <= set(actions)


async def test_at_the_clinics_scanner(parts, world, resident):
    """Shown with who vouches; nobody is identified, and the record stays shut."""
    desk = await Desk.opened(world, portals.application(parts))
    await desk.sign_in()
    before = len(await access.own_log(world.pool, world.keys, resident))
    issuer = carried.card_issuer(world.keys, address=SITE, name="clinic.test", language="zh-CN")
    for form in Form:
        made = await carried.make_emergency_card(world.pool, world.keys, resident, form, issuer)
        seen = await desk.scan(made.issued.text)
        told = words(seen)
        assert seen.status_code == 200
        assert "真实：签名有效" in told
        assert "青霉素" in told
        assert "clinic.test" in told
        bad = await desk.scan(made.issued.text[:-4])
        assert bad.status_code == 422
        assert "没有读全" in words(bad)
    terms = links.LinkTerms(content=links.LinkContent.SUMMARY)
    link_made = await links.make_link(world.pool, world.keys, resident, terms, site=SITE)
    opened = await desk.scan(link_made.text)
    assert f'href="/shl#{link_made.text.partition("#")[2]}"' in html.unescape(opened.text)
    lines = await access.own_log(world.pool, world.keys, resident)
    made_here = {"health-card.make", "link.make", "log.own-view"}
    assert {line.action for line in lines[: len(lines) - before]} == made_here
