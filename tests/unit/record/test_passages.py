"""Everything of an entry that can be read, and nothing that could act."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openhealthcode.record import KINDS
from openhealthcode.record.plain import (
    is_entered_in_error,
    named_in,
    papers_in,
    passages_of,
    reason_of,
)


def told(resource, language="zh-CN"):
    return [(one.heading, one.paragraphs, one.values) for one in passages_of(resource, language)]


def attached(text, media="text/plain", **more):
    data = b64encode(text.encode()).decode()
    return {"content": [{"attachment": {"contentType": media, "data": data, **more}}]}


def test_the_text_of_a_document_is_read_line_by_line():
    document = {"resourceType": "DocumentReference", "description": "复诊信"}
    document |= attached("患者好转。\r\n\n两周后复查。", title="全文")
    assert told(document) == [
        ("", ("复诊信",), ()),
        ("全文", ("患者好转。", "两周后复查。"), ()),
    ]


def test_markup_is_read_and_left_behind():
    page = "<div><h1>小结</h1><p>好转<b>明显</b>&amp;稳定</p><script>alert(1)</script><!-- <b>nichts</b> --><STYLE>p{}</STYLE><br/><table><tr><td>血压</td><td>120</td></tr></table></div>"
    ((_, paragraphs, _),) = told(
        {"resourceType": "DocumentReference"} | attached(page, "text/html")
    )
    assert paragraphs == ("小结", "好转明显&稳定", "血压 120")


def test_a_picture_or_a_pdf_is_named_with_its_size():
    content = [{"attachment": {"contentType": "application/pdf", "title": "原件", "size": 120400}}]
    assert told({"resourceType": "DocumentReference", "content": content}) == [
        ("", (), (("原件", "application/pdf，120 kB"),))
    ]
    bare = [{"attachment": {"contentType": "image/png", "url": "https://elsewhere.example/x"}}]
    ((_, _, values),) = told({"resourceType": "DocumentReference", "content": bare})
    assert values == (("附件", "image/png"),)


def test_a_composition_is_read_section_by_section_to_the_innermost():
    composition = {
        "resourceType": "Composition",
        "section": [
            {
                "title": "主诉",
                "text": {"div": "<div>头晕三天</div>"},
                "section": [{"title": "现病史", "text": {"div": "<div>渐重</div>"}}],
                "entry": [{"reference": "Condition/abc"}, {"reference": "Condition/abc"}],
            },
            {"title": "空"},
            {"code": {"text": "处置"}, "text": {"div": "<div>休息</div>"}, "entry": [{"reference": "urn:x"}]},
        ],
    }  # fmt: skip
    assert [(heading, text) for heading, text, _ in told(composition)] == [
        ("主诉", ("头晕三天",)),
        ("现病史", ("渐重",)),
        ("处置", ("休息",)),
    ]
    assert named_in(composition) == ("Condition/abc",)


def test_a_report_says_its_conclusion_and_names_its_results():
    report = {
        "resourceType": "DiagnosticReport",
        "conclusion": "未见异常。",
        "conclusionCode": [{"text": "正常"}],
        "result": [{"reference": "Observation/1"}, {"display": "没有链接"}, "x"],
    }
    assert told(report) == [("结论", ("未见异常。", "正常"), ())]
    assert named_in(report) == ("Observation/1",)
    assert (
        named_in({"resourceType": "Observation", "result": [{"reference": "Observation/1"}]}) == ()
    )


def test_answers_are_read_with_their_questions_into_the_depth():
    answers = {
        "resourceType": "QuestionnaireResponse",
        "item": [
            {"text": "吸烟吗", "answer": [{"valueBoolean": True, "item": [{"text": "几支", "answer": [{"valueInteger": 5}]}]}]},
            {"text": "一组", "item": [{"linkId": "1.1", "answer": [{"valueString": "甲"}, {"valueCoding": {"display": "乙"}}]}]},
            {"text": "哪天", "answer": [{"valueDate": "2026-01-05"}]},
            {"text": "多重", "answer": [{"valueQuantity": {"value": 60, "unit": "kg"}}]},
            {"text": "没有答"},
        ],
    }  # fmt: skip
    ((_, _, values),) = told(answers)
    assert [(question, said.replace("\u00a0", " ")) for question, said in values] == [
        ("吸烟吗", "是"),
        ("几支", "5"),
        ("1.1", "甲、乙"),
        ("哪天", "2026 年 1 月 5 日"),
        ("多重", "60 kg"),
    ]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (
            {
                "resourceType": "MedicationRequest",
                "dosageInstruction": [{"text": "每日一次"}],
                "reasonCode": [{"text": "高血压"}],
                "dispenseRequest": {"expectedSupplyDuration": {"value": 30, "code": "d"}},
            },
            {"用法": "每日一次", "为了": "高血压", "够用": "30\u00a0天"},
        ),
        (
            {
                "resourceType": "Immunization",
                "lotNumber": "20250112",
                "expirationDate": "2027-02-01",
                "site": {"text": "左上臂"},
                "manufacturer": {"display": "青岚"},
            },
            {"批号": "20250112", "接种部位": "左上臂", "生产企业": "青岚", "有效期到": "2027\u00a0年\u00a02\u00a0月\u00a01\u00a0日"},
        ),
        (
            {
                "resourceType": "Observation",
                "code": {"text": "血糖"},
                "valueQuantity": {"value": 6.1, "unit": "mmol/L"},
                "referenceRange": [{"low": {"value": 3.9}, "high": {"value": 6.1}}],
                "method": {"text": "酶法"},
            },
            {"血糖": "6.1\u00a0mmol/L", "参考范围": "3.9–6.1", "方法": "酶法"},
        ),
    ],
)  # fmt: skip
def test_values_stand_under_their_names(resource, expected):
    ((_, _, values),) = told(resource)
    assert dict(values) == expected


def test_plans_messages_and_notes_are_read():
    plan = {
        "resourceType": "CarePlan",
        "description": "降压",
        "activity": [{"detail": {"description": "少盐"}}],
    }
    assert told(plan) == [("", ("降压",), ()), ("要做的事", ("少盐",), ())]
    message = {
        "resourceType": "Communication",
        "payload": [{"contentString": "请复诊"}],
        "note": [{"text": "已电话"}],
    }
    assert told(message) == [("", ("请复诊",), ()), ("备注", ("已电话",), ())]


def test_an_error_is_known_by_either_status():
    assert is_entered_in_error({"status": "entered-in-error"})
    assert is_entered_in_error({"verificationStatus": {"coding": [{"code": "entered-in-error"}]}})
    assert not is_entered_in_error({"status": "final"})
    assert reason_of({"statusReason": {"text": "发热"}}, "zh-CN") == "发热"


PDF = b"%PDF-1.7 x"


@pytest.mark.parametrize(
    ("media", "data", "taken"),
    [
        ("application/pdf", PDF, True),
        ("application/pdf; charset=binary", PDF, True),
        ("image/png", b"\x89PNG\r\n\x1a\nx", True),
        ("image/jpeg", b"\xff\xd8\xff\xe0", True),
        ("image/png", PDF, False),
        ("application/pdf", b"<html>", False),
        ("text/html", b"<html>", False),
        ("image/svg+xml", b"<svg>", False),
        ("application/pdf", b"", False),
    ],
)
def test_only_what_begins_as_it_says_is_handed_on(media, data, taken):
    held = {"contentType": media, "title": "原件", "data": b64encode(data).decode()}
    document = {"resourceType": "DocumentReference", "content": [{"attachment": held}]}
    report = {"resourceType": "DiagnosticReport", "presentedForm": [held]}
    for resource in (document, report):
        assert [(one.title, one.data) for one in papers_in(resource)] == [("原件", data)] * taken
    assert papers_in({"resourceType": "Observation", "presentedForm": [held]}) == ()
    elsewhere = {"contentType": media, "url": "https://elsewhere.example/x"}
    assert papers_in(report | {"presentedForm": [elsewhere, "x", {"data": "!"}]}) == ()


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["section", "text", "div", "content", "attachment", "data", "contentType", "title", "item",
             "answer", "valueString", "note", "component", "code", "result", "reference", "entry",
             "activity", "detail", "payload", "referenceRange", "low", "value", "presentedForm"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


markup = st.lists(
    st.sampled_from(
        ["<", "!", "[", "]", ">", "--", "if", "CDATA", "DOCTYPE", "a", '"', "'", " ", "/", "&", "#",
         "x41;", "?", "div", "script", "&#99999999999;", "<![", "<!--", "]]>"]
    ),
    max_size=16,
).map("".join)  # fmt: skip


@given(markup)
@example("<![foo[bar]]>")
@example("<<!![x")
def test_no_markup_however_broken_makes_reading_fail(text):
    div = {"resourceType": "Composition", "section": [{"text": {"div": f"<div>前{text}</div>"}}]}
    page = {"resourceType": "DocumentReference"} | attached(text, "text/html")
    for resource in (div, page):
        for one in passages_of(resource, "zh-CN"):
            assert all(paragraph.isprintable() for paragraph in one.paragraphs)


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "&", "<div>", '<a b="', "</", "<script>", "&#x"]
)
def test_a_long_narrative_is_read_in_time_however_broken(piece):
    composition = {"resourceType": "Composition"}
    composition["section"] = [{"text": {"div": piece * (400_000 // len(piece))}}]
    began = time.process_time()
    passages_of(composition, "zh-CN")
    assert time.process_time() - began < 2


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.text(max_size=8), json, max_size=3), json)
def test_no_resource_however_wrong_makes_reading_fail(type_, fields, whole):
    resource = {**fields, **(whole if isinstance(whole, dict) else {}), "resourceType": type_}
    for language in ("zh-CN", "en"):
        for one in passages_of(resource, language):
            assert not one.is_empty
    assert all(paper.data for paper in papers_in(resource))
    assert all(reference.count("/") == 1 for reference in named_in(resource))
