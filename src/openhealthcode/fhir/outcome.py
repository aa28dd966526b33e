"""The only place that knows HTTP statuses: each expected failure, its status and its IssueType.

A page has its own table in the portal; here the answer is an OperationOutcome. It says which rule
failed, where in the resource, in the caller's language, and never what the value was.

Source: FHIR R4, OperationOutcome, value set issue-type; 3.1.0.1.5 (HTTP status codes).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.fhir.negotiation import FHIR_JSON
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.errors import first_line

ERROR_CODES: Final = "urn:openhealthcode:error-code"
"""The code system of our stable error codes."""

ANSWERS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        # our code: (HTTP status, FHIR IssueType)
        "account-closed": (409, "business-rule"),
        "account-unsuitable": (422, "business-rule"),
        "already-one-person": (409, "duplicate"),
        "alert-moved": (409, "conflict"),
        "approval-needed": (403, "forbidden"),
        "authority-unsuitable": (422, "value"),
        "binding-unknown": (404, "not-found"),
        "budget-spent": (429, "throttled"),
        "bundle-malformed": (400, "structure"),
        "case-altered": (500, "exception"),
        "case-words-unsuitable": (422, "value"),
        "certificate-malformed": (422, "value"),
        "certificate-not-theirs": (422, "business-rule"),
        "certificate-taken": (409, "duplicate"),
        "client-unproven": (401, "login"),
        "code-device-unknown": (422, "security"),
        "code-early": (422, "value"),
        "code-expired": (422, "expired"),
        "code-foreign": (422, "not-supported"),
        "code-holder-unknown": (422, "not-found"),
        "code-issuer-missing": (503, "not-supported"),
        "code-lapsed": (422, "expired"),
        "code-over": (422, "expired"),
        "code-replayed": (409, "duplicate"),
        "code-revoked": (422, "security"),
        "code-spliced": (422, "security"),
        "code-spent": (409, "duplicate"),
        "code-unreadable": (400, "invalid"),
        "code-system-unknown": (404, "not-found"),
        "code-unknown": (404, "not-found"),
        "code-untrusted": (422, "security"),
        "codes-unreadable": (422, "value"),
        "codes-version-loaded": (409, "duplicate"),
        "collection-beyond-rule": (422, "business-rule"),
        "collection-refused-by-resident": (422, "business-rule"),
        "collection-required-missing": (422, "required"),
        "collection-scene-unknown": (422, "code-invalid"),
        "collection-separate-consent": (422, "business-rule"),
        "conflict": (409, "conflict"),
        "correction-missing": (409, "conflict"),
        "consent-not-yours-to-give": (422, "business-rule"),
        "content-type-not-supported": (415, "not-supported"),
        "credential-early": (422, "value"),
        "credential-expired": (422, "expired"),
        "credential-issuer-unknown": (422, "security"),
        "credential-revoked": (422, "security"),
        "credential-too-large": (422, "too-long"),
        "credential-unreadable": (400, "invalid"),
        "credential-untrusted": (422, "security"),
        "credit-code-malformed": (422, "value"),
        "database-away": (503, "transient"),
        "database-not-started": (500, "exception"),
        "database-unsuitable": (500, "exception"),
        "delivery-set-aside": (422, "business-rule"),
        "demonstration-found": (500, "exception"),
        "draft-refused": (422, "business-rule"),
        "edition-moved": (409, "conflict"),
        "error": (500, "exception"),
        "feed-malformed": (400, "structure"),
        "feed-not-followed": (422, "not-supported"),
        "forbidden": (403, "forbidden"),
        "format-not-supported": (406, "not-supported"),
        "grant-unsupported": (400, "not-supported"),
        "guardian-needed": (403, "forbidden"),
        "history-refused": (422, "security"),
        "id-unreadable": (404, "not-found"),
        "identity-needs-review": (409, "multiple-matches"),
        "invalid": (400, "invalid"),
        "intake-closed": (507, "no-store"),
        "issuer-request-unreadable": (422, "value"),
        "issuer-untrusted": (422, "security"),
        "jose-unreadable": (400, "invalid"),
        "interactions-unreadable": (422, "structure"),
        "json-malformed": (400, "structure"),
        "key-destroyed": (404, "not-found"),
        "key-list-unreadable": (422, "value"),
        "key-set-unsuitable": (422, "value"),
        "key-store-unsuitable": (500, "exception"),
        "key-unknown": (404, "not-found"),
        "key-unsuitable": (422, "value"),
        "known-apart": (409, "business-rule"),
        "link-over": (404, "not-found"),
        "link-passcode-wrong": (401, "login"),
        "linkage-not-installed": (500, "exception"),
        "linkage-too-little": (500, "exception"),
        "locked-for-now": (429, "throttled"),
        "log-damaged": (500, "exception"),
        "log-rolled-back": (500, "exception"),
        "events-lost": (500, "exception"),
        "archive-failed": (500, "exception"),
        "backup-damaged": (500, "exception"),
        "shares-unsuitable": (400, "invalid"),
        "log-unreachable": (503, "transient"),
        "map-altered": (500, "exception"),
        "map-unreadable": (422, "value"),
        "match-too-little": (400, "required"),
        "message-not-sent": (503, "transient"),
        "migration-blocked": (500, "exception"),
        "migration-not-in-turn": (500, "exception"),
        "method-not-allowed": (405, "not-supported"),
        "matching-model-unsuitable": (500, "exception"),
        "national-id-malformed": (422, "value"),
        "no-pin": (422, "business-rule"),
        "not-deletable": (405, "not-supported"),
        "not-found": (404, "not-found"),
        "not-merged": (409, "conflict"),
        "not-in-this-case": (409, "conflict"),
        "not-printed": (503, "transient"),
        "not-to-attest": (409, "conflict"),
        "not-in-this-breach": (409, "conflict"),
        "not-to-lift": (409, "conflict"),
        "not-to-review": (409, "conflict"),
        "not-to-sign": (409, "conflict"),
        "note-untrusted": (422, "security"),
        "national-card-busy": (503, "transient"),
        "national-card-no-certificate": (422, "business-rule"),
        "national-card-unknown": (422, "not-found"),
        "not-witnessed": (422, "security"),
        "nothing-to-withdraw": (409, "conflict"),
        "number-disagrees": (422, "business-rule"),
        "numbers-differ": (409, "business-rule"),
        "order-repeats-result": (422, "business-rule"),
        "parameter-not-supported": (400, "not-supported"),
        "partner-refused": (422, "processing"),
        "partner-unavailable": (503, "transient"),
        "patch-failed": (422, "processing"),
        "patch-malformed": (400, "structure"),
        "patient-differs": (409, "business-rule"),
        "reference-to-another-resident": (422, "business-rule"),
        "region-refused": (422, "processing"),
        "region-unavailable": (503, "transient"),
        "region-unknown": (403, "forbidden"),
        "passkey-refused": (401, "login"),
        "phone-malformed": (422, "value"),
        "phone-placeholder": (422, "value"),
        "picture-too-large": (413, "too-long"),
        "picture-unreadable": (422, "invalid"),
        "picture-without-code": (422, "not-found"),
        "pin-locked": (429, "throttled"),
        "pin-over": (422, "expired"),
        "pin-unsuitable": (422, "business-rule"),
        "policy-unreadable": (422, "value"),
        "port-taken": (500, "exception"),
        "preview-outdated": (409, "conflict"),
        "printing-not-installed": (501, "not-supported"),
        "process-lost": (500, "exception"),
        "receipt-refused": (422, "security"),
        "question-unsuitable": (422, "value"),
        "reference-broken": (422, "not-found"),
        "registered-meanwhile": (409, "conflict"),
        "registration-doubtful": (422, "business-rule"),
        "registration-malformed": (422, "value"),
        "representation-over": (403, "forbidden"),
        "representation-unsuitable": (422, "business-rule"),
        "request-expired": (409, "expired"),
        "request-timed-out": (503, "timeout"),
        "resource-invalid": (422, "structure"),
        "resource-type-unknown": (404, "not-supported"),
        "review-answered": (409, "conflict"),
        "root-unreadable": (422, "value"),
        "rules-edition-moved": (409, "conflict"),
        "scope-missing": (403, "forbidden"),
        "scope-refused": (400, "forbidden"),
        "seal-unreadable": (500, "exception"),
        "search-not-understood": (400, "not-supported"),
        "search-too-wide": (400, "too-costly"),
        "service-not-started": (500, "exception"),
        "setting-refused": (500, "exception"),
        "several-matches": (412, "multiple-matches"),
        "several-residents": (422, "business-rule"),
        "signature-untrusted": (422, "security"),
        "source-domain-unknown": (400, "code-invalid"),
        "sign-in-refused": (401, "login"),
        "signed-out": (401, "login"),
        "status-list-unreadable": (422, "value"),
        "token-needed": (401, "login"),
        "unit-invalid": (422, "code-invalid"),
        "value-set-too-large": (422, "too-costly"),
        "token-refused": (400, "invalid"),
        "token-request-malformed": (400, "invalid"),
        "summary-untrusted": (422, "security"),
        "token-unreadable": (400, "invalid"),
        "transfer-not-agreed": (403, "forbidden"),
        "too-large": (413, "too-long"),
        "too-many-attempts": (429, "throttled"),
        "too-many-codes": (429, "throttled"),
        "too-many-contacts": (409, "conflict"),
        "suite-unavailable": (500, "exception"),
        "too-many-merged": (409, "business-rule"),
        "triage-too-low": (422, "business-rule"),
        "trust-list-missing": (503, "not-found"),
        "trust-list-stale": (422, "expired"),
        "trust-list-unsuitable": (422, "value"),
        "upgrade-failed": (500, "exception"),
        "upgrade-not-ours": (500, "exception"),
        "use-not-certified": (403, "forbidden"),
        "version-conflict": (412, "conflict"),
        "delivery-outdated": (409, "conflict"),
        "warning-edition-unreadable": (422, "value"),
        "wrong-code": (422, "login"),
        "wrong-pin": (422, "login"),
    }
)

CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    tomllib.loads(
        files("openhealthcode.fhir").joinpath("outcome.zh-CN.toml").read_text(encoding="utf-8")
    )
)
"""One sentence for each code; the English one is the error's own."""


