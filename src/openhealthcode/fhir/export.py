"""``Patient/$export``: records in bulk, as files of a resource a line, in the steps the guide asks for.

What is asked for is put together at once, so that one look of each resident stands in the log; the
address the caller is sent to answers what there is, and is sealed for that caller.

Source: FHIR Bulk Data Access 2.0.0: Bulk Data Export Operation (patient level, with ``patient``).
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import MOST_RESIDENTS, Export
from openhealthcode.access.handing_over import Form
from openhealthcode.fhir import bearer
from openhealthcode.fhir.everything import wanted_types
from openhealthcode.fhir.negotiation import ParameterNotSupported, check_accept, query_of
from openhealthcode.fhir.operation import asked_of, id_of, moment_of, only, single
from openhealthcode.fhir.paging import Parameters
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import SearchNotUnderstood
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.trust import Keys, UnreadableSeal

NDJSON: Final = "application/fhir+ndjson"
CSV: Final = "text/csv"
_FORMATS: Final = {
    None: Form.LINES,
    NDJSON: Form.LINES,
    "application/ndjson": Form.LINES,
    "ndjson": Form.LINES,
    CSV: Form.TABLE,
}
_KNOWN: Final = ("patient", "_type", "_since", "_outputFormat")
_ASYNC: Final = b"respond-async"


async def export(request: Request) -> Response:
    """Put together what this system's institution may keep of the residents it names.

    Raises:
        SearchNotUnderstood: nobody is named, or too many, or something else is not understood.
        ParameterNotSupported: an answer at once, or another format, is asked for.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    system = await bearer.system_of(platform, headers)
    check_asynchronous(headers)
    asked = await asked_of(request)
    only(asked, _KNOWN)
    form = form_of(asked)
    patients = [id_of(value) for name, value in asked if name == "patient"]
    if not 0 < len(patients) <= MOST_RESIDENTS:
        raise SearchNotUnderstood(f"name one to {MOST_RESIDENTS} residents by patient")
    since = single(asked, "_since")
    made = await access.export(
        platform.pool,
        platform.keys,
        system=system,
        patients=patients,
        wanted=access.Wanted(
            wanted_types(system, asked), since=moment_of(since) if since else None
        ),
        form=form,
    )
    base = f"{public_url(request.scope)}/fhir"
    return accepted(platform.keys, made, str(system.system_id), base, f"{base}/Patient/$export")


async def export_status(request: Request) -> Response:
    """What an export holds and where its files are.

    Raises:
        NotFound: no such export, or another caller's.
    """
    system = await _system(request)
    return status(request, str(system.system_id))


async def export_file(request: Request) -> Response:
    """One file, once.

    Raises:
        NotFound: no such file, fetched before, over, or another caller's.
    """
    system = await _system(request)
    return await file(request, str(system.system_id))


async def _system(request: Request) -> SystemAccess:
    headers = dict(request.scope["headers"])
    return await bearer.system_of(platform_of(request.scope), headers)


def check_asynchronous(headers: dict[bytes, bytes]) -> None:
    """Go on if the caller waits for files.

    Raises:
        ParameterNotSupported: it wants the answer at once.
    """
    if _ASYNC not in headers.get(b"prefer", b""):
        raise ParameterNotSupported


def accepted(keys: Keys, made: Export, owner: str, base: str, asked: str) -> Response:
    """202, and where the caller reads on."""
    manifest = manifest_of(made, base, asked)
    until = int(made.expires_at.timestamp())
    sealed = keys.seal_session(_job(owner), json.dumps({"until": until, "manifest": manifest}))
    named = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    where = f"{base}/$export-status?job={named}"
    return Response(status_code=202, headers={"Content-Location": where})


def manifest_of(made: Export, base: str, asked: str) -> dict[str, Any]:
    """What an export holds, and where its files are."""
    return {
        "transactionTime": made.made_at.isoformat(timespec="milliseconds"),
        "request": asked,
        "requiresAccessToken": True,
        "output": [
            {"type": one.type, "url": f"{base}/$export-file?name={one.name}", "count": one.count}
            for one in made.files
        ],
        "error": [],
    }


def form_of(asked: Parameters) -> Form:
    """The form of the files.

    Raises:
        ParameterNotSupported: one that is not offered.
    """
    form = _FORMATS.get(single(asked, "_outputFormat"))
    if form is None:
        raise ParameterNotSupported
    return form


def when_over(at: datetime) -> str:
    """A moment as headers write it."""
    return at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def status(request: Request, owner: str) -> Response:
    """The manifest of an export that is not over.

    Raises:
        NotFound: no such export, or another caller's.
    """
    job = _named(request, "job")
    try:
        sealed = base64.urlsafe_b64decode(job + "=" * (-len(job) % 4))
        told: dict[str, Any] = json.loads(
            platform_of(request.scope).keys.open_session(_job(owner), sealed)
        )
    except (UnreadableSeal, binascii.Error, ValueError):
        raise NotFound from None
    until = datetime.fromtimestamp(told["until"], UTC)
    if datetime.now(UTC) >= until:
        raise NotFound
    return Response(
        orjson.dumps(told["manifest"]),
        media_type="application/json",
        headers={"Expires": when_over(until)},
    )


async def file(request: Request, owner: str) -> Response:
    """A file of an export.

    Raises:
        NotFound: no such file, fetched before, over, or another caller's.
    """
    platform = platform_of(request.scope)
    body = await access.exported_file(platform.pool, platform.keys, owner, _named(request, "name"))
    return Response(body, media_type=NDJSON if body.startswith(b"{") else CSV)


def _named(request: Request, name: str) -> str:
    asked = query_of(request.scope["query_string"])
    only(asked, (name,))
    value = single(asked, name)
    if value is None or not value.isascii():
        raise NotFound
    return value


def _job(owner: str) -> str:
    return f"export job of {owner}"
