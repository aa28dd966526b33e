"""Links and health cards of the resident: made after a fresh proof, shown again, taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import carried, links
from openhealthcode.access.carried import CardContent, CardIssuer
from openhealthcode.access.links import LinkContent, LinkTerms, OwnLink
from openhealthcode.credential import MEDIA_TYPE, as_file
from openhealthcode.credential import Form as CardForm
from openhealthcode.healthcode import picture
from openhealthcode.portal.layout import (
    Form,
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
    site_of,
)
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.portal.resident.views import PickableView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotFound, TooManyAttempts
from openhealthcode.standards.ids import EntryId

_HOME: Final = "/sharing"
_DAYS: Final = (1, 7, 30, 366)
_DONE: Final = frozenset({"link", "card"})


async def show_sharing(request: Request, session: ResidentSession) -> Response:
    """Every link and card, who opened which, and how to take one back."""
    platform = platform_of(request)
    own = await links.own_links(platform.pool, platform.keys, session.resident_id)
    cards = await carried.own_cards(platform.pool, session.resident_id)
    done, problem = request.query_params.get("done", ""), request.query_params.get("problem", "")
    return render(
        request,
        "resident/sharing.html",
        links=own,
        cards=cards,
        contents=tuple(CardContent),
        forms=tuple(CardForm),
        done=done if done in _DONE else "",
        problem=problem if problem == "no-dose" else "",
    )


async def show_new(request: Request, session: ResidentSession) -> Response:
    """What to share, for how long, with which passcode."""
    return await _form(request, session)


async def make_link(request: Request, session: ResidentSession) -> Response:
    """Make the link and show it, once it is certain who asks."""
    platform, form = platform_of(request), await read_form(request)
    terms = _terms(form)
    asked = await verify_first(request, session, form, "link", back=f"{_HOME}/new")
    if asked is not None:
        return asked
    try:
        made = await links.make_link(
            platform.pool, platform.keys, session.resident_id, terms, site=site_of(request)
        )
    except InvalidInput:
        return await _form(request, session, "problem")
    except TooManyAttempts:
        return await _form(request, session, "full")
    return see_other(f"{_HOME}/links/{made.link_id}")


async def show_link(request: Request, session: ResidentSession) -> Response:
    """One link with its QR code.

    Raises:
        NotFound: the resident has no such link that can be opened.
    """
    platform, wanted = platform_of(request), request.path_params["id"]
    own = await links.own_links(platform.pool, platform.keys, session.resident_id)
    found = next((one for one in own if one.link_id == wanted and _is_open(one)), None)
    if found is None:
        raise NotFound
    code = Markup(picture.draw(found.text))  # noqa: S704 - drawn by ourselves, squares only
    return render(request, "resident/link.html", link=found, code=code)


async def revoke_link(request: Request, session: ResidentSession) -> Response:
    """Take a link back at once; that opens nothing, hence needs no proof."""
    platform = platform_of(request)
    await links.revoke_link(
        platform.pool, platform.keys, session.resident_id, request.path_params["id"]
    )
    return see_other(f"{_HOME}?done=link")


async def make_card(request: Request, session: ResidentSession) -> Response:
    """Make a card and show it, or hand it out as a file; none is kept here."""
    platform, form = platform_of(request), await read_form(request)
    try:
        content, card_form = CardContent(form.text("content")), CardForm(form.text("form"))
    except ValueError:
        raise InvalidInput("not what this page offers") from None
    asked = await verify_first(request, session, form, "card", back=_HOME)
    if asked is not None:
        return asked
    make = carried.make_card if content is CardContent.VACCINATIONS else carried.make_emergency_card
    issuer = issuer_of(request)
    try:
        made = await make(platform.pool, platform.keys, session.resident_id, card_form, issuer)
    except NotFound:
        return see_other(f"{_HOME}?problem=no-dose")
    if form.text("as") == "file" and made.issued.jws:
        return _file(made.issued.jws)
    code = Markup(picture.draw(made.issued.text))  # noqa: S704 - drawn by ourselves, squares only
    return render(
        request,
        "resident/card_made.html",
        made=made,
        content=content,
        form=card_form,
        code=code,
        issuer=issuer.by.name,
    )


async def revoke_card(request: Request, session: ResidentSession) -> Response:
    """Publish that a card no longer counts."""
    platform = platform_of(request)
    await carried.revoke_card(
        platform.pool, platform.keys, session.resident_id, request.path_params["id"]
    )
    return see_other(f"{_HOME}?done=card")


async def _form(request: Request, session: ResidentSession, problem: str = "") -> Response:
    picking = request.query_params.get("content") == LinkContent.ENTRIES
    lines = await _pickable(request, session) if picking else ()
    return render(
        request,
        "resident/link_new.html",
        status=422 if problem else 200,
        days=_DAYS,
        lines=lines,
        picking=picking,
        problem=problem,
    )


async def _pickable(
    request: Request, session: ResidentSession
) -> tuple[tuple[str, list[PickableView]], ...]:
    """The own entries by category; what was closed by hand is not among them."""
    platform = platform_of(request)
    own = await access.own_record(platform.pool, platform.keys, session.resident_id)
    hidden = await access.hidden_entries(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(
        platform.pool, language_of(request), institution_ids=sources(own.entries)
    )
    entries = [one for one in own.entries if one.type != "Patient" and one.entry_id not in hidden]
    return tuple(
        (category, of_kind)
        for category in CATEGORIES
        if (
            of_kind := [
                PickableView(one.entry_id, in_plain_words(one, known.language, known))
                for one in entries
                if one.category is category
            ]
        )
    )


def _terms(form: Form) -> LinkTerms:
    """Read the form.

    Raises:
        InvalidInput: not what our page would send.
    """
    try:
        return LinkTerms(
            content=LinkContent(form.text("content")),
            entries=tuple(EntryId(UUID(one)) for one in form.all("entry")),
            with_closed=form.text("closed") == "yes",
            is_long_term=form.text("long-term") == "yes",
            is_direct=form.text("direct") == "yes",
            passcode=form.text("passcode"),
            label=form.text("label"),
            days=int(form.text("days")),
        )
    except ValueError:
        raise InvalidInput("not what this page offers") from None


def issuer_of(request: Request) -> CardIssuer:
    site = site_of(request)
    return carried.card_issuer(
        platform_of(request).keys,
        address=site,
        name=site.partition("://")[2],
        language="en" if language_of(request) is Language.ENGLISH else "zh-CN",
    )


def _is_open(link: OwnLink) -> bool:
    return link.is_open(datetime.now(UTC))


def _file(jws: str) -> Response:
    """The card as programs import it; the file's name is nobody's."""
    name = f"health-card-{datetime.now(UTC):%Y-%m-%d}.smart-health-card"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(as_file(jws), media_type=MEDIA_TYPE, headers=headers)
