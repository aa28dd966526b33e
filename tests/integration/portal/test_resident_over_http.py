"""The resident's pages over a real database: in, shown, asked, answered, read, taken back."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import asyncpg
import httpx
import pytest

import portals
import visits
from openhealthcode import access, audit, consent, healthcode
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in import Role, pin
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, scanned, words
from signing_in import employ

PHONE = "13912345678"
NAME = "李试"
NUMBER = visits.national_id(2)
PIN = "480271"
CLAIM = {"number": NUMBER, "name": NAME, "phone": PHONE}


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
async def resident_id(world):
    return await world.resident()


@pytest.fixture
async def with_pin(world, resident_id):
    """What lasts longer than a day or is sensitive needs it."""
    await pin.choose(world.pool, world.keys, resident_id, PIN)


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def clerk(app, parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(app) as window:
        await portals.sign_in_clerk(window, account)
        yield window


async def sent_code(parts: Parts) -> str:
    return re.search(r"\d{6}", parts.outbox.arrived[-1].text)[0]


async def claim(window: httpx.AsyncClient, parts: Parts, **changed: str) -> httpx.Response:
    """Say who one is and enter the code that arrives."""
    await window.post("/sign-in", data=CLAIM | changed)
    return await window.post("/sign-in/code", data={"code": await sent_code(parts)})


@pytest.fixture
async def phone(app, parts, resident_id, clerk):
    """The resident's phone, bound at the counter and signed in."""
    async with browser(app) as window:
        waiting = await claim(window, parts)
        number = "".join(re.search(r"(\d{3}) (\d{3})", words(waiting)).groups())
        await clerk.post("/registrar/binding", data={"number": number})
        await clerk.post(
            "/registrar/binding/complete", data={"number": number, "proof": "card-and-person"}
        )
        assert "电子健康码" in words(await window.get("/sign-in/counter/state"))
        log = await access.own_log(parts.pool, parts.keys, resident_id, limit=9)
        assert audit.Action.PHONE_BIND in [line.action for line in log]
        yield window


@pytest.mark.usefixtures("resident_id")
async def test_number_name_and_a_phone_open_nothing_before_the_counter(app, parts):
    async with browser(app) as stranger:
        page = await claim(stranger, parts)
        assert page.url.path == "/sign-in/counter"
        assert "到窗口核对一次证件" in words(page)
        assert (await stranger.get("/record")).url.path == "/sign-in"
        assert (await stranger.get("/sign-in/counter/state")).status_code == 204


@pytest.mark.usefixtures("resident_id")
async def test_nobody_learns_who_is_registered(app, parts):
    answers = []
    for number in (NUMBER, visits.national_id(4)):
        async with browser(app) as stranger:
            page = await claim(stranger, parts, number=number, phone=f"139123456{number[-3:-1]}")
            answers.append(re.sub(r"\d{3} \d{3}|\d\d:\d\d", "", words(page)))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("number", NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"), "校验码对不上"),
        ("number", "880102195902300000", "出生日期不存在"),
        ("number", "8801", "应为 18 位"),
        ("phone", "12345", "不是手机号"),
        ("phone", "13800000000", "不是手机号"),
        ("name", " ", "请填写姓名"),
    ],
)
async def test_a_mistake_is_named_beside_its_field(app, parts, field, typed, said):
    async with browser(app) as stranger:
        page = await stranger.post("/sign-in", data=CLAIM | {field: typed})
    assert page.status_code == 400
    assert said in words(page)
    assert parts.outbox.arrived == []


async def test_a_second_code_within_a_minute_is_refused_in_words(app):
    async with browser(app) as stranger:
        await stranger.post("/sign-in", data=CLAIM)
        page = await stranger.post("/sign-in", data=CLAIM)
    assert page.status_code == 429
    assert "发送次数太多" in words(page)


async def test_a_wrong_code_may_be_tried_again(app, parts):
    async with browser(app) as stranger:
        await stranger.post("/sign-in", data=CLAIM)
        page = await stranger.post("/sign-in/code", data={"code": "000000x"})
        assert (page.status_code, "验证码不对" in words(page)) == (400, True)
        page = await stranger.post("/sign-in/code", data={"code": await sent_code(parts)})
        assert page.url.path == "/sign-in/counter"


