"""An installation to be harmed: a database, two processes that serve, and whoever starts them again.

Everything lies on a small disk of its own where that can be had (root and loop devices), so that it can
be full and slow. What starts a process again does no more than systemd would with ``Restart=always``:
it sees that the process is gone and starts it; nobody mends anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

import faults

from openhealthcode.database import embedded, migrate, stamp
from openhealthcode.database.cluster import DATABASE, OWNER, SERVICE, Cluster, cluster_in
from ports import free_port

HOST = "region.test"
SITE = f"https://{HOST}"
ORIGIN = "chaos.test/log"
PORT = 5432
# The parent keeps the right time: it only waits, and libfaketime 0.9.10 breaks `clock_nanosleep`.
_SERVE = """
import os, sys
os.environ.update(zip(sys.argv[2::2], sys.argv[3::2]))
del sys.argv[2:]
from openhealthcode.cli import main
main()
"""


class Installation:
    """Database and service on a disk of their own."""

    def __init__(self, *, processes: int = 2) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ohc-chaos-", dir="/tmp"))
        self.home.chmod(0o711)
        self.disk = faults.Disk.made(self.home)
        self.clock = faults.Clock.found(self.home)
        self.processes = processes
        self.port = free_port()
        self.cluster: Cluster | None = None
        self.database: subprocess.Popen[bytes] | None = None
        self.service: subprocess.Popen[bytes] | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def place(self) -> Path:
        return self.disk.place if self.disk else self.home

    @property
    def keys(self) -> Path:
        return self.place / "data" / "keys"

    @property
    def log(self) -> Path:
        return self.place / "data" / "log"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, role: str = SERVICE) -> str:
        password = quote(self.cluster.passwords()[role])
        where = urlencode({"host": str(self.cluster.place / "socket"), "port": PORT})
        return f"postgresql://{role}:{password}@/{DATABASE}?{where}"

    @property
    def owner_url(self) -> str:
        return self.url(OWNER)

    async def make(self) -> None:
        """An empty production database, its server running."""
        async with await embedded.start(self.place / "pg") as made:
            await migrate(made.owner_url)
            await stamp(made.owner_url, "production")
        self.cluster = cluster_in(self.place / "pg")
        (self.place / "data").mkdir(mode=0o700)
        await self.start_database()

    async def start_database(self) -> None:
        """Start PostgreSQL and wait until it answers."""
        self._spawn_database()
        for _ in range(600):
            if self.database.poll() is None and await self.answers():
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("the database did not start")

    async def answers(self) -> bool:
        import asyncpg  # noqa: PLC0415 - here alone

        try:
            connection = await asyncpg.connect(self.owner_url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    def serve(self) -> None:
        """Start the service as its unit would."""
        settings = {
            "OHC_DATA_DIRECTORY": str(self.place / "data"),
            "OHC_DATABASE_URL": self.url(),
            "OHC_DATABASE_CONNECTIONS": "8",
            "OHC_LOG_ORIGIN": ORIGIN,
            "OHC_PORT": str(self.port),
            "OHC_PUBLIC_URL": SITE,
            "OHC_TRUSTED_PROXIES": "127.0.0.1",
            "OHC_WORKERS": str(self.processes),
            "OHC_LOG_LEVEL": "warning",
        }
        clock = self.clock.environment("service") if self.clock else {}
        told = [word for pair in clock.items() for word in pair]
        with (self.home / "service.log").open("ab") as log:
            self.service = subprocess.Popen(
                [sys.executable, "-c", _SERVE, "serve", *told],
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def keep_up(self) -> None:
        """From now on start again what died."""
        self._keeping = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        while True:
            if self.database.poll() is not None:
                self._spawn_database()
            if self.service.poll() is not None:
                self.serve()
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End the service in good order; the database goes on, to be examined."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self.service is not None and self.service.poll() is None:
            self.service.terminate()
            await asyncio.to_thread(self.service.wait, 60)
        if self.database.poll() is not None or not await self.answers():
            await self.start_database()

    async def remove(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        for process in (self.service, self.database):
            if process is not None:
                self.kill(process)
                await asyncio.to_thread(process.wait)
        await asyncio.sleep(0.5)
        if self.disk is not None:
            self.disk.remove()
        shutil.rmtree(self.home, ignore_errors=True)

    @classmethod
    def kill(cls, process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
        """Signal a process and everything below it."""
        for pid in (process.pid, *descendants(process.pid)):
            cls.signal(pid, number)

    @staticmethod
    def signal(pid: int, number: int) -> None:
        """Signal one process, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def _spawn_database(self) -> None:
        cluster = self.cluster
        folder = cluster.place / "socket"
        folder.mkdir(exist_ok=True)
        cluster.account.owns(folder)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "port": str(PORT),
            "max_connections": "60",
            "shared_buffers": "64MB",
            "jit": "off",
            "timezone": "UTC",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        clock = self.clock.environment("database") if self.clock else {}
        told = [f"{name}={value}" for name, value in clock.items()]
        postgres = str(cluster.binaries / "postgres")
        with (self.home / "database.log").open("ab") as log:
            self.database = cluster.account.spawn(
                ["/usr/bin/env", *told, postgres, "-D", str(cluster.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
        if self.disk is not None:
            self.disk.govern(self.database.pid)


def descendants(pid: int) -> list[int]:
    """Every process below one, by what the kernel says now."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found, wanted = [], {pid}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted}
        found += wanted
    return found
