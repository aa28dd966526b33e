"""The registrar's queue over HTTP: compared, merged, kept apart, taken back; everybody told."""

from __future__ import annotations

import asyncio
import re
from uuid import uuid4

import asyncpg
import pytest

import entries
import portals
import visits
from openhealthcode import access, audit, collection, identity, registry
from openhealthcode.access import merging
from openhealthcode.database import Announcements, transaction
from openhealthcode.identity import linking
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Phone
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account, employ

LI_PHONE, OTHER_PHONE = Phone.parse("13912345678"), Phone.parse("13712345671")
MERGE = {"reason": "cards"}


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
async def pair(world):
    """Two entries, each with a phone of its own."""
    found = await entries.pair(world)
    for resident, phone in ((found.first, LI_PHONE), (found.second, OTHER_PHONE)):
        async with transaction(world.pool, resident=resident) as connection:
            await identity.bind_phone(connection, world.keys, resident, phone)
    return found


async def at_a_counter(parts, world, number):
    """A browser at the counter of the hospital that delivered."""
    who = await registry.register_practitioner(
        world.pool,
        PractitionerEntry(
            number, world.hospital, "秦登记", PractitionerRole.REGISTRAR, staff_number=number
        ),
    )
    made = await staff.create_account(
        world.pool,
        world.keys,
        who,
        staff_number=number,
        password=PASSWORD,
        roles=(Role.REGISTRAR,),
    )
    window = browser(portals.application(parts))
    signed_in = await portals.sign_in_clerk(
        window, Account(who, world.hospital, number, made.totp_secret)
    )
    assert signed_in.url.path == "/registrar"
    return window


@pytest.fixture
async def counter(parts, world):
    window = await at_a_counter(parts, world, "R0101")
    yield window
    await window.aclose()


@pytest.fixture
async def colleague(parts, world):
    window = await at_a_counter(parts, world, "R0102")
    yield window
    await window.aclose()


@pytest.fixture
async def stranger(parts):
    """A registrar of another institution."""
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


def survivor(page) -> str:
    return re.search(r'name="survivor" value="([^"]+)" required checked', page.text)[1]


async def actions(world, resident):
    return [line.action for line in await access.own_log(world.pool, world.keys, resident)]


async def texts(world, resident):
    """What somebody sees of a whole record, by clinical text."""
    seen = await access.own_record(world.pool, world.keys, resident)
    return {entry.entry_id for entry in seen.entries}


async def merged(counter, case):
    page = await counter.get(f"/registrar/duplicates/{case}")
    return await counter.post(
        f"/registrar/duplicates/{case}/merge", data={**MERGE, "survivor": survivor(page)}
    )


async def test_the_queue_names_nobody_and_counts_in_hours(counter, pair):
    page = await counter.get("/registrar/duplicates")
    told = words(page)
    assert "信息相近" in told
    assert "已等 0 小时" in told
    assert re.search("处理完约需 ?0.1 小时", told)
    assert "1959" not in told  # among the words: ids in addresses are drawn
    for secret in ("李试", "李式", "1959-", "E12345678", "13912345678", str(pair.first)):
        assert secret not in page.text


async def test_both_entries_stand_side_by_side_with_the_evidence(counter, world, pair):
    page = await counter.get(f"/registrar/duplicates/{pair.case}")
    told = words(page)
    assert "读音相同" in told
    assert re.search(r"李<mark>式</mark>", page.text)
    assert re.search(r"李<mark>试</mark>", page.text)
    assert "是同一个人的可能约为" in told
    assert visits.national_id(2) not in page.text
    assert "E12345678" not in page.text
    assert "青霉素" not in page.text, "nothing of a record is shown"
    for resident in (pair.first, pair.second):
        log = await access.own_log(world.pool, world.keys, resident)
        (line,) = [one for one in log if one.action == audit.Action.IDENTITY_COMPARE]
        others = {pair.first, pair.second} - {resident}
        assert not any(other.bytes in line.detail.values() for other in others)


