"""The resident's own page: what is in force, how pages look, which phones are signed in."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import consent, healthcode
from openhealthcode.portal.layout import (
    Audience,
    forget_session,
    language_of,
    platform_of,
    render,
    see_other,
    session_token,
)
from openhealthcode.portal.resident.doors import in_force, open_doors
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import DeviceView, MeView
from openhealthcode.sign_in import ResidentSession, pin, residents
from openhealthcode.standards.ids import ConsentId


async def show_me(request: Request, session: ResidentSession) -> Response:
    """Consents in force, settings, devices."""
    platform, now = platform_of(request), datetime.now(UTC)
    given = await consent.consents(platform.pool, platform.keys, session.resident_id)
    standing = in_force(given, now)
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[one.practitioner_id for one in standing],
        institution_ids=[one.institution_id for one in standing],
    )
    sessions = await residents.sessions_of(platform.pool, session.resident_id)
    chosen = await consent.choice_for_emergencies(platform.pool, platform.keys, session.resident_id)
    view = MeView(
        name=session.name,
        phone=session.phone.masked,
        emergency=chosen.scope,
        has_pin=await pin.standing(platform.pool, session.resident_id) is not None,
        open_doors=open_doors(standing, now, known),
        devices=tuple(
            DeviceView(
                device_id=one.session_id,
                signed_in_at=one.started_at,
                verified_at=one.verified_at,
                is_this_one=one.session_id == session.session_id,
            )
            for one in sessions
        ),
    )
    return render(request, "resident/me.html", me=view)


async def withdraw(request: Request, session: ResidentSession) -> Response:
    """Take a consent back; taking back what no longer stands is as good."""
    platform = platform_of(request)
    consent_id = ConsentId(request.path_params["id"])
    try:
        await consent.withdraw(platform.pool, platform.keys, session.resident_id, consent_id)
    except consent.NothingToWithdraw:
        return see_other("/looked")
    return see_other("/looked?done=withdrawn")


async def sign_out_device(request: Request, session: ResidentSession) -> Response:
    """End another session of this resident; codes on that phone end with it."""
    pool = platform_of(request).pool
    ended = await residents.end_session(pool, session.resident_id, request.path_params["id"])
    if ended is not None:
        await healthcode.retire_device(pool, ended)
    return see_other("/me")


async def sign_out(request: Request, _: ResidentSession) -> Response:
    """End this session and make every code of this phone worthless."""
    platform = platform_of(request)
    token = session_token(request, Audience.RESIDENT) or ""
    ended = await residents.sign_out(platform.pool, platform.keys, token)
    if ended is not None:
        await healthcode.retire_device(platform.pool, ended)
    response = see_other("/signed-out")
    forget_session(response, request, Audience.RESIDENT)
    return response