def answer_of(error: HealthCodeError) -> tuple[str, int, str]:
    """Code, status and IssueType of a failure, or of the nearest kind it is a case of."""
    for kind in type(error).__mro__:
        code = str(vars(kind).get("code", ""))
        if code in ANSWERS:
            return (code, *ANSWERS[code])
    return ("error", *ANSWERS["error"])


def explain(request: Request, error: HealthCodeError) -> Response:
    """The OperationOutcome that answers an expected failure."""
    code, status, issue_type = answer_of(error)
    is_chinese = prefers_chinese(request.headers.get("accept-language", ""))
    sentence = CHINESE[code] if is_chinese else first_line(type(error))
    issue: dict[str, Any] = {
        "severity": "fatal" if status >= 500 else "error",
        "code": issue_type,
        "details": {"coding": [{"system": ERROR_CODES, "code": code}], "text": sentence},
    }
    if status < 500:
        issue["diagnostics"] = str(error)
    location = getattr(error, "location", "")
    if location:
        issue["expression"] = [location]
    return Response(
        orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]}),
        status_code=status,
        media_type=FHIR_JSON,
        headers={
            "Content-Language": "zh-CN" if is_chinese else "en",
            **_headers(status, error),
        },
    )


def _headers(status: int, error: HealthCodeError) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="fhir"'}
    allowed = getattr(error, "allowed", ())
    return {"Allow": ", ".join(sorted(allowed))} if allowed else {}


def prefers_chinese(accepted: str) -> bool:
    """Whether Chinese comes before English in an Accept-Language header; English otherwise."""
    best = ("", 0.0)
    for part in accepted[:400].lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = tag.partition("-")[0]
        quality = float(weight) if weight.replace(".", "", 1).isdecimal() else 1.0
        if language in {"zh", "en"} and quality > best[1]:
            best = (language, quality)
    return best[0] == "zh"
