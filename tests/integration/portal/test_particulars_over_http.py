"""Particulars put right at a counter, and a delivery that was set aside accepted as true."""

from __future__ import annotations

from datetime import date

import pytest

import entries
import portals
import visits
from openhealthcode import access, audit, collection, identity, registry
from openhealthcode.collection.admit import admit_person
from openhealthcode.database import Announcements, transaction
from openhealthcode.identity import Registration, reading
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import Certificate, CertificateKind, Sex
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import PASSWORD, Account, employ

CARD = visits.national_id(2)
FORM = {
    "number": CARD,
    "name": "李试",
    "compared": "yes",
    "new-name": "欧阳明远",
    "why": "changed",
    "paper": "户口登记项目变更证明",
}
ACCEPT = {"paper": "户口登记项目变更证明", "compared": "yes"}


def certificate(number: str) -> Certificate:
    return Certificate.parse(CertificateKind.NATIONAL_ID, number)


def renumbered(number: str) -> str:
    body = number[:14] + f"{(int(number[14:17]) + 100) % 1000:03}"
    return body + check_character(body)


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
async def counter(parts, world):
    """A browser at the counter of the hospital that delivers."""
    who = await registry.register_practitioner(
        world.pool,
        PractitionerEntry(
            "R0101", world.hospital, "秦登记", PractitionerRole.REGISTRAR, staff_number="R0101"
        ),
    )
    made = await staff.create_account(
        world.pool,
        world.keys,
        who,
        staff_number="R0101",
        password=PASSWORD,
        roles=(Role.REGISTRAR,),
    )
    account = Account(who, world.hospital, "R0101", made.totp_secret)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


async def known(world, resident):
    async with transaction(world.pool, resident=resident) as connection:
        return await reading.demographics(connection, world.keys, resident)


async def test_a_name_is_changed_on_papers_and_the_log_says_which(counter, world):
    resident = await world.resident()
    done = await counter.post("/registrar/particulars", data=FORM)
    assert "已变更：姓名" in words(done)
    now = await known(world, resident)
    assert (now.name, now.sex, now.birth_date) == ("欧阳明远", Sex.FEMALE, date(1959, 4, 18))
    assert (
        await identity.find_named(world.pool, world.keys, certificate(CARD), "欧阳明远") == resident
    )
    assert await identity.find_named(world.pool, world.keys, certificate(CARD), "李试") is None
    line = (await access.own_log(world.pool, world.keys, resident))[0]
    assert line.action == audit.Action.RESIDENT_CORRECT
    assert line.detail["why"] == "changed"
    assert line.detail["reason"] == FORM["paper"]
    assert "欧阳明远" not in str(line.detail)
    again = await counter.post("/registrar/particulars", data=FORM | {"name": "欧阳明远"})
    assert "没有需要变更的" in words(again)


async def test_a_newborn_of_the_ward_is_named_and_gets_a_number(counter, world):
    band = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "NB-0042", "hospital-a")
    newborn = Registration((band,), "王某之子", Sex.MALE, date(1959, 4, 18))
    async with admit_person(world.pool, world.keys, newborn, world.source) as admitted:
        resident = admitted.resident_id
    form = {
        "kind": "90",
        "number": "NB-0042",
        "issuer": "hospital-a",
        "name": "王某之子",
        "compared": "yes",
        "new-name": "王小满",
        "beside-kind": "01",
        "beside-number": CARD,
        "why": "named",
        "paper": "出生医学证明",
    }
    done = await counter.post("/registrar/particulars", data=form)
    assert "姓名" in words(done)
    assert "证件" in words(done)
    now = await known(world, resident)
    assert (now.name, now.sex) == ("王小满", Sex.FEMALE), "the number says so"
    assert (
        await identity.find_named(world.pool, world.keys, certificate(CARD), "王小满") == resident
    )


@pytest.mark.parametrize(
    ("wrong", "status", "told"),
    [
        ({"number": CARD[:-1] + "-"}, 422, "号码"),
        ({"kind": "xx"}, 422, "号码"),
        ({"kind": "90"}, 422, "号码"),  # an institution's number without its issuer
        ({"name": ""}, 422, "姓名"),
        ({"compared": ""}, 422, "核对"),
        ({"new-name": ""}, 422, "请写材料上的内容"),
        ({"birth-date": "1959-13-01"}, 422, "这不是日期"),
        ({"birth-date": "1960-01-01"}, 422, "与身份证号码不符"),
        ({"sex": "male"}, 422, "与身份证号码不符"),
        ({"beside-kind": "01", "beside-number": "1"}, 422, "号码写得不对"),
        ({"beside-kind": "01", "beside-number": renumbered(CARD)}, 422, "一个身份证号码"),
        ({"why": ""}, 422, "哪一种情况"),
        ({"paper": " "}, 422, "凭什么材料"),
        ({"name": "王试"}, 404, ""),
    ],
)
async def test_what_does_not_fit_changes_nothing(counter, world, wrong, status, told):
    resident = await world.resident()
    answer = await counter.post("/registrar/particulars", data=FORM | wrong)
    assert answer.status_code == status
    assert told in words(answer)
    assert CARD not in answer.text
    assert (await known(world, resident)).name == "李试"


async def test_a_document_of_another_entry_is_for_merging(counter, world):
    resident = await world.resident()
    passport = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "")
    taken = Registration((passport,), "某人")
    async with admit_person(world.pool, world.keys, taken, world.source):
        pass
    beside = {"beside-kind": "03", "beside-number": "E12345678"}
    answer = await counter.post("/registrar/particulars", data=FORM | beside)
    assert answer.status_code == 409
    assert "应当合并" in words(answer)
    assert (await known(world, resident)).name == "李试"


async def test_the_page_speaks_english(counter):
    page = await counter.get("/registrar/particulars", headers={"Accept-Language": "en"})
    assert "Which paper proves it" in words(page)
    assert "newborn" in words(page)


async def delivered(world, patient, key="changed"):
    sent = visits.bundle(patient, visits.glucose("2026-03-01"), key=key)
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def test_a_changed_name_that_came_in_is_accepted_and_comes_in_from_then_on(counter, world):
    resident = await world.resident()
    with pytest.raises(collection.NeedsReview):
        await delivered(world, visits.patient(2, "赵改名"))
    case = await entries.case_of(world, resident)
    page = await counter.get(f"/registrar/duplicates/{case}")
    assert "情况属实" in words(page)
    for missing in ("paper", "compared"):
        refused = await counter.post(
            f"/registrar/duplicates/{case}/accept", data=ACCEPT | {missing: ""}
        )
        assert refused.status_code == 422
    assert (await known(world, resident)).name == "李试"
    done = await counter.post(f"/registrar/duplicates/{case}/accept", data=ACCEPT)
    assert "已按证明变更" in words(done)
    assert (await known(world, resident)).name == "赵改名"
    assert (await delivered(world, visits.patient(2, "赵改名"))).resident_id == resident
    settled = await counter.get(f"/registrar/duplicates/{case}")
    assert "/registrar/particulars" in settled.text
    assert "/undo" not in settled.text
    undone = await counter.post(f"/registrar/duplicates/{case}/undo", data={"reason": "mistake"})
    assert undone.status_code == 422
    twice = await counter.post(f"/registrar/duplicates/{case}/accept", data=ACCEPT)
    assert twice.status_code == 409


async def test_a_changed_number_that_came_in_takes_the_old_ones_place(counter, world):
    passport = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "CHN")
    born = date(1959, 4, 18)
    both = Registration((certificate(CARD), passport), "李试", Sex.FEMALE, born)
    async with admit_person(world.pool, world.keys, both, world.source) as admitted:
        resident = admitted.resident_id
    new = certificate(renumbered(CARD))
    again = Registration((passport, new), "李试", new_sex(new), born)
    with pytest.raises(collection.NeedsReview):
        async with admit_person(world.pool, world.keys, again, world.source):
            pass
    case = await entries.case_of(world, resident)
    await counter.get(f"/registrar/duplicates/{case}")
    done = await counter.post(f"/registrar/duplicates/{case}/accept", data=ACCEPT)
    assert "已按证明变更" in words(done)
    found = await identity.find_named(world.pool, world.keys, new, "李试")
    assert found == resident
    assert await identity.find_named(world.pool, world.keys, certificate(CARD), "李试") is None
    line = (await access.own_log(world.pool, world.keys, resident))[0]
    assert line.action == audit.Action.CERTIFICATE_SUPERSEDE


def new_sex(number: Certificate) -> Sex:
    return Sex.MALE if int(number.number[16]) % 2 else Sex.FEMALE


async def test_two_entries_are_not_accepted_but_merged_or_kept_apart(counter, world):
    pair = await entries.pair(world)
    page = await counter.get(f"/registrar/duplicates/{pair.case}")
    assert "/accept" not in page.text
    answer = await counter.post(f"/registrar/duplicates/{pair.case}/accept", data=ACCEPT)
    assert answer.status_code == 422


async def test_nobody_accepts_what_they_have_not_looked_at(parts, counter, world):
    resident = await world.resident()
    with pytest.raises(collection.NeedsReview):
        await delivered(world, visits.patient(2, "赵改名"))
    case = await entries.case_of(world, resident)
    unseen = await counter.post(f"/registrar/duplicates/{case}/accept", data=ACCEPT)
    assert unseen.status_code == 403
    stranger = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, stranger)
        answer = await window.post(f"/registrar/duplicates/{case}/accept", data=ACCEPT)
    assert answer.status_code == 404
    assert (await known(world, resident)).name == "李试"
