"""The people of the demonstration, as the pages and the script expect them."""

from datetime import date

import pytest

from openhealthcode.demonstration.region import LEADING, Region, generate
from openhealthcode.record import describe
from openhealthcode.standards import SensitiveCategory
from synthetic_lives import Json, codes, day, of, resources, values, with_code

TODAY = date(2026, 11, 22)
REGION = generate(20261122, TODAY, 30)


def life_of(part: str, region: Region = REGION) -> tuple[Json, ...]:
    return next(resources(each) for each in region.residents if each.key == LEADING[part])


def active_drugs(life: tuple[Json, ...]) -> dict[str, str]:
    return {
        request["medicationCodeableConcept"]["coding"][0]["display"]: request["dosageInstruction"][
            0
        ]["text"]
        for request in of(life, "MedicationRequest")
        if request["status"] == "active"
    }


def problems(life: tuple[Json, ...]) -> dict[str, int]:
    return {
        condition["code"]["text"]: day(condition["onsetDateTime"]).year
        for condition in of(life, "Condition")
        if condition["clinicalStatus"]["coding"][0]["code"] == "active"
        and "problem-list-item" in str(condition["category"])
    }


def test_li_chunlan_takes_the_four_drugs_of_her_page():
    assert active_drugs(life_of("resident")) == {
        "缬沙坦": "每次80 mg，每日1次，口服",
        "阿托伐他汀": "每次20 mg，每晚1次，口服",
        "二甲双胍": "每次0.5 g，每日2次，口服",
        "阿司匹林": "每次100 mg，每日1次，口服",
    }


def test_li_chunlan_has_the_three_problems_of_her_page():
    assert problems(life_of("resident")) == {
        "高血压2级": 2014,
        "2型糖尿病": 2018,
        "混合型高脂血症": 2020,
    }


def test_li_chunlans_cholesterol_falls_from_year_to_year():
    readings = values(life_of("resident"), "22748-8")
    assert [value for _, value in readings[-7:]] == [4.1, 3.9, 3.4, 2.8, 2.3, 1.9, 1.7]
    assert readings[-7][0].isoformat()[:7] == "2024-03"
    assert readings[-1][0] == date(2026, 9, 18)
    last = with_code(life_of("resident"), "Observation", "22748-8")[-1]
    goal = next(each for each in last["referenceRange"] if "type" in each)
    assert goal["high"]["value"] == 1.8


def test_li_chunlan_must_not_have_penicillin_or_peanuts():
    allergies = {
        each["code"]["text"]: (
            each["reaction"][0]["manifestation"][0]["text"],
            each["criticality"],
            each["onsetDateTime"][:4],
        )
        for each in of(life_of("resident"), "AllergyIntolerance")
    }
    assert allergies == {"青霉素": ("皮疹", "low", "2019"), "花生": ("喉头水肿", "high", "2003")}


def test_li_chunlans_old_depression_is_closed_and_told_nowhere_else():
    life = life_of("resident")
    betraying = [each for each in life if SensitiveCategory.MENTAL_HEALTH in sensitive(each)]
    labelled = [each for each in life if each.get("meta", {}).get("security")]
    assert len(betraying) >= 8
    assert {id(each) for each in betraying} == {id(each) for each in labelled}
    episode = with_code(life, "Condition", "F32")[0]
    assert episode["clinicalStatus"]["coding"][0]["code"] == "resolved"


def sensitive(resource: Json) -> frozenset[SensitiveCategory]:
    return describe(resource).sensitive


def test_li_chunlan_was_seen_by_a_doctor_of_chinese_medicine():
    life = life_of("resident")
    herbs = [
        request
        for request in of(life, "MedicationRequest")
        if request["medicationCodeableConcept"]["text"] == "瓜蒌薤白半夏汤加减"
    ]
    assert herbs[0]["requester"]["display"] == "林月"
    assert "瓜蒌15 g" in herbs[0]["note"][0]["text"]
    assert any(each["code"]["text"] == "胸痹 痰浊闭阻证" for each in of(life, "Condition"))


def test_the_pharmacist_handed_over_her_last_prescriptions():
    dispensed = of(life_of("resident"), "MedicationDispense")
    assert {each["performer"][0]["actor"]["display"] for each in dispensed} == {"陈立"}
    assert len(dispensed) == 4


@pytest.mark.parametrize(
    "today", [date(2025, 1, 10), date(2026, 9, 18), date(2028, 2, 29), date(2031, 7, 1)]
)
def test_her_story_moves_with_the_year(today: date):
    region = generate(1, today, 10)
    life = life_of("resident", region)
    readings = values(life, "22748-8")
    assert readings[-1][1] == 1.7
    assert (today - readings[-1][0]).days < 366
    assert active_drugs(life).keys() == {"缬沙坦", "阿托伐他汀", "二甲双胍", "阿司匹林"}


def test_the_hidden_diagnosis_is_an_hiv_infection_that_is_well_treated():
    life = life_of("hidden-diagnosis")
    assert with_code(life, "Condition", "B24")
    loads = values(life, "20447-9")
    assert loads[0][1] > 1000
    assert loads[-1][1] == 50
    cells = values(life, "24467-3")
    assert cells[0][1] < 500 < cells[-1][1]
    assert with_code(life, "MedicationRequest", "J05AR20")[-1]["status"] == "active"


def test_everything_that_names_the_hidden_diagnosis_is_sensitive():
    life = life_of("hidden-diagnosis")
    told = [each for each in life if any(word in str(each) for word in ("HIV", "B24", "抗病毒"))]
    named = [each for each in told if each["resourceType"] != "MedicationRequest"]
    assert named
    for each in named:
        plain = {**each, "meta": {}}
        if any(word in str(plain) for word in ("HIV", "B24")):
            assert SensitiveCategory.HIV_AND_STI in sensitive(each), each


def test_the_emergency_patient_has_what_a_doctor_must_know():
    life = life_of("emergency")
    assert "利伐沙班" in active_drugs(life)
    assert {device["type"]["text"] for device in of(life, "Device")} == {"双腔心脏起搏器"}
    assert [each["code"]["text"] for each in of(life, "AllergyIntolerance")] == ["碘对比剂"]
    groups = with_code(life, "Observation", "882-1")
    assert groups[0]["valueString"] == "A型，RhD阳性"
    assert life[0]["contact"][0]["name"]["text"] == "吴桂英"
    after = [day(report["effectiveDateTime"]) for report in of(life, "DiagnosticReport")]
    assert max(after) > date(2026, 1, 1)
    assert not any(codes(report) & {"24590-2"} for report in of(life, "DiagnosticReport"))


def test_the_health_workers_stand_where_the_script_says():
    staff = {each.key: each for each in REGION.practitioners}
    places = {each.key: each.name for each in REGION.institutions}
    told = {
        part: (staff[LEADING[part]].name, places[staff[LEADING[part]].institution])
        for part in (
            "physician",
            "emergency-physician",
            "family-doctor",
            "pharmacist",
            "registrar",
        )
    }
    assert told == {
        "physician": ("王敏", "黛川县人民医院"),
        "emergency-physician": ("赵启航", "黛川市中心医院"),
        "family-doctor": ("林月", "南桥社区卫生服务中心"),
        "pharmacist": ("陈立", "南桥社区药房"),
        "registrar": ("孙晓燕", "黛川县人民医院"),
    }
    assert staff["wang-min"].staff_number == "0217"
