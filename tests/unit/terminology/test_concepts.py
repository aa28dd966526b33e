"""The codes every release holds: what they are called, what they are a kind of, where they come from."""

from __future__ import annotations

import re

import pytest

from openhealthcode import terminology
from openhealthcode.standards import Sex, division
from openhealthcode.terminology import systems
from openhealthcode.terminology.concepts import canonical, code_system
from openhealthcode.terminology.concepts import systems as held

GB_SEX = "urn:oid:2.16.156.10011.2.3.3.4"
ETHNIC = "urn:oid:2.16.156.10011.2.3.3.3"


@pytest.mark.parametrize(
    ("system", "code", "chinese", "english"),
    [
        (GB_SEX, "2", "女性", "Female"),
        ("urn:oid:2.16.156.10011.2.3.3.5", "22", "再婚", "Remarried"),
        (ETHNIC, "56", "基诺族", "Jino"),
        ("urn:oid:2.16.156.10011.2.3.3.8", "61", "祖父", "Father's father"),
        ("urn:oid:2.16.156.10011.2.3.1.85", "4", "AB 型", "AB"),
        (systems.LOINC, "8302-2", "身高", "Height"),
        (systems.ATC, "C09A", "普利类（ACE 抑制剂）", "ACE inhibitors"),
        (systems.ATC, "A10BA02", "二甲双胍", "Metformin"),
        (systems.ICD_10, "IX", "循环系统疾病", "Heart and circulation"),
        ("http://hl7.org/fhir/observation-status", "final", "最终", "Final"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "门诊", "ambulatory"),
    ],
)
def test_a_code_is_named_in_both_languages(system, code, chinese, english):
    assert terminology.display_of(system, code, "zh-CN") == chinese
    assert terminology.display_of(system, code, "en") == english


def test_what_has_no_name_in_one_language_is_named_in_the_other():
    system = "http://terminology.hl7.org/CodeSystem/v2-0487"
    assert terminology.display_of(system, "ASERU", "zh-CN") == "Serum, Acute"


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (GB_SEX, "3"),
        (GB_SEX, ""),
        ("urn:nobody:knows", "1"),
        ("", ""),
        (systems.ICD_10, "A00"),  # its title is not ours to give
    ],
)
def test_what_nobody_here_knows_has_no_name(system, code):
    assert terminology.display_of(system, code, "zh-CN") is None


def test_a_code_is_known_even_where_its_title_is_not_ours_to_give():
    found = terminology.concept(systems.ICD_10, "A00")
    assert found is not None
    assert (found.chinese, found.parents) == ("", ("A00-A09",))


def test_a_system_answers_to_its_object_identifier():
    assert canonical("urn:oid:2.16.840.1.113883.6.1") == systems.LOINC
    assert canonical("urn:of:nobody") == "urn:of:nobody"
    found = terminology.concept("urn:oid:2.16.840.1.113883.6.1", "8302-2")
    assert found is not None
    assert found.system == systems.LOINC


@pytest.mark.parametrize(
    ("system", "code", "above"),
    [
        (systems.ATC, "A10BA02", ("A10B", "A10", "A")),
        (systems.ATC, "N02BE99", ("N02B", "N02", "N")),  # listed by nobody, its class is told
        (systems.ATC, "C09AA", ("C09A", "C09", "C")),
        (systems.ICD_10, "I21.9", ("I21", "I20-I25", "IX")),
        (systems.ICD_10, "E11.9", ("E11", "E10-E14", "IV")),
        ("urn:oid:2.16.156.10011.2.3.3.5", "22", ("20",)),
        (GB_SEX, "2", ()),
        (GB_SEX, "29", ()),  # digits of other systems are no path
        ("urn:of:nobody", "1", ()),
    ],
)
def test_the_classes_above_a_code(system, code, above):
    assert terminology.classes_above(system, code) == above


def test_every_system_says_what_it_is_and_where_it_comes_from():
    names = set()
    for about in held():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,253}", about.name), about.url
        assert about.version
        assert about.source
        assert about.title_in("zh-CN")
        assert about.title_in("en")
        names.add(about.name)
    assert len(held()) > 200


def test_every_code_is_a_code_and_lies_under_codes_that_are_there():
    for about in held():
        system = code_system(about.url)
        assert system is not None
        assert system.concepts or about.content != "complete"
        for code, concept in system.concepts.items():
            assert code == concept.code
            assert re.fullmatch(r"\S+( \S+)*", code), (about.url, code)
            assert set(concept.parents) <= system.concepts.keys() - {code}


def test_every_complete_system_names_its_codes():
    for about in held():
        if about.content == "complete":
            system = code_system(about.url)
            assert system is not None
            unnamed = [code for code, each in system.concepts.items() if not each.name_in("en")]
            assert unnamed == [] or about.url.startswith("http://"), about.url


def test_sexes_are_those_residents_are_registered_with():
    system = code_system(GB_SEX)
    assert system is not None
    assert set(system.concepts) == {sex.gb_code for sex in Sex}


def test_there_are_56_peoples():
    system = code_system(ETHNIC)
    assert system is not None
    assert {f"{n:02}" for n in range(1, 57)} | {"97", "98", "99"} == set(system.concepts)


def test_icd_10_has_22_chapters_and_every_category_lies_in_one():
    system = code_system(systems.ICD_10)
    assert system is not None
    chapters = [code for code, each in system.concepts.items() if not each.parents]
    assert len(chapters) == 22
    categories = [code for code in system.concepts if re.fullmatch(r"[A-Z]\d\d", code)]
    assert len(categories) == 2050
    assert all(
        terminology.classes_above(systems.ICD_10, code)[-1] in chapters for code in categories
    )


def test_divisions_are_those_numbers_are_examined_by():
    system = code_system(systems.DIVISIONS)
    assert system is not None
    inactive = {code for code, each in system.concepts.items() if not each.is_active}
    assert inactive == set(division.abolished())
    assert all(re.fullmatch(r"\d{6}", code) for code in system.concepts)
    assert terminology.display_of(systems.DIVISIONS, "110103", "zh-CN") == "崇文区"
    assert terminology.classes_above(systems.DIVISIONS, "130104") == ("130100", "130000")
    assert not any(code.startswith(division.SYNTHETIC) for code in system.concepts)
