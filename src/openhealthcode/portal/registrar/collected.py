"""What this institution's systems handed in, and what of it was more than the rules allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.registrar.views import report_lines
from openhealthcode.sign_in import StaffSession

_DAYS: Final = 90


async def show_report(request: Request, clerk: StaffSession) -> Response:
    """The institution's own report; figures of deliveries, nothing of residents."""
    since = (datetime.now(UTC).date() - timedelta(days=_DAYS)).replace(day=1)
    report = await collection.over_collection(
        platform_of(request).pool, clerk.institution_id, since
    )
    return render(
        request, "registrar/collected.html", lines=report_lines(request, report), since=since
    )
