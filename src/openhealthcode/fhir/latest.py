"""``Observation/$lastn``: the latest observations of each code that this system may see.

Source: FHIR R4, Observation/$lastn. Observations are of one code if they share a coding; those without
any, if their words are the same.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.fhir import bearer
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.everything import bundled
from openhealthcode.fhir.negotiation import check_accept
from openhealthcode.fhir.operation import asked_of, count_of, id_of, single
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import SearchNotUnderstood, parameters, read_part

_TYPE: Final = "Observation"
_OWN: Final = frozenset({"patient", "subject", "max"})


async def last_n(request: Request) -> Response:
    """The latest of each code, as a searchset Bundle; who is not there has none."""
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bearer.require(system, _TYPE, "rs")
    part, asked = read_part(await asked_of(request))
    named = single([("patient", v) for n, v in asked if n in {"patient", "subject"}], "patient")
    if named is None:
        raise SearchNotUnderstood("name exactly one resident by patient")
    at_most = single(asked, "max")
    conditions = parameters.read_conditions(_TYPE, [pair for pair in asked if pair[0] not in _OWN])
    if any(one.types for one in conditions):
        raise SearchNotUnderstood("what leads to other entries is no condition here")
    found = await access.latest(
        platform.pool,
        platform.keys,
        system=system,
        patient=id_of(named),
        conditions=conditions,
        of_each=count_of(at_most) if at_most else 1,
    )
    head = {"resourceType": "Bundle", "type": "searchset", "total": len(found.entries)}
    return answer(request, bundled(head, found.entries, f"{public_url(request.scope)}/fhir", part))
