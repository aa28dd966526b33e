"""Those who disturb: ``python strangers.py slow PORT CLIENTS`` or ``storm PORT A_SECOND``, until ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_LINES = 32
_OPENINGS = (
    b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\nX: ",
    b"POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n",
    b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n",
)
_REPLAYED = b"GET /fhir/Patient HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer replayed\r\n\r\n"


async def exchange(line: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> int:
    """Ask, and take the whole answer; its status."""
    reader, writer = line
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(header.split(b":")[1])
        for header in head.split(b"\r\n")
        if header.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return int(head[9:12])


async def slow(port: int, clients: int) -> None:
    """A head, or a body, a byte every half second; or who takes no answer. Cut off, they come again."""

    async def one(number: int) -> None:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                told = writer.get_extra_info("socket")
                told.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                writer.transport.pause_reading()
                writer.write(_OPENINGS[number % 3])
                while not writer.transport.is_closing():
                    await asyncio.sleep(0.5)
                    if number % 3 < 2:
                        writer.write(b"x")
            await asyncio.sleep(0.5)

    await asyncio.gather(*map(one, range(clients)))


async def storm(port: int, a_second: int) -> None:
    """The same refused request again and again, at an even pace."""

    async def one(place: int) -> None:
        line = await asyncio.open_connection("127.0.0.1", port)
        due = time.perf_counter() + place / a_second
        while True:
            await asyncio.sleep(due - time.perf_counter())
            due = max(due + _LINES / a_second, time.perf_counter())
            status = await exchange(line, _REPLAYED)
            assert status in (401, 429), status

    await asyncio.gather(*map(one, range(_LINES)))


if __name__ == "__main__":
    asyncio.run({"slow": slow, "storm": storm}[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3])))
