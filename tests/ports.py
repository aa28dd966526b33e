"""Ports for servers that are started later, or go away and come back."""

from __future__ import annotations

import random
import socket

_BELOW_THOSE_OF_CLIENTS = range(12_000, 32_000)
"""The kernel gives these to nobody who connects: what is free stays free."""


def free_port() -> int:
    """One of this machine's that nobody listens at."""
    while True:
        port = random.SystemRandom().choice(_BELOW_THOSE_OF_CLIENTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
