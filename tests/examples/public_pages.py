"""The pages for everybody, as they are: they need no values but the rules."""

from __future__ import annotations

from starlette.applications import Starlette

from openhealthcode.portal import public
from openhealthcode.portal.layout.routes import routes

PAGES = (
    "/rules",
    "/rules/registration",
    "/rules/outpatient",
    "/rules/follow-up",
    "/without-consent",
    "/known-limits",
    "/counters",
    "/verify",
    "/shl",
)


def app() -> Starlette:
    """Every page under its path."""
    return Starlette(routes=[*routes(), *public.routes()])
