"""The FHIR addresses in the manner of OpenAPI, read off what is routed: for programs that try them all.

What each means is FHIR's own; the CapabilityStatement says which types and parameters there are.

Source: OpenAPI Specification 3.1.1, Paths Object, Security Scheme Object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from starlette.routing import BaseRoute

from openhealthcode.fhir.capability import addresses
from openhealthcode.fhir.negotiation import FHIR_JSON
from openhealthcode.fhir.token import TOKEN_PATH
from openhealthcode.record import KINDS

JSON_PATCH: Final = "application/json-patch+json"
FORM: Final = "application/x-www-form-urlencoded"
_PART: Final = re.compile(r"{(\w+)}")
_ID: Final = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
_PARTS: Final[dict[str, dict[str, Any]]] = {
    "type": {"type": "string", "enum": sorted(KINDS)},
    "version": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}
_OF_EVERY_READ: Final[dict[str, dict[str, Any]]] = {
    "_format": {"type": "string", "examples": ["json"]},
    "_pretty": {"type": "boolean"},
    "_summary": {"enum": ["true", "false", "text", "data", "count"]},
    "_elements": {"type": "string", "examples": ["status,code"]},
}
_OF_EVERY_LIST: Final[dict[str, dict[str, Any]]] = {
    "patient": _ID,
    "_count": {"type": "integer", "minimum": 1},
    "_since": {"type": "string", "format": "date-time"},
}
_RESOURCE: Final = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string"}, "id": _ID},
}
_OUTCOME: Final = {
    "description": "OperationOutcome: which rule failed, and where",
    "content": {FHIR_JSON: {"schema": _RESOURCE}},
}
_ANSWERED: Final = {"description": "As FHIR says", "content": {FHIR_JSON: {"schema": _RESOURCE}}}
_BODIES: Final = ("POST", "PUT", "PATCH")


def fhir_paths(routes: Iterable[BaseRoute], *bases: str) -> dict[str, Any]:
    """Every address below some bases, by path and method."""
    found: dict[str, Any] = {}
    known = list(routes)
    for base in bases:
        for path, methods in addresses(known, base):
            operations = found.setdefault(path, {})
            for method in sorted(methods - {"HEAD", "OPTIONS"}):
                operations[method.lower()] = _operation(path, method, base)
    return found


def security_schemes(cookie: str) -> dict[str, Any]:
    """How systems and residents prove who they are."""
    flow = {"tokenUrl": TOKEN_PATH, "scopes": {}}
    return {
        "system": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "resident": {"type": "apiKey", "in": "cookie", "name": cookie},
    }


def _operation(path: str, method: str, base: str) -> dict[str, Any]:
    named = [_parameter(name) for name in _PART.findall(path)]
    queries = [_query(name, of) for name, of in _queries(path, method).items()]
    body = {"requestBody": _body(path, method)} if method in _BODIES else {}
    return {
        "tags": ["fhir"],
        "operationId": f"{method.lower()} {path}",
        "summary": f"{method} {path}",
        "parameters": named + queries,
        **body,
        "security": [{"resident" if base.startswith("/own") else "system": []}],
        "responses": {"2XX": _ANSWERED, "304": {"description": "Not changed"}, "4XX": _OUTCOME},
    }


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _PARTS.get(name, _ID)}


def _query(name: str, of: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": of}


def _queries(path: str, method: str) -> dict[str, dict[str, Any]]:
    if method != "GET":
        return {}
    is_one = path.endswith(("/{id}", "/{version}"))
    return _OF_EVERY_READ if is_one else _OF_EVERY_READ | _OF_EVERY_LIST


def _body(path: str, method: str) -> dict[str, Any]:
    if method == "PATCH":
        schema: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
        return {"required": True, "content": {JSON_PATCH: {"schema": schema}}}
    if path.endswith("/_search"):
        return {"content": {FORM: {"schema": {"type": "object"}}}}
    return {"required": True, "content": {FHIR_JSON: {"schema": _RESOURCE}}}
