"""A request rises, is looked at entry by entry, and is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent
from openhealthcode.consent import Notice
from openhealthcode.portal.layout import language_of, platform_of, read_form, render, see_other
from openhealthcode.portal.resident.choice import Choice, read_choice
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.notice import notice_of_visit
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.portal.resident.verify import ask_to_verify, verified
from openhealthcode.portal.resident.views import CategoryView, RequestView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards.ids import RequestId

_HOUR: Final = 3600
_SHORTER_HOURS: Final = (1, 4, 24)


async def show_request(request: Request, session: ResidentSession) -> Response:
    """A request on a page of its own, previewed entry by entry."""
    return await _show(request, session)


async def rise(request: Request, session: ResidentSession) -> Response:
    """The oldest request the open page does not know yet, as the sheet that rises over it.

    204 when nothing waits at all; an empty answer when the page knows whatever waits.
    """
    platform = platform_of(request)
    waiting = await consent.requests_waiting(platform.pool, platform.keys, session.resident_id)
    known = set(request.query_params.getlist("known")[:100])
    # What a system proposed waits for days on the first page, and rises over nothing.
    waiting = [one for one in waiting if one.practitioner_id is not None]
    fresh = [one for one in waiting if str(one.request_id) not in known]
    if not fresh:
        return Response(status_code=200 if waiting else 204)
    view = await _view(request, session, fresh[0].request_id)
    return render(request, "resident/request_part.html", asked=view, notice="")


async def answer(request: Request, session: ResidentSession) -> Response:
    """Take the resident's answer: refuse at once, allow exactly what the button named."""
    platform, request_id = platform_of(request), RequestId(request.path_params["id"])
    form = await read_form(request)
    if form.text("answer") == "refuse":
        try:
            await consent.refuse(platform.pool, platform.keys, session.resident_id, request_id)
        except consent.RequestExpired:
            return _over(request)
        return see_other(f"/requests/{request_id}/receipt")
    choice = read_choice(form)
    if not choice.categories:
        return await _show(request, session, notice="none-chosen")
    if not choice.is_what_the_button_said:
        return await _show(request, session, choice, notice="changed")
    if not session.is_fresh(datetime.now(UTC)) and not await verified(request, form):
        return await ask_to_verify(request, session, form, choice.count)
    return await _allow(request, session, choice)


async def _allow(request: Request, session: ResidentSession, choice: Choice) -> Response:
    platform, request_id = platform_of(request), RequestId(request.path_params["id"])
    told = await _told(request, session, request_id)
    if choice.notice != told.version:
        return await _show(request, session, choice, notice="changed")
    try:
        await consent.allow(
            platform.pool,
            platform.keys,
            session.resident_id,
            request_id,
            categories=choice.categories,
            previewed_number=choice.previewed_number,
            notice=told,
            lifetime_seconds=choice.hours * _HOUR,
            with_what_is_added=choice.with_what_is_added,
        )
    except consent.RequestExpired:
        return _over(request)
    except consent.PreviewOutdated:
        return await _show(request, session, choice, notice="changed")
    return see_other(f"/requests/{request_id}/receipt")


async def _told(request: Request, session: ResidentSession, request_id: RequestId) -> Notice:
    """The notice beside the request, in the language of the page."""
    platform = platform_of(request)
    asked = await consent.request(platform.pool, platform.keys, session.resident_id, request_id)
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[asked.practitioner_id],
        institution_ids=[asked.institution_id],
    )
    return notice_of_visit(asked, known)


async def _show(
    request: Request, session: ResidentSession, choice: Choice | None = None, notice: str = ""
) -> Response:
    try:
        view = await _view(request, session, RequestId(request.path_params["id"]), choice)
    except consent.RequestExpired:
        return _over(request)
    return render(request, "resident/request.html", asked=view, notice=notice)


def _over(request: Request) -> Response:
    return render(
        request,
        "resident/request_over.html",
        status=410,
        request_id=request.path_params["id"],
    )


async def _view(
    request: Request,
    session: ResidentSession,
    request_id: RequestId,
    choice: Choice | None = None,
) -> RequestView:
    """Preview a request and say it in plain words.

    Raises:
        RequestExpired: it was answered, or has waited too long.
    """
    platform = platform_of(request)
    shown = await access.preview(platform.pool, platform.keys, session.resident_id, request_id)
    asked = shown.request
    if asked.expires_at <= datetime.now(UTC):
        raise consent.RequestExpired
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[asked.practitioner_id],
        institution_ids={asked.institution_id, *sources(shown.entries)},
    )
    hours = _hours(asked.ask.lifetime_seconds)
    return RequestView(
        request_id=request_id,
        person=known.asking(asked),
        is_system=asked.practitioner_id is None,
        purpose=asked.ask.purpose,
        scene=asked.ask.scene,
        asked_at=asked.asked_at,
        answer_by=asked.expires_at,
        categories=_categories(shown, known, choice),
        open_already=_open_already(shown, known),
        told=notice_of_visit(asked, known),
        previewed_number=shown.number,
        lifetimes_hours=hours,
        chosen_hours=choice.hours if choice and choice.hours in hours else hours[-1],
        with_what_is_added=bool(choice and choice.with_what_is_added),
    )


def _categories(
    shown: access.Preview, known: Acquaintances, choice: Choice | None
) -> tuple[CategoryView, ...]:
    items = [
        in_plain_words(entry, known.language, known)
        for entry in shown.entries
        if entry.entry_id not in shown.open_already
    ]
    asked = shown.request.ask.categories
    return tuple(
        CategoryView(
            category=category,
            items=tuple(item for item in items if item.category is category),
            is_chosen=choice is None or category in choice.categories,
        )
        for category in CATEGORIES
        if category in asked
    )


def _open_already(shown: access.Preview, known: Acquaintances) -> tuple[CategoryView, ...]:
    """What this person sees whatever is answered here."""
    items = [
        in_plain_words(entry, known.language, known)
        for entry in shown.entries
        if entry.entry_id in shown.open_already
    ]
    return tuple(
        CategoryView(category=category, items=of_kind)
        for category in CATEGORIES
        if (of_kind := tuple(item for item in items if item.category is category))
    )


def _hours(asked_seconds: int) -> tuple[int, ...]:
    """Durations to choose from; the last is what was asked for, in whole hours."""
    asked = max(1, asked_seconds // _HOUR)
    return (*(hours for hours in _SHORTER_HOURS if hours < asked), asked)
