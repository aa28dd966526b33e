"""How the server process is run, the same for `ohc serve` and `ohc demo`."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

from openhealthcode.operations import PatientProtocol
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

_GOODBYE_SECONDS: Final = 3
IDLE_SECONDS: Final = 15
"""How long a connection that asks for nothing is kept."""
CONNECTIONS: Final = 2048


class PortTaken(HealthCodeError):
    """Another program listens there already."""

    code = "port-taken"


def options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told; our own log, no foreign headers, proxies by name only."""
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "http": PatientProtocol,
        "ws": "none",
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": _GOODBYE_SECONDS,
        "limit_concurrency": CONNECTIONS,
        "proxy_headers": bool(settings.proxies),
        "forwarded_allow_ips": settings.proxies,
        "ssl_certfile": settings.tls_certificate,
        "ssl_keyfile": settings.tls_key,
    }


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done.

    Raises:
        PortTaken: it is taken, or may not be had by this user.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = "is taken" if error.errno != 13 else "is reserved for root"
        raise PortTaken(
            f"port {port} of {host} {reason}; choose another with --port {port + 1 + port % 2}"
        ) from None
    return listening


class Server(uvicorn.Server):
    """A server inside a program that listens to signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the command."""
        yield
