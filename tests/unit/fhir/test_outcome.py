"""Every expected failure has one answer, in two languages, and none repeats what was sent."""

from __future__ import annotations

import importlib
import pkgutil

import orjson
import pytest
from starlette.requests import Request

import openhealthcode
from openhealthcode.fhir.outcome import (
    ANSWERS,
    CHINESE,
    ERROR_CODES,
    answer_of,
    explain,
    prefers_chinese,
)
from openhealthcode.fhir.routes import MethodNotAllowed
from openhealthcode.record import InvalidResource
from openhealthcode.standards import Forbidden, HealthCodeError, NotFound

ISSUE_TYPES = {
    "invalid", "structure", "required", "value", "invariant", "security", "login", "unknown",
    "expired", "forbidden", "suppressed", "processing", "not-supported", "duplicate",
    "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
    "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store", "exception",
    "timeout", "incomplete", "throttled", "informational",
}  # fmt: skip
"""Source: FHIR R4, value set issue-type."""


def errors():
    for module in pkgutil.walk_packages(openhealthcode.__path__, "openhealthcode."):
        importlib.import_module(module.name)
    found = []
    pending = [HealthCodeError]
    while pending:
        error = pending.pop()
        if error.__module__.startswith("openhealthcode."):
            found.append(error)
        pending += error.__subclasses__()
    return found


def asked(language="en"):
    headers = [(b"accept-language", language.encode())]
    return Request({"type": "http", "method": "GET", "path": "/fhir", "headers": headers})


def told(error, language="en"):
    answer = explain(asked(language), error)
    return answer, orjson.loads(answer.body)["issue"][0]


def test_every_error_has_a_status_and_an_issue_type():
    assert {error.code for error in errors()} == set(ANSWERS)


def test_every_answer_is_one_fhir_knows():
    for status, issue_type in ANSWERS.values():
        assert 400 <= status < 600
        assert issue_type in ISSUE_TYPES


def test_every_error_has_a_sentence_in_both_languages():
    assert set(CHINESE) == set(ANSWERS)
    for error in errors():
        assert (error.__doc__ or "").strip()
        assert "\u4e00" <= CHINESE[error.code][0] <= "\u9fff"


def test_an_error_without_a_row_is_answered_like_the_kind_it_is_a_case_of():
    class Unforeseen(Forbidden):
        """Something new."""

        code = "unforeseen"

    Unforeseen.__module__ = "tests"
    assert answer_of(Unforeseen()) == ("forbidden", 403, "forbidden")


def test_an_outcome_names_code_rule_and_place():
    answer, issue = told(InvalidResource("Observation.status", "expected one of final"))
    assert answer.status_code == 422
    assert issue["severity"] == "error"
    assert issue["code"] == "structure"
    assert issue["details"]["coding"] == [{"system": ERROR_CODES, "code": "resource-invalid"}]
    assert issue["diagnostics"] == "Observation.status: expected one of final"
    assert issue["expression"] == ["Observation.status"]


def test_an_outcome_speaks_the_callers_language():
    english, issue = told(NotFound())
    assert issue["details"]["text"] == "There is nothing here that this account may see."
    assert english.headers["content-language"] == "en"
    chinese, issue = told(NotFound(), "zh-CN,zh;q=0.9,en;q=0.8")
    assert issue["details"]["text"] == CHINESE["not-found"]
    assert chinese.headers["content-language"] == "zh-CN"


@pytest.mark.parametrize(
    ("accepted", "is_chinese"),
    [
        ("", False),
        ("en", False),
        ("zh", True),
        ("zh-Hans-CN", True),
        ("de, en;q=0.5, zh;q=0.7", True),
        ("zh;q=0.1, en;q=0.9", False),
        ("zh;q=0", False),
        ("zh;q=x", True),
        ("*" * 10_000, False),
    ],
)
def test_the_language_is_the_one_preferred(accepted, is_chinese):
    assert prefers_chinese(accepted) is is_chinese


def test_a_fault_of_ours_says_nothing_of_its_cause():
    answer, issue = told(HealthCodeError("relation record.entry does not exist"))
    assert (answer.status_code, issue["severity"]) == (500, "fatal")
    assert b"relation" not in answer.body


def test_a_refused_method_names_those_that_are_offered():
    answer, _ = told(MethodNotAllowed(frozenset({"GET", "HEAD"})))
    assert answer.headers["allow"] == "GET, HEAD"
