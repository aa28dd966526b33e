"""What every test shares: real PostgreSQL, a browser that is installed, no network."""

from __future__ import annotations

import ipaddress
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright import async_api, sync_api

import system_parts
from databases import Database, fresh_database, server
from openhealthcode.database import Pool, embedded, open_pool

settings.register_profile(
    "project",
    deadline=None,  # a shared machine is not a stopwatch
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

_HOUR = 3600.0
_OWN_HOUR_SECONDS = 60.0
"""How much of the hour a test has at least before it: few last longer."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Wait out the end of an hour.

    What counts by the hour or by the day, here or in Beijing, begins anew in the middle of no test;
    what then happens is asked where a test turns the clock itself.
    """
    left = _HOUR - time.time() % _HOUR
    if left < _OWN_HOUR_SECONDS:
        time.sleep(left)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches PostgreSQL, so that it can be run again on another version of it, and browsers.

    What a browser does is not run twice: it asks for nothing of the database that is not asked over HTTP.
    """
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "chromium_path" in asked:
            item.add_marker("browser")
        elif "postgres" in asked:
            item.add_marker("database")


@pytest.fixture(scope="session")
def postgres() -> Iterator[embedded.EmbeddedPostgres]:
    """The server all tests of a session share.

    ``OHC_TEST_POSTGRES`` says which: ``embedded`` (18, the default) or ``system`` (what the
    operating system installed).
    """
    kind = os.environ.get("OHC_TEST_POSTGRES", "embedded")
    assert kind in {"embedded", "system"}, "OHC_TEST_POSTGRES is `embedded` or `system`"
    binaries = system_parts.postgresql() if kind == "system" else None
    if kind == "system" and binaries is None:
        pytest.fail("no PostgreSQL 15 or newer is installed: run `make test-system`", pytrace=False)
    with server(binaries) as started:
        yield started


@pytest.fixture
def database(postgres: embedded.EmbeddedPostgres) -> Iterator[Database]:
    """A database of the test's own: migrated, empty, gone afterwards."""
    with fresh_database(postgres) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_database(postgres: embedded.EmbeddedPostgres) -> Iterator[Database]:
    """A database all tests of one file share."""
    with fresh_database(postgres) as fresh:
        yield fresh


@pytest.fixture
def database_url(database: Database) -> str:
    """The test's own database as the service sees it."""
    return database.url


@pytest.fixture
def owner_url(database: Database) -> str:
    """The test's own database as a superuser sees it."""
    return database.owner_url


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Connections to the test's own database, as ``ohc_app``."""
    opened = await open_pool(database.url, size=8)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """An installed Chrome or Chromium; none is ever downloaded."""
    found = system_parts.browser()
    if found is None:
        pytest.fail("no Chrome or Chromium is installed: run `make test-system`", pytrace=False)
    for api in (async_api, sync_api):
        api.expect.set_options(timeout=60_000)  # a shared machine is not a stopwatch
    return found


def _refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not _is_this_machine(host):
        raise RuntimeError(f"a test tried to reach the network: {host!r}")


def _is_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_the_network)
