"""How a child's vaccinations stand on a day, beside the national programme.

This file is also part of a page of the manual.
"""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.record.immunisation import given_in, schedule_of
from openhealthcode.standards import Sex

title = "Which vaccination is due"
title_zh = "该打哪一针"

BIRTH_DOSES = "2024-12-01 乙肝; 2024-12-01 卡介苗"
BABY = "girl 2024-12-01"

CASES = [
    # sentence, child, on record, day, plan, how its doses stand
    ("On the day of birth the first doses are due", BABY, "", "2024-12-01", "hepb", "due ahead ahead"),
    ("What is on record is done; the next is ahead until its age", BABY, BIRTH_DOSES, "2024-12-31", "hepb", "given ahead ahead"),
    ("and due from the day it can be given", BABY, BIRTH_DOSES, "2025-01-01", "hepb", "given due ahead"),
    ("A dose that came late moves the next one on", BABY, "2025-03-01 乙肝", "2025-03-20", "hepb", "given ahead ahead"),
    ("by the least interval, not longer", BABY, "2025-03-01 乙肝", "2025-03-29", "hepb", "given due ahead"),
    ("Only the first missing dose is called for, the others wait for it", BABY, "", "2026-11-22", "dtap", "late ahead ahead ahead ahead"),
    ("A dose is late once the age is over before which it is meant", BABY, "", "2025-02-28", "bcg", "due"),
    ("on the very day", BABY, "", "2025-03-01", "bcg", "late"),
    ("From four years on nobody makes up for BCG", BABY, "", "2028-12-01", "bcg", "past"),
    ("A later dose on record says that the earlier ones were given somewhere", BABY, "2025-06-03 百白破 3", "2025-07-01", "dtap", "before before given ahead ahead"),
    ("Two records without numbers count in the order of their days", BABY, "2025-02-03 脊灰; 2025-03-09 脊灰", "2025-03-20", "polio", "given given ahead ahead"),
    ("A number written twice is two doses, not one", BABY, "2025-02-03 脊灰 1; 2025-03-09 脊灰 1", "2025-03-20", "polio", "given given ahead ahead"),
    ("A pentavalent dose counts for whooping cough", BABY, "2025-02-03 120", "2025-03-20", "dtap", "given ahead ahead ahead ahead"),
    ("and for polio", BABY, "2025-02-03 120", "2025-03-20", "polio", "given due ahead ahead"),
    ("What was entered in error never happened", BABY, "2025-02-03 脊灰 error", "2025-02-10", "polio", "due ahead ahead ahead"),
    ("What was decided against is not called for", BABY, "2025-08-01 麻腮风 not-done", "2025-09-01", "measles", "decided ahead"),
    ("until it is given after all", BABY, "2025-08-01 麻腮风 not-done; 2025-10-01 麻腮风", "2025-10-02", "measles", "given ahead"),
    ("Whose first encephalitis vaccine was inactivated needs four doses", BABY, "2025-08-01 乙脑灭活; 2025-08-09 乙脑灭活", "2025-09-01", "je_inactivated", "given given ahead ahead"),
    ("else two", BABY, "2025-08-01 乙脑减毒", "2025-09-01", "je", "given ahead"),
    ("A vaccine against meningitis A and C counts for A under two years of age", BABY, "2025-06-02 A群C群流脑", "2025-07-01", "mena", "given ahead"),
    ("not for A and C", BABY, "2025-06-02 A群C群流脑", "2025-07-01", "menac", "ahead ahead"),
    ("and for A and C from two years on", "girl 2020-12-01", "2023-12-05 A群C群流脑", "2024-01-01", "menac", "given ahead"),
    ("From two years on nobody makes up for meningitis A", "girl 2020-12-01", "", "2024-01-01", "mena", "past past"),
    ("Who was born from November 2024 on begins whooping cough at two months", "boy 2024-11-01", "", "2025-01-01", "dtap", "due ahead ahead ahead ahead"),
    ("Who was born before November 2024 began whooping cough at three months", "boy 2024-10-01", "", "2024-12-31", "dtap", "ahead ahead ahead ahead ahead"),
    ("Who was six before 2025 had the vaccine without whooping cough at six", "boy 2018-06-01", "2024-06-05 白破", "2026-11-22", "dt", "given"),
    ("A girl of thirteen is called for HPV", "girl 2013-06-01", "", "2026-11-22", "hpv", "due ahead"),
    ("a boy is not", "boy 2013-06-01", "", "2026-11-22", "hpv", ""),
    ("nor a girl born before the programme had it", "girl 2011-11-10", "", "2026-11-22", "hpv", ""),
    ("Half a year later comes the second", "girl 2013-06-01", "2026-06-01 HPV 1", "2026-12-01", "hpv", "given due"),
    ("A travel vaccine the programme does not know changes nothing", BABY, "2025-02-03 狂犬病", "2025-02-10", "polio", "due ahead ahead ahead"),
    ("With the eighteenth birthday the schedule ends", "girl 2008-11-22", "", "2026-11-22", "hepb", ""),
    ("the day before, it has not", "girl 2008-11-23", "", "2026-11-22", "hepb", "late ahead ahead"),
]  # fmt: skip


def as_told(
    place: int, sentence: str, child: str, record: str, day: str, plan: str, stands: str
) -> str:
    told = record or "nothing"
    return (
        f"### {place}. {sentence}\n\n"
        f"A {child.replace(' ', ' born ')}, with {told} on record, on {day}; `{plan}`: "
        f"{', '.join(f'`{state}`' for state in stands.split()) or 'no such plan'}.\n"
    )


@pytest.mark.parametrize(
    ("_sentence", "child", "record", "day", "plan", "stands"),
    CASES,
    ids=[case[0] for case in CASES],
)
def test_how_the_doses_of_a_plan_stand(_sentence, child, record, day, plan, stands):
    sex, birth = child.split()
    given = given_in([_resource(one) for one in record.split(";") if one])
    schedule = schedule_of(
        given,
        date.fromisoformat(birth),
        Sex.FEMALE if sex == "girl" else Sex.MALE,
        date.fromisoformat(day),
    )
    found = {one.plan.key: [dose.state.value for dose in one.doses] for one in schedule}
    assert found.get(plan, []) == stands.split()


def _resource(text: str) -> dict[str, object]:
    day, vaccine, *rest = text.split()
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": vaccine}]}
    resource: dict[str, object] = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": code if vaccine.isdigit() else {"text": f"{vaccine}疫苗"},
        "occurrenceDateTime": f"{day}T09:00:00+08:00",
    }
    for word in rest:
        if word.isdigit():
            resource["protocolApplied"] = [{"doseNumberPositiveInt": int(word)}]
        else:
            resource["status"] = {"error": "entered-in-error"}.get(word, word)
    return resource
