"""Structure as HL7 FHIR R4 (4.0.1) defines it; each test names the clause it stands for."""

import json
import time
from pathlib import Path

import pytest

from openhealthcode.record import KINDS, InvalidResource, UnknownResourceType, check, describe
from openhealthcode.record.primitives import PRIMITIVES, is_media_type
from openhealthcode.record.structure import STRUCTURES

MARKER = "Zx7-planted-marker"
SYNTHEA = Path(__file__).parents[4] / "shared" / "data" / "synthea"


def observation(**elements):
    found = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]},
        "subject": {"reference": "Patient/a"},
        **elements,
    }
    return {name: value for name, value in found.items() if value is not ...}


def test_every_type_that_is_filed_has_a_structure():
    assert set(KINDS) <= {name for name, found in STRUCTURES.items() if found.is_resource}


def test_every_element_the_index_looks_into_exists():
    for name, kind in KINDS.items():
        paths = [path for _, path in kind.codes] + list(kind.days)
        for path in [*paths, *filter(None, [kind.patient])]:
            structure = STRUCTURES[name]
            for part in path.split("."):
                rule = structure.rules[part]
                structure = rule.structure or structure


@pytest.mark.parametrize(
    "elements",
    [
        {"valueQuantity": {"value": 5.1, "unit": "mmol/L", "comparator": "<"}},
        {"valueBoolean": False},
        {"valueInteger": 0},
        {"valueTime": "23:59:60"},
        {"effectiveDateTime": "2026"},
        {"effectiveDateTime": "2026-02"},
        {"effectiveDateTime": "2024-02-29"},
        {"effectiveDateTime": "2026-02-28T24:00:00Z".replace("24:", "23:")},
        {"issued": "2026-02-28T10:00:00.123456789+08:00"},
        {"_status": {"extension": [{"url": "http://example.org/x", "valueString": "y"}]}},
        {"status": ..., "_status": {"extension": [{"url": "u", "valueCode": "unknown"}]}},
        {"extension": [{"url": "u", "extension": [{"url": "v", "valueDecimal": 1}]}]},
        {"contained": [{"resourceType": "Device", "id": "d"}], "device": {"reference": "#d"}},
        {"text": {"status": "generated", "div": "<div xmlns='x'><p>once = on Monday</p></div>"}},
        {"subject": {"reference": "urn:uuid:018f428e-34f6-4707-8009-5ad742f901e7"}},
        {"subject": {"reference": "https://ehr.example/fhir/Patient/1/_history/2"}},
        {"subject": {"identifier": {"system": "s", "value": "v"}}},
        {"performer": [{"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1"}]},
    ],
)
def test_a_well_formed_resource_passes(elements):
    check(observation(**elements))


