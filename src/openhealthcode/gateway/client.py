"""A signed question to a partner, and its signed answer; nobody else's words are believed.

Source: RFC 9421, as in ``trust.message_signature``.
"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from openhealthcode.access.uses import PartnerRefused, PartnerUnavailable
from openhealthcode.registry import Partner
from openhealthcode.trust import (
    MessageSigner,
    UntrustedSignature,
    answer_components,
    request_components,
    verify_message,
)

_TIMEOUT_SECONDS: Final = 5.0
_LARGEST_ANSWER: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; nothing of it is believed yet."""

    status: int
    body: bytes
    headers: Mapping[str, str]


async def ask(
    partner: Partner, signer: MessageSigner, path: str, question: Mapping[str, Any]
) -> dict[str, Any]:
    """Put one question and read the answer; five seconds at the most, and no redirect is followed.

    Raises:
        PartnerRefused: the partner says no.
        PartnerUnavailable: no answer, or one that is not signed by the partner for this question.
    """
    body = orjson.dumps(question)
    now = time.time()
    signed = signer.headers(request_components("POST", path, body), body, int(now))
    try:
        answer = await asyncio.to_thread(post, partner.address + path, body, signed)
        components = answer_components(answer.status, answer.body, body)
        verify_message(partner.public_key, components, answer.headers, time.time())
        read = orjson.loads(answer.body)
    except (OSError, http.client.HTTPException, UntrustedSignature, ValueError):
        raise PartnerUnavailable from None
    if not isinstance(read, dict):
        raise PartnerUnavailable
    if answer.status >= 500:
        raise PartnerUnavailable
    if answer.status != 200:
        raise PartnerRefused
    return read


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, largest: int = _LARGEST_ANSWER
) -> Answered:
    """Send JSON and read the answer; five seconds at the most, and no redirect is followed.

    Raises:
        OSError, http.client.HTTPException: no answer, or a longer one.
    """
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(
            "POST", address.path, body, {"Content-Type": "application/json", **headers}
        )
        answer = connection.getresponse()
        read = answer.read(largest + 1)
        if len(read) > largest:
            raise http.client.HTTPException
        return Answered(
            answer.status, read, {name.lower(): value for name, value in answer.getheaders()}
        )
    finally:
        connection.close()
