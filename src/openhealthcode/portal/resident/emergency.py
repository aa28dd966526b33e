"""For the day one cannot answer: what an emergency may open, and who is told of it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent, identity
from openhealthcode.consent import AdvanceChoice, EmergencyScope
from openhealthcode.identity import PlaceholderPhone, Relation, TooManyContacts
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.resident.step_up import SteppedUp, step_up
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotAPhone, NotFound, Phone, SensitiveCategory

_LONGEST_PHONE: Final = 32
_NOTICES: Final = frozenset({"chosen", "named", "removed"})


async def show_emergency(request: Request, session: ResidentSession) -> Response:
    """What was chosen and who was named, and what can be."""
    done = request.query_params.get("done", "")
    return await _page(request, session, notice=done if done in _NOTICES else "")


async def _page(
    request: Request,
    session: ResidentSession,
    *,
    notice: str = "",
    problem: str = "",
    typed: str = "",
) -> Response:
    platform, who = platform_of(request), session.resident_id
    return render(
        request,
        "resident/emergency.html",
        status=422 if problem else 200,
        chosen=await consent.choice_for_emergencies(platform.pool, platform.keys, who),
        contacts=await access.own_contacts(platform.pool, platform.keys, who),
        most_contacts=identity.MOST_CONTACTS,
        relations=tuple(Relation),
        scopes=tuple(EmergencyScope),
        kinds=tuple(SensitiveCategory),
        notice=notice,
        problem=problem,
        typed=typed,
    )


async def choose(request: Request, session: ResidentSession) -> Response:
    """Keep the choice; to open more than before needs a fresh proof of who chooses."""
    platform, form = platform_of(request), await read_form(request)
    wanted = _choice(form)
    before = await consent.choice_for_emergencies(platform.pool, platform.keys, session.resident_id)
    if consent.opens_more(wanted, before):
        asked = await verify_first(request, session, form, "emergency")
        if asked is not None:
            return asked
    presence = None
    if wanted.opened - before.opened:
        stepped = await step_up(request, session, form, back="/emergency")
        if not isinstance(stepped, SteppedUp):
            return stepped
        presence = stepped.presence
    await consent.choose_for_emergencies(
        platform.pool, platform.keys, session.resident_id, wanted, presence
    )
    return see_other("/emergency?done=chosen")


async def name_contact(request: Request, session: ResidentSession) -> Response:
    """Name somebody to be told; needs a fresh proof of who names them."""
    platform, form = platform_of(request), await read_form(request)
    typed = form.text("phone")[:_LONGEST_PHONE]
    if form.text("relation") not in set(Relation):
        return await _page(request, session, problem="relation", typed=typed)
    try:
        phone = Phone.parse(typed)
        asked = await verify_first(request, session, form, "emergency")
        if asked is not None:
            return asked
        relation = Relation(form.text("relation"))
        await access.name_contact(
            platform.pool, platform.keys, session.resident_id, phone, relation
        )
    except (NotAPhone, PlaceholderPhone):
        return await _page(request, session, problem="phone", typed=typed)
    except TooManyContacts:
        return await _page(request, session, problem="many", typed=typed)
    return see_other("/emergency?done=named")


async def remove_contact(request: Request, session: ResidentSession) -> Response:
    """Forget somebody; whoever is gone already is as good."""
    platform = platform_of(request)
    try:
        await access.remove_contact(
            platform.pool, platform.keys, session.resident_id, request.path_params["id"]
        )
    except NotFound:
        return see_other("/emergency")
    return see_other("/emergency?done=removed")


def _choice(form: Form) -> AdvanceChoice:
    opened = form.all("opened")
    if form.text("scope") not in set(EmergencyScope) or not set(opened) <= set(SensitiveCategory):
        raise InvalidInput("no such choice")
    return AdvanceChoice(
        scope=EmergencyScope(form.text("scope")),
        opened=frozenset(map(SensitiveCategory, opened)),
    )