async def test_the_clerk_sees_a_masked_name_and_each_check_is_logged(
    app, parts, resident_id, clerk
):
    async with browser(app) as window:
        waiting = await claim(window, parts)
        number = "".join(re.search(r"(\d{3}) (\d{3})", words(waiting)).groups())
        page = await clerk.post("/registrar/binding", data={"number": number})
        assert "李*" in words(page)
        assert NAME not in page.text
        assert NUMBER not in page.text
        assert "139****5678" in words(page)
        log = await access.own_log(parts.pool, parts.keys, resident_id, limit=1)
        assert log[0].action == audit.Action.RESIDENT_IDENTIFY
        unproven = await clerk.post("/registrar/binding/complete", data={"number": number})
        assert unproven.status_code == 400
        assert (await window.get("/sign-in/counter/state")).status_code == 204


async def test_an_unknown_binding_number_is_explained(clerk):
    page = await clerk.post("/registrar/binding", data={"number": "000000"})
    assert page.status_code == 404
    assert "这个号码不能完成" in words(page)


async def test_only_a_registrar_reaches_the_counter(app, parts):
    account = await employ(parts.pool, parts.keys, Role.CLINICIAN)
    async with browser(app) as doctor:
        refused = await portals.sign_in_clerk(doctor, account)
        assert refused.status_code in {401, 403}
        assert (await doctor.get("/registrar")).url.path == "/registrar/sign-in"


async def test_the_code_on_the_page_identifies_its_resident_once(phone, world, resident_id):
    text = scanned(await phone.get("/"))
    visit = await _identify(world, text)
    assert visit.resident_id == resident_id
    with pytest.raises(healthcode.SpentCode):
        await _identify(world, text)
    assert scanned(await phone.get("/code")) != text


async def _identify(world, text):
    return await access.identify(
        world.pool,
        world.keys,
        text,
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        scene=Scene.CONSULTATION,
    )


async def test_a_request_rises_once_and_previews_once_per_page(phone, world, resident_id):
    assert (await phone.get("/waiting")).status_code == 204
    request_id = await world.ask(resident_id)
    sheet = await phone.get("/waiting")
    assert "王敏医生想查看您的档案" in words(sheet)
    assert "<html" not in sheet.text
    again = await phone.get("/waiting", params={"known": str(request_id)})
    assert (again.status_code, again.text) == (200, "")
    log = await access.own_log(world.pool, world.keys, resident_id, limit=50)
    assert sum(line.action == audit.Action.RECORD_PREVIEW for line in log) == 1
    assert "王敏医生在等您的答复" in words(await phone.get("/"))


async def test_what_is_previewed_is_allowed_shown_and_on_the_receipt(phone, world, resident_id):
    request_id = await world.ask(resident_id, seconds=4 * 3600)
    page = await phone.get(f"/requests/{request_id}")
    assert "同意查看 6 项" in words(page)
    assert "抑郁" not in page.text  # closed kinds are not part of a general consent
    form = fields(page)
    form["category"].remove("laboratory")
    unsaid = await phone.post(f"/requests/{request_id}", data=form | {"answer": "allow"})
    assert "您的选择是 4 项" in words(unsaid)
    assert await consent.consents(world.pool, world.keys, resident_id) == []
    form = fields(unsaid) | {"answer": "allow", "hours": "1"}
    receipt = await phone.post(f"/requests/{request_id}", data=form)
    assert receipt.url.path == f"/requests/{request_id}/receipt"
    assert "王敏医生现在可以看 4 项" in words(receipt)
    assert "没有给看：化验" in words(receipt)
    assert "青霉素" in receipt.text
    assert "血糖" not in receipt.text
    seen = await world.look(resident_id)
    assert len(seen.entries) == 4
    assert (seen.until - seen.at).total_seconds() == pytest.approx(3600, abs=60)


async def test_refusing_takes_one_press_and_no_code(phone, world, resident_id):
    request_id = await world.ask(resident_id)
    receipt = await phone.post(f"/requests/{request_id}", data={"answer": "refuse"})
    assert "您没有同意" in words(receipt)
    assert not (await world.look(resident_id)).is_permitted
    again = await phone.post(f"/requests/{request_id}", data={"answer": "refuse"})
    assert (again.status_code, "这次请求已经结束" in words(again)) == (410, True)


async def test_nothing_chosen_is_no_consent(phone, world, resident_id):
    request_id = await world.ask(resident_id)
    form = fields(await phone.get(f"/requests/{request_id}")) | {"answer": "allow", "agreed": "0"}
    del form["category"]
    page = await phone.post(f"/requests/{request_id}", data=form)
    assert "一类都没选" in words(page)
    assert await consent.consents(world.pool, world.keys, resident_id) == []


