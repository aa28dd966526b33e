"""Each flow of data with the handler who answers for it: what comes in by rule, what leaves by agreement."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.collection import RULES, Text
from openhealthcode.portal.layout import Language, language_of, platform_of, render
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.supervision import agreements


async def show_flows(request: Request, seat: Seat) -> Response:
    """Both directions; nothing leaves or comes in any other way."""
    in_english = language_of(request) is Language.ENGLISH
    today = datetime.now(UTC).date()

    def told(text: Text) -> str:
        return text.en if in_english else text.zh

    return render(
        request,
        "auditor/flows.html",
        office=seat.office,
        rules=[(rule, told(rule.title), told(rule.who)) for rule in RULES.rules.values()],
        parties=await agreements.transfers(platform_of(request).pool),
        today=today,
    )
