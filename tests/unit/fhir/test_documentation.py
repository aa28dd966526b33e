"""The interfaces beside FHIR are described for programs and for people, in two languages."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from openhealthcode import fhir, gateway, operations
from openhealthcode.fhir.capability import addresses
from openhealthcode.fhir.documentation import description


@pytest.fixture
async def client():
    app = Starlette(routes=[*fhir.routes(), *operations.routes()])
    app.state.platform = SimpleNamespace(pool=None, keys=None)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as calling:
        yield calling


def test_what_is_described_is_routed_and_the_other_way_round():
    routed = {
        (route.path, method.lower())
        for route in [*fhir.routes(), *gateway.routes(), *operations.routes()]
        if isinstance(route, Route)
        and not route.path.startswith(("/fhir", "/own/fhir", "/regions"))
        for method in route.methods or ()
        if method != "HEAD"
    } - {("/docs/style.css", "get")}
    described = {
        (path, method) for path, methods in description()["paths"].items() for method in methods
    }
    assert described - {("/fhir/metadata", "get")} == routed


def test_every_operation_is_described_in_both_languages():
    for methods in description()["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["x-summary-zh"]
            assert ("description" in operation) == ("x-description-zh" in operation)
            assert operation["operationId"]
            assert operation["responses"]


def test_every_reference_leads_somewhere():
    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = list(references(description()))
    assert found
    for reference in found:
        target = description()
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


async def test_programs_are_told_every_fhir_address(client):
    told = (await client.get("/openapi.json")).json()
    routed = {path for path, _ in addresses(fhir.routes())}
    own = {path for path, _ in addresses(fhir.routes(), "/own/fhir")}
    assert own
    assert routed | own <= told["paths"].keys()
    read = told["paths"]["/fhir/{type}/{id}"]["get"]
    assert [each["name"] for each in read["parameters"]][:2] == ["type", "id"]
    assert read["security"] == [{"system": []}]
    assert told["paths"]["/own/fhir/AuditEvent"]["get"]["security"] == [{"resident": []}]
    assert set(told["components"]["securitySchemes"]) == {"system", "resident"}
    ids = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))


async def test_programs_get_openapi_3_1_with_this_servers_address(client):
    told = (await client.get("/openapi.json")).json()
    assert told["openapi"].startswith("3.1")
    assert told["servers"] == [{"url": "http://test"}]


@pytest.mark.parametrize(("language", "title"), [("en", "Interfaces"), ("zh-CN", "接口说明")])
async def test_people_get_a_page_without_script_or_foreign_host(client, language, title):
    answer = await client.get("/docs", headers={"Accept-Language": language})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert title in answer.text
    page = Page()
    page.feed(answer.text)
    assert "script" not in page.tags
    assert not {"style", "onclick"} & page.attributes
    assert all(link.startswith("/") for link in page.links), page.links
    assert (await client.get("/docs/style.css")).headers["content-type"].startswith("text/css")


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links += [value for name, value in attributes if name in {"href", "src"}]
