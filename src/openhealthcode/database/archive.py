"""Copies of a whole database, made and read back by PostgreSQL's own tools.

``pg_dump`` sees one moment of the database while the service goes on; what it writes holds no role and
no password. The tools are those of the PostgreSQL we bring, or, for an older or newer server, the operator's own; a copy
is read back into the same major version.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from openhealthcode.database.cluster import tools
from openhealthcode.database.migrate import UnsuitableDatabase, is_empty
from openhealthcode.database.queries import load_queries, split_statements
from openhealthcode.standards import HealthCodeError

_QUERIES = load_queries("openhealthcode.database")
_OURS: Final = frozenset({17, 18})
"""Major versions of servers that read what the tools we bring write; others have tools of their own."""
_USUAL_FOLDERS: Final = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin")
_ROLE_STATEMENTS: Final = 2
"""With so many statements the schema makes the service's role, before anything belongs to it."""
_LAST_WORDS: Final = 500


class ArchiveFailed(HealthCodeError):
    """PostgreSQL's own tool could not copy the database, or read the copy."""

    code = "archive-failed"


async def dump(owner_url: str, target: Path, *, jobs: int) -> None:
    """Copy one moment of a database into a folder.

    Args:
        owner_url: the database as a role that row-level security does not hold for: a superuser, or
            an owner with ``BYPASSRLS``.
        target: a folder that does not exist yet.
        jobs: tables copied at once.

    Raises:
        ArchiveFailed: with the tool's last words.
    """
    await _run(
        "pg_dump",
        owner_url,
        "--format=directory",
        f"--jobs={jobs}",
        "--compress=0",  # what is sealed does not shrink
        "--no-owner",
        f"--file={target}",
    )


async def restore(owner_url: str, source: Path, *, jobs: int) -> None:
    """Fill an empty database from a folder that ``dump`` made; nothing stays of a failed try.

    Raises:
        UnsuitableDatabase: there are tables in it.
        ArchiveFailed: with the tool's last words; the database is then to be made anew.
    """
    if not await is_empty(owner_url):
        raise UnsuitableDatabase("a copy is read into an empty database only")
    await _make_role(owner_url)
    await _run(
        "pg_restore",
        owner_url,
        f"--jobs={jobs}",
        "--no-owner",
        "--exit-on-error",
        str(source),
    )


async def _make_role(owner_url: str) -> None:
    schema = files("openhealthcode.database").joinpath("schema.sql").read_text(encoding="utf-8")
    connection = await asyncpg.connect(owner_url)
    try:
        for statement in split_statements(schema)[:_ROLE_STATEMENTS]:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _run(tool: str, owner_url: str, *arguments: str) -> None:
    """Run a tool to its end; the password is in its environment, where no other user sees it."""
    address = urlsplit(owner_url)
    host = address.netloc.rpartition("@")[2]
    without = urlunsplit(address._replace(netloc=f"{address.username or ''}@{host}"))
    running = await asyncio.create_subprocess_exec(
        await _tool(tool, owner_url),
        f"--dbname={without}",
        *arguments,
        env={**os.environ, "PGPASSWORD": unquote(address.password or "")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await running.communicate()
    except asyncio.CancelledError:
        running.terminate()
        await running.wait()
        raise
    if running.returncode != 0:
        words = said.decode(errors="replace").strip()[-_LAST_WORDS:]
        raise ArchiveFailed(f"{tool}: {words}")


async def _tool(name: str, owner_url: str) -> Path:
    connection = await asyncpg.connect(owner_url)
    try:
        server = await connection.fetchval(_QUERIES["server_version"]) // 10_000
    finally:
        await connection.close()
    if server in _OURS:
        return tools() / name
    for folder in _USUAL_FOLDERS:
        if (found := Path(folder.format(server)) / name).exists():
            return found
    on_path = shutil.which(name)
    if on_path is None:
        raise ArchiveFailed(f"{name} of PostgreSQL {server} is needed and was not found")
    return Path(on_path)
