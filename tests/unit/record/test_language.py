"""What is read of an entry, and what nobody can read: that may say anything, and is closed."""

from base64 import b64encode

import orjson
import pytest

from openhealthcode.record import describe
from openhealthcode.record.language import _ATTACHMENTS
from openhealthcode.record.structure import STRUCTURES
from openhealthcode.standards import SensitiveCategory

MENTAL, UNREAD = SensitiveCategory.MENTAL_HEALTH, SensitiveCategory.UNREAD
SAID = "出院小结：抑郁发作"
HARMLESS = "出院小结：高血压"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Length 44 >>\nstream\nBT (hypertension) Tj ET\nendstream"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def attached(content_type, content, **more):
    data = b64encode(content if isinstance(content, bytes) else content.encode()).decode()
    attachment = {"contentType": content_type, "data": data} if content_type else {"data": data}
    return document(attachment | more)


def document(attachment):
    return {"resourceType": "DocumentReference", "content": [{"attachment": attachment}]}


def betrayed(resource):
    return describe(resource).sensitive


def cda(attributes):
    return f'<?xml version="1.0"?><ClinicalDocument><value {attributes}/></ClinicalDocument>'


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain", SAID),
        ("text/plain", "\ufeff" + SAID),
        ("text/plain", SAID.encode("gb18030")),
        ("text/plain; charset=GBK", SAID.encode("gbk")),
        ("text/plain", SAID.encode("utf-16")),
        ("text/plain;charset=big5", "出院小結：失眠症".encode("big5")),
        ("text/html; charset=utf-8", "出院小结：抑<i>郁</i>发作"),
        ("TEXT/HTML", "出院小结：&#25233;&#x90C1;发作"),
        ("text/html", "<p title='抑郁发作'>小结</p>"),
        ("text/html", "<!-- 抑郁发作 --><p>小结</p>"),
        ("application/xml", '<?xml version="1.0" encoding="GB2312"?><a>抑郁</a>'.encode("gb2312")),
        ("text/xml", cda('code="x" displayName="抑郁发作"')),
        ("application/hl7-v3+xml", cda('code="F32.100" codeSystem="2.16.156.10011.2.3.3.11"')),
        ("application/xml", cda("codeSystem='2.16.840.1.113883.6.3' code='F32.1'")),
        ("application/json", orjson.dumps({"a": {"b": ["抑郁发作"]}})),
        ("application/json", b'{"a": "\\u6291\\u90c1"}'),
        (
            "application/fhir+json",
            orjson.dumps({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32"}]}),
        ),
        ("application/fhir+json", orjson.dumps(attached("text/plain", SAID))),
    ],
)
def test_a_document_that_can_be_read_is_read(content_type, content):
    assert betrayed(attached(content_type, content)) == {MENTAL}


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/plain", HARMLESS),
        ("text/plain", HARMLESS.encode("gb18030")),
        ("text/html", f"<div><p class='a'>{HARMLESS}</p></div>"),
        ("text/xml", cda('code="I10" codeSystem="2.16.840.1.113883.6.3" displayName="高血压"')),
        ("application/json", orjson.dumps({"a": HARMLESS})),
        ("text/csv", "date,glucose\n2026-02-01,6.1\n"),
    ],
)
def test_a_document_read_to_its_end_without_a_word_of_the_map_stays_open(content_type, content):
    assert betrayed(attached(content_type, content)) == frozenset()


