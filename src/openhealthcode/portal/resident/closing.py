"""The resident closes the account: told what goes and what stays, proven, receipted."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Receipt
from openhealthcode.portal.layout import (
    Audience,
    forget_session,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.resident.acting import whose
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.portal.resident.receipt_file import closing_file
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.portal.resident.views import ClosedView, HolderView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards.ids import ResidentId


async def show_closing(request: Request, session: ResidentSession, problem: str = "") -> Response:
    """What closing means, before anything happens."""
    platform = platform_of(request)
    held = await access.holdings(platform.pool, session.resident_id)
    known = await _known(request, held)
    return render(
        request,
        "resident/closing.html",
        holders=_holders(held, known),
        total=sum(one.entries for one in held),
        problem=problem,
        whose=whose(request),
    )


async def close(request: Request, session: ResidentSession) -> Response:
    """Close it, once it was said to be understood and a fresh code was entered."""
    form = await read_form(request)
    if form.text("whose") != whose(request):  # sent from a page of before turning to somebody
        return see_other("/rights/close")
    if form.text("understood") != "yes":
        return await show_closing(request, session, problem="not-understood")
    asked = await verify_first(request, session, form, "close")
    if asked is not None:
        return asked
    platform = platform_of(request)
    closing = await access.close_account(platform.pool, platform.keys, session.resident_id)
    receipt = await _proven(request, session.resident_id, closing.number)
    closed = await _closed(request, closing, receipt)
    response = render(
        request,
        "resident/closed.html",
        closed=closed,
        file=closing_file(request, session.name, receipt, closed) if receipt else "",
    )
    is_own = access.acting_now(session.resident_id) is None
    forget_session(response, request, Audience.RESIDENT if is_own else Audience.RESIDENT_ACTING)
    return response


async def _closed(request: Request, closing: access.Closing, receipt: Receipt | None) -> ClosedView:
    known = await _known(request, closing.originals, closing.copies)
    return ClosedView(
        number=closing.number,
        at=closing.at,
        commitment=closing.commitment.hex(),
        entries=closing.entries,
        originals=_holders(closing.originals, known),
        copies=_holders(closing.copies, known),
        unreadable_from=closing.unreadable_from,
        proof=receipt.proofs[0] if receipt else "",
    )


async def _proven(request: Request, resident_id: ResidentId, number: int) -> Receipt | None:
    """The closing as the log has it, with its place in the public tree; nothing without a tree."""
    platform = platform_of(request)
    if platform.sequencer is None:
        return None
    return await access.receipt_of_closing(
        platform.pool, platform.keys, platform.sequencer, resident_id, number
    )


def _holders(
    held: tuple[access.Original | access.KeptCopy, ...]
    | tuple[access.Original, ...]
    | tuple[access.KeptCopy, ...],
    known: Acquaintances,
) -> tuple[HolderView, ...]:
    return tuple(
        HolderView(institution=known.institution(one.institution_id), entries=one.entries)
        for one in held
    )


async def _known(
    request: Request,
    *held: tuple[access.Original, ...] | tuple[access.KeptCopy, ...],
) -> Acquaintances:
    return await acquaint(
        platform_of(request).pool,
        language_of(request),
        institution_ids=[one.institution_id for some in held for one in some],
    )
