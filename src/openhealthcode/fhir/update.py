"""``PUT /fhir/{type}/{id}`` and by a condition: replace what an entry of one's own says.

An institution's systems change what the institution filed; others' entries are as if not there. Ids
are given here, so nothing is created under an id of the sender's. Consents that residents gave share
the type with consent forms: one that is no form of the sender's is given back (``consent``).

Source: FHIR R4, 3.1.0.4 (update), 3.1.0.4.3 (conditional update).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.access.orders import RepeatUnexplained
from openhealthcode.collection import Which
from openhealthcode.fhir import bearer, consent, orders
from openhealthcode.fhir.condition import search_meant, version_meant
from openhealthcode.fhir.create import outcome_of
from openhealthcode.fhir.negotiation import ParameterNotSupported, check_accept, query_of
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.fhir.written import source_of, written
from openhealthcode.record import KINDS, Resource, UnknownResourceType
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.trust import DestroyedKey, UnknownKey


async def update(request: Request) -> Response:
    """Replace what an entry says, by its id.

    Raises:
        NotFound: absent, or not the sender's own; which, nobody is told.
        VersionConflict: another version is there than If-Match names.
        HealthCodeError: as ``collection.update``.
    """
    which, system = await which_of(request, "u")
    sent = await resource_in(request)
    platform, source = platform_of(request.scope), source_of(system)
    if which.type == consent.TYPE and not await collection.is_own_entry(
        platform.pool, platform.keys, which=which, source=source
    ):
        return await consent.give_back(request, system, sent)
    return await _replace(request, system, which, sent)


async def update_by_condition(request: Request) -> Response:
    """Replace what the one entry says that a condition fits; if it fits none, file a new one.

    Raises:
        SeveralMatches: it fits several. HealthCodeError: as ``update``.
    """
    which, system = await which_of(request, "u")
    return await _replace(request, system, which, await resource_in(request))


async def _replace(
    request: Request, system: SystemAccess, which: Which, sent: Resource
) -> Response:
    if sent.get("resourceType") != which.type:
        raise InvalidInput("the resource is not of the type that the address names")
    if which.fhir_id and sent.get("id") != which.fhir_id:
        raise InvalidInput("the resource's id is not the one that the address names")
    platform = platform_of(request.scope)
    try:
        told = await orders.told_of(platform, system, [sent])
        filed = await collection.update(
            platform.pool, platform.keys, which=which, resource=sent, source=source_of(system)
        )
    except RepeatUnexplained as refused:
        return await orders.refusal(request, platform, refused)
    except (UnknownKey, DestroyedKey):
        raise NotFound from None
    outcome = outcome_of(filed.set_aside, filed)
    if told:
        language = orders.language_of(request)
        outcome = orders.merged(outcome, await orders.outcome_of(platform, told, language))
    return await written(request, system, filed.entries[0], outcome, sent)


async def which_of(request: Request, permission: str) -> tuple[Which, SystemAccess]:
    """The entry an address names, by id or condition, once it is known who asks.

    Raises:
        TokenNeeded, ScopeMissing: nobody who may. UnknownResourceType: a type not filed here.
        ParameterNotSupported, InvalidInput: parameters where there may be none, or none where there
            have to be some.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    system = await bearer.system_of(platform_of(request.scope), headers)
    type_, fhir_id = request.path_params["type"], request.path_params.get("id", "")
    if type_ not in KINDS:
        raise UnknownResourceType
    bearer.require(system, type_, permission)
    query = request.scope["query_string"]
    if fhir_id and query_of(query):
        raise ParameterNotSupported
    condition = None if fhir_id else search_meant(query)
    return Which(type_, fhir_id, condition, version_meant(headers)), system
