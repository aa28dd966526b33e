"""What decides in the first ten seconds of a visit."""

import time
from datetime import date

import pytest

from openhealthcode.record.summary import summarise

TODAY = date(2026, 11, 22)


def coded(code, **more):
    return {"coding": [{"code": code}], **more}


def allergy(name, criticality, day="2019", **more):
    return {
        "resourceType": "AllergyIntolerance",
        "criticality": criticality,
        "code": {"text": name},
        "recordedDate": day,
        **more,
    }


def condition(name, since="2014", category="problem-list-item", **more):
    return {
        "resourceType": "Condition",
        "clinicalStatus": coded("active"),
        "category": [coded(category)],
        "code": {"text": name},
        "onsetDateTime": since,
        **more,
    }


def prescription(name, on="2026-06-03", status="active", **more):
    return {
        "resourceType": "MedicationRequest",
        "status": status,
        "medicationCodeableConcept": {"text": name},
        "authoredOn": on,
        **more,
    }


def ldl(value, on, high=3.4, **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [coded("laboratory")],
        "code": {"coding": [{"system": "http://loinc.org", "code": "22748-8"}]},
        "effectiveDateTime": on,
        "valueQuantity": {"value": value, "unit": "mmol/L"},
        "referenceRange": [{"high": {"value": high, "unit": "mmol/L"}}],
        **more,
    }


def test_the_most_dangerous_allergy_comes_first():
    summary = summarise(
        [allergy("花粉", "low", "2024"), allergy("头孢", ""), allergy("青霉素", "high", "2003")],
        TODAY,
    )
    assert [one.name for one in summary.allergies] == ["青霉素", "头孢", "花粉"]


def test_a_refuted_or_past_allergy_is_none():
    refuted = allergy("花生", "high", verificationStatus=coded("refuted"))
    resolved = allergy("鸡蛋", "high", clinicalStatus=coded("resolved"))
    assert summarise([refuted, resolved], TODAY).allergies == ()


def test_no_known_allergy_is_told_apart_from_no_entry():
    stated = summarise([allergy("无已知药物过敏", "", "2025-01-02")], TODAY)
    assert (stated.allergies, stated.no_known_allergy) == ((), "2025-01-02")
    assert summarise([], TODAY).no_known_allergy == ""


def test_lasting_problems_come_by_age_then_recent_diagnoses_of_visits():
    summary = summarise(
        [
            condition("急性支气管炎", "2026-10-01", "encounter-diagnosis"),
            condition("2 型糖尿病", "2018"),
            condition("感冒", "2021-02-03", "encounter-diagnosis"),
            condition("高血压", "2014-05"),
            condition("阑尾炎", "1998", abatementDateTime="1998-06"),
            condition("肺炎", "2020", clinicalStatus=coded("resolved")),
        ],
        TODAY,
    )
    assert [one.name for one in summary.problems] == ["高血压", "2 型糖尿病", "急性支气管炎"]


def test_a_problem_named_twice_is_one_and_began_when_first_named():
    summary = summarise([condition("高血压", "2020"), condition("高血压", "2014-05")], TODAY)
    assert [(one.name, one.since) for one in summary.problems] == [("高血压", "2014-05")]


def test_a_suspected_diagnosis_says_so():
    suspected = condition("胸痛待查", verificationStatus=coded("provisional"))
    assert summarise([suspected], TODAY).problems[0].note == "疑似"


def test_a_renewed_prescription_is_one_line_with_the_newest_dose():
    dose = [{"doseAndRate": [{"doseQuantity": {"value": 160, "unit": "mg"}}]}]
    summary = summarise(
        [prescription("缬沙坦", "2025-01-01"), prescription("缬沙坦", dosageInstruction=dose)],
        TODAY,
    )
    assert [(one.name, one.dose) for one in summary.medication] == [
        ("缬沙坦", "每次\u00a0160\u00a0mg")
    ]


@pytest.mark.parametrize(
    "resource",
    [
        prescription("阿莫西林", status="completed"),
        prescription("阿莫西林", status="stopped"),
        prescription(
            "阿莫西林",
            dosageInstruction=[
                {"timing": {"repeat": {"boundsDuration": {"value": 7, "code": "d"}}}}
            ],
        ),
        prescription(
            "阿莫西林", "2026-01-01", dispenseRequest={"expectedSupplyDuration": {"value": 7}}
        ),
        prescription("阿莫西林", "2027-06-01"),
        {
            "resourceType": "MedicationDispense",
            "status": "completed",
            "whenHandedOver": "2026-06-01",
            "daysSupply": {"value": 28},
            "medicationCodeableConcept": {"text": "阿莫西林"},
        },
        {
            "resourceType": "MedicationStatement",
            "status": "active",
            "effectivePeriod": {"start": "2024-01-01", "end": "2024-02-01"},
            "medicationCodeableConcept": {"text": "阿莫西林"},
        },
    ],
)
def test_a_medicine_no_longer_taken_is_not_current(resource):
    assert summarise([resource], TODAY).medication == ()


def test_a_medicine_stopped_after_its_prescription_is_not_current():
    stopped = prescription("华法林", "2026-09-01", status="stopped")
    assert summarise([prescription("华法林"), stopped], TODAY).medication == ()


