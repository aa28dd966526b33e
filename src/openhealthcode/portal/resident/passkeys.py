"""The resident's passkeys: made after a fresh proof, listed, taken away; and asked for where a proof is due."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import PLAIN, platform_of, read_form, render, see_other
from openhealthcode.portal.layout.site import site_of
from openhealthcode.portal.resident.session import signed_in
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import PasskeyRefused, ResidentSession, residents

_PAGE = "/passkeys"


async def show_passkeys(request: Request, session: ResidentSession) -> Response:
    """Which there are, and how to add one."""
    return await _page(request, session)


async def prove_first(request: Request, session: ResidentSession) -> Response:
    """A passkey is made only after a fresh proof of who asks."""
    form = await read_form(request)
    asked = await verify_first(request, session, form, "passkey", back=_PAGE)
    return see_other(_PAGE) if asked is None else asked


async def begin_passkey(request: Request, session: ResidentSession) -> Response:
    """What the browser needs to make one on this device."""
    platform = platform_of(request)
    options = await residents.begin_passkey(platform.pool, platform.keys, site_of(request), session)
    return _options(options)


async def add_passkey(request: Request, session: ResidentSession) -> Response:
    """Keep the one the browser made."""
    platform, form = platform_of(request), await read_form(request)
    try:
        await residents.add_passkey(
            platform.pool,
            platform.keys,
            site_of(request),
            session,
            form.text("credential"),
            form.text("label"),
        )
    except PasskeyRefused:
        return await _page(request, session, problem="refused")
    return see_other(f"{_PAGE}?done=added")


async def remove_passkey(request: Request, session: ResidentSession) -> Response:
    """Take one away; asks for nothing, since it only closes."""
    platform = platform_of(request)
    await residents.remove_passkey(
        platform.pool, platform.keys, session.resident_id, request.path_params["id"]
    )
    return see_other(f"{_PAGE}?done=removed")


async def begin_check(request: Request) -> Response:
    """What the browser needs for a fresh proof by whoever holds this session.

    Also while they act for somebody else: the proof is their own.
    """
    session, platform = await signed_in(request), platform_of(request)
    if session is None:
        return Response(status_code=401)
    site = site_of(request)
    try:
        options = await residents.begin_passkey_check(
            platform.pool, platform.keys, site, session.resident_id
        )
    except PasskeyRefused:
        return Response(status_code=404)
    return _options(options)


async def begin_sign_in(request: Request) -> Response:
    """What the browser needs to ask its authenticator who signs in."""
    return _options(residents.begin_passkey_sign_in(platform_of(request).keys, site_of(request)))


def _options(options: str) -> Response:
    return Response(options, media_type="application/json", headers=PLAIN.headers())


async def _page(request: Request, session: ResidentSession, *, problem: str = "") -> Response:
    platform, done = platform_of(request), request.query_params.get("done", "")
    return render(
        request,
        "resident/passkeys.html",
        status=422 if problem else 200,
        passkeys=await residents.passkeys_of(platform.pool, platform.keys, session.resident_id),
        is_fresh=session.is_fresh(datetime.now(UTC)),
        done=done if done in {"added", "removed"} and not problem else "",
        problem=problem,
    )
