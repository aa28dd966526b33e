"""The clinician keeps a receipt of what a look showed: a signed file anybody can check."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.clinic.presentation import look_named, presentation_of
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.layout import language_of, platform_of, render
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import ReceiptFileView
from openhealthcode.standards import NotFound


async def download_receipt(request: Request, desk: Desk) -> Response:
    """The receipt of one of this clinician's looks at this visit's resident.

    Raises:
        NotFound: somebody else's look, or none; or there is no public log here.
    """
    platform, number = platform_of(request), look_named(request)
    presented = await presentation_of(request, desk)
    if platform.sequencer is None or number is None:
        raise NotFound
    shown = await access.look_shown(
        platform.pool,
        platform.keys,
        platform.sequencer,
        presented.resident_id,
        practitioner_id=desk.practitioner_id,
        institution_id=desk.institution_id,
        number=number,
    )
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[desk.practitioner_id],
        institution_ids={desk.institution_id, *(one.institution_id for one in shown.entries)},
    )
    view = ReceiptFileView(
        address=f"{str(request.base_url).rstrip('/')}/receipts",
        log=shown.receipt.statement.log,
        events=((shown.line.number, shown.commitment),),
        json=Markup(shown.receipt.json),  # noqa: S704 - escaped for a script element already
    )
    page = render(
        request,
        "clinic/receipt.html",
        shown=shown,
        person=known.person(desk.practitioner_id, desk.institution_id),
        entries=[(one, known.institution(one.institution_id)) for one in shown.entries],
        receipt=view,
    )
    sealed = access.seal_page(platform.keys, shown.receipt, bytes(page.body))
    response = Response(sealed, media_type="text/html; charset=utf-8")
    name = f"shown-{shown.line.number}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
