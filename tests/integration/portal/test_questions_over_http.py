"""Anybody asks why a detail is collected (J19): the rule, its law, who asked, and an answer in time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import portals
import visits
from openhealthcode import collection
from openhealthcode.collection import RULES, SCENE, questions
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

WHY = "为什么随访要问吸不吸烟？"
BECAUSE = "吸烟影响血压用药的选择；可以不回答。"


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
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
def app(parts):
    return portals.application(parts)


@pytest.fixture
async def anybody(app):
    async with browser(app) as client:
        yield client


@pytest.fixture
async def supervisor(app, parts):
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    async with browser(app) as client:
        await portals.sign_in_clerk(client, account, "/supervision")
        yield client


async def ask(anybody, text=WHY, path="/rules/follow-up/smoking") -> str:
    answer = await anybody.post(path, data={"words": text})
    assert answer.status_code == 200, words(answer)
    return answer.url.path


def of_scene(sent, scene):
    return sent | {"meta": {"tag": [{"system": SCENE, "code": scene}]}}


SMOKING = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "72166-2"}]},
    "valueString": "x",
}


async def test_a_detail_says_why_by_which_law_who_asked_and_how_many_refused(anybody, parts, world):
    for serial in (2, 4, 6, 8, 10, 12, 14, 16, 18, 20):
        sent = visits.bundle(visits.patient(serial), SMOKING, key=f"r{serial}")
        await collection.file_bundle(
            parts.pool, parts.keys, bundle=of_scene(sent, "follow-up"), source=world.source
        )
    await collection.count_up(parts.pool)
    page = words(await anybody.get("/rules/follow-up/smoking"))
    ruled = RULES.of("follow-up").elements["smoking"]
    assert ruled.reason.zh in page
    assert ruled.basis.zh in page
    assert ("待核实" in page) is not ruled.is_verified
    assert "黛川县人民医院 10 0" in page or "黛川县人民医院100" in page.replace(" ", "")
    assert "0 位居民在这里拒绝提供" in page


async def test_small_numbers_are_not_told_exactly(anybody, parts, world):
    sent = visits.bundle(visits.patient(2), SMOKING)
    await collection.file_bundle(
        parts.pool, parts.keys, bundle=of_scene(sent, "follow-up"), source=world.source
    )
    await collection.count_up(parts.pool)
    page = words(await anybody.get("/rules/follow-up/smoking")).replace(" ", "")
    assert "黛川县人民医院不足100" in page


async def test_a_detail_no_rule_asks_has_a_page_that_says_so(anybody):
    page = await anybody.get("/rules/outpatient/marital-status")
    assert page.status_code == 200
    assert "这个场合的规则不收集这一项" in words(page)


@pytest.mark.parametrize("path", ["/rules/outpatient/shoe-size", "/rules/nowhere/name"])
async def test_there_is_no_page_for_what_no_rule_knows(anybody, path):
    assert (await anybody.get(path)).status_code == 404
    assert (await anybody.post(path, data={"words": WHY})).status_code == 404


async def test_a_question_is_answered_with_its_clock_in_sight(anybody, supervisor):
    address = await ask(anybody)
    page = words(await anybody.get(address))
    assert "还有 15 天" in page
    assert WHY not in page
    assert "等待答复1" in words(await anybody.get("/questions"))
    waiting = await supervisor.get("/supervision/questions")
    assert WHY in words(waiting)
    link = re.search(r'href="(/supervision/questions/[^"]+)"', waiting.text)[1]
    done = await supervisor.post(link, data={"step": "publish", "question": WHY, "answer": BECAUSE})
    assert done.url.path == "/supervision/questions"
    for path in (address, "/questions", "/rules/follow-up/smoking"):
        page = words(await anybody.get(path))
        assert WHY in page
        assert BECAUSE in page
    data = (await anybody.get("/questions.json")).json()
    assert (data["answered"], data["answeredInTime"], data["waiting"]) == (1, 1, 0)
    assert "答复" not in words(await anybody.get("/rules/outpatient/phone")).partition("问与答")[0]
    again = await supervisor.post(link, data={"step": "publish", "question": "x", "answer": "y"})
    assert again.status_code == 409
    assert BECAUSE in words(await anybody.get(address))


async def test_a_late_answer_shows_to_everybody(anybody, owner, parts):
    address = await ask(anybody)
    await owner.execute(
        "UPDATE collection.question SET asked_at = asked_at - interval '16 days',"
        " due_at = due_at - interval '16 days'"
    )
    assert "已经超过答复期限" in words(await anybody.get(address))
    assert "已逾期1" in words(await anybody.get("/questions"))
    (one,) = await questions.waiting(parts.pool)
    assert one.state(datetime.now(UTC)) is questions.QuestionState.OVERDUE
    assert one.days_left(datetime.now(UTC)) == 0


async def test_what_is_no_question_is_set_aside_with_the_reason_told(anybody, supervisor):
    address = await ask(anybody, "买药请找某某")
    waiting = await supervisor.get("/supervision/questions")
    link = re.search(r'href="(/supervision/questions/[^"]+)"', waiting.text)[1]
    empty = await supervisor.post(link, data={"step": "aside", "reason": ""})
    assert empty.status_code == 422
    await supervisor.post(link, data={"step": "aside", "reason": "与采集规则无关。"})
    page = words(await anybody.get(address))
    assert "与采集规则无关。" in page
    assert "某某" not in page
    assert "某某" not in words(await anybody.get("/questions"))
    assert (await anybody.get("/questions.json")).json()["setAside"] == 1


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\u0000", "我的电话是 139 1234 5678，请回电", "x" * 301, "110105194912310021"],
)
async def test_a_question_with_somebodys_number_is_not_taken(anybody, parts, text):
    answer = await anybody.post("/rules/follow-up/smoking", data={"words": text})
    assert answer.status_code == 422
    assert await questions.waiting(parts.pool) == []


async def test_nobody_floods_the_questions(anybody, parts):
    for _ in range(3):
        await ask(anybody)
    answer = await anybody.post("/rules/follow-up/smoking", data={"words": WHY})
    assert answer.status_code == 422
    assert "请一小时后再试" in words(answer)
    assert len(await questions.waiting(parts.pool)) == 3


async def test_what_is_asked_is_inert(anybody, supervisor):
    address = await ask(anybody, "<script>alert(1)</script>为什么？")
    waiting = await supervisor.get("/supervision/questions")
    assert "<script>alert" not in waiting.text
    link = re.search(r'href="(/supervision/questions/[^"]+)"', waiting.text)[1]
    assert "<script>alert" not in (await supervisor.get(link)).text
    assert (await anybody.get(address)).status_code == 200


@pytest.mark.parametrize("path", ["/supervision/questions", "/supervision/collected"])
async def test_only_the_supervisor_answers_and_allows(app, parts, world, path):
    clerk = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(app) as client:
        await portals.sign_in_clerk(client, clerk)
        assert (await client.get(path)).url.path == "/supervision/sign-in"
        await client.post(f"{path}/{world.hospital}", data={"days": "30", "step": "aside"})
    assert await collection.lenient_senders(parts.pool) == ()


async def test_the_supervisor_sees_what_stands_out_and_is_lenient_for_a_while(
    supervisor, anybody, parts, world
):
    married = visits.patient(2, maritalStatus={"text": "x"})
    with pytest.raises(collection.BeyondRule):
        await collection.file_bundle(
            parts.pool, parts.keys, bundle=of_scene(visits.bundle(married), "outpatient"),
            source=world.source,
        )  # fmt: skip
    page = words(await supervisor.get("/supervision/collected"))
    assert "婚姻状况 超出规则" in page
    form = f"/supervision/collected/{world.hospital}"
    assert (await supervisor.post(form, data={"days": "7"})).status_code == 400
    assert (await supervisor.post(form.replace(str(world.hospital), str(uuid4())),
                                  data={"days": "30"})).status_code == 404  # fmt: skip
    page = words(await supervisor.post(form, data={"days": "30"}))
    assert "去掉多余部分后存入" in page
    (one,) = await collection.lenient_senders(parts.pool)
    assert timedelta(days=29) < one.until - datetime.now(UTC) < timedelta(days=31)
    await collection.file_bundle(
        parts.pool, parts.keys, bundle=of_scene(visits.bundle(married), "outpatient"),
        source=world.source,
    )  # fmt: skip
    assert "从未查阅" in words(await supervisor.get("/supervision/collected"))
    assert "黛川县人民医院" in words(await anybody.get("/lenient-senders"))
    await supervisor.post(form, data={"days": "0"})
    assert await collection.lenient_senders(parts.pool) == ()
    assert "黛川县人民医院" not in words(await anybody.get("/lenient-senders"))
