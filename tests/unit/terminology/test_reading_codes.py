"""Files of codes as their makers publish them: what is read, what is refused, and where."""

from __future__ import annotations

import json

import pytest

from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded import (
    Row,
    UnreadableCodes,
    about_loinc,
    from_csv,
    from_fhir,
    from_loinc,
    from_rf2,
)
from openhealthcode.terminology.loaded.read import checked

ABOUT = About(url="urn:test:list", version="1", name="List", english="List", source="own")


@pytest.fixture
def written(tmp_path):
    def write(text, name="codes.csv", encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding=encoding)
        return path

    return write


def test_a_table_is_read_by_the_names_of_its_columns(written):
    path = written("诊断代码,诊断名称,备注\nI10.x00,原发性高血压,x\n\nE11.900,2型糖尿病\n")
    assert list(from_csv(path, ABOUT).rows) == [
        Row("I10.x00", "原发性高血压"),
        Row("E11.900", "2型糖尿病"),
    ]


def test_a_table_may_name_parents_and_what_is_no_longer_used(written):
    path = written("code,display,parent,status\nA,All,,active\nA1,One,A,retired\n")
    assert list(from_csv(path, ABOUT).rows) == [
        Row("A", "", "All"),
        Row("A1", "", "One", ("A",), is_active=False),
    ]


def test_a_table_in_the_national_encoding(written):
    path = written("编码,名称\nA01,伤寒\n", encoding="gb18030")
    assert list(from_csv(path, ABOUT, "gb18030").rows) == [Row("A01", "伤寒")]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("", "utf-8"),
        ("\n\n", "utf-8"),
        ("one,two\n1,2\n", "utf-8"),
        ("code,other\n1,2\n", "utf-8"),
        ('code,display\n"1,2\n', "utf-8"),
        ("code,display\n1,é\n", "latin-1"),
    ],
)
def test_what_is_no_table_of_codes_is_refused(written, text, encoding):
    path = written(text, encoding=encoding)
    with pytest.raises(UnreadableCodes):
        list(from_csv(path, ABOUT).rows)


def test_an_encoding_or_a_file_that_does_not_exist_is_refused(written, tmp_path):
    with pytest.raises(UnreadableCodes):
        list(from_csv(written("code,display\n"), ABOUT, "utf-9").rows)
    with pytest.raises(UnreadableCodes):
        list(from_csv(tmp_path / "none.csv", ABOUT).rows)


@pytest.mark.parametrize(
    "row",
    [
        Row("", "", "no code"),
        Row("A"),
        Row(" A", "", "name"),
        Row("A  B", "", "name"),
        Row("A" * 201, "", "name"),
        Row("A", "", "n" * 4001),
        Row("A", "", "n\0"),
        Row("A", "", "name", ("A",)),
    ],
)
def test_a_row_that_is_none_is_told_by_its_place(row):
    with pytest.raises(UnreadableCodes) as refused:
        list(checked([Row("fine", "", "fine"), row]))
    assert "row 2" in str(refused.value)


def test_loinc_is_read_with_its_chinese_names(written):
    table = written(
        "LOINC_NUM,COMPONENT,STATUS,LONG_COMMON_NAME\n"
        "1558-6,Fasting glucose,ACTIVE,Fasting glucose [Mass/volume]\n"
        "1-8,Gone,DEPRECATED,Gone [Presence]\n"
    )
    variants = written(
        "LOINC_NUM,COMPONENT,SYSTEM,METHOD_TYP,LONG_COMMON_NAME\n1558-6,葡萄糖,血清,,\n",
        "zhCN5LinguisticVariant.csv",
    )
    delivery = from_loinc(table, about_loinc("2.99"), variants)
    assert delivery.about.version == "2.99"
    assert list(delivery.rows) == [
        Row("1558-6", "葡萄糖:血清", "Fasting glucose [Mass/volume]"),
        Row("1-8", "", "Gone [Presence]", (), is_active=False),
    ]


def test_another_table_is_not_taken_for_loinc(written):
    with pytest.raises(UnreadableCodes):
        list(from_loinc(written("code,display\n1,2\n"), about_loinc("2.99")).rows)


CONCEPT = "sct2_Concept_Snapshot_INT_20990101.txt"
DESCRIPTION = "sct2_Description_Snapshot-en_INT_20990101.txt"
RELATIONSHIP = "sct2_Relationship_Snapshot_INT_20990101.txt"
LANGUAGE = "der2_cRefset_LanguageSnapshot-en_INT_20990101.txt"
FSN, SYNONYM = "900000000000003001", "900000000000013009"


def line(*cells):
    return "\t".join(map(str, cells)) + "\r\n"


