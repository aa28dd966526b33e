"""Codes for when there is no network: the page a phone keeps, what it fetches ahead, what it was given.

The kept page is the same for everybody and names nobody; keys and certificates lie in the phone's
own store, and the keys cannot be taken out of it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from openhealthcode import access, registry, trust
from openhealthcode.portal.layout import (
    PLAIN,
    WITH_CAMERA,
    language_of,
    platform_of,
    render,
    see_other,
)
from openhealthcode.portal.layout.assets import PORTAL, digest
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput

WANTED: Final = 20
"""How many codes a phone keeps ready."""
_MOST_INSTITUTIONS: Final = 5_000
_WORKER: Final = PORTAL / "resident" / "assets" / "offline-worker.js"
_NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a phone sends: compressed points, each in base64."""

    keys: list[str]


async def show_offline(request: Request) -> Response:
    """The page that shows a code without network; kept by the phone, the same for everybody."""
    return render(request, "resident/offline.html", policy=WITH_CAMERA)


async def serve_worker(_: Request) -> Response:
    """The script that answers for this site when the network does not."""
    headers = PLAIN.headers() | {
        "Cache-Control": "no-cache"
    }  # it loads by the policy of its script
    return FileResponse(_WORKER, media_type="text/javascript", headers=headers)


async def show_codes(request: Request, session: ResidentSession) -> Response:
    """How many codes this phone was given and until when, and those of the other phones."""
    platform = platform_of(request)
    held = await access.offline_codes_held(
        platform.pool, session.resident_id, session.device_reference, datetime.now(UTC)
    )
    return render(
        request,
        "resident/offline_codes.html",
        held=held,
        kept=kept_by(request, session),
        was_taken_back=request.query_params.get("done") == "taken-back",
    )


async def fetch_codes(request: Request, session: ResidentSession) -> Response:
    """Certify the keys that the phone's script has made."""
    try:
        sent = msgspec.json.decode(await request.body(), type=_Keys)
        device_keys = [b64decode(one, validate=True) for one in sent.keys]
    except (msgspec.MsgspecError, ValueError):
        raise InvalidInput from None
    platform, now = platform_of(request), datetime.now(UTC)
    certificates = await access.fetch_offline_codes(
        platform.pool,
        platform.keys,
        session.resident_id,
        session.device_reference,
        device_keys,
        now,
    )
    answer = {
        "certificates": [b64encode(one).decode() for one in certificates],
        "now": int(now.timestamp()),
    }
    return JSONResponse(answer, headers=_NO_STORE)


async def show_counters(request: Request, _: ResidentSession) -> Response:
    """Whom the phone believes without network, and what institutions are called."""
    platform = platform_of(request)
    roots = trust.roots(platform.keys)
    known = await registry.institutions_named(platform.pool, "", most=_MOST_INSTITUTIONS)
    answer = {
        "list": b64encode(await trust.list_document(platform.pool)).decode(),
        "needed": roots.needed,
        "roots": [
            {"keyId": name.hex(), "suite": int(suite), "publicKey": b64encode(public).decode()}
            for name, (suite, public) in roots.keys.items()
        ],
        "institutions": {str(one.institution_id): one.name for one in known},
    }
    return JSONResponse(answer, headers=_NO_STORE)


async def take_back(request: Request, session: ResidentSession) -> Response:
    """Make what this phone was given worthless; its script deletes what it has."""
    platform = platform_of(request)
    await access.revoke_offline_codes(
        platform.pool,
        platform.keys,
        session.resident_id,
        session.device_reference,
        datetime.now(UTC),
    )
    return see_other("/offline-codes?done=taken-back")


def kept_by(request: Request, session: ResidentSession) -> dict[str, str] | None:
    """What the page tells its script; nothing while somebody acts for another.

    Nothing either where the region is on no trust list: its codes would be believed nowhere.
    Codes of one session are another's never: the phone deletes what an earlier one left.
    """
    if getattr(request.state, "acting", None) is not None:
        return None
    try:
        platform_of(request).keys.code_issuer(datetime.now(UTC))
    except trust.NoCodeIssuer:
        return None
    large = request.cookies.get("ohc_text", "")
    return {
        "session": str(UUID(int=session.session_id.int)),
        "page": f"{digest()} {language_of(request)} {large}",
        "wanted": str(WANTED),
    }
