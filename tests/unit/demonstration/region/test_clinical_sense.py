"""Drugs follow diagnoses, allergies are heeded, bodies keep to their sex and age."""

from datetime import date, timedelta

import pytest

from synthetic_lives import (
    TODAY,
    codes,
    day,
    lives,
    of,
    pregnancies,
    values,
    with_code,
)

LIVES = [pytest.param(seed, id=f"seed-{seed}") for seed in (2026, 7)]

INDICATIONS = {
    # ATC: ICD-10 of the reason
    "A02B": "K21 K25 K26 K29 K80 B98",
    "A02A": "K21 K26 K29",
    "A03": "K21 K29",
    "A06": "K59",
    "A07": "A08 A09",
    "A10": "E11 O24",
    "A12": "M80 M81 S72",
    "B01A": "I20 I21 I25 I48 I63 I69 S72 E78",
    "B03A": "D50 D25 O99",
    "B03BA": "B02 E11 M51",
    "B03BB": "Z34",
    "C01D": "I25",
    "C02": "I10",
    "C03": "I10",
    "C05": "K64",
    "C07": "I10 I25 I48 E05",
    "C08": "I10",
    "C09": "I10 E11",
    "C10": "E78 I25 I63 I69",
    "D06BB": "A63",
    "G04": "N40 N20",
    "H02": "J44",
    "H03AA": "E06 C73",
    "H03BB": "E05",
    "J01AA": "B98 A53",
    "J01C": "J03 H66 B98 A53 J20",
    "J01FA09": "B98",
    "J01MA": "J18 J44 K35 K40 S61",
    "J01XX": "N30",
    "J05AF10": "B18",
    "J05AF13": "B18",
    "J05AF07": "B18 B24",
    "J05AF05": "B24",
    "J05AG": "B24",
    "J05AR": "B24",
    "J05AH": "J10",
    "J06BB04": "Z38",
    "J06BB05": "Z20",
    "L01": "C",
    "L02": "C50",
    "M01A": "M S U07 J K04 M10 B02 B08 H66 R50",
    "M04": "M10",
    "M05": "M81",
    "N04": "G20",
    "N05A": "F20",
    "N05BE": "F41",
    "N05C": "F32 G47",
    "N06A": "F32 F41",
    "N06D": "G30",
    "N07BC": "F11",
    "N07C": "H81 G43",
    "R01": "J30",
    "R03": "J44 J45",
    "S01": "H",
}


@pytest.mark.parametrize("seed", LIVES)
def test_every_drug_has_a_reason_that_calls_for_it(seed: int):
    for resident, life in lives(seed):
        conditions = {
            entry["fullUrl"]: entry["resource"]
            for entry in resident.bundle["entry"]
            if entry["resource"]["resourceType"] == "Condition"
        }
        for request in of(life, "MedicationRequest"):
            for atc in codes(request, "medicationCodeableConcept"):
                wanted = _indications(atc)
                if wanted and "reasonReference" in request:
                    reason = conditions[request["reasonReference"][0]["reference"]]
                    assert any(code.startswith(wanted) for code in codes(reason)), (
                        resident.key,
                        request["medicationCodeableConcept"]["text"],
                        reason["code"]["text"],
                    )


def _indications(atc: str) -> tuple[str, ...]:
    matching = [prefix for prefix in INDICATIONS if atc.startswith(prefix)]
    return tuple(INDICATIONS[max(matching, key=len)].split()) if matching else ()


@pytest.mark.parametrize("seed", LIVES)
def test_nothing_is_prescribed_against_a_known_allergy(seed: int):
    seen = 0
    for resident, life in lives(seed):
        for allergy in of(life, "AllergyIntolerance"):
            if allergy["category"] != ["medication"]:
                continue
            seen += 1
            ruled_out = tuple(codes(allergy))
            for request in with_code(life, "MedicationRequest", *ruled_out):
                assert request["authoredOn"] < allergy["recordedDate"], resident.key
    assert seen > 5


@pytest.mark.parametrize("seed", LIVES)
def test_a_drug_that_made_a_rash_is_stopped_with_the_reason(seed: int):
    rashes = 0
    for _, life in lives(seed):
        for rash in with_code(life, "Condition", "L27"):
            rashes += 1
            stopped = [
                request["statusReason"]["text"]
                for request in of(life, "MedicationRequest")
                if request["status"] == "stopped" and "statusReason" in request
            ]
            assert any("过敏" in reason for reason in stopped), rash
    assert rashes > 3


@pytest.mark.parametrize("seed", LIVES)
def test_diseases_keep_to_their_sex(seed: int):
    for resident, life in lives(seed):
        of_men, of_women = ("N40", "K40"), ("O", "Z34", "D25", "C50", "N76")
        wrong = of_women if resident.sex == "male" else of_men
        assert with_code(life, "Condition", *wrong) == []
        if resident.sex == "male":
            assert values(life, "10334-1") == []
        else:
            assert values(life, "2857-1") == []


