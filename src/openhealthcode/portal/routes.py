"""Every page of the portal, for the one place that builds the program."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal import (
    auditor,
    clinic,
    pad,
    public,
    registrar,
    resident,
    reviewer,
    sensitive,
    supervisor,
)
from openhealthcode.portal.layout.routes import routes as layout_routes


def routes() -> list[BaseRoute]:
    """The routes of all audiences; they expect ``app.state.platform``."""
    return [
        *layout_routes(),
        *resident.routes(),
        *clinic.routes(),
        *pad.routes(),
        *registrar.routes(),
        *public.routes(),
        *reviewer.routes(),
        *sensitive.routes(),
        *supervisor.routes(),
        *auditor.routes(),
    ]
