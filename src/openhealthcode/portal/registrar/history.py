"""How the entry of somebody at the counter came about: registered, merged, separated, changed."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access.duplicates import IdentityHistory
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import Form, language_of, platform_of, read_form, render
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.registrar.card import LONGEST_NAME, read_card
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import NotFound, TooManyAttempts

_STATUS: Final = {"": 200, "nobody": 404, "too-many": 429}


async def show_form(request: Request, _: StaffSession) -> Response:
    """Asks for the card."""
    return page(request, None)


async def show_history(request: Request, clerk: StaffSession) -> Response:
    """The history of the person whose card the clerk holds; logged."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_card(form)
    if named is None:
        return page(request, form, problem)
    try:
        found = await access.identity_history(platform.pool, platform.keys, agent_of(clerk), named)
    except NotFound:
        return page(request, form, "nobody")
    except TooManyAttempts:
        return page(request, form, "too-many")
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[event.clerk_id for event in found.events],
        institution_ids=[event.institution_id for event in found.events],
    )
    return page(request, history=found, known=known)


def page(
    request: Request,
    form: Form | None = None,
    problem: str = "",
    *,
    history: IdentityHistory | None = None,
    known: Acquaintances | None = None,
) -> Response:
    """The form, or what was found."""
    sentences = catalogue(language_of(request))

    def kind(code: str) -> str:
        key = f"duplicates.kind.{code}"
        return sentences.plain(key if key in sentences.sentences else "duplicates.kind.other")

    return render(
        request,
        "registrar/history.html",
        status=_STATUS.get(problem, 422),
        kinds=KINDS,
        name=form.text("name")[:LONGEST_NAME] if form else "",
        history=history,
        known=known,
        kind=kind,
        problem=problem,
    )