@pytest.mark.parametrize("seed", LIVES)
def test_diseases_keep_to_their_age(seed: int):
    youngest = {
        "I10": 14, "E11": 14, "I2": 25, "I63": 20, "J44": 38, "M81": 38, "H25": 48, "G30": 50,
        "N40": 38, "M10.": 12, "F2": 15, "F3": 10, "B24": 17, "A5": 18, "F1": 18, "C": 20, "O": 20,
        "I48": 25, "K80": 12,
    }  # fmt: skip
    for resident, life in lives(seed):
        for prefix, age in youngest.items():
            for condition in with_code(life, "Condition", prefix):
                onset = day(condition["onsetDateTime"])
                assert onset.year - resident.birth_date.year >= age, (resident.key, condition)
        for code, oldest in (("B08", 7), ("A08", 5), ("Z38", 1), ("J15.7", 15)):
            for condition in with_code(life, "Condition", code):
                onset = day(condition["onsetDateTime"])
                assert onset.year - resident.birth_date.year <= oldest, (resident.key, condition)


@pytest.mark.parametrize("seed", LIVES)
def test_children_get_no_drugs_of_adults(seed: int):
    adults_only = ("J01M", "N02AX", "C", "A10", "N05", "B01AC", "M04", "J05AR", "L0", "G04", "N07B")
    for resident, life in lives(seed):
        for request in with_code(life, "MedicationRequest", *adults_only):
            on_the_eye = request["dosageInstruction"][0]["route"]["text"] == "滴眼"
            age = (day(request["authoredOn"]) - resident.birth_date).days / 365.25
            assert age >= 14 or on_the_eye, (resident.key, request)


@pytest.mark.parametrize("seed", LIVES)
def test_the_unborn_are_neither_irradiated_nor_poisoned(seed: int):
    irradiating = {"36643-5", "24627-2", "24725-4", "38268-9"}
    harmful = ("C09", "C10", "J01M", "J01A", "M01A", "A10BK", "H03BB", "N05", "L0", "B01AA", "M05")
    pregnant = 0
    for _, life in lives(seed):
        for begin, end in pregnancies(life):
            pregnant += 1
            for report in of(life, "DiagnosticReport"):
                if begin <= day(report["effectiveDateTime"]) <= end:
                    assert not codes(report) & irradiating
            for request in with_code(life, "MedicationRequest", *harmful):
                assert not begin <= day(request["authoredOn"]) <= end, request
    assert pregnant > 8


@pytest.mark.parametrize("seed", LIVES)
def test_a_mothers_delivery_is_her_childs_birth(seed: int):
    by_key = {resident.key: (resident, life) for resident, life in lives(seed)}
    births = 0
    for resident, life in by_key.values():
        for delivery in with_code(life, "Condition", "O80", "O82", "O84"):
            births += 1
            children = [
                by_key[relation.resident][0].birth_date
                for relation in resident.relations
                if relation.role == "child"
            ]
            assert day(delivery["onsetDateTime"]) in children
    assert births > 8


@pytest.mark.parametrize("seed", LIVES)
def test_treatment_brings_values_down(seed: int):
    falls = {"tsh": [], "ldl": []}
    for _, life in lives(seed):
        statins = with_code(life, "MedicationRequest", "C10AA")
        readings = values(life, "22748-8")
        if statins and len(readings) > 1:
            began = min(day(request["authoredOn"]) for request in statins)
            before = [value for when, value in readings if when <= began]
            after = [value for when, value in readings if when > began + timedelta(days=60)]
            if before and after:
                falls["ldl"].append(before[-1] - after[-1])
        hormones = with_code(life, "MedicationRequest", "H03AA")
        readings = values(life, "3016-3")
        if hormones and len(readings) > 1 and readings[0][1] > 6:
            falls["tsh"].append(readings[0][1] - readings[-1][1])
    for quantity, found in falls.items():
        assert found, quantity
        assert sum(fall > 0 for fall in found) / len(found) > 0.85, (quantity, found)


@pytest.mark.parametrize("seed", LIVES)
def test_pressure_is_mostly_controlled_under_treatment(seed: int):
    last: list[float] = []
    for _, life in lives(seed):
        treated = with_code(life, "Condition", "I10")
        taken = [
            component["valueQuantity"]["value"]
            for reading in with_code(life, "Observation", "85354-9")
            for component in reading["component"][:1]
            if day(reading["effectiveDateTime"]) > TODAY - timedelta(days=400)
        ]
        if treated and taken:
            last.append(sum(taken) / len(taken))
    assert len(last) > 15
    controlled = sum(value < 145 for value in last) / len(last)
    assert 0.55 < controlled < 0.99
    assert max(last) < 190


@pytest.mark.parametrize("seed", LIVES)
def test_diastolic_lies_well_below_systolic(seed: int):
    for _, life in lives(seed):
        for reading in with_code(life, "Observation", "85354-9"):
            high, low = (part["valueQuantity"]["value"] for part in reading["component"])
            assert 22 <= high - low <= 105
            assert 70 <= high <= 205
            assert 38 <= low <= 125


