"""The SMS gateway is spoken to as documented, over a real socket."""

from __future__ import annotations

import asyncio
import json
from typing import Self

import pytest

from openhealthcode.sign_in import Message, MessageNotSent, Outbox, SmsGateway
from openhealthcode.standards import Phone

MESSAGE = Message(Phone.parse("13912345678"), "验证码 012345")


class Provider:
    """An SMS provider that answers with a fixed status and remembers what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[bytes] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/send?region=88"
        return self

    async def __aexit__(self, *_) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self.asked.append(head + await reader.readexactly(length))
        writer.write(self.answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def answer(status: str, extra: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n{extra}Connection: close\r\n\r\n".encode()


async def test_a_message_is_posted_with_the_token():
    async with Provider(answer("202 Accepted")) as provider:
        gateway: Outbox = SmsGateway(provider.url, "the-token")
        await gateway.send(MESSAGE)
    head, _, body = provider.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /send?region=88 HTTP/1.1\r\n")
    assert b"Authorization: Bearer the-token" in head
    assert json.loads(body) == {"phone": "+8613912345678", "text": "验证码 012345"}


@pytest.mark.parametrize(
    "answered",
    [
        answer("400 Bad Request"),
        answer("500 Internal Server Error"),
        answer("302 Found", "Location: http://127.0.0.1:1/\r\n"),
        b"not HTTP at all\r\n\r\n",
        b"",
    ],
    ids=["400", "500", "redirect", "garbage", "closed"],
)
async def test_anything_but_acceptance_is_a_failure_without_the_text(answered):
    async with Provider(answered) as provider:
        with pytest.raises(MessageNotSent) as failure:
            await SmsGateway(provider.url, "the-token").send(MESSAGE)
    assert len(provider.asked) == 1
    assert "012345" not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_nobody_there_is_a_failure():
    with pytest.raises(MessageNotSent):
        await SmsGateway("http://127.0.0.1:1/", "the-token").send(MESSAGE)


@pytest.mark.parametrize("url", ["", "example.org", "ftp://x/", "http://sms.example/send"])
def test_an_address_that_would_leak_the_token_is_refused(url):
    with pytest.raises(ValueError):
        SmsGateway(url, "the-token")


def test_an_https_address_is_accepted():
    SmsGateway("https://sms.example:8443/send", "the-token")
