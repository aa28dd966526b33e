"""Two supervisors make an edition of the sensitive map on its pages; everybody reads it."""

from __future__ import annotations

import asyncio
import html
import re
import tomllib

import pytest

import portals
import visits
from openhealthcode import access, audit, collection
from openhealthcode.database import Announcements, transaction
from openhealthcode.portal.sensitive.views import CATEGORIES
from openhealthcode.sign_in import Role
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.terminology import packaged_map
from openhealthcode.trust import Keys
from portals import Parts, browser, fields, words
from signing_in import employ

HOME = "/supervision/map"
GOUT = {
    "category": "genetic",
    "betrayed-by": "word",
    "words": "痛风\r\n高尿酸\r\n",
    "codes": "",
    "prefixes": "",
    "family": "icd-10",
    "reason": "会透露家族史",
    "source": "本区审阅组",
}


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def two(parts):
    """Two supervisors, each at a window of their own, and somebody who is not signed in."""
    app = portals.application(parts)
    windows = []
    for _ in range(2):
        window = browser(app, language="zh-CN")
        account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
        await portals.sign_in_clerk(window, account, "/supervision")
        windows.append(window)
    windows.append(browser(app, language="en"))
    yield windows
    for window in windows:
        await window.aclose()


async def proposed(author):
    """An edition with one more row, handed over."""
    draft = await author.post(HOME)
    await author.post(f"{draft.url.path}/rows/0", data=GOUT)
    return await author.post(f"{draft.url.path}/propose", data={"reason": "痛风也会透露家族史"})


async def test_one_writes_another_approves_and_everybody_reads_it(parts, two):
    author, decider, anybody = two
    world = await visits.world(parts.pool, parts.keys)
    resident = await world.resident(visits.condition("M10.9", "痛风", "2020-01-02"))
    handed = await proposed(author)
    assert "待批准" in words(handed)
    assert "批准，多关上" not in handed.text, "nobody approves what they wrote"
    seen = await decider.get(handed.url.path)
    assert "痛风 · 高尿酸" in words(seen)
    assert "痛风也会透露家族史" in words(seen)
    assert "批准，多关上 2 项" in words(seen).replace("\u2009", " ")
    approved = await decider.post(f"{seen.url.path}/decide", data={"answer": "approve"})
    assert "已批准" in words(approved)
    read = await anybody.get("/sensitive")
    assert "痛风" in words(read)
    assert f"{packaged_map().edition.version}+1" in words(read)
    assert "Reviewed by 王医生、王医生" in words(read).replace("\u2009", " ")
    text = (await anybody.get("/sensitive.toml")).text
    assert tomllib.loads(text)["row"][-1]["words"] == ["痛风", "高尿酸"]
    while await collection.reread(parts.pool, parts.keys, seconds=10):
        pass
    home = words(await author.get(HOME)).replace("\u2009", " ")
    assert "已用于 1 位居民的全部档案，新关上 1 项" in home
    own = await access.own_record(parts.pool, parts.keys, resident)
    assert len(own.entries) == 2
    await told_to_the_resident(parts, resident)


async def told_to_the_resident(parts, resident) -> None:
    log = await access.own_log(parts.pool, parts.keys, resident)
    line = next(one for one in log if one.action == audit.Action.RECORD_RELABEL)
    about = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        "李试",
        Phone.parse("13912345678"),
    )
    async with transaction(parts.pool, resident=resident) as connection:
        begun = await begin_session(connection, parts.keys, resident, about)
    async with browser(portals.application(parts)) as phone:
        phone.cookies.set("ohc_resident", begun.token)
        looked = words(await phone.get("/looked")).replace("\u2009", " ")
        assert "敏感内容对照表更新，1 项原来可以显示的条目转为不显示。" in looked
        assert (await phone.get(f"/looked/{line.number}")).status_code in {200, 404}


async def test_the_public_page_says_when_nobody_reviewed_it_and_lists_every_kind(two):
    _, _, anybody = two
    read = await anybody.get("/sensitive")
    assert "Nobody but its authors has reviewed this edition yet." in words(read)
    assert read.text.count("<details") == len(CATEGORIES)
    for row in packaged_map().rows:
        for word in row.words:
            assert word.replace("'", "&#39;") in read.text


async def test_a_row_is_changed_and_taken_out(two):
    author, *_ = two
    draft = await author.post(HOME)
    place = next(n for n, row in enumerate(packaged_map().rows, 1) if "庇护所" in row.words)
    form = await author.get(f"{draft.url.path}/rows/{place}")
    assert "庇护所" in form.text
    row = {**GOUT, "category": "abuse", "betrayed-by": "referral", "words": "收容站"}
    changed = await author.post(f"{draft.url.path}/rows/{place}", data=row)
    told = words(changed)
    assert "比" in told
    assert "收容站" in told
    assert "庇护所" in told.partition("少列")[2]
    gone = await author.post(f"{draft.url.path}/rows/{place}", data={**row, "words": " "})
    assert "收容站" not in words(gone)
    assert "庇护所" in words(gone).partition("少列")[2]


async def test_a_row_sent_back_untouched_changes_nothing(two):
    author, *_ = two
    draft = await author.post(HOME)
    for place, row in enumerate(packaged_map().rows, 1):
        if place % 9 == 0:
            form = await author.get(f"{draft.url.path}/rows/{place}")
            sent = {
                name: html.unescape(text)
                for name, text in re.findall(
                    r'<textarea[^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', form.text, re.DOTALL
                )
            }
            sent |= {name: html.unescape(value[0]) for name, value in fields(form).items()}
            assert sent["words"].split("\n")[:-1] == list(row.words)
            chosen = re.findall(r'<option value="([^"]*)" selected>', form.text)
            sent |= dict(zip(("category", "betrayed-by", "family"), [*chosen, ""], strict=False))
            after = await author.post(f"{draft.url.path}/rows/{place}", data=sent)
            assert "与现行版所关上的内容完全相同" in words(after), row


@pytest.mark.parametrize(
    "row",
    [
        {"words": "痛"},
        {"words": "痛风", "reason": ""},
        {"words": "痛风", "category": "chosen"},
        {"words": "痛风", "codes": "M10"},
        {"words": "", "codes": "痛风"},
        {"words": "", "codes": "M10", "family": "icd-11"},
        {"words": "痛风", "betrayed-by": "<b>"},
        {"words": ""},
    ],
)
async def test_a_row_that_could_match_nothing_is_asked_for_again(two, row):
    author, *_ = two
    draft = await author.post(HOME)
    again = await author.post(f"{draft.url.path}/rows/0", data=GOUT | row)
    assert again.status_code == 422
    assert "这样写什么也匹配不到" in words(again)
    assert fields(again)["source"] == ["本区审阅组"]
    assert "<b>" not in again.text


async def test_two_may_put_their_names_to_a_map_they_leave_as_it_is(two):
    author, decider, anybody = two
    draft = await author.post(HOME)
    handed = await author.post(f"{draft.url.path}/propose", data={"reason": "逐条审阅，不作改动"})
    seen = await decider.get(handed.url.path)
    assert "与现行版所关上的内容完全相同" in words(seen)
    await decider.post(f"{seen.url.path}/decide", data={"answer": "approve"})
    assert "Reviewed by" in words(await anybody.get("/sensitive"))


async def test_a_proposal_needs_a_reason_and_keeps_what_was_typed(two):
    author, *_ = two
    draft = await author.post(HOME)
    await author.post(f"{draft.url.path}/rows/0", data=GOUT)
    again = await author.post(f"{draft.url.path}/propose", data={"reason": "<i>"})
    assert again.status_code == 422
    assert "&lt;i&gt;</textarea>" in again.text


async def test_what_is_anothers_is_not_there_to_be_changed(two):
    author, decider, _ = two
    draft = await author.post(HOME)
    here = draft.url.path
    seen = await decider.get(here)
    assert "增加一条" not in words(seen)
    for path, form in (
        ("/rows/0", GOUT),
        ("/rows/1", GOUT),
        ("/propose", {"reason": "由别人提交"}),
    ):
        assert (await refused(decider, "POST", f"{here}{path}", form)) == 404
    assert (await refused(decider, "GET", f"{here}/rows/1")) == 404
    assert (await refused(author, "GET", f"{here}/rows/9999")) == 404
    assert (await refused(author, "GET", f"{HOME}/7")) == 404
    moved = await decider.post(f"{here}/give-up")
    assert moved.status_code == 409
    early = await decider.post(f"{here}/decide", data={"answer": "approve"})
    assert early.status_code == 409
    assert "编写中" in words(await author.get(here))


async def refused(window, method, path, form=None) -> int:
    return (await window.request(method, path, data=form)).status_code


async def test_an_author_cannot_approve_by_sending_the_form_themselves(two):
    author, decider, anybody = two
    handed = await proposed(author)
    own = await author.post(f"{handed.url.path}/decide", data={"answer": "approve"})
    assert own.status_code == 409
    assert "待批准" in words(own)
    nobody = await anybody.post(f"{handed.url.path}/decide", data={"answer": "approve"})
    assert nobody.url.path == "/supervision/sign-in"
    unclear = await decider.post(f"{handed.url.path}/decide", data={"answer": "perhaps"})
    assert unclear.status_code == 422
    assert "+1" not in words(await anybody.get("/sensitive"))


async def test_of_two_who_begin_and_two_who_decide_one_does(parts, two):
    author, decider, _ = two
    begun = await asyncio.gather(author.post(HOME), decider.post(HOME))
    assert sorted(page.status_code for page in begun) == [200, 409]
    first = next(page for page in begun if page.status_code == 200)
    mine = author if first is begun[0] else decider
    assert "已经有人在编写新版" in words(next(p for p in begun if p.status_code == 409))
    await mine.post(f"{first.url.path}/give-up")
    handed = await proposed(author)
    third = browser(portals.application(parts))
    account = await employ(parts.pool, parts.keys, Role.SUPERVISOR)
    await portals.sign_in_clerk(third, account, "/supervision")
    answers = await asyncio.gather(
        decider.post(f"{handed.url.path}/decide", data={"answer": "approve"}),
        third.post(f"{handed.url.path}/decide", data={"answer": "refuse"}),
    )
    assert sorted(page.status_code for page in answers) == [200, 409]
    states = re.findall("已批准|未批准", words(await author.get(HOME)))
    assert len(states) == 1
    await third.aclose()