@pytest.mark.parametrize(
    "unreadable",
    [
        attached("application/pdf", PDF),
        attached("text/plain", PDF),
        attached("text/plain", b"\n" + PDF),
        attached("text/rtf", b"{\\rtf1 \\u25233?}"),
        attached("text/plain", b"{\\rtf1 \\u25233?}"),
        attached("image/jpeg", PNG),
        attached("application/dicom", PNG),
        attached("application/msword", PNG),
        attached("text/plain", PNG),
        attached("text/plain", b"\x00\x01\x02"),
        attached("text/plain", b"\xff\xff\xff"),
        attached("", HARMLESS),
        attached("application/zip", HARMLESS),
        attached("application/json", b"{"),
        attached("application/json", b'["a"]'),
        attached("text/html", f"{HARMLESS}<img src='data:image/png;base64,iVBOR='>"),
        attached("text/html", f"{HARMLESS}<svg><path d='M0'/></svg>"),
        attached("text/markdown", f"{HARMLESS} ![](data:image/png;base64,iVBOR)"),
        attached("text/xml", "<!DOCTYPE a [<!ENTITY b SYSTEM 'c'>]><a>&b;</a>"),
        attached("text/xml", '<text mediaType="application/pdf" representation="B64">JVB</text>'),
        document({"contentType": "application/pdf", "url": "https://example.org/a.pdf"}),
        document({"contentType": "text/plain", "data": "not base64!"}),
        {
            "resourceType": "DiagnosticReport",
            "code": {"text": "胸片"},
            "presentedForm": [{"contentType": "application/pdf", "data": b64encode(PDF).decode()}],
        },
        {
            "resourceType": "QuestionnaireResponse",
            "item": [{"linkId": "1", "answer": [{"valueAttachment": {"url": "https://x.org/1"}}]}],
        },
        {"resourceType": "Observation", "extension": [{"url": "u", "valueBase64Binary": "AAAA"}]},
        {
            "resourceType": "Condition",
            "text": {"status": "generated", "div": "<div>复诊<img src='#scan'/></div>"},
        },
        {
            "resourceType": "Condition",
            "contained": [{"resourceType": "Binary", "contentType": "image/png", "data": "iVBOR"}],
        },
        {"resourceType": "Composition", "confidentiality": "R"},
        {
            "resourceType": "Condition",
            "meta": {
                "security": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                        "code": "V",
                    }
                ]
            },
        },
    ],
)
def test_what_cannot_be_read_may_betray_anything_and_is_closed(unreadable):
    assert betrayed(unreadable) == {UNREAD}


def test_a_document_inside_documents_is_opened_only_so_deep():
    nested = attached("text/plain", HARMLESS)
    for _ in range(12):
        nested = attached("application/fhir+json", orjson.dumps(nested))
    assert betrayed(nested) == {UNREAD}


def test_a_picture_beside_words_that_betray_is_closed_for_both():
    report = {
        "resourceType": "DiagnosticReport",
        "conclusion": "符合抑郁发作",
        "presentedForm": [{"contentType": "image/png", "data": b64encode(PNG).decode()}],
    }
    assert betrayed(report) == {MENTAL, UNREAD}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PSY", "mental-health"),
        ("HIV", "hiv-and-sti"),
        ("ETH", "substance-use"),
        ("GDIS", "genetic"),
        ("SEX", "reproductive"),
        ("SDV", "abuse"),
    ],
)
def test_what_its_author_says_is_sensitive_is(code, kind):
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}
    labelled = {"resourceType": "Observation", "meta": {"security": [label]}}
    assert betrayed(labelled) == {kind}


def test_an_author_cannot_open_what_betrays():
    normal = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}
    assert betrayed({"resourceType": "Condition", "meta": {"security": [normal]}}) == frozenset()
    entry = attached("application/pdf", PDF) | {"meta": {"security": [normal]}}
    assert betrayed(entry) == {UNREAD}


@pytest.mark.parametrize(
    "element",
    [
        {
            "valueSampledData": {
                "origin": {"value": 0},
                "period": 10,
                "dimensions": 1,
                "data": "1 2",
            }
        },
        {"signature": [{"who": {}, "when": "2026-02-01T08:00:00Z", "data": "AAAA"}]},
        {"content": [{"attachment": {"title": "小结", "contentType": "application/pdf"}}]},
    ],
)
def test_digits_signatures_and_names_of_documents_hide_nothing(element):
    assert betrayed({"resourceType": "DocumentReference", **element}) == frozenset()


def test_every_attachment_of_fhir_is_known_as_one():
    """Of every structure the door lets in, so that one added is judged from its first day."""
    for structure in STRUCTURES.values():
        for name, rule in structure.rules.items():
            if rule.type == "Attachment":
                held = {"contentType": "image/png", "url": "https://example.org/x"}
                entry = {"resourceType": "Basic", name: [held] if rule.is_list else held}
                assert name in _ATTACHMENTS
                assert betrayed({"resourceType": "Observation", "extension": [entry]}) == {UNREAD}
    packed = {
        name
        for structure in STRUCTURES.values()
        for name, rule in structure.rules.items()
        if rule.type == "base64Binary"
    }
    assert packed == {"data", "hash", "valueBase64Binary", "carrierAIDC"}, "say how it is read"
