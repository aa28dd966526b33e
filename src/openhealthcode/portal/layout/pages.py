"""Turns a template and its values into the page a person sees, in their language.

A route of the portal is made by ``page_route`` and answers by ``render`` or
``see_other``; an expected failure rises and is said by ``explain``. What a template can use besides its own values is listed in
``_shared_values``; automatic escaping is always on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from openhealthcode.operations import note_refusal
from openhealthcode.portal.layout import cookies, dates
from openhealthcode.portal.layout.assets import PORTAL, asset_url
from openhealthcode.portal.layout.errors import explanation_of
from openhealthcode.portal.layout.headers import PLAIN, PagePolicy
from openhealthcode.portal.layout.language import Language, choose
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.layout.origin import is_our_own
from openhealthcode.portal.layout.safe_text import inert
from openhealthcode.standards import day_of
from openhealthcode.standards.errors import Forbidden, HealthCodeError, NotFound

Endpoint = Callable[[Request], Awaitable[Response]]

_NO_BREAK_SPACE = "\u00a0"
_LARGEST = 2**31 - 1
"""Of a number in an address; what is larger no column of ours holds."""


@cache
def environment() -> Environment:
    """The template environment: one folder of templates per audience, escaped and strict."""
    folders = [folder for folder in PORTAL.iterdir() if (folder / "templates").is_dir()]
    made = Environment(
        loader=PrefixLoader(
            {folder.name: FileSystemLoader(folder / "templates") for folder in folders}
        ),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["keep"] = kept_together
    made.globals["asset"] = asset_url
    return made


def language_of(request: Request) -> Language:
    """The language this request is answered in."""
    return choose(request.cookies.get(cookies.LANGUAGE), request.headers.get("accept-language", ""))


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    policy: PagePolicy = PLAIN,
    **values: object,
) -> HTMLResponse:
    """Answer with a page, or with a part of one for a script of ours.

    Args:
        template: as ``resident/code.html``.
        status: the HTTP status.
        policy: what the page may load; the demonstration additionally frames pages.
        values: what this template shows, over the shared values.
    """
    if getattr(request.app.state, "pages_are_framed", False):
        policy = PagePolicy(camera=policy.camera, framed=True)
    html = environment().get_template(template).render(_shared_values(request) | values)
    return HTMLResponse(html, status, policy.headers() | {"Content-Language": language_of(request)})


def see_other(path: str) -> Response:
    """Send the browser on to a page of ours after a form was taken."""
    return RedirectResponse(path, 303, PLAIN.headers())


def page_route(path: str, endpoint: Endpoint, *, methods: Sequence[str] = ("GET",)) -> Route:
    """A route of the portal; refuses forms that another site sent, and numbers nothing can have.

    Expected failures rise to the program, which answers them by ``explain``.
    """

    async def guarded(request: Request) -> Response:
        if not is_our_own(request.method, request.headers):
            raise Forbidden("the form was not sent from a page of this site")
        if any(isinstance(part, int) and part > _LARGEST for part in request.path_params.values()):
            raise NotFound
        return await endpoint(request)

    return Route(path, guarded, methods=list(methods), name=endpoint.__name__)


def explain(request: Request, error: HealthCodeError) -> Response:
    """Say what happened, what it means and what to do next; never the value that failed."""
    note_refusal(request, type(error).code)
    answer = explanation_of(error)
    return render(
        request,
        "layout/error.html",
        status=answer.status,
        sentence=answer.sentence,
        code=type(error).code,
        home="/" + request.url.path.split("/")[1] if _is_staff(request) else "/",
    )


def _is_staff(request: Request) -> bool:
    return request.url.path.split("/")[1] in {
        "clinic",
        "registrar",
        "review",
        "supervision",
        "audit",
    }


def kept_together(text: object) -> Markup:
    """A drug, a dose or a name that must not break over two lines unless a line is too short."""
    words = inert(str(text)).replace(" ", _NO_BREAK_SPACE)
    return Markup('<span class="keep">{}</span>').format(words)


def _shared_values(request: Request) -> dict[str, object]:
    language = language_of(request)
    now = datetime.now(UTC)
    sentences = catalogue(language)
    return {
        "language": language,
        "large_text": request.cookies.get(cookies.TEXT_SIZE) == "large",
        "path": request.url.path,
        "acting": getattr(request.state, "acting", None),
        "alarms": getattr(request.state, "alarms", 0),
        "now": now,
        "t": sentences.markup,
        "plain": sentences.plain,
        "day": partial(dates.day, language=language, today=_today(now)),
        "known_day": partial(dates.known_day, language=language),
        "moment": partial(dates.moment, language=language, now=now),
        "until": partial(dates.until, language=language, now=now),
        "exactly": partial(dates.exactly, language=language),
        "clock": dates.clock,
    }


def _today(now: datetime) -> date:
    return day_of(now)


def _harmless(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return inert(value)
    return value
