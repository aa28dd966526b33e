"""``POST /fhir`` with a batch: every entry is the request it stands for, each with its own answer.

An entry goes through the same routes as by itself: decided, logged and answered alone, whatever
becomes of the others. So no entry can refer to another of the Bundle, and each concerns one resident.
A look is a transaction of its own, which is why reading and searching stand in batches only.

Source: FHIR R4, 3.1.0.11 (batch), 3.1.0.11.1 (order of the methods), 3.1.0.11.3 (responses).
"""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from openhealthcode.collection import BundleMalformed
from openhealthcode.fhir import outcome
from openhealthcode.fhir.create import FULL_URL
from openhealthcode.fhir.negotiation import FHIR_JSON
from openhealthcode.record import Resource, write_exactly
from openhealthcode.standards import HealthCodeError

MOST_ENTRIES: Final = 500
_ORDER: Final = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
_TAKEN_OVER: Final = (b"authorization", b"accept-language", b"host", b"prefer")
_CONDITIONS: Final = {
    "ifMatch": b"if-match",
    "ifNoneExist": b"if-none-exist",
    "ifNoneMatch": b"if-none-match",
    "ifModifiedSince": b"if-modified-since",
}
_LONGEST_URL: Final = 4_000


async def batch(request: Request, bundle: Resource) -> Response:
    """Answer every entry by itself, in the order of FHIR's methods, told in the Bundle's order.

    Raises:
        BundleMalformed: no entries, too many, or one that is no request.
    """
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_ENTRIES:
        raise BundleMalformed(f"expected 1 to {MOST_ENTRIES} entries")
    asked = [_Entry(entry, place) for place, entry in enumerate(entries)]
    told: list[dict[str, Any]] = [{} for _ in asked]
    for entry in sorted(asked, key=lambda each: _ORDER.index(each.method)):
        told[entry.place] = await entry.answered(request)
    answer = {"resourceType": "Bundle", "type": "batch-response", "entry": told}
    return Response(orjson.dumps(answer), media_type=FHIR_JSON)


class _Entry:
    """One entry: the request it stands for."""

    def __init__(self, entry: object, place: int) -> None:
        asked = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(asked, dict):
            raise BundleMalformed(f"Bundle.entry[{place}].request is missing")
        url, full_url = asked.get("url"), entry.get("fullUrl", "")
        if asked.get("method") not in _ORDER:
            raise BundleMalformed(f"Bundle.entry[{place}].request.method is none of FHIR's")
        if not isinstance(url, str) or not 0 < len(url) <= _LONGEST_URL or not url.isascii():
            raise BundleMalformed(f"Bundle.entry[{place}].request.url is missing")
        self.place = place
        self.method: str = asked["method"]
        self._path, _, self._query = url.partition("?")
        self._full_url = full_url if isinstance(full_url, str) else ""
        self._asked: dict[str, Any] = asked
        self._resource = entry.get("resource")

    async def answered(self, request: Request) -> dict[str, Any]:
        """What the entry is answered: a resource, or an outcome, and how it went."""
        heard = _Heard()
        try:
            kind, body = self._body()
            scope = self._scope(request, kind)
            await request.app.router(scope, _saying(body), heard.send)
        except HealthCodeError as error:
            await outcome.explain(request, error)(request.scope, _saying(b""), heard.send)
        return heard.told()

    def _scope(self, request: Request, kind: bytes) -> dict[str, Any]:
        outer = request.scope
        headers = [(name, value) for name, value in outer["headers"] if name in _TAKEN_OVER]
        headers += [(b"accept", FHIR_JSON.encode()), (b"content-type", kind)]
        headers += [
            (header, self._asked[name].encode())
            for name, header in _CONDITIONS.items()
            if isinstance(self._asked.get(name), str)
        ]
        raw_path = f"/fhir/{self._path}"
        return {
            **{name: value for name, value in outer.items() if name not in _OF_THE_WHOLE},
            "method": self.method,
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "query_string": self._query.encode(),
            "headers": headers,
            FULL_URL: self._full_url,
        }

    def _body(self) -> tuple[bytes, bytes]:
        """The body the request has, and of which kind it is.

        Raises:
            BundleMalformed: a resource that is none, or a patch that does not stand in a Binary.
        """
        resource = self._resource
        if resource is None:
            return FHIR_JSON.encode(), b""
        if not isinstance(resource, dict):
            raise BundleMalformed(f"Bundle.entry[{self.place}].resource is none")
        if self.method != "PATCH":
            return FHIR_JSON.encode(), write_exactly(resource)
        kind, data = resource.get("contentType"), resource.get("data")
        if not isinstance(kind, str) or not kind.isascii() or not isinstance(data, str):
            raise BundleMalformed(
                f"Bundle.entry[{self.place}].resource: a patch stands in a Binary"
            )
        try:
            return kind.encode(), base64.b64decode(data, validate=True)
        except binascii.Error:
            raise BundleMalformed(
                f"Bundle.entry[{self.place}].resource.data is not base64"
            ) from None


_OF_THE_WHOLE: Final = frozenset({"endpoint", "path_params", "route"})
"""What routing has written of the batch itself."""


def _saying(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class _Heard:
    """What was answered to one entry."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: dict[bytes, bytes] = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take in a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.lower(): value for name, value in message["headers"]}
        else:
            self._body += message.get("body", b"")

    def told(self) -> dict[str, Any]:
        """The same as an entry of the answer."""
        response: dict[str, Any] = {"status": f"{self._status} {HTTPStatus(self._status).phrase}"}
        for header, name in ((b"location", "location"), (b"etag", "etag")):
            if header in self._headers:
                response[name] = self._headers[header].decode()
        if not self._body:
            return {"response": response}
        if orjson.loads(self._body).get("resourceType") == "OperationOutcome":
            return {"response": {**response, "outcome": orjson.Fragment(self._body)}}
        return {"resource": orjson.Fragment(self._body), "response": response}
