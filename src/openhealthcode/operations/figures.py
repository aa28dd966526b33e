"""Figures for a monitor, in Prometheus' form: counts and times by route, never by person."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import REGISTRY

REQUESTS: Final = Counter(
    "ohc_requests",
    "Requests answered, by route template, method and status.",
    ["route", "method", "status"],
)
SECONDS: Final = Histogram(
    "ohc_request_seconds",
    "From a request's arrival to the end of its answer.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REFUSALS: Final = Counter("ohc_refusals", "Expected failures, by the rule that failed.", ["rule"])
CONNECTIONS: Final = Gauge(
    "ohc_database_connections",
    "Connections to the database of all processes.",
    ["state"],
    multiprocess_mode="livesum",
)
WAITING_EVENTS: Final = Gauge(
    "ohc_log_waiting_events", "Events not yet in the public log.", multiprocess_mode="mostrecent"
)
CHORE_LATE_SECONDS: Final = Gauge(
    "ohc_chore_late_seconds",
    "How long a chore has been due without succeeding.",
    ["chore"],
    multiprocess_mode="livemax",
)

_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"


def share_between_processes(folder: str) -> None:
    """Let several processes of one installation add up; before they are started."""
    os.environ[_SHARED] = folder


def forget_process(process: int) -> None:
    """Leave out what a process that ended told of itself; what it counted stays."""
    if _SHARED in os.environ:
        mark_process_dead(process)  # type: ignore[no-untyped-call] # theirs


def exposition() -> bytes:
    """All figures, of all processes, as a monitor fetches them."""
    if _SHARED not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call] # theirs
    return generate_latest(together)


def preset(routes: Iterable[Any]) -> None:
    """Show a route's figures before it was first asked for, so that rates begin at zero."""
    for route in routes:
        if path := getattr(route, "path", None):
            SECONDS.labels(path)
