"""Copies to erase, for an institution's systems: ``$copies-to-erase`` and ``$attest-erasure``.

A request is a Task whose inputs name the resources that this institution's systems were given.

Source: FHIR R4, 3.2 (operations at the level of the system), Task, Parameters; the names are ours.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, audit
from openhealthcode.access import AskedErasure, CopiesToErase
from openhealthcode.consent.erasure import ErasureAnswer, ErasureState
from openhealthcode.fhir import bearer
from openhealthcode.fhir.negotiation import (
    FHIR_JSON,
    ParameterNotSupported,
    check_accept,
    query_of,
)
from openhealthcode.fhir.platform import Platform, platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput

_ONE: Final = "request"
_VALUES: Final = {"request": "valueString", "answer": "valueCode", "reason": "valueString"}
_STATUS: Final = {ErasureState.RETAINED: "accepted"}
"""Of a Task; what is waiting or overdue is ``requested``."""


async def copies_to_erase(request: Request) -> Response:
    """What this institution still has to erase; with ``request=``, one of them and its copies."""
    platform, system = await _system(request, "r")
    asked = query_of(request.scope["query_string"])
    if not asked:
        found = await access.erasures_asked(platform.pool, platform.keys, system.institution_id)
        return _answer({"type": "collection", "entry": [{"resource": _task(one)} for one in found]})
    if len(asked) != 1 or asked[0][0] != _ONE:
        raise ParameterNotSupported
    copies = await access.copies_to_erase(platform.pool, platform.keys, asked[0][1], _agent(system))
    return _answer({"type": "collection", "entry": [{"resource": _with_copies(copies)}]})


async def attest_erasure(request: Request) -> Response:
    """Take what the institution attests, as Parameters; answered by what is left to erase.

    Raises:
        InvalidInput: not Parameters of this operation.
        NotFound: no such request of this institution. NotToAttest: attested before.
    """
    platform, system = await _system(request, "c")
    given = _parameters(await resource_in(request))
    if given.get("answer") not in set(ErasureAnswer):
        raise InvalidInput("the answer is erased, nothing-kept or retained")
    await access.attest_erasure(
        platform.pool,
        platform.keys,
        given.get("request", ""),
        _agent(system),
        answer=ErasureAnswer(given["answer"]),
        reason=given.get("reason", ""),
    )
    left = await access.erasures_asked(platform.pool, platform.keys, system.institution_id)
    return _answer({"type": "collection", "entry": [{"resource": _task(one)} for one in left]})


async def _system(request: Request, permission: str) -> tuple[Platform, SystemAccess]:
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    bearer.require(system, "Task", permission)
    return platform, system


def _agent(system: SystemAccess) -> audit.Agent:
    return audit.Agent(audit.AgentKind.SYSTEM, system.system_id, system.institution_id)


def _parameters(resource: dict[str, Any]) -> dict[str, str]:
    """The values of the operation's parameters by name."""
    if resource.get("resourceType") != "Parameters":
        raise InvalidInput("the body is a Parameters resource")
    found: dict[str, str] = {}
    listed = resource.get("parameter")
    for one in listed if isinstance(listed, list) else []:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or name in found or name not in _VALUES:
            raise InvalidInput("request, answer and reason, each once")
        value = one.get(_VALUES[name])
        if not isinstance(value, str):
            raise InvalidInput("the value of a parameter is missing or of another type")
        found[name] = value
    return found


def _task(one: AskedErasure) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "id": one.public_id,
        "status": _STATUS.get(one.state, "requested"),
        "intent": "order",
        "code": {"text": "Erase the copies kept under a consent that was withdrawn"},
        "authoredOn": one.asked_at.isoformat(timespec="seconds"),
        "owner": {"reference": f"Organization/{one.institution_id}"},
        "restriction": {"period": {"end": one.due_at.isoformat(timespec="seconds")}},
    }


def _with_copies(copies: CopiesToErase) -> dict[str, Any]:
    inputs = [
        {"type": {"text": "copy"}, "valueReference": {"reference": f"{type_}/{id_}"}}
        for type_, id_ in copies.entries
    ]
    return _task(copies.asked) | ({"input": inputs} if inputs else {})


def _answer(bundle: dict[str, Any]) -> Response:
    if not bundle["entry"]:
        bundle = {"type": bundle["type"]}  # FHIR knows no empty lists
    return Response(
        orjson.dumps({"resourceType": "Bundle", **bundle}), media_type=FHIR_JSON,
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip
