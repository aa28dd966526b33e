"""Somebody without an entry is registered at the counter: exactly what the rule asks, no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import (
    LANGUAGES,
    RULES,
    CollectionScene,
    Filled,
    NeedsReview,
    Registered,
    Source,
)
from openhealthcode.identity import AccountClosed, NumberDisagrees, quality
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.portal.registrar.views import registration_view
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import Sex

RULE: Final = RULES.rules[CollectionScene.REGISTRATION]
REFUSED: Final = "refused"
REOPENS: Final = "reopens"
_SEEN: Final = "seen"


async def show_form(request: Request, _: StaffSession) -> Response:
    """The form of the registration rule, with its notice."""
    return _form(request, None, {}, {})


async def register(request: Request, clerk: StaffSession) -> Response:
    """Register whom the form names, or say what is missing beside the field."""
    form = await read_form(request)
    answers = {ruled.element.id: form.text(ruled.element.id) for ruled in collection.fields(RULE)}
    filled = collection.fill(RULE, answers, form.all(REFUSED))
    problems: dict[str, str] = {name: str(problem) for name, problem in filled.problems.items()}
    if form.text(_SEEN) != "yes":
        problems[_SEEN] = "missing"
    if problems:
        return _form(request, form, answers, problems)
    try:
        done = await _register(request, clerk, filled, reopens=form.text(REOPENS) == "yes")
    except NumberDisagrees:
        return _form(request, form, answers, {"certificate": "disagrees"})
    except NeedsReview:
        return _form(request, form, answers, {"certificate": "review"})
    except RegistrationDoubtful:
        return _form(request, form, answers, {"certificate": "doubtful"})
    except AccountClosed:
        return _form(request, form, answers, {REOPENS: "closed"})
    doubts = f"?doubts={','.join(done.warnings)}" if done.warnings else ""
    return see_other(f"/registrar/registration/{'done' if done.is_new else 'known'}{doubts}")


async def show_done(request: Request, _: StaffSession) -> Response:
    """Says that the resident is registered, what looks doubtful about it, and what comes next."""
    told = request.query_params.get("doubts", "").split(",")
    doubts = [rule for rule in quality.in_force().rules if rule.code in told]
    return render(request, "registrar/registered.html", is_new=True, doubts=doubts)


async def show_known(request: Request, _: StaffSession) -> Response:
    """Says that there was an entry already, and that nothing was changed."""
    return render(request, "registrar/registered.html", is_new=False, doubts=())


async def _register(
    request: Request, clerk: StaffSession, filled: Filled, *, reopens: bool
) -> Registered:
    platform = platform_of(request)
    agent = Agent(AgentKind.PRACTITIONER, clerk.practitioner_id, clerk.institution_id)
    source = Source(agent, clerk.institution_id, has_seen_document=True, reopens=reopens)
    return await collection.register(platform.pool, platform.keys, filled, source)


def _form(
    request: Request, form: Form | None, answers: Mapping[str, str], problems: Mapping[str, str]
) -> Response:
    return render(
        request,
        "registrar/register.html",
        status=422 if problems else 200,
        page=registration_view(request, RULE),
        answers=answers,
        refused=form.all(REFUSED) if form else (),
        problems=problems,
        sexes=(Sex.FEMALE, Sex.MALE, Sex.UNKNOWN),
        languages=LANGUAGES,
    )
