"""``PATCH /fhir/{type}/{id}`` and by a condition: change an entry of one's own by a JSON Patch.

Source: FHIR R4, 3.1.0.6 (patch); RFC 6902.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.access.orders import RepeatUnexplained
from openhealthcode.fhir import orders
from openhealthcode.fhir.create import outcome_of
from openhealthcode.fhir.negotiation import WrongContentType
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import body_in
from openhealthcode.fhir.update import which_of
from openhealthcode.fhir.written import source_of, written
from openhealthcode.standards import NotFound
from openhealthcode.trust import DestroyedKey, UnknownKey

JSON_PATCH: Final = b"application/json-patch+json"


async def patch(request: Request) -> Response:
    """Change what the entry says that the address names, by its id or by a condition.

    Raises:
        WrongContentType: no JSON Patch; PatchMalformed, PatchFailed: one that cannot be applied.
        NotFound: absent, or not the sender's own. HealthCodeError: as ``collection.patch``.

    An order is compared as the patch leaves it, before it is filed.
    """
    which, system = await which_of(request, "u")
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind.strip().lower().encode() != JSON_PATCH:
        raise WrongContentType
    platform = platform_of(request.scope)
    weighing = orders.Weighing(platform, system)
    try:
        filed = await collection.patch(
            platform.pool,
            platform.keys,
            which=which,
            operations=collection.operations_in(await body_in(request)),
            source=source_of(system),
            weigh=weighing,
        )
    except RepeatUnexplained as refused:
        return await orders.refusal(request, platform, refused)
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    outcome = outcome_of(filed.set_aside, filed)
    if weighing.told:
        language = orders.language_of(request)
        about = await orders.outcome_of(platform, weighing.told, language)
        outcome = orders.merged(outcome, about)
    return await written(request, system, filed.entries[0], outcome)
