"""``GET /fhir/CodeSystem``, and ValueSet, ConceptMap, NamingSystem: what definitions there are.

A code system is listed without its codes (SUBSETTED); it is read by its id.

Source: FHIR R4, 3.1.1 (search); the search parameters of the four resources.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.fhir.platform import public_url
from openhealthcode.fhir.terminology import told
from openhealthcode.fhir.terminology.asked import Asked, asked_of
from openhealthcode.fhir.terminology.definitions import KnownSystem
from openhealthcode.fhir.terminology.read import definitions
from openhealthcode.fhir.terminology.told import Json
from openhealthcode.terminology import as_read
from openhealthcode.terminology.concepts import Content

PARAMETERS: Final = {
    "_id": "token",
    "url": "uri",
    "version": "token",
    "name": "string",
    "title": "string",
    "status": "token",
}
_OF_NAMES: Final = {"_id": "token", "name": "string", "status": "token", "value": "string"}
_USUAL: Final = 50
_MOST: Final = 500
_SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


def parameters_of(type_: str) -> dict[str, str]:
    """The search parameters of a type and their kinds."""
    return _OF_NAMES if type_ == "NamingSystem" else PARAMETERS


async def search(request: Request) -> Response:
    """A searchset of definitions, page by page, in the order of their ids."""
    type_ = request.path_params["type"]
    wanted = parameters_of(type_)
    asked = await asked_of(request, {*wanted, "_count", "_offset"})
    found = [_listed(one) for _, one in sorted((await definitions(asked.pool, type_)).items())]
    matching = [one for one in found if all(_matches(one, n, v) for n, v in asked.texts.items())]
    count, offset = min(asked.number("_count", _USUAL), _MOST), asked.number("_offset", 0)
    url = f"{public_url(request.scope)}/fhir"
    page = matching[offset : offset + count]
    bundle: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(matching),
        "link": _links(f"{url}/{type_}", asked, offset, count, len(matching)),
    }
    if page:
        bundle["entry"] = [
            {
                "fullUrl": f"{url}/{type_}/{one['id']}",
                "resource": one,
                "search": {"mode": "match"},
            }
            for one in page
        ]
    return told.resource(request, bundle)


def _listed(one: KnownSystem | Json) -> Json:
    if not isinstance(one, KnownSystem):
        return one
    listed = told.code_system(one.id, one.about, None, one.loaded.concepts if one.loaded else 0)
    if one.loaded is None:
        listed["content"] = one.about.content.value
        del listed["count"]
        if one.about.content is not Content.NOT_PRESENT:
            listed["meta"] = {"tag": [_SUBSETTED]}
    return listed


def _matches(one: Json, name: str, text: str) -> bool:
    if name in {"_count", "_offset", "displayLanguage"}:
        return True
    if name == "value":
        return any(text.removeprefix("urn:oid:") == each["value"] for each in one["uniqueId"])
    if name in {"name", "title"}:
        return any(each.startswith(as_read(text)) for each in _names(one, name))
    return text.rsplit("|", maxsplit=1)[-1] == str(one.get(name.removeprefix("_"), ""))


def _names(one: Json, name: str) -> Iterable[str]:
    yield as_read(str(one.get(name, "")))
    if name == "title" and "_title" in one:
        yield as_read(one["_title"]["extension"][0]["extension"][1]["valueString"])


def _links(url: str, asked: Asked, offset: int, count: int, total: int) -> list[Json]:
    """This page, and the next if there is one."""
    said = {name: text for name, text in asked.texts.items() if name != "_offset"}

    def page(relation: str, start: int) -> Json:
        query = urlencode(said | {"_offset": start})
        return {"relation": relation, "url": f"{url}?{query}"}

    links = [page("self", offset)]
    if 0 < count < total - offset:
        links.append(page("next", offset + count))
    return links