async def test_an_older_preview_is_not_what_is_allowed(phone, world, resident_id):
    request_id = await world.ask(resident_id)
    form = fields(await phone.get(f"/requests/{request_id}")) | {"answer": "allow"}
    await phone.get(f"/requests/{request_id}")
    page = await phone.post(f"/requests/{request_id}", data=form)
    assert "请再看一眼" in words(page)
    assert await consent.consents(world.pool, world.keys, resident_id) == []


async def test_an_old_sign_in_asks_for_a_fresh_code_before_allowing(
    phone, parts, world, resident_id, owner_url
):
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")  # the code's own minute has passed
    await owner.close()
    request_id = await world.ask(resident_id)
    form = fields(await phone.get(f"/requests/{request_id}")) | {"answer": "allow"}
    asked = await phone.post(f"/requests/{request_id}", data=form)
    assert "再确认一次是您本人" in words(asked)
    assert await consent.consents(world.pool, world.keys, resident_id) == []
    wrong = await phone.post(f"/requests/{request_id}", data=fields(asked) | {"code": "12"})
    assert "验证码不对" in words(wrong)
    right = fields(wrong) | {"code": await sent_code(parts)}
    receipt = await phone.post(f"/requests/{request_id}", data=right)
    assert "现在可以看 6 项" in words(receipt)


async def test_taking_back_holds_on_the_next_look_and_says_so(phone, world, resident_id):
    consent_id, _ = await world.allow(resident_id)
    assert (await world.look(resident_id)).is_permitted
    assert "王敏医生可以看您的档案" in words(await phone.get("/"))
    assert f"/consents/{consent_id}/withdraw" in (await phone.get("/me")).text
    page = await phone.post(f"/consents/{consent_id}/withdraw")
    assert "已经收回" in words(page)
    assert not (await world.look(resident_id)).is_permitted
    assert "现在没有人能看您的档案" in words(await phone.get("/"))
    assert (await phone.post(f"/consents/{consent_id}/withdraw")).status_code == 200


async def test_who_looked_is_told_in_one_line_with_what_was_seen(phone, world, resident_id):
    await world.allow(resident_id)
    for _ in range(3):
        seen = await world.look(resident_id, scene=Scene.CONSULTATION)
    page = await phone.get("/looked")
    assert "看了 6 项，您当时同意。 因为您同意过这位医务人员查看。打开了 3 次。" in words(page)
    listed = await phone.get(f"/looked/{seen.number}")
    assert "王敏医生看了这 6 项" in words(listed)
    assert "青霉素" in listed.text
    assert "抑郁" not in listed.text
    assert (await phone.get("/looked/999999")).status_code == 404


async def test_an_emergency_stands_out_with_its_reason(phone, world, resident_id):
    async with transaction(world.pool, resident=resident_id) as connection:
        await consent.break_glass(
            connection,
            world.keys,
            resident_id,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            triage_level=1,
            reason="昏迷，<b>分诊</b> 1 级",
        )
    await world.look(resident_id, purpose=PurposeOfUse.EMERGENCY)
    page = await phone.get("/looked")
    assert "data-caution" in page.text
    assert "紧急救治，理由“昏迷，&lt;b&gt;分诊&lt;/b&gt; 1 级”" in words(page)


async def test_the_own_record_shows_all_of_a_life_newest_first(phone):
    page = await phone.get("/record")
    said = words(page)
    assert "中度抑郁发作" in said  # closed to others, never to the resident
    assert said.index("2026") < said.index("2014")
    assert "67 岁" in said  # in the year of the newest entry, whenever it is read
    allergies = words(await phone.get("/record", params={"category": "allergies"}))
    assert "青霉素" in allergies
    assert "高血压" not in allergies
    assert (await phone.get("/record", params={"category": "nonsense"})).status_code == 400
    assert (await phone.get("/record", params={"from": "-1"})).status_code == 400


async def test_nothing_of_another_resident_is_reached(phone, world):
    other = await world.resident(serial=4)
    request_id = await world.ask(other)
    assert (await phone.get(f"/requests/{request_id}")).status_code == 404
    refused = await phone.post(f"/requests/{request_id}", data={"answer": "refuse"})
    assert refused.status_code == 404
    consent_id, _ = await world.allow(other)
    await phone.post(f"/consents/{consent_id}/withdraw")
    assert (await world.look(other)).is_permitted


