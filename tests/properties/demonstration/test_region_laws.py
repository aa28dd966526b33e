"""What holds in every synthetic region, whatever its seed, day and size."""

import json
import re
from datetime import date, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from openhealthcode.demonstration.region import (
    INSTITUTION_SYSTEM,
    LEADING,
    PRACTITIONER_SYSTEM,
    Region,
    generate,
)
from openhealthcode.record.kinds import KINDS
from openhealthcode.standards import CreditCode, NationalId, Phone
from synthetic_lives import as_text, day, happened, of, references, resources

seeds = st.integers(0, 2**32)
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
sizes = st.integers(8, 45)
few = settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
"""A smaller seed is not a simpler region: nothing is gained by shrinking."""


@few
@given(seeds, days, sizes)
def test_the_same_seed_makes_the_same_region(seed: int, today: date, size: int):
    first, second = generate(seed, today, size), generate(seed, today, size)
    assert first == second
    assert [as_text(r.bundle) for r in first.residents] == [
        as_text(r.bundle) for r in second.residents
    ]


def test_a_bundle_read_twice_is_the_same_and_not_shared():
    resident = generate(1, date(2026, 11, 22), 20).residents[0]
    first = resident.bundle
    first["entry"][0]["resource"]["birthDate"] = "changed"
    first["entry"].clear()
    assert as_text(resident.bundle) == as_text(resident.bundle)
    assert resident.bundle["entry"][0]["resource"]["birthDate"] != "changed"


def test_other_seeds_make_other_regions():
    names = [
        [resident.name for resident in generate(seed, date(2026, 11, 22), 40).residents]
        for seed in (1, 2)
    ]
    assert names[0] != names[1]


@few
@given(seeds, days, sizes)
def test_there_are_as_many_people_as_asked_for(seed: int, today: date, size: int):
    region = generate(seed, today, size)
    assert len(region.residents) == size
    assert sum(len(household.residents) for household in region.households) == size
    assert all(1 <= len(household.residents) <= 8 for household in region.households)


@few
@given(seeds, days, sizes)
def test_numbers_are_valid_and_nobody_shares_one(seed: int, today: date, size: int):
    region = generate(seed, today, size)
    for resident in region.residents:
        number = NationalId.parse(resident.national_id)
        assert number.birth_date == resident.birth_date
        assert number.sex is resident.sex
        assert number.division_code.startswith("88")
        assert re.fullmatch(r"199000\d{5}", resident.phone)
        Phone.parse(resident.phone)
    assert len({resident.national_id for resident in region.residents}) == size
    owners = [resident.phone for resident in region.residents if resident.owns_phone]
    assert len(set(owners)) == len(owners)
    assert {resident.phone for resident in region.residents} <= set(owners)
    for institution in region.institutions:
        CreditCode.parse(institution.credit_code)


@few
@given(seeds, days, sizes)
def test_every_reference_leads_somewhere(seed: int, today: date, size: int):
    region = generate(seed, today, size)
    outside = _outside(region)
    for resident in region.residents:
        bundle = resident.bundle
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(set(urls)) == len(urls)
        inside = set(urls)
        for entry in bundle["entry"]:
            for reference in references(entry["resource"]):
                assert reference in inside or reference in outside, reference


def _outside(region: Region) -> set[str]:
    return {
        f"Organization?identifier={INSTITUTION_SYSTEM}|{each.key}" for each in region.institutions
    } | {
        f"Practitioner?identifier={PRACTITIONER_SYSTEM}|{each.key}" for each in region.practitioners
    }


@few
@given(seeds, days, sizes)
def test_nothing_happens_before_birth_after_death_or_today(seed: int, today: date, size: int):
    for resident in generate(seed, today, size).residents:
        end = min(resident.death_date or today, today)
        for resource in resources(resident):
            if resource["resourceType"] == "Patient":
                continue
            for element, moment in happened(resource):
                whole = len(moment) >= 10
                born = resident.birth_date if whole else date(resident.birth_date.year, 1, 1)
                assert born <= day(moment) < end, (resident.key, element, moment)


