"""What residents can do about their record, until when each is answered, and how it was."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import render
from openhealthcode.sign_in import ResidentSession


async def show_rights(request: Request, session: ResidentSession) -> Response:  # noqa: ARG001
    """The plain-language page of rights."""
    return render(request, "resident/rights.html")