async def test_what_is_merged_is_one_record_and_undone_is_two_again(counter, world, pair, parts):
    before = {one: await texts(world, one) for one in (pair.first, pair.second)}
    assert before[pair.first] & before[pair.second] == set()
    done = await merged(counter, pair.case)
    assert "已合并" in words(done)
    together = before[pair.first] | before[pair.second]
    assert await texts(world, pair.first) == await texts(world, pair.second) == together
    assert {message.phone for message in parts.outbox.arrived} == {LI_PHONE, OTHER_PHONE}
    assert all("李" not in message.text for message in parts.outbox.arrived)
    assert "没有等待处理的" in words(done)
    settled = await counter.get(f"/registrar/duplicates/{pair.case}")
    assert "已合并为一个人" in words(settled)
    undone = await counter.post(
        f"/registrar/duplicates/{pair.case}/undo", data={"reason": "mistake"}
    )
    assert "恢复原样" in words(undone)
    assert {one: await texts(world, one) for one in before} == before
    assert len(parts.outbox.arrived) == 4
    assert "没有等待处理的" not in words(undone)


async def test_what_is_filed_while_merged_goes_where_its_certificate_says(counter, world, pair):
    before = {one: await texts(world, one) for one in (pair.first, pair.second)}
    await merged(counter, pair.case)
    await entries.file(world, entries.traveller(), visits.glucose("2026-04-01"))
    assert len(await texts(world, pair.first)) == sum(map(len, before.values())) + 1
    await counter.get(f"/registrar/duplicates/{pair.case}")
    await counter.post(f"/registrar/duplicates/{pair.case}/undo", data={"reason": "mistake"})
    assert await texts(world, pair.first) == before[pair.first]
    assert len(await texts(world, pair.second)) == len(before[pair.second]) + 1


async def test_two_people_are_noted_and_not_suggested_again(counter, world, pair):
    await counter.get(f"/registrar/duplicates/{pair.case}")
    done = await counter.post(f"/registrar/duplicates/{pair.case}/apart", data={"reason": "family"})
    assert "不是同一个人" in words(done)
    await entries.file(world, entries.traveller(), visits.glucose("2026-04-02"))
    queue = words(await counter.get("/registrar/duplicates"))
    assert "没有等待处理的" in queue
    refused = await merged_after(counter, pair.case)
    assert refused.status_code == 409
    await counter.get(f"/registrar/duplicates/{pair.case}")
    undone = await counter.post(
        f"/registrar/duplicates/{pair.case}/undo", data={"reason": "other", "words": "看错了"}
    )
    assert "恢复原样" in words(undone)
    assert "已合并" in words(await merged(counter, pair.case))


async def merged_after(counter, case):
    """Try to merge what is settled."""
    return await counter.post(
        f"/registrar/duplicates/{case}/merge", data={**MERGE, "survivor": "0" * 32}
    )


