"""`ohc demo`: a synthetic region and its site, with nothing to configure."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from openhealthcode import app, demonstration
from openhealthcode.commands.installation import mark_as_demonstration, reachable
from openhealthcode.commands.server import Server, listen, options
from openhealthcode.database import (
    AnotherShape,
    UnsuitableDatabase,
    embedded,
    is_empty,
    migrate,
    mode,
    stamp,
)
from openhealthcode.demonstration import Accounts, DemonstrationOutbox
from openhealthcode.demonstration.partners import Running
from openhealthcode.operations import tell_in_json
from openhealthcode.settings import Settings

_SYNTHETIC: Final = "synthetic"
_LOOK_SECONDS: Final = 0.02
_BEGUN_BY_ANOTHER: Final = (
    "what lies here was begun by another version: start over with make demo ARGS=--reset"
)


async def demo(settings: Settings, console: Console, *, host: str, port: int, reset: bool) -> None:
    """Start everything, say where it is, and serve until told to end.

    Raises:
        PortTaken: choose another.
        UnsuitableDatabase: the database given is somebody else's.
    """
    tell_in_json("error")
    with contextlib.closing(listen(host, port)) as listening:
        running = asyncio.create_task(_run(settings, console, listening, reset=reset))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await running
    console.print("已停止，数据保留。 · Stopped; the data stay.", highlight=False)


async def _run(
    settings: Settings, console: Console, listening: socket.socket, *, reset: bool
) -> None:
    started_at = perf_counter()
    if reset:
        await _reset(settings)
    with _progress(console) as progress:
        _tell(progress, "启动 PostgreSQL · starting PostgreSQL")
        async with (
            demonstration.partners.starting(_partners_at(settings)) as ready,
            reachable(settings) as reached,
        ):
            await _prepare(reached)
            accounts = await _filled(reached, progress)
            services = await ready()
            await _introduce(reached, services, _site(listening))
            progress.stop()
            is_ours = not settings.database_url
            server = _server(reached, accounts, services, is_our_database=is_ours)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            if await _started(server, serving):
                _welcome(console, accounts, listening, perf_counter() - started_at)
            await _until_ended(server, serving)


def _partners_at(settings: Settings) -> Path:
    """Where the services beside the region keep what is theirs."""
    return settings.data_directory / "partners"


async def _introduce(settings: Settings, services: Running, site: str) -> None:
    async with app.opened(settings, is_synthetic=True) as platform:
        operator_id = await demonstration.partners.clerk(platform.pool)
        await demonstration.partners.introduce(
            platform, services, site=site, operator_id=operator_id
        )


def _site(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def _prepare(settings: Settings) -> None:
    """Migrate and stamp; a database that is not ours and not empty is left alone."""
    found = await mode(settings.owner_url)
    if found is None and not await is_empty(settings.owner_url):
        raise UnsuitableDatabase("this database is not empty and was not made by a demonstration")
    if found == "production":
        raise UnsuitableDatabase("this database is in production; a demonstration leaves it alone")
    try:
        await migrate(settings.owner_url)
    except AnotherShape:
        raise UnsuitableDatabase(f"{settings.data_directory}: {_BEGUN_BY_ANOTHER}") from None
    await stamp(settings.owner_url, _SYNTHETIC)
    mark_as_demonstration(settings)


async def _reset(settings: Settings) -> None:
    if settings.database_url:
        raise UnsuitableDatabase(
            "--reset empties our own database only; drop and create yours by hand"
        )
    await embedded.erase(settings.cluster_at)
    shutil.rmtree(settings.data_directory, ignore_errors=True)


async def _filled(settings: Settings, progress: Progress) -> Accounts:
    """The region's accounts; the region is brought in first if that was not completed before."""
    known = demonstration.recall(settings.data_directory)
    if known is not None:
        return known
    _tell(progress, "编写人生 · writing lives")
    region = await asyncio.to_thread(demonstration.generate, datetime.now(UTC).date())
    task = progress.add_task("归档 · filing", total=len(region.residents))
    async with app.opened(settings, is_synthetic=True) as platform:
        try:
            accounts = await demonstration.fill(
                platform, region, lambda filed: progress.update(task, completed=filed)
            )
        except asyncpg.UniqueViolationError:
            raise UnsuitableDatabase(f"{settings.data_directory}: {_BEGUN_BY_ANOTHER}") from None
    demonstration.remember(settings.data_directory, accounts)
    return accounts


def _server(
    settings: Settings, accounts: Accounts, services: Running, *, is_our_database: bool
) -> Server:
    outbox = DemonstrationOutbox()
    addresses = {name: services.address(name) for name in services.said}
    application = app.create(
        replace(settings, duty_phones=demonstration.DUTY_PHONE),
        extra_routes=demonstration.routes(
            accounts, outbox, is_our_database=is_our_database, services=addresses
        ),
        outbox=outbox,
        is_synthetic=True,
        extra_chores=demonstration.chores,
    )
    return Server(uvicorn.Config(application, **options(settings)))


async def _started(server: Server, serving: asyncio.Task[None]) -> bool:
    # uvicorn has no event for it
    while not (server.started or serving.done()):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)
    return server.started


async def _until_ended(server: Server, serving: asyncio.Task[None]) -> None:
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True  # answers what is being answered, then closes the parts
        await serving
        raise


def _welcome(
    console: Console, accounts: Accounts, listening: socket.socket, seconds: float
) -> None:
    site = _site(listening)
    console.print(
        f"\n{accounts.region}：{accounts.residents_count} 位居民、{accounts.entries_count} 条记录，"
        f"全部虚构。 · {accounts.residents_count} residents, {accounts.entries_count} entries, all invented."
        f"  {seconds:.1f} s\n",
        highlight=False,
        soft_wrap=True,
    )
    places = Table.grid(padding=(0, 3))
    places.add_row("从这里开始 · start here", f"[bold]{site}/demo[/]")
    places.add_row("居民 · residents", f"{site}/")
    places.add_row("医生 · clinicians", f"{site}/clinic")
    places.add_row("窗口 · registrars", f"{site}/registrar")
    places.add_row("隐私专员 · privacy officers", f"{site}/review")
    places.add_row("监管人员 · supervisors", f"{site}/supervision")
    places.add_row("审计员 · auditors", f"{site}/audit")
    places.add_row("短信 · text messages", f"{site}/demo/outbox")
    places.add_row("FHIR R4", f"{site}/fhir/metadata")
    console.print(places, highlight=False)
    people = Table.grid(padding=(0, 3))
    for resident in accounts.residents:
        pins = " · ".join(filter(None, (resident.pin, resident.second_pin)))
        people.add_row(resident.name, resident.national_id, resident.phone, pins and f"PIN {pins}")
    for person in accounts.staff:
        people.add_row(person.name, person.staff_number, person.institution, f"/{person.audience}")
    console.print("\n可登录的人 · who can sign in", highlight=False)
    console.print(people, highlight=False)
    console.print(
        f"密码 · password  {demonstration.PASSWORD}   验证码在演示页 · codes are on the demo page"
        "\n\nCtrl-C 停止 · stops",
        highlight=False,
        soft_wrap=True,
    )


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _tell(progress: Progress, sentence: str) -> None:
    """Say what goes on now; on a screen that keeps no bars, as a line."""
    for task in progress.tasks:
        progress.update(task.id, visible=False)
    progress.add_task(sentence, total=None)
    if not progress.console.is_terminal:
        progress.console.print(sentence, highlight=False)
