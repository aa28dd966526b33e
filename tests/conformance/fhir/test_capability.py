"""FHIR R4, 3.1.0.14 and CapabilityStatement: what is said to be offered is offered."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette

from openhealthcode import fhir
from openhealthcode.fhir import demographics
from openhealthcode.fhir.capability import capability_statement, interactions_in
from openhealthcode.record import KINDS, read_search, search_parameters

URL = "https://ehr.example"


@pytest.fixture
def statement():
    return capability_statement(interactions_in(fhir.routes()), URL)


def test_it_has_the_required_elements(statement):
    """Source: CapabilityStatement, cpb-1 and cpb-2, cpb-7, cpb-15; required elements."""
    for name in ("status", "date", "kind", "fhirVersion", "format"):
        assert statement[name]
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["kind"] == "instance"
    assert statement["implementation"]["url"] == f"{URL}/fhir"
    (rest,) = statement["rest"]
    assert rest["mode"] == "server"
    types = [resource["type"] for resource in rest["resource"]]
    assert len(types) == len(set(types))


def test_it_names_the_interactions_that_are_routed_and_no_other(statement):
    (rest,) = statement["rest"]
    assert rest["interaction"] == [{"code": "transaction"}]
    resources = {resource["type"]: resource for resource in rest["resource"]}
    assert set(resources) == set(KINDS)
    codes = {each["code"] for each in resources["Observation"]["interaction"]}
    assert codes == {"read", "vread", "create", "search-type"}
    assert resources["Organization"]["interaction"] == [{"code": "read"}]
    without_search = interactions_in(fhir.routes()) - {"search-type"}
    (rest,) = capability_statement(without_search, URL)["rest"]
    for resource in rest["resource"]:
        assert "searchParam" not in resource
        assert {"code": "search-type"} not in resource["interaction"]


def test_every_search_parameter_it_names_is_understood(statement):
    samples = {"token": "a", "date": "2026", "reference": "p"}
    (rest,) = statement["rest"]
    for resource in rest["resource"]:
        for parameter in resource.get("searchParam", ()):
            name, kind = parameter["name"], parameter["type"]
            if resource["type"] == demographics.TYPE and name in demographics.PARAMETERS:
                assert demographics.is_asked([(name, "x")])
                continue
            who = [] if name in {"patient", "subject", "_id"} else [("patient", "p")]
            if resource["type"] == "Patient":
                who = [("_id", "p")] if name != "_id" else []
            elif name == "_id":
                who = [("patient", "p")]
            assert read_search(resource["type"], [*who, (name, samples[kind])])
            assert search_parameters(resource["type"])[name] == kind


def test_it_names_the_operations_on_people(statement):
    (rest,) = statement["rest"]
    (patient,) = [each for each in rest["resource"] if each["type"] == "Patient"]
    assert {each["name"] for each in patient["operation"]} == {"match", "ihe-pix"}
    assert [each["name"] for each in rest["operation"]] == ["process-message"]


def test_security_names_smart_and_the_token_endpoint(statement):
    security = statement["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["extension"][0]["extension"] == [
        {"url": "token", "valueUri": f"{URL}/oauth/token"}
    ]


async def test_it_needs_no_token():
    app = Starlette(routes=fhir.routes())
    app.state.platform = SimpleNamespace(pool=None, keys=None)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/fhir/metadata?_format=json")
        assert answer.headers["content-type"] == "application/fhir+json"
        assert answer.json()["resourceType"] == "CapabilityStatement"
        evil = await client.get("/fhir/metadata", headers={"Host": "<b>evil</b>"})
        assert "evil" not in evil.text
