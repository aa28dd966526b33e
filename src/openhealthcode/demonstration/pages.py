"""`/demo`: a resident's phone and a clinician's screen side by side, each with a session of its own.

The page signs nobody in by itself: its script fills in the pages' own forms, as a hand would, with
codes from the outbox and the authenticator, and reads the code off the phone as a scanner would.
"""

from __future__ import annotations

import re
import shlex
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from openhealthcode.demonstration.accounts import PASSWORD, Accounts, StaffAccount
from openhealthcode.demonstration.outbox import DemonstrationOutbox
from openhealthcode.portal.layout import PagePolicy, environment, language_of
from openhealthcode.standards import OFFICIAL_TIME

_HERE: Final = Path(str(files("openhealthcode.demonstration")))
_JAVASCRIPT: Final = "text/javascript"
_ASSETS: Final = {"demo.css": "text/css", "demo.js": _JAVASCRIPT, "outbox.js": _JAVASCRIPT}
_POLICY: Final = PagePolicy(camera=True, framed=True)
_STEP_SECONDS: Final = 30
_EMPHASIS: Final = re.compile(r"\*([^*]+)\*")


def routes(
    accounts: Accounts,
    outbox: DemonstrationOutbox,
    *,
    is_our_database: bool,
    services: Mapping[str, str] | None = None,
) -> list[BaseRoute]:
    """The pages of the demonstration.

    Args:
        is_our_database: whether `ohc psql` reaches it, or only the visitor's own `psql` does.
        services: where the cash desk, the insurer and the payment service are, by name.
    """
    pages = _Pages(accounts, outbox, services or {}, is_our_database=is_our_database)
    return [
        Route("/demo", pages.show, name="demo"),
        Route("/demo/outbox", pages.show_outbox, name="demo_outbox"),
        Route("/demo/message/{phone}", pages.last_message, name="demo_message"),
        Route("/demo/authenticator/{key}", pages.authenticator, name="demo_authenticator"),
        Route("/demo/assets/{name}", _asset, name="demo_asset"),
    ]


class _Pages:
    """Everything there is to show, and which steps of the authenticators were used."""

    def __init__(
        self,
        accounts: Accounts,
        outbox: DemonstrationOutbox,
        services: Mapping[str, str],
        *,
        is_our_database: bool,
    ) -> None:
        self._accounts = accounts
        self._services = services
        self._outbox = outbox
        self._is_our_database = is_our_database
        self._used: dict[str, int] = {}

    async def show(self, request: Request) -> Response:
        """The two screens, what to do on them, and what to try next."""
        return _render(
            request,
            "demo.html",
            accounts=self._accounts,
            services=self._services,
            password=PASSWORD,
            psql=f"{_ohc()} psql --demo --"
            if self._is_our_database
            else 'psql "$OHC_DATABASE_URL"',
            verify=f"{_ohc()} verify --demo",
        )

    async def show_outbox(self, request: Request) -> Response:
        """The text messages that would have gone out."""
        messages = [
            (one.to, one.text, one.at.astimezone(OFFICIAL_TIME)) for one in self._outbox.messages()
        ]
        return _render(request, "outbox.html", messages=messages)

    async def last_message(self, request: Request) -> Response:
        """The code in the latest message to a phone, for the script that types it in."""
        return JSONResponse({"code": self._outbox.code_for(request.path_params["phone"])})

    async def authenticator(self, request: Request) -> Response:
        """What a person's authenticator shows: each code once, as each is good for one sign-in."""
        account = self._staff(request.path_params["key"])
        step = max(int(time.time()) // _STEP_SECONDS, self._used.get(account.key, 0) + 1)
        self._used[account.key] = step
        return JSONResponse({"code": account.code(step * _STEP_SECONDS)})

    def _staff(self, key: str) -> StaffAccount:
        for account in self._accounts.staff:
            if account.key == key:
                return account
        raise HTTPException(404)


def _ohc() -> str:
    """The command as this visitor would type it."""
    return shlex.quote(str(Path(sys.argv[0]))) if sys.argv[0].endswith("ohc") else "ohc"


def _render(request: Request, template: str, **values: object) -> Response:
    language = language_of(request)
    sentences = _sentences(language)

    def say(key: str, /, **filled: object) -> Markup:
        return Markup(sentences[key]).format(**filled)  # noqa: S704 - escaped when it was loaded

    shown = {"language": language, "say": say, "path": request.url.path}
    html = _templates().get_template(template).render(shown | values)
    return HTMLResponse(html, headers=_POLICY.headers() | {"Content-Language": language})


@cache
def _templates() -> Environment:
    """The portal's templates and ours."""
    shared = environment()
    own = FileSystemLoader(_HERE / "templates")
    return shared.overlay(loader=ChoiceLoader([own, *([shared.loader] if shared.loader else [])]))


@cache
def _sentences(language: str) -> Mapping[str, str]:
    text = (_HERE / "messages" / f"{language}.toml").read_text("utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(prefix: str, table: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, str):
            found.append((prefix + name, _EMPHASIS.sub(r"<strong>\1</strong>", str(escape(value)))))
        else:
            found.extend(_flat(f"{prefix}{name}.", value))
    return found


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404)
    return Response((_HERE / "assets" / name).read_bytes(), media_type=_ASSETS[name])
