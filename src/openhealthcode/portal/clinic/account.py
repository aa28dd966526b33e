"""A clinician's own account: passkeys for the devices they use."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.clinic.hearings import open_hearings
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.layout import PLAIN, platform_of, read_form, see_other
from openhealthcode.portal.layout.site import site_of
from openhealthcode.sign_in import PasskeyRefused, staff

_LONGEST_LABEL: Final = 64


async def show_account(request: Request, desk: Desk) -> Response:
    """Who is signed in, and how to sign in without a password next time."""
    notice = "added" if "added" in request.query_params else ""
    return show(
        request,
        desk,
        "account.html",
        notice=notice,
        problem="",
        hearings=await open_hearings(request, desk),
    )


async def begin_own_passkey(request: Request, desk: Desk) -> Response:
    """What the browser needs to make a passkey on this device."""
    platform = platform_of(request)
    options = await staff.begin_passkey(
        platform.pool, platform.keys, site_of(request), desk.session
    )
    return Response(options, media_type="application/json", headers=PLAIN.headers())


async def add_own_passkey(request: Request, desk: Desk) -> Response:
    """Keep the passkey the browser made."""
    platform, form = platform_of(request), await read_form(request)
    label = form.text("label")[:_LONGEST_LABEL]
    try:
        await staff.add_passkey(
            platform.pool,
            platform.keys,
            site_of(request),
            desk.session,
            form.text("credential"),
            label,
        )
    except PasskeyRefused:
        return show(
            request, desk, "account.html", status=422, notice="", problem="passkey", hearings=0
        )
    return see_other("/clinic/account?added")
