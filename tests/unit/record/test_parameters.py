"""The table of search parameters, and what single values of them fit."""

from __future__ import annotations

import pytest

from openhealthcode.record import KINDS, SearchNotUnderstood, matches, parameters, read_conditions
from openhealthcode.record.model import SortKey
from openhealthcode.record.parameters import PARAMETERS, parameter_of
from openhealthcode.record.structure import STRUCTURES


def fits(type_, parameter, value, /, **elements):
    resource = {"resourceType": type_, "id": "x", **elements}
    return matches(read_conditions(type_, [(parameter, value)]), resource)


def test_every_type_has_its_parameters_and_those_of_every_resource():
    for type_ in KINDS:
        assert PARAMETERS[type_].keys() > PARAMETERS["Resource"].keys()
        assert parameter_of(type_, "_id").type == "token"


@pytest.mark.parametrize("type_", KINDS)
def test_every_path_is_one_of_the_structure(type_):
    """A name that R4 does not define would never find anything."""
    for parameter in PARAMETERS[type_].values():
        for path in parameter.paths:
            structure = STRUCTURES[type_]
            for number, name in enumerate(path.names, start=1):
                rule = structure.rules[name]
                assert (rule.structure is not None) or number == len(path.names), parameter.name
                structure = rule.structure or structure


@pytest.mark.parametrize(
    ("asked", "start", "end", "fit"),
    [
        ("ge2026-02-10", "2026-02-01", "2026-02-10", False),
        ("ge2026-02-10", "2026-02-01", "2026-02-11", True),
        ("ge2026-02-10", "2026-02-10", "2026-02-10", True),
        ("le2026-02-10", "2026-02-10", "2026-02-10", True),
        ("le2026-02-10", "2026-02-11", "2026-02-12", False),
        ("gt2026-02-10", "2026-02-10", "2026-02-10", False),
        ("lt2026-02-10", "2026-02-10", "2026-02-12", False),
        ("sa2026-02-10", "2026-02-11", "2026-02-12", True),
        ("sa2026-02-10", "2026-02-10", "2026-02-12", False),
        ("eb2026-02-10", "2026-02-01", "2026-02-09", True),
        ("eb2026-02-10", "2026-02-01", "2026-02-10", False),
        ("ap2026-02-10", "2026-02-11", "2026-02-12", True),
        ("ap2026-02-10", "2026-02-12", "2026-02-12", False),
        ("2026-02", "2026-02-01", "2026-02-28", True),
        ("2026-02", "2026-01-31", "2026-02-28", False),
        ("ge9999-12-31", "2026-01-01", "9999-12-31", False),
        ("le0001", "0001-01-01", "0001-12-31", True),
    ],
)
def test_a_period_is_compared_as_all_it_covers(asked, start, end, fit):
    """Source: FHIR R4, 3.1.1.4.6."""
    assert fits("Encounter", "date", asked, period={"start": start, "end": end}) is fit


@pytest.mark.parametrize(
    ("asked", "quantity", "fit"),
    [
        ("5", {"value": 5, "comparator": "<"}, False),
        ("lt6", {"value": 5, "comparator": "<"}, True),
        ("ge5", {"value": 5, "comparator": "<"}, False),
        ("ge5", {"value": 5, "comparator": "<="}, True),
        ("gt100", {"value": 5, "comparator": ">"}, True),
        ("le5", {"value": 5, "comparator": ">"}, False),
        ("le5", {"value": 5, "comparator": ">="}, True),
        ("sa5", {"value": 5, "comparator": ">"}, True),
        ("eb5", {"value": 5, "comparator": "<"}, True),
        ("0.005", {"value": 0.0054}, True),
        ("0.005", {"value": 0.0055}, False),
        ("-5", {"value": -4.5}, False),
        ("-5", {"value": -5.5}, True),
        ("5||mg", {"value": 5, "unit": "mg"}, True),
        ("5||mg", {"value": 5, "unit": "g"}, False),
        ("5", {"unit": "mg"}, False),
        ("5", {"value": True}, False),
    ],
)
def test_a_quantity_is_compared_with_its_comparator(asked, quantity, fit):
    assert fits("Observation", "value-quantity", asked, valueQuantity=quantity) is fit


def test_a_range_is_between_its_ends():
    low, high = {"value": 40, "unit": "a"}, {"value": 50, "unit": "a"}
    for asked, fit in (("45", False), ("gt49", True), ("gt50", False), ("lt41||a", True)):
        both = {"low": low, "high": high}
        assert fits("Condition", "onset-age", asked, onsetRange=both) is fit
    assert fits("Condition", "onset-age", "gt90", onsetRange={"low": low})
    assert fits("Condition", "onset-age", "lt1", onsetRange={"high": high})


