"""The receipt: what was answered, exactly what it covers, and where the log says so."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.consent import Answer, ConsentRequest
from openhealthcode.portal.layout import language_of, platform_of, render, see_other
from openhealthcode.portal.resident.doors import in_force
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import CategoryView, ReceiptView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards.ids import RequestId


async def show_receipt(request: Request, session: ResidentSession) -> Response:
    """What the resident answered to one request; an unanswered one is shown instead."""
    platform, request_id = platform_of(request), RequestId(request.path_params["id"])
    asked = await consent.request(platform.pool, platform.keys, session.resident_id, request_id)
    if asked.answer is None:
        return see_other(f"/requests/{request_id}")
    return render(
        request,
        "resident/receipt.html",
        receipt=await receipt_view(request, session, asked),
        file=f"/requests/{request_id}/receipt/file" if has_receipts(request, session) else "",
    )


def has_receipts(request: Request, session: ResidentSession) -> bool:
    """Whether receipts can be had as files: from a public log, by the resident alone."""
    is_kept = platform_of(request).sequencer is not None
    return is_kept and access.acting_now(session.resident_id) is None


async def receipt_view(
    request: Request, session: ResidentSession, asked: ConsentRequest
) -> ReceiptView:
    """What was answered, and exactly what it covers."""
    platform = platform_of(request)
    given = await consent.consents(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[asked.practitioner_id],
        institution_ids=[asked.institution_id],
    )
    answer = await access.answered(platform.pool, platform.keys, session.resident_id, asked)
    mine = next((one for one in given if one.consent_id == asked.consent_id), None)
    standing = mine is not None and mine in in_force(given, datetime.now(UTC))
    return ReceiptView(
        person=known.asking(asked),
        consent_id=asked.consent_id if standing else None,
        was_allowed=asked.answer is Answer.ALLOWED,
        allowed=await _allowed(request, answer),
        withheld=tuple(c for c in CATEGORIES if c in asked.ask.categories - answer.allowed),
        end_at=mine.end_at if mine else None,
        with_what_is_added=answer.with_what_is_added,
        log_number=answer.number,
    )


async def _allowed(request: Request, answer: access.Answered) -> tuple[CategoryView, ...]:
    """What was allowed, also where there was nothing; and what this person saw already."""
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        institution_ids=sources(answer.entries),
    )
    items = [in_plain_words(entry, known.language, known) for entry in answer.entries]
    lines = [
        CategoryView(
            category=category, items=tuple(item for item in items if item.category is category)
        )
        for category in CATEGORIES
    ]
    return tuple(line for line in lines if line.items or line.category in answer.allowed)
