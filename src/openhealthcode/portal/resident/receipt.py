"""The receipt: what was answered, exactly what it covers, and where the log says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.access import LogLine
from openhealthcode.consent import Answer, ConsentRequest
from openhealthcode.portal.layout import language_of, platform_of, render, see_other
from openhealthcode.portal.resident.doors import in_force
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.looks import Look
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import CategoryView, ReceiptView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import RequestId

_NEAR: Final = 50
"""A request is answered within minutes of its preview; so are the two in the log."""


async def show_receipt(request: Request, session: ResidentSession) -> Response:
    """What the resident answered to one request; an unanswered one is shown instead."""
    platform, request_id = platform_of(request), RequestId(request.path_params["id"])
    asked = await consent.request(platform.pool, platform.keys, session.resident_id, request_id)
    if asked.answer is None:
        return see_other(f"/requests/{request_id}")
    near = await answer_events(request, session, asked)
    return render(
        request,
        "resident/receipt.html",
        receipt=await receipt_view(request, session, asked, near),
        file=f"/requests/{request_id}/receipt/file" if platform.sequencer else "",
    )


async def answer_events(
    request: Request, session: ResidentSession, asked: ConsentRequest
) -> list[LogLine]:
    """The lines of the log among which preview and answer stand."""
    platform = platform_of(request)
    return await access.own_log(
        platform.pool,
        platform.keys,
        session.resident_id,
        before=(asked.previewed_number or 0) + _NEAR if asked.previewed_number else None,
        limit=_NEAR + 1,
    )


async def receipt_view(
    request: Request, session: ResidentSession, asked: ConsentRequest, near: list[LogLine]
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
    answer = next((line for line in near if _answers(line, asked)), None)
    categories = frozenset(map(RecordCategory, answer.detail.get("allowed", ()) if answer else ()))
    mine = next((one for one in given if one.consent_id == asked.consent_id), None)
    standing = mine is not None and mine in in_force(given, datetime.now(UTC))
    return ReceiptView(
        person=known.person(asked.practitioner_id, asked.institution_id),
        consent_id=asked.consent_id if standing else None,
        was_allowed=asked.answer is Answer.ALLOWED,
        allowed=await _allowed(request, session, categories, _previewed(asked, near)),
        withheld=tuple(c for c in CATEGORIES if c in asked.ask.categories - categories),
        end_at=mine.end_at if mine else None,
        with_what_is_added=bool(answer and answer.detail.get("added")),
        log_number=answer.number if answer else 0,
    )


async def _allowed(
    request: Request,
    session: ResidentSession,
    categories: frozenset[RecordCategory],
    previewed: frozenset[UUID],
) -> tuple[CategoryView, ...]:
    if not categories:
        return ()
    platform = platform_of(request)
    own = await access.own_record(
        platform.pool, platform.keys, session.resident_id, access.InCategories(categories)
    )
    entries = [entry for entry in own.entries if entry.entry_id in previewed]
    known = await acquaint(platform.pool, language_of(request), institution_ids=sources(entries))
    items = [in_plain_words(entry, known.language, known) for entry in entries]
    return tuple(
        CategoryView(
            category=category, items=tuple(item for item in items if item.category is category)
        )
        for category in CATEGORIES
        if category in categories
    )


def _previewed(asked: ConsentRequest, near: list[LogLine]) -> frozenset[UUID]:
    found = next((line for line in near if line.number == asked.previewed_number), None)
    return Look((found,)).entry_ids if found else frozenset()


def _answers(line: LogLine, asked: ConsentRequest) -> bool:
    is_answer = line.action in {"consent.grant", "consent.refuse"}
    return is_answer and line.detail.get("request") == asked.request_id.bytes