def test_a_timing_covers_all_its_events():
    timing = {"event": ["2026-02-01", "2026-03-01T08:00:00+08:00"]}
    for asked, fit in (("2026", True), ("2026-02", False), ("sa2026-01", True)):
        assert fits("Observation", "date", asked, effectiveTiming=timing) is fit
    bounds = {"repeat": {"boundsPeriod": {"start": "2026-02-01", "end": "2026-02-03"}}}
    assert fits("Observation", "date", "2026-02", effectiveTiming=bounds)
    assert not fits("Observation", "date", "2026-02", effectiveTiming={"code": {"text": "BID"}})


def test_times_are_compared_as_moments():
    for asked, fit in (
        ("2026-02-01T01:30:00Z", True),
        ("2026-02-01T09:30:00", True),
        ("2026-02-01T09:30:00.5", False),
        ("2026-02-01T09:30", True),
        ("gt2026-02-01T09:29:59.999999999", True),
        ("2026-01-31T20:30:00-05:00", True),
    ):
        said = "2026-02-01T09:30:00+08:00"
        assert fits("Observation", "date", asked, effectiveDateTime=said) is fit


@pytest.mark.parametrize(
    "asked",
    [
        "2026-13",
        "2026-02-30",
        "2026-02-01T24:00",
        "2026-02-01T10:60",
        "0000",
        "２０２６",
        "x",
        "ap",
    ],
)
def test_what_is_no_date_is_refused(asked):
    with pytest.raises(SearchNotUnderstood) as refused:
        read_conditions("Observation", [("date", asked)])
    assert asked not in str(refused.value)


def test_names_are_found_by_any_part_and_chinese_ones_whole():
    name = [{"family": "欧阳", "given": ["示", "例"]}, {"text": "Élise Müller"}]
    for asked, fit in (
        ("欧阳", True), ("欧阳示例", True), ("示", True), ("elise", True), ("muller", False),
    ):  # fmt: skip
        assert fits("Patient", "name", asked, name=name) is fit
    assert fits("Patient", "name:contains", "MULLER", name=name)
    assert fits("Patient", "address-city", "黛", address=[{"city": "黛川县"}])
    assert fits("Patient", "address", "示范路", address=[{"line": ["示范路1号"]}])


def test_contact_points_are_told_apart_by_kind():
    points = [{"system": "phone", "value": "1"}, {"system": "email", "value": "a@b"}]
    for name, value, fit in (("phone", "1", True), ("email", "1", False), ("telecom", "a@b", True)):
        assert fits("RelatedPerson", name, value, telecom=points) is fit


def test_addresses_of_definitions_are_found_above_and_below():
    said = {"meta": {"profile": ["http://a/b/c"]}}
    for name, value, fit in (
        ("_profile", "http://a/b/c", True),
        ("_profile", "http://a/b", False),
        ("_profile:below", "http://a/b", True),
        ("_profile:below", "http://a/b/", True),
        ("_profile:below", "http://a/", True),
        ("_profile:above", "http://a/b/c/d", True),
        ("_profile:above", "http://a/b", False),
    ):
        assert fits("Observation", name, value, **said) is fit
    urn = {"meta": {"source": "urn:oid:1/2"}}
    assert not fits("Observation", "_source:below", "urn:oid:1", **urn)
    assert fits("Observation", "_source:below", "urn:oid:1/2", **urn)


def test_references_are_literal_or_by_identifier():
    performer = [
        {"reference": "Organization/o"},
        {"identifier": {"system": "urn:x", "value": "7"}},
        {"reference": "https://elsewhere.example/fhir/Practitioner/p"},
        {"reference": "Practitioner/q/_history/2"},
    ]
    for name, value, fit in (
        ("performer", "o", True),
        ("performer", "Organization/o", True),
        ("performer:Practitioner", "o", False),
        ("performer:identifier", "urn:x|7", True),
        ("performer:identifier", "urn:x|8", False),
        ("performer", "https://elsewhere.example/fhir/Practitioner/p", True),
        ("performer", "p", False),
        ("performer", "Practitioner/q", True),
    ):
        assert fits("Observation", name, value, performer=performer) is fit
    canonical = ["http://plans.example/p|2"]
    for value, fit in (("http://plans.example/p", True), ("http://plans.example/p|3", False)):
        held = fits("Procedure", "instantiates-canonical", value, instantiatesCanonical=canonical)
        assert held is fit


def test_a_reference_to_one_type_is_told_by_its_own_type_where_it_is_not_literal():
    who = [{"actor": {"identifier": {"value": "7"}, "type": "Practitioner"}}, {"actor": {}}]
    assert fits("Appointment", "practitioner:identifier", "7", participant=who)
    assert not fits("Appointment", "location:identifier", "7", participant=who)