async def test_signing_out_ends_session_and_code(phone, world):
    text = scanned(await phone.get("/"))
    page = await phone.post("/sign-out")
    assert "已经退出" in words(page)
    assert (await phone.get("/record")).url.path == "/sign-in"
    with pytest.raises(healthcode.UnknownDevice):
        await _identify(world, text)
    assert (await phone.get("/waiting")).status_code == 401


async def test_another_phone_can_be_signed_out_from_this_one(phone, app, parts, owner_url):
    owner = await asyncpg.connect(owner_url)
    await owner.execute("DELETE FROM sign_in.attempt")
    await owner.close()
    async with browser(app) as second:
        assert (await claim(second, parts)).url.path == "/"
        ends = re.findall(r'action="(/devices/[^"]+)"', (await phone.get("/me")).text)
        assert len(ends) == 1
        await phone.post(ends[0])
        assert (await second.get("/record")).url.path == "/sign-in"
        assert (await phone.get("/record")).url.path == "/record"


async def test_a_form_of_another_site_changes_nothing(phone, world, resident_id):
    request_id = await world.ask(resident_id)
    forged = await phone.post(
        f"/requests/{request_id}",
        data={"answer": "refuse"},
        headers={"origin": "http://evil.test", "sec-fetch-site": "cross-site"},
    )
    assert forged.status_code == 403
    asked = await consent.request(world.pool, world.keys, resident_id, request_id)
    assert asked.answer is None


async def test_open_pages_hear_of_a_request_and_learn_nothing_else(phone, app, world, resident_id):
    heard: asyncio.Queue[str] = asyncio.Queue()
    done = asyncio.Event()

    async def receive():
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        heard.put_nowait(message.get("body", b"").decode())

    scope = phone.build_request("GET", "/live")
    task = asyncio.create_task(
        app(
            {
                "type": "http",
                "asgi": {"version": "3.0", "spec_version": "2.3"},
                "method": "GET",
                "path": "/live",
                "raw_path": b"/live",
                "query_string": b"",
                "headers": [(k.lower(), v) for k, v in scope.headers.raw],
                "scheme": "http",
                "server": ("ohc.test", 80),
                "client": ("127.0.0.1", 1),
                "root_path": "",
            },
            receive,
            send,
        )
    )
    while "event: begun" not in await asyncio.wait_for(heard.get(), 60):
        pass
    await world.ask(resident_id)
    event = await asyncio.wait_for(heard.get(), 60)
    assert re.fullmatch(r"event: change\ndata: [0-9a-f]{16}\n\n", event)
    done.set()
    await asyncio.wait_for(task, 60)


async def test_every_tab_answers_in_english(phone, world, resident_id):
    await world.allow(resident_id)
    await world.look(resident_id)
    for path, said in {
        "/": "can see your record until",
        "/record": "My record",
        "/looked": "saw 6 entries",
        "/me": "Signed-in phones",
    }.items():
        page = await phone.get(path, headers={"accept-language": "en"})
        assert said in words(page), path


async def test_a_long_record_is_turned_page_by_page(phone, world):
    await world.resident(
        *(visits.glucose(f"{1990 + year}-01-01") for year in range(30)),
        *(visits.glucose(f"2024-01-{day:02d}") for day in range(1, 31)),
        *(
            visits.glucose(f"2025-{month:02d}-{day:02d}")
            for month in range(1, 6)
            for day in range(1, 11)
        ),
    )
    first = await phone.get("/record")
    onwards = re.search(r'href="(/record\?from=100)"', first.text)[1]
    second = await phone.get(onwards)
    first_year = re.compile(r"<h\d[^>]*>\s*1990")
    assert first_year.search(second.text)
    assert not first_year.search(first.text)
    assert "看更早的" not in words(second)


@pytest.mark.usefixtures("with_pin")
async def test_what_an_emergency_may_open_is_chosen_on_the_page(phone, parts, resident_id):
    page = await phone.get("/emergency")
    assert re.search(r'value="emergency-set" required checked', page.text)
    asked = await phone.post("/emergency", data={"scope": "all", "opened": ["genetic"]})
    assert "还需要您的授权密码" in words(asked)
    page = await phone.post("/emergency", data=fields(asked) | {"pin": PIN})
    assert "您的选择已保存" in words(page)
    assert re.search(r'value="all" required checked', page.text)
    assert re.search(r'value="genetic" checked', page.text)
    assert "全部" in words(await phone.get("/me"))
    chosen = await consent.choice_for_emergencies(parts.pool, parts.keys, resident_id)
    assert chosen.scope == "all"
    assert "您选择了紧急时可以打开什么" in words(await phone.get("/looked"))


