"""``/healthz``, ``/readyz`` and ``/metrics``: for load balancers and monitors, never for people."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from openhealthcode.operations import figures, readiness


def routes() -> list[BaseRoute]:
    """The three addresses."""
    return [
        Route("/healthz", alive, name="alive"),
        Route("/readyz", ready, name="ready"),
        Route("/metrics", metrics, name="metrics"),
    ]


async def alive(_: Request) -> Response:
    """The process answers; it is not asked for more, or a slow database would have it restarted."""
    return PlainTextResponse("alive\n")


async def ready(request: Request) -> Response:
    """Whether requests may be sent here, and what is missing if not."""
    found = await readiness.missing(request.app.state.platform)
    return JSONResponse({"ready": not found, "missing": found}, 503 if found else 200)


async def metrics(request: Request) -> Response:
    """All figures, in Prometheus' form."""
    platform = request.app.state.platform
    figures.CONNECTIONS.labels("open").set(platform.pool.get_size())
    figures.CONNECTIONS.labels("idle").set(platform.pool.get_idle_size())
    figures.WAITING_EVENTS.set(await platform.sequencer.waiting())
    for chore in platform.chores:
        figures.CHORE_LATE_SECONDS.labels(chore.name).set(chore.late_seconds)
    return Response(figures.exposition(), media_type=CONTENT_TYPE_LATEST)
