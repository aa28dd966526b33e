"""What is asked for most is found first, and is what the table of routes would have found."""

from __future__ import annotations

import pytest
from starlette.routing import Match

from openhealthcode import fhir
from openhealthcode.fhir.frequent import Frequent

EVERY = fhir.routes()
TABLE = [route for route in EVERY if not isinstance(route, Frequent)]


def found(routes, method, path, kind="http"):
    scope = {"type": kind, "path": path, "method": method, "headers": [], "root_path": ""}
    for route in routes:
        match, inner = route.matches(scope)
        if match is Match.FULL:
            return route, inner
    return None, {}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/fhir/Patient/abc",
        "/fhir/Patient/a.b-c",
        "/fhir/Patient/",
        "/fhir/Patient",
        "/fhir/Observation",
        "/fhir/Observation/_history",
        "/fhir/Observation/$lastn",
        "/fhir/Observation/_search",
        "/fhir/Observation/a/_history",
        "/fhir/Observation/a/_history/1",
        "/fhir/Patient/$match",
        "/fhir/Patient/a/Observation",
        "/fhir/CodeSystem/a",
        "/fhir/CodeSystem",
        "/fhir/Basic/a",
        "/fhir/metadata",
        "/fhir/_history",
        "/fhir/$process-message",
        "/fhir",
        "/fhir/",
        "/other/Patient/abc",
        "/.well-known/smart-configuration",
        "/fhir/.well-known/smart-configuration",
    ],
)
def test_the_same_answers_with_and_without(method, path):
    one, told = found(EVERY, method, path)
    other, expected = found(TABLE, method, path)
    assert type(getattr(one, "endpoint", one)) is type(getattr(other, "endpoint", other))
    assert getattr(one, "path", "") == getattr(other, "path", "")
    assert told.get("path_params") == expected.get("path_params")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/fhir/Patient/a"), ("GET", "/fhir/Patient"), ("POST", "/fhir/Patient")],
)
def test_what_is_asked_for_most_is_found_first(method, path):
    assert isinstance(found(EVERY, method, path)[0], Frequent)
    assert found([EVERY[0]], method, path, kind="websocket")[0] is None