@pytest.mark.parametrize("seed", LIVES)
def test_the_four_lipids_of_a_report_fit_together(seed: int):
    reports = 0
    for resident in (each for each, _ in lives(seed)):
        entries = {e["fullUrl"]: e["resource"] for e in resident.bundle["entry"]}
        for report in entries.values():
            if "24331-1" in codes(report):
                reports += 1
                total, fats, hdl, ldl = (
                    entries[result["reference"]]["valueQuantity"]["value"]
                    for result in report["result"]
                )
                assert abs(total - (hdl + ldl + fats / 2.2)) < 0.45, resident.key
    assert reports > 30


@pytest.mark.parametrize("seed", LIVES)
def test_interpretations_agree_with_the_ranges(seed: int):
    for _, life in lives(seed):
        for observation in of(life, "Observation"):
            if "referenceRange" not in observation or "valueQuantity" not in observation:
                continue
            value = observation["valueQuantity"]["value"]
            normal = next((r for r in observation["referenceRange"] if "type" not in r), {})
            low = normal.get("low", {}).get("value", float("-inf"))
            high = normal.get("high", {}).get("value", float("inf"))
            said = observation["interpretation"][0]["coding"][0]["code"]
            if value < low:
                assert said == "L"
            elif value > high:
                assert said == "H"


@pytest.mark.parametrize("seed", LIVES)
def test_the_healthy_have_normal_results_at_work(seed: int):
    abnormal = total = 0
    for _, life in lives(seed):
        ill = [
            condition
            for condition in of(life, "Condition")
            if "problem-list-item" in str(condition["category"])
        ]
        if ill:
            continue
        for observation in of(life, "Observation"):
            if codes(observation) & {"22748-8", "14771-0", "1742-6", "14682-9"}:
                total += 1
                abnormal += observation["interpretation"][0]["coding"][0]["code"] != "N"
    assert total > 20
    assert abnormal / total < 0.12


@pytest.mark.parametrize("seed", LIVES)
def test_a_village_clinic_has_no_laboratory(seed: int):
    for _, life in lives(seed):
        for observation in of(life, "Observation"):
            source = observation["meta"]["source"]
            if source.endswith("-village") and "laboratory" in str(observation["category"]):
                assert codes(observation) <= {"14743-9", "882-1"}, observation


@pytest.mark.parametrize("seed", LIVES)
def test_villagers_see_their_village_clinic_first(seed: int):
    visits: list[bool] = []
    for resident, life in lives(seed):
        if "村" not in resident.address:
            continue
        kinds = [visit["type"][0]["text"] for visit in of(life, "Encounter")]
        visits += [kind == "村卫生室门诊" for kind in kinds if kind in ("村卫生室门诊", "全科门诊")]
    assert len(visits) > 20
    assert all(visits)


@pytest.mark.parametrize("seed", LIVES)
def test_the_dead_take_no_drugs(seed: int):
    dead = [(resident, life) for resident, life in lives(seed) if resident.death_date]
    assert dead
    for resident, life in dead:
        assert life[0]["deceasedDateTime"] == resident.death_date.isoformat()
        assert all(request["status"] != "active" for request in of(life, "MedicationRequest"))


@pytest.mark.parametrize("seed", LIVES)
def test_children_grow(seed: int):
    measured = 0
    for resident, life in lives(seed):
        if TODAY.year - resident.birth_date.year > 12:
            continue
        heights = [height for _, height in values(life, "8302-2")]
        measured += len(heights)
        assert heights == sorted(heights)
        for when, kilograms in values(life, "29463-7"):
            months = (when - resident.birth_date).days / 30.4
            assert 2 < kilograms < 7 + months * 0.85
    assert measured > 60


def test_long_records_belong_to_the_old():
    by_age: dict[int, list[int]] = {0: [], 30: [], 65: []}
    for resident, life in lives():
        age = (TODAY - resident.birth_date).days / 365.25
        by_age[65 if age >= 65 else 30 if 18 < age < 45 else 0].append(len(life))
    average = {age: sum(sizes) / len(sizes) for age, sizes in by_age.items()}
    everybody = [size for sizes in by_age.values() for size in sizes]
    assert average[65] > 85
    assert average[30] < average[65]
    assert 50 <= sum(everybody) / len(everybody) <= 85


def test_a_newborn_has_only_the_first_days():
    newborn = min(lives(), key=lambda each: (TODAY - each[0].birth_date).days)
    assert (TODAY - newborn[0].birth_date) < timedelta(days=30)
    assert 4 <= len(newborn[1]) <= 20
    assert {vaccine["vaccineCode"]["text"] for vaccine in of(newborn[1], "Immunization")} >= {
        "重组乙型肝炎疫苗（酿酒酵母）"
    }
    assert date(2026, 10, 1) < newborn[0].birth_date
