"""``Group/[id]/$export``: records of a group that an operator approved for the caller's institution.

Asking about it puts the next portion together, 202 until there is no more; then the manifest says where
the files are. Who is in the group is told nobody: whoever allows nothing is in no file.

Source: FHIR Bulk Data Access 2.0.0: Bulk Data Export Operation (group level).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import Wanted, groups
from openhealthcode.fhir import bearer
from openhealthcode.fhir.everything import wanted_types
from openhealthcode.fhir.export import check_asynchronous, form_of, manifest_of, when_over
from openhealthcode.fhir.negotiation import check_accept, query_of
from openhealthcode.fhir.operation import asked_of, moment_of, only, single
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.trust import Keys, UnreadableSeal

_KNOWN: Final = ("_type", "_since", "_outputFormat")
_JOB: Final = "group export job"


async def group_export(request: Request) -> Response:
    """Begin an export of the group that the address names.

    Raises:
        NotFound: no such group, none of the caller's institution's, or its approval is over.
        SearchNotUnderstood, ParameterNotSupported: something asked for is not understood.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    check_asynchronous(headers)
    asked = await asked_of(request)
    only(asked, _KNOWN)
    since = single(asked, "_since")
    wanted = Wanted(wanted_types(system, asked), since=moment_of(since) if since else None)
    group_id = _group(request.path_params["id"])
    job = await groups.begin_group_export(
        platform.pool,
        platform.keys,
        system=system,
        group_id=group_id,
        asked=groups.Asked(wanted, form_of(asked)),
    )
    where = f"{_base(request)}/$group-export-status?job={_name(platform.keys, group_id, job)}"
    return Response(status_code=202, headers={"Content-Location": where})


async def group_export_status(request: Request) -> Response:
    """How far it got, or the manifest.

    Raises:
        NotFound: no such export, another caller's, over, or the group is not approved any more.
    """
    headers = dict(request.scope["headers"])
    platform = platform_of(request.scope)
    system: SystemAccess = await bearer.system_of(platform, headers)
    asked = query_of(request.scope["query_string"])
    only(asked, ("job",))
    group_id, job = _opened(platform.keys, single(asked, "job") or "")
    made = await groups.go_on(
        platform.pool, platform.keys, system=system, group_id=group_id, job=job
    )
    if isinstance(made, groups.GoingOn):
        told = {"X-Progress": f"{made.done} of {made.size}", "Retry-After": "1"}
        return Response(status_code=202, headers=told)
    base = _base(request)
    manifest = manifest_of(made, base, f"{base}/Group/{group_id}/$export")
    return Response(
        orjson.dumps(manifest),
        media_type="application/json",
        headers={"Expires": when_over(made.expires_at)},
    )


def _base(request: Request) -> str:
    return f"{public_url(request.scope)}/fhir"


def _group(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _name(keys: Keys, group_id: UUID, job: str) -> str:
    sealed = keys.seal_session(_JOB, f"{group_id} {job}")
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _opened(keys: Keys, name: str) -> tuple[UUID, str]:
    try:
        sealed = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
        group_id, _, job = keys.open_session(_JOB, sealed).partition(" ")
        return UUID(group_id), job
    except (UnreadableSeal, binascii.Error, ValueError):
        raise NotFound from None
