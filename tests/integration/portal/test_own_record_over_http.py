"""The resident reads the own record: found, drawn, beside the programme, with where it comes from."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

import portals
import visits
from openhealthcode import access, audit, collection
from openhealthcode.access import InCategories
from openhealthcode.database import Announcements, transaction
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone, RecordCategory
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import Keys
from portals import Parts, browser, words

LOINC = "http://loinc.org"
TODAY = datetime.now(UTC).date()
BORN = TODAY - timedelta(days=400)


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


def measured(code, name, value, unit, on, **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": visits.LABORATORY, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": code}], "text": name},
        "effectiveDateTime": on,
        "valueQuantity": {
            "value": value,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
        **more,
    }


def vaccination(name, on, dose, **more):
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"text": name},
        "occurrenceDateTime": on,
        "protocolApplied": [{"doseNumberPositiveInt": dose}],
        **more,
    }


PRESCRIPTION = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "缬沙坦胶囊"},
    "authoredOn": (TODAY - timedelta(days=9)).isoformat(),
    "dosageInstruction": [{"text": "每日一次，每次一粒"}],
}
LETTER = {
    "resourceType": "DocumentReference",
    "status": "current",
    "type": {"text": "出院小结"},
    "date": "2026-01-05T08:00:00Z",
    "content": [
        {
            "attachment": {
                "contentType": "text/plain; charset=utf-8",
                "title": "小结全文",
                "data": b64encode("患者恢复良好。\n两周后复查。".encode()).decode(),
            }
        }
    ],
}


async def signed_in(app, world, resident_id, serial: int = 2) -> httpx.AsyncClient:
    about = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial)),
        "李试",
        Phone.parse("13912345678"),
    )
    async with transaction(world.pool, resident=resident_id) as connection:
        begun = await begin_session(connection, world.keys, resident_id, about)
    window = browser(app)
    window.cookies.set("ohc_resident", begun.token)
    return window


async def own_ids(world, resident_id, *categories) -> dict[str, str]:
    """The entries by the day or type they have, without going through a page."""
    shown = await access.own_record(
        world.pool, world.keys, resident_id, InCategories(frozenset(categories or RecordCategory))
    )
    return {
        f"{entry.type} {entry.day or ''}".strip(): str(entry.entry_id) for entry in shown.entries
    }


async def items_logged(world, resident_id) -> list[tuple[str, int]]:
    """For each event, newest first: what was done and how many entries it names."""
    lines = await access.own_log(world.pool, world.keys, resident_id, limit=20)
    return [(str(line.action), len(line.detail.get("items", ()))) for line in lines]


def which(world, resident_id, entry_id: str) -> collection.Which:
    fhir_id = world.keys.seal_id(resident_id, EntryId(UUID(entry_id)))
    return collection.Which("Observation", fhir_id)


async def change(world, resident_id, entry_id: str, resource) -> None:
    """The hospital replaces what its entry says."""
    named = which(world, resident_id, entry_id)
    patient_id = await own_ids(world, resident_id, RecordCategory.DEMOGRAPHICS)
    subject = world.keys.seal_id(resident_id, EntryId(UUID(patient_id["Patient"])))
    told = resource | {"id": named.fhir_id, "subject": {"reference": f"Patient/{subject}"}}
    await collection.update(world.pool, world.keys, which=named, resource=told, source=world.source)


async def test_words_pinyin_a_year_and_a_kind_find_an_entry(app, world):
    resident_id = await world.resident()
    async with await signed_in(app, world, resident_id) as phone:
        for query in ("高血压", "gxy", "gaoxueya"):
            found = words(await phone.get("/record", params={"q": query}))
            assert "找到 1 项" in found
            assert "高血压" in found
            assert "青霉素" not in found
        of_year = words(await phone.get("/record", params={"year": "2026"}))
        assert "找到 1 项" in of_year
        assert "6.1" in of_year
        both = words(await phone.get("/record", params={"year": "2014", "category": "laboratory"}))
        assert "没有找到" in both
        assert (await phone.get("/record", params={"year": "20x4"})).status_code == 400
        assert "没有找到" in words(await phone.get("/record", params={"q": "<b>不存在"}))


async def test_an_entry_opens_as_a_page_and_the_log_names_only_it(app, world):
    resident_id = await world.resident(*visits.LIFE, LETTER)
    ids = await own_ids(world, resident_id)
    async with await signed_in(app, world, resident_id) as phone:
        page = await phone.get(f"/record/entries/{ids['DocumentReference 2026-01-05']}")
    said = words(page)
    for told in ("出院小结", "小结全文", "患者恢复良好。", "两周后复查。", "随一批记录交来"):
        assert told in said
    assert (await items_logged(world, resident_id))[0] == ("record.own-view", 1)


async def test_a_report_shows_the_results_it_names(app, world):
    sent = visits.bundle(visits.patient(2), visits.glucose("2026-02-01", 6.1), key="report")
    sent["entry"].append(
        {
            "fullUrl": "urn:uuid:the-report",
            "resource": {
                "resourceType": "DiagnosticReport",
                "status": "final",
                "code": {"text": "生化报告"},
                "subject": {"reference": "urn:uuid:report"},
                "effectiveDateTime": "2026-02-02",
                "conclusion": "血糖略高。",
                "result": [{"reference": "urn:uuid:report-0"}],
            },
            "request": {"method": "POST", "url": "DiagnosticReport"},
        }
    )
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    ids = await own_ids(world, filed.resident_id)
    async with await signed_in(app, world, filed.resident_id) as phone:
        said = words(await phone.get(f"/record/entries/{ids['DiagnosticReport 2026-02-02']}"))
    assert "血糖略高。" in said
    assert "里面包括" in said
    assert "6.1" in said


async def test_results_of_one_kind_are_one_chart_with_its_table(app, world):
    resident_id = await world.resident(*visits.LIFE, visits.glucose("2024-02-01", 5.2))
    ids = await own_ids(world, resident_id)
    async with await signed_in(app, world, resident_id) as phone:
        listed = await phone.get("/record/results")
        assert "共 3 次" in words(listed)
        (address,) = re.findall(r'href="(/record/results/[^"]+)"', listed.text)
        chart = await phone.get(address)
        assert len(re.findall('<circle class="dot"', chart.text)) == 3
        said = words(chart)
        assert said.index("6.1") < said.index("5.6") < said.index("5.2")
        assert words(await phone.get("/record/results", params={"q": "xt"})).count("血糖") == 1
        assert "没有找到" in words(await phone.get("/record/results", params={"q": "肌酐"}))
        no_result = ids["AllergyIntolerance 2019-05-06"]
        for nothing in (no_result, str(uuid4()), f"{ids['Observation 2026-02-01']}?part=7"):
            assert (await phone.get(f"/record/results/{nothing}")).status_code == 404
        assert (await phone.get(f"{address}?part=x")).status_code == 400


async def test_medicines_are_told_by_what_is_in_use(app, world):
    stopped = PRESCRIPTION | {
        "status": "stopped",
        "medicationCodeableConcept": {"text": "阿莫西林胶囊"},
        "authoredOn": "2020-03-01",
    }
    resident_id = await world.resident(PRESCRIPTION, stopped)
    async with await signed_in(app, world, resident_id) as phone:
        said = words(await phone.get("/record/medicines"))
    assert "现在用的 1 种" in said
    assert said.index("缬沙坦胶囊") < said.index("以前用过的") < said.index("阿莫西林胶囊")
    assert "每日一次" in said
    assert (await items_logged(world, resident_id))[0] == ("record.own-view", 2)


async def child(world, *resources, born: date = BORN):
    number = visits.national_id(4, born.strftime("%Y%m%d"))
    person = visits.patient(4) | {"birthDate": born.isoformat(), "gender": "female"}
    person["identifier"] = [{**person["identifier"][0], "value": number}]
    sent = visits.bundle(person, *resources, key="child")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.resident_id


async def test_a_child_sees_what_was_given_and_what_is_due(app, world):
    given = [
        vaccination("重组乙型肝炎疫苗", BORN.isoformat(), 1),
        vaccination("重组乙型肝炎疫苗", (BORN + timedelta(days=35)).isoformat(), 2),
        vaccination("脊髓灰质炎灭活疫苗", (BORN + timedelta(days=70)).isoformat(), 2),
    ]
    resident_id = await child(world, *given)
    async with await signed_in(app, world, resident_id, 4) as phone:
        page = await phone.get("/record/vaccinations")
    said = words(page)
    assert "打过的 4 针" in said  # the first polio dose is proven by the second
    assert "应该是在别处打的" in said
    now = said[said.index("现在可以打的") : said.index("要是已经在别处打过")]
    assert "乙型肝炎" in now
    assert "第 3 剂" in now
    assert "脊髓灰质炎" in now
    for word in ("逾期", "漏种", "未按时"):
        assert word not in said
    assert "共 3 剂" in said


async def test_an_adult_has_no_schedule_only_what_is_on_record(app, world):
    resident_id = await world.resident(vaccination("流感疫苗", "2025-10-12", 1))
    async with await signed_in(app, world, resident_id) as phone:
        said = words(await phone.get("/record/vaccinations"))
        assert "流感疫苗" in said
        assert "现在可以打的" not in said
        assert "成长" not in said
        assert "没有身高体重" in words(await phone.get("/record/growth"))


async def test_a_child_s_growth_is_drawn_beside_the_standard(app, world):
    def on(days):
        return (BORN + timedelta(days=days)).isoformat()

    resident_id = await child(
        world,
        measured("29463-7", "体重", 3.2, "kg", on(0)),
        measured("29463-7", "体重", 9.0, "kg", on(365)),
        measured("8302-2", "身高", 74.0, "cm", on(365)),
    )
    async with await signed_in(app, world, resident_id, 4) as phone:
        page = await phone.get("/record/growth")
        assert "成长" in words(await phone.get("/record"))
    said = words(page)
    assert len(re.findall('<path class="curve', page.text)) == 10
    assert "女孩的标准曲线" in said
    assert "大约 52 个比这轻" in said
    assert "大约 50 个比这矮" in said


async def test_a_correction_and_an_error_stay_with_what_stood_there(app, world):
    resident_id = await world.resident()
    ids = await own_ids(world, resident_id)
    entry_id = ids["Observation 2026-02-01"]
    await change(world, resident_id, entry_id, visits.glucose("2026-02-01", 7.4))
    async with await signed_in(app, world, resident_id) as phone:
        said = words(await phone.get(f"/record/entries/{entry_id}"))
        assert "7.4" in said
        assert "那时写的是：血糖 6.1" in said.replace("\u00a0", " ")
        assert "改写" in said
        assert "改过" in words(await phone.get("/record"))
        wrong = visits.glucose("2026-02-01", 7.4) | {"status": "entered-in-error"}
        await change(world, resident_id, entry_id, wrong)
        said = words(await phone.get(f"/record/entries/{entry_id}"))
        assert "已经作废" in said
        assert "写错了，已作废" in words(await phone.get("/record", params={"q": "血糖"}))
        chart = words(await phone.get("/record/results"))
        assert "7.4" not in chart  # no chart shows what was never true
        assert "5.6" in chart


async def test_what_was_deleted_is_gone_from_the_lists_and_kept_for_its_resident(app, world):
    resident_id = await world.resident()
    ids = await own_ids(world, resident_id)
    entry_id = ids["Observation 2026-02-01"]
    await collection.delete(
        world.pool, world.keys, which=which(world, resident_id, entry_id), source=world.source
    )
    async with await signed_in(app, world, resident_id) as phone:
        assert "6.1" not in words(await phone.get("/record"))
        page = await phone.get(f"/record/entries/{entry_id}")
        said = words(page)
        assert "撤回了这条记录" in said
        assert "6.1" in said
        assert (await phone.get(f"/record/entries/{entry_id}/pdf")).status_code == 404


async def test_nothing_of_another_resident_is_there_and_nothing_is_logged(app, world):
    other = await world.resident(serial=4)
    theirs = next(iter((await own_ids(world, other)).values()))
    resident_id = await world.resident()
    async with await signed_in(app, world, resident_id) as phone:
        before = len(await items_logged(world, resident_id))
        for path in (
            f"/record/entries/{theirs}",
            f"/record/entries/{theirs}/pdf",
            f"/record/entries/{uuid4()}",
        ):
            absent = await phone.get(path)
            assert absent.status_code == 404
            assert "青霉素" not in absent.text
        after = await items_logged(world, resident_id)
    assert len(after) - before == 1  # the reading of the log itself
    assert audit.Action.LOG_OWN_VIEW.value == after[0][0]


async def test_an_entry_is_printed_and_the_log_says_that_a_copy_was_taken(app, world):
    resident_id = await world.resident(LETTER)
    ids = await own_ids(world, resident_id)
    async with await signed_in(app, world, resident_id) as phone:
        printed = await phone.get(f"/record/entries/{ids['DocumentReference 2026-01-05']}/pdf")
    assert printed.status_code == 200
    assert printed.content.startswith(b"%PDF-")
    assert "attachment" in printed.headers["content-disposition"]
    assert (await items_logged(world, resident_id))[0] == ("record.copy", 1)


async def test_the_papers_inside_an_entry_can_be_taken_as_they_were_filed(app, world):
    scan = b"%PDF-1.7 \xe5 scanned"
    held = {"contentType": "application/pdf", "title": "原件", "data": b64encode(scan).decode()}
    resident_id = await world.resident(
        LETTER | {"content": [*LETTER["content"], {"attachment": held}]}
    )
    entry_id = (await own_ids(world, resident_id))["DocumentReference 2026-01-05"]
    async with await signed_in(app, world, resident_id) as phone:
        page = await phone.get(f"/record/entries/{entry_id}")
        assert "存下原件：原件" in words(page)
        taken = await phone.get(f"/record/entries/{entry_id}/papers/1")
        assert taken.content == scan
        assert taken.headers["content-type"] == "application/pdf"
        assert taken.headers["x-content-type-options"] == "nosniff"
        assert taken.headers["content-disposition"].startswith("attachment; ")
        assert (await items_logged(world, resident_id))[0] == ("record.copy", 1)
        for nothing in (f"{entry_id}/papers/0", f"{entry_id}/papers/2", f"{uuid4()}/papers/1"):
            assert (await phone.get(f"/record/entries/{nothing}")).status_code == 404


async def test_an_entry_leads_to_the_document_it_was_made_from(app, world):
    sent = visits.bundle(visits.patient(2), LETTER, visits.glucose("2026-02-01"), key="delivery")
    sent["identifier"] = {"system": "urn:hospital:delivery", "value": "D-0417"}
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    ids = await own_ids(world, filed.resident_id)
    letter = ids["DocumentReference 2026-01-05"]
    async with await signed_in(app, world, filed.resident_id) as phone:
        page = await phone.get(f"/record/entries/{ids['Observation 2026-02-01']}")
        assert "交来时的编号：D-0417" in words(page)
        assert f'href="/record/entries/{letter}"' in page.text
        of_its_own = await phone.get(f"/record/entries/{letter}")
        assert "依据的原文" not in words(of_its_own)