@pytest.mark.parametrize(
    ("elements", "location"),
    [
        # 2.6.2: no element is empty, arrays are arrays
        ({"category": []}, "Observation.category"),
        ({"category": {}}, "Observation.category"),
        ({"code": {}}, "Observation.code"),
        ({"code": None}, "Observation.code"),
        ({"code": "2339-0"}, "Observation.code"),
        ({"code": [{"text": "x"}]}, "Observation.code"),
        ({"note": [{"text": "x"}, None]}, "Observation.note[1]"),
        ({"issued": ["2026-01-01T00:00:00Z"]}, "Observation.issued"),
        # definition: required elements, unknown elements
        ({"status": ...}, "Observation"),
        ({"code": ...}, "Observation"),
        ({"component": [{"valueString": "x"}]}, "Observation.component[0]"),
        ({MARKER: "x"}, "Observation"),
        ({"code": {MARKER: MARKER}}, "Observation.code"),
        ({"_code": {"id": "x"}}, "Observation._code"),
        ({"_" + MARKER: {"id": "x"}}, "Observation"),
        # 2.6.0.3: one of a choice
        ({"valueString": "x", "valueInteger": 1}, "Observation"),
        ({"value": 5}, "Observation"),
        ({"valueMoney": {"value": 1}}, "Observation"),
        # 2.24.0.1: primitive types
        ({"valueString": ""}, "Observation.valueString"),
        ({"valueString": "  "}, "Observation.valueString"),
        ({"valueString": 5}, "Observation.valueString"),
        ({"valueBoolean": "true"}, "Observation.valueBoolean"),
        ({"valueBoolean": 1}, "Observation.valueBoolean"),
        ({"valueInteger": 1.0}, "Observation.valueInteger"),
        ({"valueInteger": True}, "Observation.valueInteger"),
        ({"valueInteger": 2**31}, "Observation.valueInteger"),
        ({"valueQuantity": {"value": "5"}}, "Observation.valueQuantity.value"),
        ({"valueQuantity": {"value": 1e30}}, "Observation.valueQuantity.value"),
        ({"valueTime": "24:00:00"}, "Observation.valueTime"),
        ({"effectiveDateTime": "2026-02-30"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2023-02-29T10:00:00Z"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2026-13"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "0000"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2026-01-01T10:00Z"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "2026-01-01T10:00:00"}, "Observation.effectiveDateTime"),
        ({"effectiveDateTime": "２０２６"}, "Observation.effectiveDateTime"),
        ({"issued": "2026-01-01"}, "Observation.issued"),
        ({"id": "a/b"}, "Observation.id"),
        ({"id": "a" * 65}, "Observation.id"),
        # 4.1.5: required bindings
        ({"status": "banana"}, "Observation.status"),
        (
            {"valueQuantity": {"value": 1, "comparator": "≈"}},
            "Observation.valueQuantity.comparator",
        ),
        # 2.3.0: references
        ({"subject": {"reference": "Patient"}}, "Observation.subject.reference"),
        ({"subject": {"reference": "javascript:x"}}, "Observation.subject.reference"),
        ({"subject": {"reference": "Patient/a b"}}, "Observation.subject.reference"),
        # dom-2, dom-3: contained resources
        ({"contained": [{"resourceType": "Device"}]}, "Observation.contained[0]"),
        ({"contained": [{"resourceType": "AuditEvent", "id": "x"}]}, "Observation.contained[0]"),
        (
            {"contained": [{"resourceType": "Device", "id": "x", "contained": []}]},
            "Observation.contained[0]",
        ),
        ({"contained": ["Device"]}, "Observation.contained[0]"),
        # txt-1: narratives
        (
            {"text": {"status": "generated", "div": "<div><script>x</script></div>"}},
            "Observation.text.div",
        ),
        (
            {"text": {"status": "generated", "div": "<div><img src='x' onerror = 'y'/></div>"}},
            "Observation.text.div",
        ),
        ({"text": {"status": "generated"}}, "Observation.text"),
        # 2.4.0: extensions
        ({"extension": [{"valueString": "x"}]}, "Observation.extension[0]"),
        ({"_status": {"extension": []}}, "Observation._status.extension"),
        ({"_status": "x"}, "Observation._status"),
    ],
)
def test_a_broken_rule_is_named_with_its_place_and_without_its_value(elements, location):
    with pytest.raises(InvalidResource) as refused:
        check(observation(**elements))
    assert refused.value.location == location
    assert MARKER not in str(refused.value)


def test_required_choices_must_be_made():
    with pytest.raises(InvalidResource, match=r"one of medication\[x\] is required"):
        check({"resourceType": "MedicationRequest", "status": "active", "intent": "order",
               "subject": {"reference": "Patient/a"}})  # fmt: skip


@pytest.mark.parametrize("type_", ["AuditEvent", "Bundle", "Banana", "", None, 5, ["Patient"]])
def test_a_type_that_is_not_filed_is_refused(type_):
    with pytest.raises(UnknownResourceType):
        check({"resourceType": type_})


def test_the_extensions_of_a_list_stand_beside_its_values():
    """Source: FHIR R4, 2.6.2.1.1 (JSON representation of primitive elements)."""
    beside = [None, {"extension": [{"url": "u", "valueString": "x"}]}]
    check({"resourceType": "Patient", "name": [{"given": ["文", None], "_given": beside}]})
    for broken in (
        {"given": ["文", None]},
        {"given": ["文"], "_given": beside},
        {"given": ["文", "武"], "_given": {"id": "x"}},
    ):
        with pytest.raises(InvalidResource):
            check({"resourceType": "Patient", "name": [broken]})


def test_the_place_begins_where_the_caller_says():
    with pytest.raises(InvalidResource, match=r"^Bundle\.entry\[3\]\.resource\.status: "):
        check(observation(status=5), at="Bundle.entry[3].resource")


def test_a_deep_extension_within_the_parsers_bound_is_no_crash():
    inner = {"url": "u", "valueString": "x"}
    for _ in range(200):
        inner = {"url": "u", "extension": [inner]}
    check(observation(extension=[inner]))


def test_bundles_made_by_others_pass():
    """Every sample Bundle that lies beside the project; none need lie there."""
    for path in sorted(SYNTHEA.glob("*.json")):
        for entry in json.loads(path.read_bytes())["entry"]:
            check(entry["resource"])
            assert describe(entry["resource"]).type == entry["resource"]["resourceType"]


NARRATIVES = [
    ("<p>血压 <b>120</b>/80</p>", True),
    ("<a href='https://example.org/x?a=1&amp;b=2'>x</a>", True),
    ("<a name='here'>x</a><a href='#here'>x</a><a href='Patient/1'>x</a>", True),
    ("<img alt='x' src='data:image/png;base64,AAAA'/>", True),
    ("<!-- said by nobody --><p>x</p>", True),
    ("<!----><!-- a-b - c\n--><p>x</p>", True),
    ("<p>x</p><!-- a--b -->", False),
    ("<p>x</p><!-- a --->", False),
    ("<p>x</p><!-- a", False),
    ("<a href='javascript:x'>x</a>", False),
    ("<a href=' JavaScript:x'>x</a>", False),
    ("<a href = '\n javascript:x'>x</a>", False),
    ("<a href='java&#115;cript:x'>x</a>", False),
    ("<a href='data:text/html,x'>x</a>", False),
    ("<a href='data:image/svg+xml,x'>x</a>", False),
    ("<p onclick='x'>x</p>", False),
    ("<p style=x>x</p>", False),
    ("<p title>x</p>", False),
    ("<p title=''id>x</p>", False),
    ("<svg>x</svg>", False),
    ("<p>x</p", False),
    ("<![CDATA[x]]>", False),
    ("<!DOCTYPE x>", False),
    ("  <p> </p>  ", False),
]


@pytest.mark.parametrize(("inner", "is_valid"), NARRATIVES)
def test_a_narrative_is_text_tables_and_pictures(inner, is_valid):
    narrative = f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'
    assert PRIMITIVES["xhtml"](narrative) is is_valid


@pytest.mark.parametrize("many", [499, 500, 501, 1_700])
def test_a_long_narrative_is_looked_at_to_its_end(many):
    is_narrative = PRIMITIVES["xhtml"]
    paragraphs = "<p>x</p>" * many
    assert is_narrative(f"<div>{paragraphs}</div>")
    for wrong in ("<svg>", "<p", "<p id>", "</"):
        assert not is_narrative(f"<div>{paragraphs}{wrong}</div>")
        assert not is_narrative(f"<div>{paragraphs}{wrong}{paragraphs}</div>")


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("text/html", True),
        ("text/html; charset=utf-8", True),
        ("application/fhir+json;a=b;c=d", True),
        ("text/html;", False),
        ("text/html; a=b;", False),
        ("text", False),
    ],
)
def test_media_types_end_with_what_they_say(text, is_valid):
    assert is_media_type(text) is is_valid


