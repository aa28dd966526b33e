"""How a write is answered: where the version is, and as much of it as is wanted.

What was written is shown through ``access``, as any look of the system's own: decided, logged, and
only if its token may read. A preference that is not met is not named in ``Preference-Applied``.

Source: FHIR R4, 3.1.0.1.6 (Prefer), 3.1.0.4 (update), 3.1.0.8 (create).
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Done, Filed, Source
from openhealthcode.fhir.condition import answer_wanted
from openhealthcode.fhir.negotiation import FHIR_JSON
from openhealthcode.fhir.outcome import prefers_chinese
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.fhir.validate import doubts
from openhealthcode.record import Resource
from openhealthcode.sign_in import SystemAccess

STATUS: Final = {Done.CREATED: 201, Done.UPDATED: 200, Done.UNCHANGED: 200, Done.DELETED: 204}
_DONE: Final = {
    Done.CREATED: "Filed as a new entry.",
    Done.UPDATED: "Filed as a new version.",
    Done.UNCHANGED: "Nothing changed: this is what is there.",
    Done.DELETED: "Marked as deleted.",
}


def source_of(system: SystemAccess) -> Source:
    """On whose behalf a system delivers: always its own institution's."""
    agent = Agent(AgentKind.SYSTEM, system.system_id, system.institution_id)
    return Source(agent=agent, institution_id=system.institution_id)


def location_of(filed: Filed) -> str:
    """Where the version that was filed is read from."""
    return f"{filed.type}/{filed.fhir_id}/_history/{filed.version}"


def etag_of(filed: Filed) -> str:
    """The weak entity tag that names the version."""
    return f'W/"{filed.version}"'


async def written(
    request: Request,
    system: SystemAccess,
    filed: Filed,
    outcome: dict[str, Any],
    sent: Resource | None = None,
) -> Response:
    """The answer to a write of one entry.

    Args:
        outcome: what the sender is told of it; without issues, nothing.
        sent: what was filed; who wants an outcome reads also what is doubtful in it.
    """
    wanted = answer_wanted(dict(request.scope["headers"]))
    headers = {"ETag": etag_of(filed)}
    if filed.done is not Done.DELETED:
        headers["Location"] = f"{public_url(request.scope)}/fhir/{location_of(filed)}"
    body = b""
    if wanted == "representation" and filed.done is not Done.DELETED:
        body = await _shown(request, system, filed)
        headers |= {"Preference-Applied": "return=representation"} if body else {}
    elif wanted == "OperationOutcome":
        is_chinese = prefers_chinese(request.headers.get("accept-language", ""))
        doubtful = doubts(sent, is_chinese=is_chinese) if sent else []
        outcome = {**outcome, "issue": [*outcome["issue"], *doubtful, _done(filed.done)]}
        headers["Preference-Applied"] = "return=OperationOutcome"
    elif wanted == "minimal" and not outcome["issue"]:
        headers["Preference-Applied"] = "return=minimal"
    if not body and outcome["issue"]:
        body = orjson.dumps(outcome)
    status = STATUS[filed.done]
    return Response(
        body,
        status_code=200 if status == 204 and body else status,
        headers=headers,
        media_type=FHIR_JSON if body else None,
    )


async def _shown(request: Request, system: SystemAccess, filed: Filed) -> bytes:
    """What was written, as the system may read it; empty if its token does not let it read."""
    if not system.permits(filed.type, "r"):
        return b""
    platform = platform_of(request.scope)
    read = await access.read_entry(
        platform.pool,
        platform.keys,
        system=system,
        type=filed.type,
        fhir_id=filed.fhir_id,
        version=filed.version,
    )
    return read.body


def _done(done: Done) -> dict[str, Any]:
    return {
        "severity": "information",
        "code": "informational",
        "details": {"text": _DONE[done]},
    }