async def test_of_two_registrars_one_is_told_that_it_is_done(counter, colleague, world, pair):
    pages = [await one.get(f"/registrar/duplicates/{pair.case}") for one in (counter, colleague)]
    forms = [{**MERGE, "survivor": survivor(page)} for page in pages]
    answers = await asyncio.gather(
        *(
            one.post(f"/registrar/duplicates/{pair.case}/merge", data=form)
            for one, form in zip((counter, colleague), forms, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    log = await actions(world, pair.first)
    assert log.count(audit.Action.RESIDENT_MERGE) == 1


async def test_nobody_decides_about_entries_unseen(counter, colleague, pair):
    page = await counter.get(f"/registrar/duplicates/{pair.case}")
    blind = await colleague.post(
        f"/registrar/duplicates/{pair.case}/merge", data={**MERGE, "survivor": survivor(page)}
    )
    assert blind.status_code == 403
    assert "没有对照过" in words(blind)
    assert "没有等待处理的" not in words(await counter.get("/registrar/duplicates"))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("merge", {}),
        ("merge", {"reason": "other"}),
        ("merge", {"reason": "nonsense"}),
        ("merge", {"reason": "cards", "survivor": "x"}),
        ("merge", {"reason": "cards", "survivor": "0" * 32}),
        ("apart", {}),
        ("dismiss", {}),
        ("dismiss", {"why": "mistyped"}),  # it is two residents, no delivery
        ("undo", {}),
    ],
)
async def test_an_incomplete_decision_changes_nothing(counter, world, pair, path, form):
    await counter.get(f"/registrar/duplicates/{pair.case}")
    answer = await counter.post(f"/registrar/duplicates/{pair.case}/{path}", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert audit.Action.RESIDENT_MERGE not in await actions(world, pair.first)
    assert "没有等待处理的" not in words(await counter.get("/registrar/duplicates"))


async def test_there_is_nothing_to_take_back_of_what_waits(counter, pair):
    await counter.get(f"/registrar/duplicates/{pair.case}")
    answer = await counter.post(
        f"/registrar/duplicates/{pair.case}/undo", data={"reason": "mistake"}
    )
    assert answer.status_code == 409


async def test_another_institution_s_registrar_finds_no_case(stranger, world, pair):
    assert "没有等待处理的" in words(await stranger.get("/registrar/duplicates"))
    assert (await stranger.get(f"/registrar/duplicates/{pair.case}")).status_code == 404
    for path, form in (("merge", MERGE), ("apart", MERGE), ("undo", {"reason": "mistake"})):
        tried = {**form, "survivor": str(pair.first)}
        answer = await stranger.post(f"/registrar/duplicates/{pair.case}/{path}", data=tried)
        assert answer.status_code == 404
    assert audit.Action.IDENTITY_COMPARE not in await actions(world, pair.first)


async def test_after_three_days_any_registrar_may_take_it_up(stranger, pair, owner_url):
    await three_days_later(owner_url, pair.second)
    assert "没有等待处理的" not in words(await stranger.get("/registrar/duplicates"))
    assert (await stranger.get(f"/registrar/duplicates/{pair.case}")).status_code == 200


async def three_days_later(owner_url, resident: ResidentId) -> None:
    """Let a case have waited for three days."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(
            "UPDATE identity.review_item SET opened_at = opened_at - interval '72 hours'"
            " WHERE resident_id = $1",
            resident,
        )
    finally:
        await connection.close()


async def test_two_valid_numbers_need_a_paper(counter, world):
    first = await entries.file(world, visits.patient(2, "李试", **entries.contact()))
    second = await entries.file(world, visits.patient(4, "李试", **entries.contact()))
    assert first != second
    case = await entries.case_of(world, second)
    page = await counter.get(f"/registrar/duplicates/{case}")
    assert "两个不同的有效" in words(page)
    form = {**MERGE, "survivor": survivor(page)}
    refused = await counter.post(f"/registrar/duplicates/{case}/merge", data=form)
    assert refused.status_code == 422
    assert "没有公安机关的证明" in words(refused)
    agreed = await counter.post(
        f"/registrar/duplicates/{case}/merge", data={**form, "despite": "yes"}
    )
    assert "已合并" in words(agreed)


async def test_a_number_with_another_name_is_looked_into_and_not_followed(counter, world):
    resident = await world.resident()
    sent = visits.bundle(visits.patient(2, "赵借用"), visits.glucose("2026-03-01"), key="borrowed")
    with pytest.raises(collection.NeedsReview):
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    case = await entries.case_of(world, resident)
    queue = words(await counter.get("/registrar/duplicates"))
    assert "可能串到别人的档案" in queue
    assert "同一个证件，姓名不同" in queue
    page = await counter.get(f"/registrar/duplicates/{case}")
    assert "赵借用" in words(page)
    assert "/merge" not in page.text, "a delivery is no entry that could be merged"
    done = await counter.post(f"/registrar/duplicates/{case}/dismiss", data={"why": "borrowed"})
    assert "不采用" in words(done)
    assert audit.Action.IDENTITY_DISMISS in await actions(world, resident)
    await counter.get(f"/registrar/duplicates/{case}")
    undone = await counter.post(f"/registrar/duplicates/{case}/undo", data={"reason": "mistake"})
    assert "恢复原样" in words(undone)
    for path in ("apart", "merge"):
        tried = {**MERGE, "survivor": str(resident)}
        await counter.get(f"/registrar/duplicates/{case}")
        answer = await counter.post(f"/registrar/duplicates/{case}/{path}", data=tried)
        assert answer.status_code == 422


async def test_a_closed_account_leaves_nothing_to_compare(counter, world, pair):
    await access.close_account(world.pool, world.keys, pair.first)
    page = await counter.get(f"/registrar/duplicates/{pair.case}")
    assert page.status_code == 200
    assert "已注销档案" in words(page)
    assert "李试" not in words(page)


@pytest.mark.parametrize("forged", ["x", "A" * 64])
async def test_a_case_nobody_has_is_not_there(counter, parts, forged):
    assert (await counter.get(f"/registrar/duplicates/{forged}")).status_code == 404
    unknown = parts.keys.seal_id(uuid4(), uuid4())
    assert (await counter.get(f"/registrar/duplicates/{unknown}")).status_code == 404
    answer = await counter.post(f"/registrar/duplicates/{forged}/merge", data=MERGE)
    assert answer.status_code == 404


async def test_a_registrar_who_compares_without_end_is_stopped(counter, pair):
    for _ in range(40):
        await counter.get(f"/registrar/duplicates/{pair.case}")
    assert (await counter.get(f"/registrar/duplicates/{pair.case}")).status_code == 429


async def test_the_history_tells_registrations_and_decisions(counter, world, pair):
    await merged(counter, pair.case)
    card = {"number": visits.national_id(2), "name": "李试", "compared": "yes"}
    page = await counter.post("/registrar/history", data=card)
    told = words(page)
    assert "李*的登记经过" in told
    assert "由 2 份 登记" in told.replace("\u2009", " ") or "2 份" in told
    for said in ("登记", "合并", "与另一份登记对照", "见过两份的证件原件", "李式", "秦登记"):
        assert said in told, said
    assert "E12345678" not in page.text
    for resident in (pair.first, pair.second):
        assert audit.Action.IDENTITY_READ in await actions(world, resident)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "李四"}, 404),
        ({"number": "12"}, 422),
        ({"name": ""}, 422),
        ({"compared": ""}, 422),
    ],
)
@pytest.mark.usefixtures("pair")
async def test_without_the_right_card_there_is_no_history(counter, change, status):
    card = {"number": visits.national_id(2), "name": "李试", "compared": "yes"}
    page = await counter.post("/registrar/history", data=card | change)
    assert page.status_code == status
    assert "李式" not in page.text


async def test_the_quality_report_tells_what_this_institution_sends(counter, world):
    empty = words(await counter.get("/registrar/quality"))
    assert "没有可疑的登记" in empty
    await entries.file(world, visits.patient(2, "测试", **entries.contact()))
    page = words(await counter.get("/registrar/quality"))
    assert "姓名是占位用语" in page
    assert "100.0%" in page


async def test_a_clerk_who_asks_for_many_histories_is_stopped(counter):
    assert "先把证件和本人核对" in words(await counter.get("/registrar/history"))
    card = {"number": visits.national_id(2), "name": "某某", "compared": "yes"}
    for _ in range(40):
        await counter.post("/registrar/history", data=card)
    assert (await counter.post("/registrar/history", data=card)).status_code == 429


async def test_a_rule_of_another_edition_is_told_by_its_code(counter, world):
    async with transaction(world.pool) as connection:
        await connection.execute(
            "INSERT INTO identity.quality_note (institution_id, note_id, noted_at, rules)"
            " VALUES ($1, $1, now(), ARRAY['an-older-rule'])",
            world.hospital,
        )
    assert "an-older-rule" in words(await counter.get("/registrar/quality"))


async def test_a_merge_undone_elsewhere_is_said_to_be(counter, world, pair, parts):
    await merged(counter, pair.case)
    async with transaction(world.pool, resident=pair.first) as connection:
        decided = await linking.history(connection, world.keys, pair.first)
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), world.hospital)
    await merging.unmerge(
        world.pool,
        world.keys,
        parts.outbox,
        pair.first,
        decided.merges[0].merge_id,
        "别处撤销",
        clerk,
    )
    await counter.get(f"/registrar/duplicates/{pair.case}")
    answer = await counter.post(
        f"/registrar/duplicates/{pair.case}/undo", data={"reason": "mistake"}
    )
    assert answer.status_code == 422
    assert "已在别处撤销" in words(answer)


async def test_what_was_merged_elsewhere_is_one_person_already(counter, world, pair, parts):
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), world.hospital)
    await merging.merge(
        world.pool, world.keys, parts.outbox, pair.first, pair.second, "别处合并", clerk
    )
    for path, form in (("merge", {"survivor": str(pair.first)}), ("apart", {})):
        await counter.get(f"/registrar/duplicates/{pair.case}")
        answer = await counter.post(
            f"/registrar/duplicates/{pair.case}/{path}", data={**MERGE, **form}
        )
        assert answer.status_code == 409
        assert "已经是一个人" in words(answer)
    page = await counter.get(f"/registrar/duplicates/{pair.case}")
    assert "别处的决定" in words(page)
    assert "/merge" not in page.text
    for why, status in (("closed", 422), ("decided", 200)):
        answer = await counter.post(f"/registrar/duplicates/{pair.case}/dismiss", data={"why": why})
        assert answer.status_code == status
    assert "没有等待处理的" in words(answer)
