"""``POST /fhir``: a transaction Bundle, filed whole or not at all; a batch, each entry by itself.

Source: FHIR R4, 3.1.0.11 (transaction), 3.1.0.11.1 (order of the methods); Bundle, bdl-3 and bdl-4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.access.orders import RepeatUnexplained
from openhealthcode.collection import Done, FiledBundle
from openhealthcode.fhir import bearer, directory, orders
from openhealthcode.fhir.batch import batch
from openhealthcode.fhir.create import outcome_of
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.fhir.written import STATUS, etag_of, location_of, source_of
from openhealthcode.record import Resource

_REASONS: Final = {200: "200 OK", 201: "201 Created", 204: "204 No Content"}
_AT: Final = "Bundle.entry[{}].resource"
_PERMISSIONS: Final = {"POST": "c", "PUT": "u", "PATCH": "u", "DELETE": "d"}


async def transaction(request: Request) -> Response:
    """File everything a Bundle brings for one resident, and say where each entry went."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    if query_of(request.scope["query_string"]):
        raise ParameterNotSupported
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bundle = await resource_in(request)
    if bundle.get("type") == "batch":
        return await batch(request, bundle)
    asked = list(_asked(bundle))
    for type_, permission in set(asked):
        bearer.require(system, type_, permission)
    weighing = orders.Weighing(platform, system, _AT)
    try:
        told = await orders.told_of(platform, system, orders.brought_by(bundle), _AT)
        filed = await collection.file_patiently(
            platform.pool, platform.keys, bundle, source_of(system), weighing
        )
    except RepeatUnexplained as refused:
        return await orders.refusal(request, platform, refused)
    entries = list(_responses(asked, filed))
    language = orders.language_of(request)
    await orders.tell(platform, (*told, *weighing.told), entries, language)
    answer = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
    return Response(orjson.dumps(answer), media_type=FHIR_JSON)


def _asked(bundle: Resource) -> Iterator[tuple[str, str]]:
    """The type of each entry and what is done with it, as far as they can be told."""
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        asked = entry.get("request") if isinstance(entry, dict) else None
        method = asked.get("method") if isinstance(asked, dict) else None
        if isinstance(method, str) and method in _PERMISSIONS and method != "POST":
            url = asked.get("url") if isinstance(asked, dict) else None
            type_ = url.partition("?")[0].partition("/")[0] if isinstance(url, str) else ""
            yield type_, _PERMISSIONS[method]
            continue
        resource = entry.get("resource") if isinstance(entry, dict) else None
        named = resource.get("resourceType") if isinstance(resource, dict) else None
        yield named if isinstance(named, str) else "", "c"


def _responses(asked: list[tuple[str, str]], filed: FiledBundle) -> Iterator[dict[str, Any]]:
    """One response for each entry, in the Bundle's order.

    Institutions and practitioners go to the registry instead of the record and have no version;
    what was filed without some element, or not at all, is told with its outcome. A condition by
    which nothing was to be deleted has nothing to tell.
    """
    entries = {entry.place: entry for entry in (*filed.entries, *filed.others)}
    aside = {each.place: each for each in filed.set_aside}
    for place, (type_, _) in enumerate(asked):
        left_out = [aside[place]] if place in aside else []
        # What concerns the whole is told with the first entry.
        whole = filed if place == 0 and (filed.missing or filed.warnings) else None
        told = {"outcome": outcome_of(left_out, whole)} if left_out or whole else {}
        entry = entries.get(place)
        if entry is None:
            is_filed_elsewhere = type_ in directory.TYPES or place in aside
            yield {"response": {"status": _REASONS[200 if is_filed_elsewhere else 204], **told}}
            continue
        location = {} if entry.done is Done.DELETED else {"location": location_of(entry)}
        yield {
            "response": {
                "status": _REASONS[STATUS[entry.done]],
                **location,
                "etag": etag_of(entry),
                **told,
            }
        }