def test_a_medicine_prescribed_again_after_it_was_stopped_is_current():
    stopped = prescription("华法林", "2025-09-01", status="stopped")
    assert len(summarise([stopped, prescription("华法林")], TODAY).medication) == 1


def test_dispensing_without_instruction_keeps_the_prescribed_dose():
    dosage = [{"timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}}]
    dispensed = {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "whenHandedOver": "2026-11-01",
        "daysSupply": {"value": 28, "code": "d"},
        "medicationCodeableConcept": {"text": "二甲双胍"},
    }
    summary = summarise([prescription("二甲双胍", dosageInstruction=dosage), dispensed], TODAY)
    assert [one.frequency for one in summary.medication] == ["每日\u00a02\u00a0次"]


def test_a_series_shows_its_latest_value_and_the_trend_oldest_first():
    summary = summarise(
        [ldl(1.7, "2026-09-18"), ldl(4.1, "2024-03"), ldl(2.8, "2025-02-01")], TODAY
    )
    (result,) = summary.results
    assert (result.value, result.when, result.flag) == ("1.7\u00a0mmol/L", "2026-09-18", "")
    assert [point.value for point in result.points] == [4.1, 2.8, 1.7]
    assert (result.low, result.high, result.reference) == (None, 3.4, "<\u00a03.4\u00a0mmol/L")


def test_values_of_different_units_are_never_one_line():
    other = ldl(150, "2026-01-01")
    other["valueQuantity"] = {"value": 150, "unit": "mg/dL"}
    assert len(summarise([ldl(1.7, "2026-09-18"), other], TODAY).results) == 2


def test_a_recent_value_out_of_range_comes_before_everything():
    normal = ldl(1.7, "2026-11-20")
    potassium = ldl(6.2, "2026-09-18", high=5.3)
    potassium["code"] = {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]}
    stale = ldl(9.9, "2015-01-01")
    stale["code"] = {"text": "某旧指标"}
    names = [one.name for one in summarise([stale, normal, potassium], TODAY).results]
    assert names == ["钾", "低密度脂蛋白胆固醇", "某旧指标"]


def test_a_withdrawn_result_does_not_exist():
    assert summarise([ldl(9, "2026-09-18", status="entered-in-error")], TODAY).results == ()


def test_the_laboratorys_own_flag_outweighs_the_range():
    normal = ldl(4.0, "2026-09-18", interpretation=[coded("N")])
    critical = ldl(3.0, "2026-09-18", interpretation=[coded("HH")])
    assert summarise([normal], TODAY).results[0].flag == ""
    assert summarise([critical], TODAY).results[0].flag == "critically_high"


def test_blood_type_joins_group_and_rh_and_is_no_result():
    def typed(code, text):
        return {
            "resourceType": "Observation",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueCodeableConcept": {"text": text},
        }

    summary = summarise([typed("10331-7", "Rh 阳性"), typed("883-9", "A 型")], TODAY)
    assert summary.blood_type == "A 型 Rh 阳性"
    assert summary.results == ()


def test_doses_of_one_vaccine_are_counted():
    def given(day, status="completed"):
        return {
            "resourceType": "Immunization",
            "status": status,
            "vaccineCode": {"text": "乙肝疫苗"},
            "occurrenceDateTime": day,
        }

    summary = summarise(
        [given("2020-01-01"), given("2020-07-01"), given("2021", "not-done")], TODAY
    )
    assert [(one.name, one.doses, one.last) for one in summary.immunisations] == [
        ("乙肝疫苗", 2, "2020-07-01")
    ]


def test_each_item_leads_back_to_its_entry():
    resources = [condition("高血压"), allergy("青霉素", "high"), prescription("缬沙坦")]
    summary = summarise(resources, TODAY)
    assert summary.problems[0].entry == 0
    assert summary.allergies[0].entry == 1
    assert summary.medication[0].entry == 2


def test_an_empty_record_has_an_empty_summary():
    summary = summarise([], TODAY)
    assert summary.allergies == summary.problems == summary.medication == summary.results == ()
    assert summary.blood_type == ""


def test_misshapen_entries_leave_the_others_standing():
    broken = [
        {"resourceType": "Observation", "code": 7, "valueQuantity": "x"},
        {"resourceType": "MedicationRequest", "status": "active", "dosageInstruction": "y"},
        {"resourceType": "AllergyIntolerance", "code": [], "reaction": {"manifestation": 3}},
        {"resourceType": ["Condition"]},
        {},
    ]
    assert [one.name for one in summarise([*broken, condition("高血压")], TODAY).problems] == [
        "高血压"
    ]


def test_sixty_entries_are_summarised_in_a_few_milliseconds():
    kept = [
        *(ldl(1 + place / 7, f"20{place:02}-03-01") for place in range(5, 25)),
        *(condition(f"诊断{place}") for place in range(15)),
        *(prescription(f"药品{place}") for place in range(15)),
        *(allergy(f"物质{place}", "low") for place in range(10)),
    ]
    assert len(kept) == 60
    summarise(kept, TODAY)
    fastest = min(_seconds(kept) for _ in range(20))
    assert fastest < 0.01  # about 1.5 ms; what grows with the square of the entries takes longer


def _seconds(resources):
    started = time.process_time()
    summarise(resources, TODAY)
    return time.process_time() - started