def test_what_is_contained_is_reached_by_a_chain():
    resource = {
        "contained": [{"resourceType": "Practitioner", "id": "p", "name": [{"text": "王"}]}],
        "performer": [{"reference": "#p"}, {"display": "李"}],
    }
    assert fits("Observation", "performer.name", "王", **resource)
    assert not fits("Observation", "performer.name", "李", **resource)
    assert not fits("Observation", "performer.name", "王", performer=[{"reference": "#q"}])


def test_a_composite_is_of_one_place():
    def component(code, value):
        return {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value}}

    both = [component("a", 1), component("b", 2)]
    for value, fit in (("a$1", True), ("a$2", False), (r"a\$1$1", False)):
        assert fits("Observation", "component-code-value-quantity", value, component=both) is fit
    named = "component-code-value-quantity:missing"
    assert fits("Observation", named, "false", component=both)
    assert fits("Observation", named, "true", component=[{"code": {"text": "x"}}])
    related = [{"code": "replaces", "target": {"reference": "DocumentReference/d"}}]
    assert fits("DocumentReference", "relationship", "replaces$d", relatesTo=related)


def test_whether_somebody_died_is_a_yes_or_no():
    for elements, value in (
        ({}, "false"),
        ({"deceasedBoolean": False}, "false"),
        ({"deceasedBoolean": True}, "true"),
        ({"deceasedDateTime": "2026"}, "true"),
    ):
        assert fits("Patient", "deceased", value, **elements)
        assert not fits("Patient", "deceased", "true" if value == "false" else "false", **elements)


def test_places_in_an_order_are_short_and_of_one_kind():
    keys = [
        SortKey(parameter_of("Observation", name), is_descending=False)
        for name in ("date", "value-quantity", "value-string", "status", "encounter", "_profile")
    ]
    full = {
        "resourceType": "Observation",
        "status": "final",
        "effectivePeriod": {"start": "2026"},
        "valueQuantity": {"value": 5},
        "valueString": "É" * 99,
        "encounter": {"reference": "Encounter/1"},
        "meta": {"profile": ["urn:a"]},
    }
    place = parameters.place_in(full, keys)
    assert place[1:] == (5.0, "e" * 40, "final", "Encounter/1", "urn:a")
    assert parameters.place_in({"resourceType": "Observation"}, keys) == (None,) * 6


def test_a_drug_is_found_by_its_class():
    atc = "http://www.whocc.no/atc"
    drug = {"medicationCodeableConcept": {"coding": [{"system": atc, "code": "N06AB03"}]}}
    for name, value, fit in (
        ("code:below", f"{atc}|N06", True),
        ("code:below", f"{atc}|N06AB03", True),
        ("code:below", f"{atc}|N05", False),
        ("code:above", f"{atc}|N06AB03", True),
        ("code:above", f"{atc}|N06AB", False),
    ):
        assert fits("MedicationRequest", name, value, **drug) is fit
    group = {"medicationCodeableConcept": {"coding": [{"system": atc, "code": "N06A"}]}}
    assert fits("MedicationRequest", "code:above", f"{atc}|N06AB03", **group)
    for wrong in ("N06", "urn:unknown|N06", f"{atc}|"):
        with pytest.raises(SearchNotUnderstood):
            read_conditions("MedicationRequest", [("code:below", wrong)])


def test_a_code_is_found_by_a_value_set_it_is_in():
    def found(name, codes):
        reading = parameters.Reading({"urn:set": frozenset(codes)})
        condition = parameters.read_condition("Patient", name, "urn:set", reading)
        resource = {"resourceType": "Patient", "id": "x", "gender": "male"}
        return matches([condition], resource)

    sexes = "http://hl7.org/fhir/administrative-gender"
    assert found("gender:in", [(sexes, "male")])
    assert not found("gender:in", [(sexes, "female")])
    assert found("gender:not-in", [(sexes, "female")])
    assert not found("gender:not-in", [(sexes, "male")])
    with pytest.raises(SearchNotUnderstood):
        read_conditions("Patient", [("gender:in", "urn:set")])


def test_a_quantity_is_found_in_another_unit_of_the_same_kind():
    ucum = "http://unitsofmeasure.org"
    weight = {"value": 3500, "unit": "g", "system": ucum, "code": "g"}
    for asked, fit in (
        (f"3.5|{ucum}|kg", True),
        (f"gt3.4|{ucum}|kg", True),
        (f"3.6|{ucum}|kg", False),
        (f"3500|{ucum}|mL", False),
        (f"3500|{ucum}|nothing", False),
        ("3.5||kg", False),
    ):
        assert fits("Observation", "value-quantity", asked, valueQuantity=weight) is fit
    for odd in ({**weight, "code": "nothing"}, {"value": 3500, "system": ucum}):
        assert not fits("Observation", "value-quantity", f"3.5|{ucum}|kg", valueQuantity=odd)
    ages = {"low": {**weight}, "high": {**weight, "value": 4500}}
    assert fits("Condition", "onset-age", f"gt4|{ucum}|kg", onsetRange=ages)