async def test_to_open_more_needs_a_fresh_code_and_to_open_less_does_not(
    phone, parts, resident_id, owner_url
):
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")  # the code's own minute has passed
    await owner.close()
    page = await phone.post("/emergency", data={"scope": "nothing"})
    assert "您的选择已保存" in words(page)
    page = await phone.post("/emergency", data={"scope": "all"})
    assert "您的选择已保存" not in words(page)
    chosen = await consent.choice_for_emergencies(parts.pool, parts.keys, resident_id)
    assert chosen.scope == "nothing"
    page = await phone.post("/emergency", data={"scope": "all", "code": await sent_code(parts)})
    assert "您的选择已保存" in words(page)


async def test_a_choice_that_does_not_exist_is_refused(phone):
    assert (await phone.post("/emergency", data={"scope": "some"})).status_code == 400
    assert (await phone.post("/emergency", data={"scope": "all", "opened": "x"})).status_code == 400


async def test_relatives_to_be_told_are_named_and_removed_on_the_page(phone):
    wrong = await phone.post("/emergency/contacts", data={"relation": "child", "phone": "12"})
    assert (wrong.status_code, "不是手机号" in words(wrong)) == (422, True)
    nobody = await phone.post("/emergency/contacts", data={"relation": "x", "phone": PHONE})
    assert nobody.status_code == 422
    page = await phone.post(
        "/emergency/contacts", data={"relation": "child", "phone": "13712345671"}
    )
    assert "子女137****5671" in words(page)
    assert "13712345671" not in page.text
    again = await phone.post(
        "/emergency/contacts", data={"relation": "child", "phone": "13712345671"}
    )
    assert "已在名单上" in words(again)
    remove = re.search(r'action="(/emergency/contacts/[^"]+/remove)"', page.text)[1]
    assert "已删除" in words(await phone.post(remove))
    assert "137****5671" not in words(await phone.get("/emergency"))
    assert (await phone.post(remove)).status_code == 200


async def offered(phone, world) -> dict[str, object]:
    """The form of a consent for the hospital, found by a part of its name."""
    found = await phone.get("/consents/new?q=人民")
    assert f"/consents/new/{world.hospital}" in found.text
    page = await phone.get(f"/consents/new/{world.hospital}")
    assert 'value="all:"' in page.text
    return {
        "kind": "standing",
        "who": "all:",
        "days": "30",
    }


@pytest.mark.usefixtures("with_pin")
async def test_a_standing_consent_is_read_in_full_then_given_and_taken_back(
    phone, world, resident_id
):
    form = await offered(phone, world)
    form |= {"who": f"practitioner:{world.wang}", "category": ["laboratory", "allergies"]}
    address = f"/consents/new/{world.hospital}"
    review = await phone.post(address, data=form)
    assert "谁可以看：黛川县人民医院 王敏。" in words(review)
    assert "多久：从现在起 30 天" in words(review)
    assert not (await world.look(resident_id)).is_permitted
    page = await phone.post(address, data=fields(review) | {"step": "give", "pin": PIN})
    assert "已经生效" in words(page)
    assert len((await world.look(resident_id)).entries) == 3
    assert "因为您同意过这位医务人员查看。" in words(await phone.get("/looked"))
    (given,) = await consent.consents(world.pool, world.keys, resident_id)
    told = await phone.get(f"/consents/{given.consent_id}/notice")
    for sentence in given.notice.sentences:
        assert re.sub(r"\s+", " ", sentence) in words(told)
    assert "王敏" in words(await phone.get("/me"))
    await phone.post(f"/consents/{given.consent_id}/withdraw")
    assert not (await world.look(resident_id)).is_permitted
    assert "已结束" in words(await phone.get("/consents"))
    assert (await phone.get(f"/consents/{given.consent_id}/sensitive")).status_code == 404


