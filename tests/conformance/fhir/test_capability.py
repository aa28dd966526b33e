"""FHIR R4, 3.1.0.14 and CapabilityStatement: what is said to be offered is offered."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from openhealthcode import fhir
from openhealthcode.fhir import demographics, terminology
from openhealthcode.fhir.capability import Offered, capability_statement, offered_by
from openhealthcode.record import KINDS, parameters, read_search, search_parameters

URL = "https://ehr.example"


@pytest.fixture
def statement():
    return capability_statement(offered_by(fhir.routes()), URL)


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
    assert [each["code"] for each in rest["interaction"]] == [
        "transaction",
        "batch",
        "history-system",
    ]
    resources = {resource["type"]: resource for resource in rest["resource"]}
    assert set(resources) >= set(KINDS)
    codes = {each["code"] for each in resources["Observation"]["interaction"]}
    assert codes >= {"read", "vread", "create", "search-type", "history-instance", "history-type"}
    assert resources["Organization"]["interaction"] == [{"code": "read"}]
    assert resources["Observation"]["conditionalRead"] == "full-support"
    assert "delete" in codes
    assert {"code": "delete"} not in resources["Patient"]["interaction"]
    assert resources["Patient"]["conditionalDelete"] == "not-supported"


def test_what_is_not_routed_is_not_named():
    every = fhir.routes()
    none_found = offered_by(one for one in every if getattr(one, "path", "") != "/fhir/{type}")
    (rest,) = capability_statement(none_found, URL)["rest"]
    for resource in rest["resource"]:
        if resource["type"] not in KINDS:
            continue
        assert "searchParam" not in resource
        assert {"code": "search-type"} not in resource["interaction"]
        assert resource.get("conditionalCreate", False) is False
    nothing = offered_by([])
    assert nothing == Offered(frozenset(), frozenset())
    (rest,) = capability_statement(nothing, URL)["rest"]
    assert not rest["interaction"]
    assert not rest["operation"]
    assert not any(resource["interaction"] for resource in rest["resource"])


@pytest.mark.parametrize(
    ("path", "methods", "codes", "operations"),
    [
        ("/fhir/{type}/{id}", ["PUT"], {("update", "{type}")}, set()),
        ("/fhir/Consent/{id}", ["PUT"], {("update", "Consent")}, set()),
        ("/fhir/{type}", ["PUT"], {("conditional-update", "{type}")}, set()),
        ("/fhir/{type}", ["DELETE"], {("conditional-delete", "{type}")}, set()),
        ("/fhir/{type}/$validate", ["POST"], set(), {("validate", "{type}")}),
        ("/fhir/Patient/{id}/$everything", ["GET"], set(), {("everything", "Patient")}),
        ("/fhir/$process-message", ["POST"], set(), {("process-message", "")}),
        ("/fhir/Patient/{id}/{type}", ["GET"], set(), set()),
        ("/fhirx/{type}/{id}", ["GET"], set(), set()),
        ("/fhir/metadata", ["GET"], set(), set()),
    ],
)
def test_an_address_is_read_as_what_it_answers(path, methods, codes, operations):
    async def endpoint(_):
        raise AssertionError

    found = offered_by([Route(path, endpoint, methods=methods)])
    assert (found.codes, found.operations) == (codes, operations)


def test_every_search_parameter_it_names_is_understood(statement):
    samples = {
        "token": "p",
        "date": "2026",
        "reference": "p",
        "quantity": "1",
        "number": "1",
        "string": "a",
        "uri": "urn:x",
    }
    (rest,) = statement["rest"]
    for resource in rest["resource"]:
        for parameter in resource.get("searchParam", ()):
            name, kind = parameter["name"], parameter["type"]
            if resource["type"] in terminology.TYPES:
                assert terminology.parameters_of(resource["type"])[name] == kind
                continue
            if resource["type"] == demographics.TYPE and name in demographics.PARAMETERS:
                assert demographics.is_asked([(name, "x")])
                continue
            who = [("_id" if resource["type"] == "Patient" else "patient", "p")]
            who = [pair for pair in who if pair[0] != name]
            parts = parameters.PARAMETERS[resource["type"]].get(name, None)
            kinds = [one.type for one in parts.parts] if kind == "composite" else [kind]
            value = "$".join(samples[each] for each in kinds)
            assert read_search(resource["type"], [*who, (name, value)])
            assert search_parameters(resource["type"])[name] == kind


def test_what_it_brings_along_is_a_reference_between_types_it_has(statement):
    (rest,) = statement["rest"]
    resources = {resource["type"]: resource for resource in rest["resource"]}
    for type_, resource in resources.items():
        for named in resource.get("searchInclude", ()):
            source, _, name = named.partition(":")
            assert source == type_
            assert name == "*" or search_parameters(type_)[name] == "reference"
        for named in resource.get("searchRevInclude", ()):
            source, _, name = named.partition(":")
            assert search_parameters(source)[name] == "reference"
    assert "Observation:encounter" in resources["Observation"]["searchInclude"]
    assert "Observation:encounter" in resources["Encounter"]["searchRevInclude"]


def test_every_operation_that_is_routed_has_a_definition(statement):
    (rest,) = statement["rest"]
    of_types = {
        (each["name"], resource["type"]): each["definition"]
        for resource in rest["resource"]
        for each in resource.get("operation", ())
    }
    people = {name for name, type_ in of_types if type_ == "Patient"}
    assert people >= {"match", "ihe-pix", "everything", "summary"}
    base = "http://hl7.org/fhir/OperationDefinition"
    assert of_types["everything", "Patient"] == f"{base}/Patient-everything"
    assert of_types["lastn", "Observation"] == f"{base}/Observation-lastn"
    system = {each["name"]: each["definition"] for each in rest["operation"]}
    assert system["process-message"] == f"{base}/MessageHeader-process-message"
    assert system["attest-erasure"] == "urn:openhealthcode:operation:attest-erasure"
    offered = offered_by(fhir.routes())
    named = {name for name, _ in of_types} | system.keys()
    assert named == {name for name, _ in offered.operations}


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
