"""A reviewer writes an edition row by row and hands it over; another reads what it changes and decides."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection, registry
from openhealthcode.portal.layout import platform_of, read_form, render, see_other
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.sensitive.views import (
    CATEGORIES,
    RowForm,
    edition_view,
    whole_edition,
)
from openhealthcode.standards import Conflict, InvalidInput, NotFound
from openhealthcode.terminology import (
    EVIDENCE,
    EditionMoved,
    EditionRecord,
    EditionState,
    MapReviewer,
    MapRow,
    MapUnreadable,
    editions,
    in_force,
    packaged_map,
    read_map,
    row_of,
    systems,
)

_HOME = "/supervision/map"
_MOST_BYTES = 100_000


async def show_editions(request: Request, seat: Seat) -> Response:
    """The edition in force, the one in work, and those before."""
    return await _editions(request, seat)


async def _editions(request: Request, seat: Seat, *, status: int = 200) -> Response:
    platform, me = platform_of(request), await _me(request, seat)
    now = await in_force(platform.pool, platform.keys)
    found = [edition_view(each, me) for each in await editions.editions(platform.pool)]
    return render(
        request,
        "sensitive/editions.html",
        status=status,
        office=seat.office,
        edition=now.edition,
        rereading=await collection.last_rereading(platform.pool),
        in_work=next((each for each in found if each.state in _IN_WORK), None),
        settled=[each for each in found if each.state not in _IN_WORK],
        is_moved=status != 200,
    )


_IN_WORK = (EditionState.DRAFT, EditionState.PROPOSED)


async def begin(request: Request, seat: Seat) -> Response:
    """Start a draft from the edition in force."""
    platform = platform_of(request)
    try:
        number = await editions.begin(platform.pool, platform.keys, await _me(request, seat))
    except Conflict:
        return await _editions(request, seat, status=409)
    return see_other(f"{_HOME}/{number}")


async def show_edition(request: Request, seat: Seat) -> Response:
    """What an edition changes, its rows, and what this reviewer may do with it."""
    return await _edition(request, seat)


async def _edition(
    request: Request, seat: Seat, *, status: int = 200, problem: str = "", typed: str = ""
) -> Response:
    platform = platform_of(request)
    record = await _record(request)
    return render(
        request,
        "sensitive/edition.html",
        status=status,
        office=seat.office,
        edition=whole_edition(record, await _me(request, seat), await _before(request, record)),
        problem=problem,
        typed=typed,
        rereading=await collection.last_rereading(platform.pool),
    )


async def show_row(request: Request, seat: Seat) -> Response:
    """One row of one's own draft to change, or an empty one to add."""
    record = await _draft(request, seat)
    place = request.path_params["place"]
    _, rows = read_map(record.document)
    if place > len(rows):
        raise NotFound
    form = RowForm.of(rows[place - 1]) if place else RowForm()
    return _row(request, seat, record, form)


async def keep_row(request: Request, seat: Seat) -> Response:
    """Take a row as written; one that lists nothing any more goes."""
    record = await _draft(request, seat)
    place: int = request.path_params["place"]
    sent = await read_form(request, most_bytes=_MOST_BYTES)
    form = RowForm(
        category=sent.text("category"),
        betrayed_by=sent.text("betrayed-by"),
        family=sent.text("family"),
        codes=sent.text("codes"),
        prefixes=sent.text("prefixes"),
        words=sent.text("words"),
        reason=sent.text("reason"),
        source=sent.text("source"),
    )
    _, rows = read_map(record.document)
    if place > len(rows):
        raise NotFound
    try:
        await editions.revise(
            platform_of(request).pool,
            record,
            await _me(request, seat),
            _with(rows, place, form),
        )
    except MapUnreadable:
        return _row(request, seat, record, form, problem=True)
    except EditionMoved:
        return await _edition(request, seat, status=409, problem="moved")
    return see_other(f"{_HOME}/{record.number}")


def _with(rows: tuple[MapRow, ...], place: int, form: RowForm) -> list[MapRow]:
    """The rows with this one instead, without it, or with one more."""
    before, after = rows[: max(0, place - 1)], rows[place:]
    if form.is_empty and place:
        return [*before, *after]
    row = row_of(form.entry, place or len(rows) + 1)
    return [*before, row, *after] if place else [*rows, row]


async def propose(request: Request, seat: Seat) -> Response:
    """Hand the draft over with a reason."""
    form, record = await read_form(request), await _draft(request, seat)
    reason = form.text("reason")
    try:
        await editions.propose(platform_of(request).pool, record, await _me(request, seat), reason)
    except InvalidInput:
        return await _edition(request, seat, status=422, problem="reason", typed=reason[:1000])
    except EditionMoved:
        return await _edition(request, seat, status=409, problem="moved")
    return see_other(f"{_HOME}/{record.number}")


async def give_up(request: Request, seat: Seat) -> Response:
    """Take one's own edition back."""
    record = await _record(request)
    try:
        await editions.give_up(platform_of(request).pool, record.number, await _me(request, seat))
    except EditionMoved:
        return await _edition(request, seat, status=409, problem="moved")
    return see_other(_HOME)


async def decide(request: Request, seat: Seat) -> Response:
    """Approve or refuse what another wrote, if it still is what was on the page."""
    platform, form = platform_of(request), await read_form(request)
    record = await _record(request)
    answer = form.text("answer")
    if answer not in {"approve", "refuse"}:
        return await _edition(request, seat, status=422, problem="answer")
    try:
        await editions.decide(
            platform.pool,
            platform.keys,
            record,
            await _me(request, seat),
            is_approved=answer == "approve",
        )
    except EditionMoved:
        return await _edition(request, seat, status=409, problem="moved")
    return see_other(f"{_HOME}/{record.number}")


def _row(
    request: Request,
    seat: Seat,
    record: EditionRecord,
    form: RowForm,
    *,
    problem: bool = False,
) -> Response:
    return render(
        request,
        "sensitive/row.html",
        status=422 if problem else 200,
        office=seat.office,
        number=record.number,
        place=request.path_params["place"],
        form=form,
        categories=CATEGORIES,
        evidence=EVIDENCE,
        families=sorted(systems.FAMILIES),
        problem=problem,
    )


async def _record(request: Request) -> EditionRecord:
    pool = platform_of(request).pool
    return await editions.edition_numbered(pool, request.path_params["number"])


async def _draft(request: Request, seat: Seat) -> EditionRecord:
    """One's own draft; another's, or one that is no draft any more, is not there to be changed."""
    record = await _record(request)
    mine = record.author.practitioner_id == seat.session.practitioner_id
    if not mine or record.state is not EditionState.DRAFT:
        raise NotFound
    return record


async def _before(request: Request, record: EditionRecord) -> tuple[MapRow, ...]:
    """The rows an edition is compared with: those of the edition it changes, if it is known."""
    platform = platform_of(request)
    if record.state in _IN_WORK:
        return (await in_force(platform.pool, platform.keys)).rows
    for each in await editions.editions(platform.pool):
        if each.version == record.base:
            return read_map(each.document)[1]
    return packaged_map().rows


async def _me(request: Request, seat: Seat) -> MapReviewer:
    who = await registry.practitioner(platform_of(request).pool, seat.session.practitioner_id)
    return MapReviewer(seat.session.practitioner_id, who.name)