MADE_TO_TAKE_LONG = [
    ("<div>" + "<!-- a-" * 50_000 + "</div>", PRIMITIVES["xhtml"]),
    ("<div><!--" + "-a" * 100_000 + "</div>", PRIMITIVES["xhtml"]),
    ("a/b" + "; x " * 40 + ";", is_media_type),
    ("a/b" + ";x" + " " * 200_000 + "\n;", is_media_type),
    ("a " * 200_000 + " ", PRIMITIVES["code"]),
    ("A" * 200_001 + "=" * 5, PRIMITIVES["base64Binary"]),
    (" A" * 200_001, PRIMITIVES["base64Binary"]),
    ("urn:oid:1" + ".0" * 100_000 + ".", PRIMITIVES["oid"]),
    ("<div>" + "<p title='x' " * 50_000 + "</div>", PRIMITIVES["xhtml"]),
    ("<div>" + "<a href='" * 50_000 + "</div>", PRIMITIVES["xhtml"]),
    ("<div" + " title='a'" * 50_000 + "</div>", PRIMITIVES["xhtml"]),
    ("<div>" + "<!-- -" * 50_000 + "</div>", PRIMITIVES["xhtml"]),
    ("<div>" + "> " * 100_000 + "<", PRIMITIVES["xhtml"]),
    ("<div>" + "<p> " * 50_000 + "</div>", PRIMITIVES["xhtml"]),
    ("https://" + "a/" * 490 + "_history/", PRIMITIVES["reference"]),
    ("2026-01-01T00:00:00." + "0" * 100_000, PRIMITIVES["dateTime"]),
]


@pytest.mark.parametrize(("text", "test"), MADE_TO_TAKE_LONG)
def test_text_made_to_take_long_does_not(text, test):
    begun = time.process_time()
    for _ in range(2):
        test(text)
    assert time.process_time() - begun < 2
