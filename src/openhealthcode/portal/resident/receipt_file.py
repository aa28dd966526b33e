"""Receipts as files: of one line of the log, of an answer, of the closing of the account."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from functools import partial

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.access import Receipt
from openhealthcode.consent import Answer
from openhealthcode.portal.layout import language_of, platform_of, render, see_other
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.looks import looks_view, together
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.receipt import receipt_view
from openhealthcode.portal.resident.views import (
    CategoryView,
    ClosedView,
    ReceiptFileView,
)
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import RequestId, ResidentId


async def download_look(request: Request, session: ResidentSession) -> Response:
    """One line of the log, with what was seen, as it was then.

    Raises:
        NotFound: the log has no such line.
    """
    receipt = await _receipt(request, session.resident_id, [request.path_params["number"]])
    lines = receipt.lines
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        practitioner_ids={one.agent_id for one in lines if one.agent_kind == "practitioner"},
        institution_ids={one.institution_id for one in lines},
    )
    shown = looks_view(together(lines), known, frozenset(), "")
    page = partial(
        render,
        request,
        "resident/receipt_look.html",
        name=session.name,
        looks=(*shown.people, *shown.own, *shown.machine),
        categories=await _categories(request, receipt),
    )
    return _file(request, receipt, page)


async def download_answer(request: Request, session: ResidentSession) -> Response:
    """What was previewed and what was answered: the two events, and what they cover.

    Raises:
        NotFound: the resident was not asked this.
    """
    platform, request_id = platform_of(request), RequestId(request.path_params["id"])
    asked = await consent.request(platform.pool, platform.keys, session.resident_id, request_id)
    if asked.answer is None:
        return see_other(f"/requests/{request_id}")
    view = await receipt_view(request, session, asked)
    numbers = {view.log_number} - {0}
    if asked.answer is Answer.ALLOWED and asked.previewed_number:
        numbers.add(asked.previewed_number)
    receipt = await _receipt(request, session.resident_id, numbers)
    page = partial(
        render,
        request,
        "resident/receipt_answer.html",
        name=session.name,
        answer=view,
        at=asked.answered_at,
    )
    return _file(request, receipt, page)


def closing_file(request: Request, name: str, receipt: Receipt, closed: ClosedView) -> str:
    """The receipt of a closed account, as the form of the last page carries it."""
    page = partial(render, request, "resident/receipt_closing.html", name=name, closed=closed)
    return urlsafe_b64encode(_sealed(request, receipt, page)).decode()


async def _receipt(request: Request, resident_id: ResidentId, numbers: Iterable[int]) -> Receipt:
    platform = platform_of(request)
    if platform.sequencer is None:
        raise NotFound
    return await access.own_receipt(
        platform.pool, platform.keys, platform.sequencer, resident_id, sorted(numbers)
    )


async def _categories(request: Request, receipt: Receipt) -> tuple[CategoryView, ...]:
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        institution_ids=sources(receipt.entries),
    )
    items = [in_plain_words(entry, known.language, known) for entry in receipt.entries]
    return tuple(
        CategoryView(category=category, items=tuple(of_kind))
        for category in CATEGORIES
        if (of_kind := [item for item in items if item.category is category])
    )


def _sealed(request: Request, receipt: Receipt, page: Callable[..., Response]) -> bytes:
    view = ReceiptFileView(
        address=f"{str(request.base_url).rstrip('/')}/receipts",
        log=receipt.statement.log,
        events=tuple((one.number, one.commitment.hex()) for one in receipt.statement.events),
        json=Markup(receipt.json),  # noqa: S704 - escaped for a script element already
    )
    keys = platform_of(request).keys
    return access.seal_page(keys, receipt, bytes(page(receipt=view).body))


def _file(request: Request, receipt: Receipt, page: Callable[..., Response]) -> Response:
    """To be kept, not shown; the file's name says where in the log and nobody's name."""
    response = Response(
        _sealed(request, receipt, page),
        media_type="text/html; charset=utf-8",
    )
    newest = receipt.lines[-1].number
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{newest}.html"'
    response.headers["Cache-Control"] = "no-store"
    return response
