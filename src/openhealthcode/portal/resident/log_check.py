"""Checking the whole own log: in the browser at once, or later and elsewhere from a file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.public.log import log_view
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import NotFound


async def show_check(request: Request, session: ResidentSession) -> Response:
    """The page that checks; the file it checks is asked for by a button.

    Raises:
        NotFound: no public log is kept here, or somebody acts for the resident.
    """
    view = log_view(request)
    if view is None or access.acting_now(session.resident_id) is not None:
        raise NotFound
    return render(request, "resident/log_check.html", view=view)


async def download_history(request: Request, session: ResidentSession) -> Response:
    """Every line of the own log with its proof, as a file.

    Raises:
        NotFound: no public log is kept here, or somebody acts for the resident.
    """
    platform = platform_of(request)
    if platform.sequencer is None:
        raise NotFound
    file = await access.own_history(
        platform.pool, platform.keys, platform.sequencer, session.resident_id
    )
    headers = {
        "Content-Disposition": 'attachment; filename="history.json"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file, media_type="application/json", headers=headers)
