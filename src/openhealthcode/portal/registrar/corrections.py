"""Corrections residents ask this institution for: the most urgent first, read, answered."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import language_of, platform_of, read_form, render, see_other
from openhealthcode.record.plain import describe_plainly
from openhealthcode.sign_in import StaffSession


async def show_requests(request: Request, clerk: StaffSession) -> Response:
    """What waits for an answer: since when and until when, neither who nor what."""
    platform, now = platform_of(request), datetime.now(UTC)
    waiting = await access.open_requests(platform.pool, platform.keys, clerk.institution_id)
    return render(
        request,
        "registrar/corrections.html",
        waiting=[(one, access.days_left(one.due_at, now)) for one in waiting],
    )


async def show_request(request: Request, clerk: StaffSession, problem: str = "") -> Response:
    """One request with the entry it is about; logged.

    Raises:
        NotFound: another institution's, or answered.
    """
    platform = platform_of(request)
    asked = await access.correction_asked(
        platform.pool, platform.keys, request.path_params["id"], _clerk(clerk)
    )
    body = orjson.loads(asked.entry.body)
    return render(
        request,
        "registrar/correction.html",
        asked=asked,
        said=describe_plainly(body, language_of(request).value, asked.entry.category),
        days_left=access.days_left(asked.due_at, datetime.now(UTC)),
        problem=problem,
        status=400 if problem else 200,
    )


async def answer(request: Request, clerk: StaffSession) -> Response:
    """Corrected, or refused with a reason."""
    platform, form = platform_of(request), await read_form(request)
    reason = form.text("reason") if form.text("answer") == "refuse" else ""
    is_refusal = form.text("answer") == "refuse"
    if is_refusal and not 0 < len(reason) <= access.LONGEST_WORDS:
        return await show_request(request, clerk, "reason")
    try:
        await access.answer_correction(
            platform.pool,
            platform.keys,
            request.path_params["id"],
            _clerk(clerk),
            refused_because=reason,
        )
    except access.CorrectionMissing:
        return await show_request(request, clerk, "missing")
    return see_other("/registrar/corrections")


def _clerk(session: StaffSession) -> access.Clerk:
    return access.Clerk(session.practitioner_id, session.institution_id)
