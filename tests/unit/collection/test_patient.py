"""Which certificates a FHIR Patient shows, whoever wrote it."""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.collection.patient import CERTIFICATE_KIND, registration_of
from openhealthcode.standards import CertificateMalformed, NotANationalId

NUMBER = "880121195904160028"
OID = "urn:oid:2.16.156.10011.1."


def certificates(*identifiers):
    patient = {"resourceType": "Patient", "identifier": [*identifiers], "name": [{"text": "测试"}]}
    return registration_of(patient, own_number="urn:uuid:1").certificates


def typed(code, system="http://terminology.hl7.org/CodeSystem/v2-0203"):
    return {"type": {"coding": [{"system": system, "code": code}]}}


@pytest.mark.parametrize(
    ("identifier", "normalised"),
    [
        ({"system": OID + "3", "value": NUMBER}, f"01||{NUMBER}"),
        ({"system": OID + "2", "value": "88010100100100001"}, "93||88010100100100001"),
        ({"system": OID + "2", "value": "17"}, f"99|{OID}2|17"),
        ({"system": OID + "19", "value": "6320-0001"}, f"92|{OID}19|63200001"),
        (
            {"system": OID + "11", "value": "17", "assigner": {"identifier": {"value": "A"}}},
            f"90|{OID}11 A|17",
        ),
        (
            {"system": OID + "12", "value": "17", "assigner": {"display": " 甲医院 "}},
            f"90|{OID}12 甲医院|17",
        ),
        (
            {"system": OID + "12", "value": "17", "assigner": {"reference": "Organization/1"}},
            f"90|{OID}12 Organization/1|17",
        ),
        ({"system": "urn:x", "value": "E12345678"} | typed("PPN"), "03|urn:x|E12345678"),
        ({"system": "urn:x", "value": "无"} | typed("PPN"), "99|urn:x|无"),
        ({"system": "urn:x", "value": "S99912669"} | typed("DL"), "05|urn:x|S99912669"),
        ({"system": "urn:x", "value": "17"} | typed("XX"), "99|urn:x|17"),
        (
            {"system": "urn:x", "value": "H1234567801"} | typed("06", CERTIFICATE_KIND),
            "06||H12345678",
        ),
        (
            {"system": "urn:x", "value": NUMBER} | typed("02", CERTIFICATE_KIND),
            f"02|urn:x|{NUMBER}",
        ),
        ({"value": NUMBER} | typed("02", CERTIFICATE_KIND), f"01||{NUMBER}"),
    ],
)
def test_an_identifier_is_the_certificate_it_says(identifier, normalised):
    assert [c.normalised for c in certificates(identifier)] == [normalised]


@pytest.mark.parametrize(
    "nothing",
    [
        {"system": OID + "11", "value": "17"},
        {"system": OID + "11", "value": "17", "assigner": "A"},
        {"system": OID + "11", "value": "17", "assigner": {"display": " ", "identifier": 1}},
        {"value": "17"},
        {"system": OID + "3", "value": " "},
        {"system": 1, "value": "17"},
    ],
)
def test_a_number_that_every_institution_counts_for_itself_finds_nobody(nothing):
    kept = {"system": OID + "3", "value": NUMBER}
    assert [c.normalised for c in certificates(kept, nothing)] == [f"01||{NUMBER}"]


def test_two_hospitals_have_the_same_outpatient_number_and_not_the_same_person():
    one, other = (
        certificates({"system": OID + "11", "value": "17", "assigner": {"display": name}})[0]
        for name in ("甲医院", "乙医院")
    )
    assert one.normalised != other.normalised


@pytest.mark.parametrize(
    ("period", "until"),
    [
        ({"end": "2030-01-31"}, date(2030, 1, 31)),
        ({"end": "2030-01-31T00:00:00+08:00"}, date(2030, 1, 31)),
        ({"end": "2030"}, None),
        ({"end": 2030}, None),
        ("2030", None),
        ({}, None),
    ],
)
def test_its_period_ends_when_the_identifier_says(period, until):
    (certificate,) = certificates({"system": OID + "3", "value": NUMBER, "period": period})
    assert certificate.valid_until == until


@pytest.mark.parametrize(
    ("identifier", "refusal"),
    [
        ({"system": OID + "3", "value": NUMBER[:-1] + "9"}, NotANationalId),
        ({"value": NUMBER} | typed("95", CERTIFICATE_KIND), CertificateMalformed),
        ({"value": "17|3"} | typed("06", CERTIFICATE_KIND), CertificateMalformed),
    ],
)
def test_a_number_that_breaks_its_rule_is_refused(identifier, refusal):
    with pytest.raises(refusal):
        certificates(identifier)


def test_a_number_that_is_no_longer_in_use_finds_only_who_has_no_other():
    old = {"system": OID + "3", "value": "880121199001010019", "use": "old"}
    new = {"system": OID + "3", "value": NUMBER, "use": "official"}
    assert [c.number for c in certificates(old, new)] == [NUMBER]
    assert [c.number for c in certificates(old)] == ["880121199001010019"]


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"family": "李", "given": ["秀英"]}, "李秀英"),
        ({"family": "欧阳", "given": ["江", "河"]}, "欧阳江河"),
        ({"family": "Huels", "given": ["Ammie", "Rose"]}, "Ammie Rose Huels"),
        ({"family": "李", "given": ["Rose"]}, "Rose 李"),
        ({"given": ["秀英"]}, "秀英"),
    ],
)
def test_a_chinese_name_in_parts_begins_with_the_surname(parts, name):
    number = {"system": "urn:oid:2.16.156.10011.1.3", "value": "11010519491231002X"}
    patient = {"resourceType": "Patient", "identifier": [number], "name": [parts]}
    assert registration_of(patient, own_number="x").name == name
