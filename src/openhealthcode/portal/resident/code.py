"""The first page: the code, what waits for an answer, and who can look now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import consent, healthcode
from openhealthcode.healthcode import picture
from openhealthcode.portal.layout import language_of, platform_of, render
from openhealthcode.portal.resident.doors import last_given, open_doors
from openhealthcode.portal.resident.offline_codes import kept_by
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import CodeView, WaitingView
from openhealthcode.representation import Power
from openhealthcode.sign_in import ResidentSession

REFRESH_SECONDS: Final = healthcode.LIFETIME_SECONDS - 10
"""A code on show always has at least ten seconds left to be scanned in."""


async def show_code(request: Request, session: ResidentSession) -> Response:
    """The code on a page, renewed by a script, or without one by the page itself."""
    platform, now = platform_of(request), datetime.now(UTC)
    pool, keys, resident_id = platform.pool, platform.keys, session.resident_id
    # Again, in case signing in was interrupted between the session and the phone's enrolment.
    await healthcode.enrol_device(pool, session.device_reference, resident_id, now)
    waiting = await consent.requests_waiting(pool, keys, resident_id)
    given = await consent.consents(pool, keys, resident_id)
    known = await acquaint(
        pool,
        language_of(request),
        practitioner_ids=[
            *(one.practitioner_id for one in waiting),
            *(one.practitioner_id for one in given),
        ],
        institution_ids=[
            *(one.institution_id for one in waiting),
            *(one.institution_id for one in given),
        ],
    )
    return render(
        request,
        "resident/code.html",
        name=session.name,
        shown=_fresh(request, session, now),
        waiting=[
            WaitingView(
                request_id=one.request_id,
                person=known.asking(one),
            )
            for one in waiting
        ],
        shows_doors=_shows_doors(request),
        doors=open_doors(given, now, known),
        last=last_given(given, known),
        kept=kept_by(request, session),
    )


def _shows_doors(request: Request) -> bool:
    """Who may look is for whoever may take it back."""
    acting = getattr(request.state, "acting", None)
    return acting is None or Power.CONSENTS in acting.powers


async def renew_code(request: Request, session: ResidentSession) -> Response:
    """The next code alone, for the page's script."""
    shown = _fresh(request, session, datetime.now(UTC))
    return render(request, "resident/code_part.html", shown=shown)


def _fresh(request: Request, session: ResidentSession, now: datetime) -> CodeView:
    text = healthcode.issue(platform_of(request).keys, session.device_reference, now)
    return CodeView(
        svg=Markup(picture.draw(text)),  # noqa: S704 - drawn from digits, by ourselves
        issued_at=now,
        lifetime_seconds=healthcode.LIFETIME_SECONDS,
        refresh_seconds=REFRESH_SECONDS,
    )
