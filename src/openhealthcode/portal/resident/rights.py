"""What residents can do about their record, until when each is answered, and how it was."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.portal import paper
from openhealthcode.portal.layout import (
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import AskedView, CorrectableView, RightsView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId


async def show_rights(request: Request, session: ResidentSession) -> Response:
    """How much is held, what was asked for, and the plain-language list of rights."""
    platform, now = platform_of(request), datetime.now(UTC)
    pool, keys, resident_id = platform.pool, platform.keys, session.resident_id
    asked = await access.rights_requests(pool, keys, resident_id)
    corrections = [one for one in asked if one.kind is access.RightsKind.CORRECTION]
    objects = await access.objects_to_secondary_use(pool, resident_id)
    known = await acquaint(
        pool, language_of(request), institution_ids=[one.institution_id for one in corrections]
    )
    restrictions = await consent.restrictions(pool, keys, resident_id)
    hidden = await access.hidden_entries(pool, keys, resident_id)
    view = RightsView(
        closed=len(restrictions) + len(hidden),
        exposure=await access.exposure(pool, keys, resident_id),
        asked=tuple(
            AskedView(
                institution=known.institution(one.institution_id),
                words=one.words,
                asked_at=one.asked_at,
                due_at=one.due_at,
                days_left=one.days_left(now),
                answer=one.answer.value if one.answer else "",
                answered_at=one.answered_at,
                reason=one.reason,
            )
            for one in corrections
        ),
        objects=objects,
        days=access.ANSWER_WITHIN.days,
        prints=paper.is_installed(),
    )
    return render(request, "resident/rights.html", rights=view)


async def object_to_secondary_use(request: Request, session: ResidentSession) -> Response:
    """Object, or take the objection back."""
    platform, form = platform_of(request), await read_form(request)
    await access.object_to_secondary_use(
        platform.pool, platform.keys, session.resident_id, objects=form.text("objects") == "yes"
    )
    return see_other("/rights#secondary-use")


async def choose_entry(request: Request, session: ResidentSession) -> Response:
    """Which entry is wrong: the whole record by category, folded."""
    platform, language = platform_of(request), language_of(request)
    own = await access.own_record(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(platform.pool, language, institution_ids=sources(own.entries))
    lines = [
        CorrectableView(
            category=category,
            entries=tuple(
                (entry.entry_id, in_plain_words(entry, language, known)) for entry in of_kind
            ),
        )
        for category in CATEGORIES
        if (of_kind := [entry for entry in own.entries if entry.category is category])
    ]
    return render(request, "resident/correctable.html", lines=lines)


async def show_correction(
    request: Request, session: ResidentSession, problem: str = "", words: str = ""
) -> Response:
    """One entry, and what is wrong with it.

    Raises:
        NotFound: no such entry.
    """
    platform, entry_id = platform_of(request), EntryId(request.path_params["id"])
    selection = access.OneEntry(entry_id)
    own = await access.own_record(platform.pool, platform.keys, session.resident_id, selection)
    if not own.entries:
        raise NotFound
    (entry,) = own.entries
    known = await acquaint(
        platform.pool, language_of(request), institution_ids=[entry.institution_id]
    )
    return render(
        request,
        "resident/correct.html",
        item=in_plain_words(entry, language_of(request), known),
        days=access.ANSWER_WITHIN.days,
        problem=problem,
        words=words,
    )


async def ask_correction(request: Request, session: ResidentSession) -> Response:
    """Send it to the institution that filed the entry."""
    platform, entry_id = platform_of(request), EntryId(request.path_params["id"])
    words = (await read_form(request)).text("words")
    if not 0 < len(words) <= access.LONGEST_WORDS:
        return await show_correction(request, session, "words", words[: access.LONGEST_WORDS])
    await access.ask_correction(platform.pool, platform.keys, session.resident_id, entry_id, words)
    return see_other("/rights#correct")
