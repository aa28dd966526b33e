"""``DELETE /fhir/{type}/{id}`` and by a condition: mark an entry of one's own as deleted.

One more version says so and nobody is shown the entry any more; what it said stays until its time is
over, and the resident reads in the log who deleted how much.

Source: FHIR R4, 3.1.0.7 (delete), 3.1.0.7.1 (conditional delete).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.fhir.create import outcome_of
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.update import which_of
from openhealthcode.fhir.written import source_of, written
from openhealthcode.standards import NotFound
from openhealthcode.trust import DestroyedKey, UnknownKey


async def delete(request: Request) -> Response:
    """Delete the entry that the address names, by its id or by a condition.

    A second time, and by a condition that fits nothing, nothing changes and nothing is said.

    Raises:
        NotFound: absent, or not the sender's own. SeveralMatches: the condition fits several.
        NotDeletable: it is who the resident is.
    """
    which, system = await which_of(request, "d")
    platform = platform_of(request.scope)
    try:
        filed = await collection.delete(
            platform.pool, platform.keys, which=which, source=source_of(system)
        )
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    if not filed.others:
        return Response(status_code=204)
    return await written(request, system, filed.others[0], outcome_of((), None))