@few
@given(seeds, days, sizes)
def test_what_is_written_in_a_visit_lies_in_its_time(seed: int, today: date, size: int):
    for resident in generate(seed, today, size).residents:
        visits = {
            entry["fullUrl"]: entry["resource"]["period"]
            for entry in resident.bundle["entry"]
            if entry["resource"]["resourceType"] == "Encounter"
        }
        for observation in of(resources(resident), "Observation"):
            period = visits[observation["encounter"]["reference"]]
            moment = observation["effectiveDateTime"]
            assert period["start"] <= moment
            assert day(moment) <= day(period.get("end", today.isoformat()))
        for period in visits.values():
            assert period["start"] <= period.get("end", period["start"])


@few
@given(seeds, days, sizes)
def test_ends_follow_beginnings(seed: int, today: date, size: int):
    for resident in generate(seed, today, size).residents:
        for resource in resources(resident):
            kind = resource["resourceType"]
            if kind == "Condition" and "abatementDateTime" in resource:
                assert day(resource["onsetDateTime"]) <= day(resource["abatementDateTime"])
                assert resource["clinicalStatus"]["coding"][0]["code"] == "resolved"
            if kind == "MedicationRequest":
                period = resource["dispenseRequest"]["validityPeriod"]
                assert period["start"] <= period.get("end", period["start"])
                over = period.get("end", "9999") < (today - timedelta(days=1)).isoformat()
                assert not (over and resource["status"] == "active")


REQUIRED = {
    "Patient": ("identifier", "name", "gender", "birthDate"),
    "Encounter": ("status", "class", "subject", "period", "serviceProvider"),
    "Condition": ("clinicalStatus", "verificationStatus", "code", "subject"),
    "Observation": ("status", "code", "subject", "effectiveDateTime"),
    "DiagnosticReport": ("status", "code", "subject", "effectiveDateTime"),
    "MedicationRequest": ("status", "intent", "medicationCodeableConcept", "subject"),
    "MedicationDispense": ("status", "medicationCodeableConcept", "subject"),
    "AllergyIntolerance": ("clinicalStatus", "code", "patient"),
    "Immunization": ("status", "vaccineCode", "patient", "occurrenceDateTime", "lotNumber"),
    "Procedure": ("status", "code", "subject", "performedDateTime"),
    "FamilyMemberHistory": ("status", "patient", "relationship"),
    "CarePlan": ("status", "intent", "subject", "title"),
    "Goal": ("lifecycleStatus", "description", "subject"),
    "Device": ("type", "patient"),
}
"""Elements R4 requires, and those this project's pages need."""


@few
@given(seeds, days, sizes)
def test_entries_have_what_fhir_requires(seed: int, today: date, size: int):
    for resident in generate(seed, today, size).residents:
        bundle = resident.bundle
        assert bundle["type"] == "transaction"
        assert bundle["entry"][0]["resource"]["resourceType"] == "Patient"
        for entry in bundle["entry"]:
            resource = entry["resource"]
            kind = resource["resourceType"]
            assert kind in KINDS
            assert entry["request"] == {"method": "POST", "url": kind}
            assert all(resource.get(element) for element in REQUIRED[kind]), kind
            assert _has_no_empty(resource), resource


def _has_no_empty(value: object) -> bool:
    """FHIR allows no empty strings, lists or objects."""
    if isinstance(value, dict):
        return bool(value) and all(_has_no_empty(inner) for inner in value.values())
    if isinstance(value, list):
        return bool(value) and all(_has_no_empty(inner) for inner in value)
    return value not in ("", None)


@few
@given(seeds, days, sizes)
def test_bundles_are_json(seed: int, today: date, size: int):
    resident = generate(seed, today, size).residents[-1]
    assert json.loads(as_text(resident.bundle)) == resident.bundle


@few
@given(seeds, days)
def test_the_leading_characters_are_always_there(seed: int, today: date):
    region = generate(seed, today, 1)
    people = {resident.key: resident for resident in region.residents}
    keys = people.keys() | {each.key for each in region.practitioners}
    assert set(LEADING.values()) <= keys
    assert _age(people["li-chunlan"].birth_date, today) == 67
    assert people["li-chunlan"].owns_phone


def _age(birth: date, today: date) -> int:
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
