"""For whom somebody may act: turn to them, turn back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import platform_of, read_form, render, see_other
from openhealthcode.portal.resident.acting import ActingView, turn_back, turn_to, view_of
from openhealthcode.representation import Power
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import NotFound

_HOMES = {
    Power.VISITS: "/",
    Power.RECORD: "/record",
    Power.LOG: "/looked",
    Power.CONSENTS: "/consents",
    Power.RIGHTS: "/rights",
    Power.EMERGENCY: "/emergency",
    Power.CLOSING: "/rights/close",
}


async def show_acting(request: Request, session: ResidentSession) -> Response:
    """Whom one acts for now and how far; or for whom one may."""
    platform = platform_of(request)
    acting: ActingView | None = getattr(request.state, "acting", None)
    known = (
        []
        if acting
        else await access.represented_by(platform.pool, platform.keys, session.resident_id)
    )
    return render(
        request,
        "resident/acting.html",
        known=[(view_of(one), one.representation_id) for one in known],
        homes=[(power, _HOMES[power]) for power in Power if acting and power in acting.powers],
        is_over=request.query_params.get("over") == "yes",
    )


async def turn(request: Request, session: ResidentSession) -> Response:
    """Act for somebody from now on; stands in both logs.

    Raises:
        NotFound: for nobody of that name.
    """
    platform, form = platform_of(request), await read_form(request)
    if (
        access.acting_now(session.resident_id) is not None
    ):  # one person at a time: the way leads over oneself
        return see_other("/acting")
    known = await access.represented_by(platform.pool, platform.keys, session.resident_id)
    wanted = next(
        (one for one in known if str(one.representation_id) == form.text("representation")), None
    )
    if wanted is None:
        raise NotFound
    found = await access.act_for(
        platform.pool, platform.keys, session.resident_id, wanted.representation_id
    )
    response = see_other("/acting")
    turn_to(response, request, session, found)
    return response


async def end(request: Request, _: ResidentSession) -> Response:
    """Be oneself again."""
    response = see_other("/acting")
    turn_back(response, request)
    return response