@pytest.mark.usefixtures("with_pin")
async def test_a_standing_consent_is_changed_by_giving_another(phone, world, resident_id):
    form = await offered(phone, world)
    form |= {"who": f"practitioner:{world.wang}", "category": ["laboratory"], "visits": "3"}
    address = f"/consents/new/{world.hospital}"
    review = await phone.post(address, data=form)
    assert "几次：3 次就诊。" in words(review).replace("\u2009", " ")
    await phone.post(address, data=fields(review) | {"step": "give", "pin": PIN})
    page = await phone.get("/consents")
    assert "可用 3 次，已用 0 次" in words(page).replace("\u2009", " ")
    change = re.search(r'href="(/consents/new/[^"]+instead=[^"]+)"', page.text)[1]
    offer = await phone.get(change)
    who = f"practitioner:{world.wang}"
    assert f'value="{who}" selected' in offer.text
    again = fields(offer) | {"who": who}
    assert again["category"] in ("laboratory", ["laboratory"])
    review = await phone.post(address, data=again | {"keep": "yes", "visits": ""})
    assert "原来的那一份授权结束" in words(review)
    await phone.post(address, data=fields(review) | {"step": "give", "pin": PIN})
    new, old = await consent.consents(world.pool, world.keys, resident_id)
    assert (old.withdrawn_at is not None, new.withdrawn_at) == (True, None)
    assert (old.manner, new.manner) == (consent.Manner.VIEW, consent.Manner.KEEP)
    assert (await phone.get(change)).status_code == 404


@pytest.mark.usefixtures("with_pin")
async def test_sensitive_matters_are_asked_apart_with_a_notice_of_their_own(
    phone, world, resident_id
):
    form = await offered(phone, world) | {"category": ["conditions"]}
    address = f"/consents/new/{world.hospital}"
    review = await phone.post(address, data=form)
    assert "敏感内容和您关闭的内容不在其中" in words(review)
    await phone.post(address, data=fields(review) | {"step": "give", "pin": PIN})
    assert len((await world.look(resident_id)).entries) == 1
    (given,) = await consent.consents(world.pool, world.keys, resident_id)
    apart = f"/consents/{given.consent_id}/sensitive"
    assert "什么都没有改变" in words(await phone.post(apart, data={}))
    review = await phone.post(apart, data={"opened": ["mental-health"]})
    assert "为什么要单独问您" in words(review)
    await phone.post(apart, data=fields(review) | {"step": "give", "pin": PIN})
    assert len((await world.look(resident_id)).entries) == 2


@pytest.mark.usefixtures("with_pin")
async def test_a_standing_consent_needs_a_fresh_code_and_the_pin(
    phone, parts, world, resident_id, owner_url
):
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "UPDATE sign_in.resident_session SET verified_at = verified_at - interval '6 minutes'"
    )
    await owner.execute("DELETE FROM sign_in.attempt")  # the code's own minute has passed
    await owner.close()
    address = f"/consents/new/{world.hospital}"
    form = await offered(phone, world) | {"category": ["conditions"]}
    review = await phone.post(address, data=form)
    asked = await phone.post(address, data=fields(review) | {"step": "give", "pin": PIN})
    assert "再确认一次是您本人" in words(asked)
    assert PIN not in asked.text
    assert not await consent.consents(world.pool, world.keys, resident_id)
    asked = await phone.post(address, data=fields(asked) | {"code": await sent_code(parts)})
    assert "还需要您的授权密码" in words(asked)
    wrong = await phone.post(address, data=fields(asked) | {"pin": "991234"})
    assert "授权密码不对" in words(wrong)
    assert "991234" not in wrong.text
    assert not await consent.consents(world.pool, world.keys, resident_id)
    await phone.post(address, data=fields(asked) | {"pin": PIN})
    assert len(await consent.consents(world.pool, world.keys, resident_id)) == 1


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"category": []}, 422),
        ({"days": "1095"}, 422),
        ({"days": "36500"}, 400),
        ({"kind": "visit"}, 400),
        ({"who": "practitioner:nobody"}, 400),
        ({"who": "everybody:"}, 400),
        ({"category": ["laboratory", "secrets"]}, 400),
    ],
)
async def test_a_standing_consent_that_cannot_be_is_refused(
    phone, world, resident_id, changed, status
):
    form = await offered(phone, world) | {"category": ["laboratory"]} | changed
    answer = await phone.post(f"/consents/new/{world.hospital}", data=form)
    assert answer.status_code == status
    assert not await consent.consents(world.pool, world.keys, resident_id)


async def test_an_older_wording_is_shown_anew_before_it_counts(phone, world, resident_id):
    form = await offered(phone, world) | {"category": ["laboratory"]}
    address = f"/consents/new/{world.hospital}"
    stale = form | {"step": "give", "notice": "v0"}
    assert "请看清楚再同意" in words(await phone.post(address, data=stale))
    assert not await consent.consents(world.pool, world.keys, resident_id)
