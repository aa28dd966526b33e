"""``POST /fhir``: a transaction Bundle, filed whole or not at all.

Source: FHIR R4, 3.1.0.11 (transaction); Bundle, bdl-3 and bdl-4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.collection import FiledBundle
from openhealthcode.fhir import bearer, directory
from openhealthcode.fhir.create import STATUS, etag_of, location_of, outcome_of, source_of
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.record import Resource

_REASONS = {200: "200 OK", 201: "201 Created"}


async def transaction(request: Request) -> Response:
    """File everything a Bundle brings for one resident, and say where each entry went."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    if query_of(request.scope["query_string"]):
        raise ParameterNotSupported
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bundle = await resource_in(request)
    types = list(_types(bundle))
    for type_ in set(types):
        bearer.require(system, type_, "c")
    filed = await collection.file_patiently(platform.pool, platform.keys, bundle, source_of(system))
    answer = {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": list(_responses(types, filed)),
    }
    return Response(orjson.dumps(answer), media_type=FHIR_JSON)


def _types(bundle: Resource) -> Iterator[str]:
    """The types of the entries as far as they can be told; what is no Bundle has none."""
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        type_ = resource.get("resourceType") if isinstance(resource, dict) else None
        yield type_ if isinstance(type_, str) else ""


def _responses(types: list[str], filed: FiledBundle) -> Iterator[dict[str, Any]]:
    """One response for each entry, in the Bundle's order.

    Institutions and practitioners go to the registry instead of the record and have no version;
    what was filed without some element, or not at all, is told with its outcome.
    """
    entries = iter(filed.entries)
    aside = {each.place: each for each in filed.set_aside}
    for place, type_ in enumerate(types):
        left_out = [aside[place]] if place in aside else []
        # What concerns the whole is told with the first entry.
        whole = filed if place == 0 and (filed.missing or filed.warnings) else None
        told = {"outcome": outcome_of(left_out, whole)} if left_out or whole else {}
        if type_ in directory.TYPES or (place in aside and aside[place].is_whole):
            yield {"response": {"status": _REASONS[200], **told}}
            continue
        entry = next(entries)
        yield {
            "response": {
                "status": _REASONS[STATUS[entry.done]],
                "location": location_of(entry),
                "etag": etag_of(entry),
                **told,
            }
        }