@pytest.fixture
def release(written):
    """A release of three made-up concepts."""
    written(
        line("id", "effectiveTime", "active", "moduleId", "definitionStatusId")
        + line(11, 20980101, 1, 7, 0)
        + line(12, 20990101, 1, 7, 0)
        + line(13, 20980101, 0, 7, 0),
        f"Snapshot/Terminology/{CONCEPT}",
    )
    head = line("id", "t", "a", "m", "conceptId", "l", "typeId", "term", "c")
    written(
        head
        + line(101, 0, 1, 7, 11, "en", FSN, "Disease (disorder)", 0)
        + line(102, 0, 1, 7, 12, "en", FSN, "Broken toe (disorder)", 0)
        + line(103, 0, 1, 7, 12, "en", SYNONYM, "Fracture of toe", 0)
        + line(104, 0, 1, 7, 12, "en", SYNONYM, "Toe fracture", 0)
        + line(105, 0, 1, 7, 13, "en", FSN, "Gone (finding)", 0)
        + line(106, 0, 0, 7, 11, "en", FSN, "Old name (disorder)", 0),
        f"Snapshot/Terminology/{DESCRIPTION}",
    )
    written(
        line("id", "t", "a", "m", "s", "d", "g", "typeId", "c", "mo")
        + line(1, 0, 1, 7, 12, 11, 0, 116680003, 0, 0)
        + line(2, 0, 0, 7, 11, 12, 0, 116680003, 0, 0)
        + line(3, 0, 1, 7, 12, 13, 0, 363698007, 0, 0),
        f"Snapshot/Terminology/{RELATIONSHIP}",
    )
    path = written(
        line("id", "t", "a", "m", "r", "referencedComponentId", "acceptabilityId")
        + line("u", 0, 1, 7, 0, 104, "900000000000548007")
        + line("v", 0, 1, 7, 0, 103, "900000000000549004"),
        f"Snapshot/Refset/Language/{LANGUAGE}",
    )
    return path.parents[3]


def test_snomed_is_read_from_a_snapshot(release):
    delivery = from_rf2(release)
    assert delivery.about.version == "http://snomed.info/sct/7/version/20990101"
    assert list(delivery.rows) == [
        Row("11", "", "Disease"),
        Row("12", "", "Toe fracture"),
        Row("13", "", "Gone", (), is_active=False),
    ]
    assert list(delivery.links) == [("12", "11")]


def test_a_folder_without_one_snapshot_is_refused(release, tmp_path):
    with pytest.raises(UnreadableCodes):
        from_rf2(tmp_path / "nothing")
    again = release / "Snapshot" / "Terminology" / "sct2_Concept_Snapshot_CN_20990101.txt"
    again.write_text("x")
    with pytest.raises(UnreadableCodes):
        from_rf2(release)


def test_a_damaged_snapshot_is_told_by_file_and_line(release):
    path = release / "Snapshot" / "Terminology" / RELATIONSHIP
    path.write_text(path.read_text() + "1\t2\n")
    with pytest.raises(UnreadableCodes) as refused:
        list(from_rf2(release).links)
    assert str(refused.value) == f"{RELATIONSHIP}, line 5: not 10 columns"


SYSTEM = {
    "resourceType": "CodeSystem",
    "url": "urn:test:tree",
    "version": "3",
    "name": "Tree",
    "content": "complete",
    "concept": [
        {
            "code": "a",
            "display": "Above",
            "designation": [{"language": "zh-CN", "value": "上"}],
            "concept": [
                {"code": "b", "display": "Below"},
                {
                    "code": "c",
                    "property": [
                        {"code": "parent", "valueCode": "b"},
                        {"code": "status", "valueCode": "retired"},
                    ],
                },
            ],
        }
    ],
}


def test_a_code_system_of_fhir_is_read_with_its_tree(written):
    delivery = from_fhir(written(json.dumps(SYSTEM), "system.json"))
    assert (delivery.about.url, delivery.about.version) == ("urn:test:tree", "3")
    assert list(delivery.rows) == [
        Row("a", "上", "Above"),
        Row("b", "", "Below", ("a",)),
        Row("c", "", "c", ("a", "b"), is_active=False),
    ]


def test_a_chinese_code_system_is_named_in_chinese(written):
    system = SYSTEM | {
        "language": "zh-CN",
        "title": "树",
        "concept": [{"code": "x", "display": "叉"}],
    }
    delivery = from_fhir(written(json.dumps(system), "system.json"))
    assert (delivery.about.chinese, delivery.about.english) == ("树", "")
    assert list(delivery.rows) == [Row("x", "叉")]


@pytest.mark.parametrize(
    "change",
    [
        {"resourceType": "ValueSet"},
        {"content": "not-present"},
        {"url": ""},
        {"version": None},
        {"name": 3},
    ],
)
def test_what_is_no_code_system_with_its_concepts_is_refused(written, change):
    with pytest.raises(UnreadableCodes):
        from_fhir(written(json.dumps(SYSTEM | change), "system.json"))


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"resourceType": "CodeSystem"}'])
def test_what_is_no_resource_is_refused(written, text):
    with pytest.raises(UnreadableCodes):
        from_fhir(written(text, "system.json"))


def test_a_concept_that_is_none_is_refused(written):
    path = written(json.dumps(SYSTEM | {"concept": ["a"]}), "system.json")
    with pytest.raises(UnreadableCodes):
        list(from_fhir(path).rows)
