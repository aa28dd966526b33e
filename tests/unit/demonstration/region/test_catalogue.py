"""The tables that clinicians may dispute: complete, consistent, in known codes."""

import re

import pytest

from openhealthcode.demonstration.region.catalogue import (
    ANALYTES,
    DIAGNOSES,
    DRUGS,
    EXAMINATIONS,
    FINDINGS,
    FORMULAS,
    OPERATIONS,
    PANELS,
    RHYTHMS,
    ROUTES,
    VACCINES,
)
from openhealthcode.demonstration.region.catalogue.rhythms import UCUM_OF
from openhealthcode.demonstration.region.chart.immunization import MAKERS
from openhealthcode.demonstration.region.tables import table
from openhealthcode.terminology import packaged_map, systems

LOINC = re.compile(r"\d{3,5}-\d")
CONCEPTS = [
    (systems.ICD_10, r"[A-Z]\d\d(\.\d)?", DIAGNOSES),
    (systems.ATC, r"[A-Z]\d\d[A-Z][A-Z]?(\d\d)?", DRUGS),
    (systems.ICD_9_PROCEDURES, r"\d\d\.\d{1,2}", OPERATIONS),
    (systems.CVX, r"\d{1,3}", VACCINES),
]


def _coding(row: object) -> list[tuple[str, str]]:
    codings = row.concept.get("coding", [])
    return [(coding["system"], coding["code"]) for coding in codings]


@pytest.mark.parametrize(("system", "pattern", "rows"), CONCEPTS)
def test_codes_have_the_form_of_their_system(system: str, pattern: str, rows: dict):
    for row in rows.values():
        for found, code in _coding(row):
            assert found == system
            assert re.fullmatch(pattern, code), row


@pytest.mark.parametrize("rows", [ANALYTES, PANELS, FINDINGS, EXAMINATIONS])
def test_tests_are_in_loinc_or_in_a_system_of_our_own(rows: dict):
    for row in rows.values():
        ((system, code),) = _coding(row)
        if system == systems.LOINC:
            assert LOINC.fullmatch(code), row
            assert _check_digit(code[:-2]) == int(code[-1]), row
        else:
            assert system.startswith("https://openhealthcode.example/")


def _check_digit(digits: str) -> int:
    """LOINC's check digit is that of Luhn (modulus 10)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def test_every_name_is_chinese():
    for rows in (DIAGNOSES, DRUGS, OPERATIONS, VACCINES, ANALYTES):
        for row in rows.values():
            assert re.search("[\u4e00-\u9fff]|PHQ|FEV|INR|HIV", row.concept["text"]), row


def test_doses_can_be_written():
    for drug in DRUGS.values():
        assert drug.dose > 0
        assert drug.unit in UCUM_OF
        assert drug.rhythm in RHYTHMS
        assert drug.route in ROUTES
        assert bool(drug.per_kg) == bool(drug.step)
    for vaccine in VACCINES.values():
        assert vaccine.unit in UCUM_OF
        assert vaccine.route in ROUTES
        assert vaccine.maker in MAKERS


def test_ranges_have_a_lower_and_an_upper_end():
    for analyte in ANALYTES.values():
        for low, high in (analyte.male, analyte.female, analyte.child):
            assert low is None or high is None or low < high, analyte


def test_panels_are_made_of_known_quantities():
    for panel in PANELS.values():
        assert set(panel.analytes) <= ANALYTES.keys()


def test_formulas_have_herbs_or_needles():
    for formula in FORMULAS:
        assert formula.herbs or formula.needles
        assert set(formula.conditions) <= DIAGNOSES.keys()
        assert formula.from_age < formula.to_age
        assert all(1 <= grams <= 60 for _, grams in formula.herbs), formula


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("lives/illnesses", ("drugs",)),
        ("lives/ailments", ("lasting", "short")),
        ("lives/surgeries", ("drugs",)),
        ("lives/cancers", ("chemotherapy", "maintenance")),
    ],
)
def test_the_tables_of_stories_name_what_there_is(name: str, columns: tuple[str, ...]):
    for row in table(name):
        assert row["diagnosis"] in DIAGNOSES
        for column in columns:
            for key in re.split("[ /]", row[column]):
                assert not key or key in DRUGS, (name, row)
        for test in filter(None, row.get("tests", "").split("|")):
            known = PANELS.keys() | FINDINGS.keys() | EXAMINATIONS.keys() | ANALYTES.keys()
            assert test.lstrip("?").split(":")[0] in known | {"temperature", "operation"}, row


def test_labelled_diagnoses_are_those_the_reviewed_map_closes():
    open_on_purpose = {
        "pregnancy", "delivery", "caesarean", "twin_delivery", "gestational_diabetes",
        "gestational_hypertension", "pregnancy_anaemia", "vaginitis",
    }  # fmt: skip
    for key, diagnosis in DIAGNOSES.items():
        closed = bool(packaged_map().categories(set(_coding(diagnosis)), {diagnosis.name}))
        if key not in open_on_purpose:
            assert closed == bool(diagnosis.sensitivity), key


def test_chances_only_grow_with_age():
    for row in table("onsets"):
        shares = [float(row[age]) for age in row if age.isdigit()]
        assert shares == sorted(shares), row["fate"]
        assert shares[-1] <= 71
