"""The server's process: started alone, watched, and gone when the program that started it is.

Who holds the lock of a cluster is settled by ``flock`` on a file that every process of the server
inherits: it is free when, and only when, none of them lives. Only then is a ``postmaster.pid`` left
by a crash removed, because PostgreSQL itself goes by the number in it and is fooled by a zombie or
by a stranger that has been given the same number.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from openhealthcode.database.cluster import Cluster, ServerNotStarted

_LONGEST_SOCKET_FOLDER: Final = (
    85  # sun_path holds 103 bytes on macOS, less "/.s.PGSQL.65535" and 0
)
_LARGEST_LOG_BYTES: Final = 10_000_000
_WAIT_SECONDS: Final = 60.0
_PORTS_TRIED: Final = 5

# The shell is the server's parent. It ends the server (SIGINT: disconnect all, then shut down
# cleanly) when its standard input closes, which the kernel does for us however we die. Standard
# output is the lock file; the watcher lets go of it.
_WATCHED: Final = """
exec 3<&0 </dev/null
"$@" 3<&- & server=$!
{ read -r _ <&3; kill -INT $server; } >&2 2>/dev/null & watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null
exit $status
"""

_SMALL: Final[Mapping[str, str]] = {
    "shared_buffers": "32MB",
    "max_connections": "60",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and details of errors may hold what a resident would not want in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_NOT_DURABLE: Final = {"fsync": "off", "full_page_writes": "off"}  # survives kill -9, not power


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running server listens."""

    socket_folder: Path
    port: int


@dataclass(slots=True)
class Postmaster:
    """A server this program started."""

    address: Address
    _cluster: Cluster
    _process: subprocess.Popen[bytes]
    _temporary: Path | None
    _settings: Mapping[str, str]

    def revive(self) -> None:
        """Start the server again where it was, if it ended although nobody told it to.

        Where processes of it are still ending, or it does not come up, the next call tries again.
        """
        if self._process.poll() is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        with (self._cluster.place / "lock").open("ab") as lock:
            if _take(lock):
                (self._cluster.data / "postmaster.pid").unlink(missing_ok=True)
                self._process = _spawn(self._cluster, self._settings, lock)

    def stop(self) -> None:
        """Shut down cleanly: disconnect everyone, write everything, go."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_postmaster(self._cluster, signal.SIGQUIT)
            self._process.wait(_WAIT_SECONDS)
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def start_or_find(
    cluster: Cluster, settings: Mapping[str, str], *, durable: bool
) -> Postmaster | Address:
    """Start the cluster's server, or find the one another of our programs has running.

    Raises:
        ServerNotStarted: it does not come up; the message carries the end of its log.
    """
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while True:
        lock = (cluster.place / "lock").open("ab")
        with lock:
            if _take(lock):
                return _start(cluster, settings, lock, durable=durable)
        running = _address(cluster)
        if running is not None:
            return running
        if time.monotonic() > give_up_at:
            raise ServerNotStarted(f"another server is busy in {cluster.place} and not ready")
        time.sleep(0.05)


def end_cluster(place: Path) -> None:
    """Remove a cluster's folder.

    Raises:
        ServerNotStarted: its server is running.
    """
    with (place / "lock").open("ab") as lock:
        if not _take(lock):
            raise ServerNotStarted(f"a server is running in {place}: stop it first")
        shutil.rmtree(place)


def _take(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(
    cluster: Cluster, settings: Mapping[str, str], lock: IO[bytes], *, durable: bool
) -> Postmaster:
    cluster.create_if_absent(durable=durable)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)  # nobody lives: we hold the lock
    for attempt in range(1, _PORTS_TRIED + 1):
        folder, temporary = _socket_folder(cluster)
        address = Address(folder, _free_port())
        chosen = _settings(cluster, address, settings, durable=durable)
        process = _spawn(cluster, chosen, lock)
        postmaster = Postmaster(address, cluster, process, temporary, chosen)
        if _comes_up(cluster, process):
            return postmaster
        postmaster.stop()
        said = _end_of_log(cluster)
        if attempt == _PORTS_TRIED or "could not bind" not in said:
            raise ServerNotStarted(f"PostgreSQL did not start:\n{said}")
    raise AssertionError


def _spawn(
    cluster: Cluster, settings: Mapping[str, str], lock: IO[bytes]
) -> subprocess.Popen[bytes]:
    log_path = cluster.place / "server.log"
    if log_path.exists() and log_path.stat().st_size > _LARGEST_LOG_BYTES:
        log_path.rename(log_path.with_suffix(".old"))
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = [str(cluster.binaries / "postgres"), "-D", str(cluster.data), *options]
    with os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        return cluster.account.spawn(
            ["/bin/sh", "-c", _WATCHED, "postgres", *server],
            stdin=subprocess.PIPE,
            stdout=lock.fileno(),
            stderr=log.fileno(),
        )


def _settings(
    cluster: Cluster, address: Address, wanted: Mapping[str, str], *, durable: bool
) -> dict[str, str]:
    return {
        **_SMALL,
        **({"io_method": "sync"} if cluster.major_version >= 18 else {}),  # three processes fewer
        **({} if durable else _NOT_DURABLE),
        **wanted,
        "listen_addresses": "127.0.0.1",
        "port": str(address.port),
        "unix_socket_directories": str(address.socket_folder),
    }


def _socket_folder(cluster: Cluster) -> tuple[Path, Path | None]:
    """A folder only the server's account enters, and its parent if that is to be removed."""
    parent, temporary = cluster.place, None
    if len(os.fsencode(cluster.place / "socket")) > _LONGEST_SOCKET_FOLDER:
        parent = temporary = Path(tempfile.mkdtemp(prefix="ohc-", dir="/tmp"))
        parent.chmod(0o711)
    folder = parent / "socket"
    folder.mkdir(exist_ok=True)
    cluster.account.owns(folder)
    return folder, temporary


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _comes_up(cluster: Cluster, process: subprocess.Popen[bytes]) -> bool:
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while process.poll() is None:
        if _address(cluster) is not None:
            return True
        if time.monotonic() > give_up_at:
            _signal_postmaster(cluster, signal.SIGQUIT)
            break
        time.sleep(0.01)
    return False


def _address(cluster: Cluster) -> Address | None:
    """Where the server listens, once it says in ``postmaster.pid`` that it is ready."""
    lines = _pid_file(cluster)
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return Address(Path(lines[4]), int(lines[3]))


def _signal_postmaster(cluster: Cluster, number: signal.Signals) -> None:
    lines = _pid_file(cluster)
    if lines:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(lines[0]), number)


def _pid_file(cluster: Cluster) -> list[str]:
    try:
        return (cluster.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _end_of_log(cluster: Cluster) -> str:
    log = cluster.place / "server.log"
    return log.read_text(errors="replace")[-800:].strip() if log.exists() else ""
