"""How regions ask each other: JSON by POST, each message signed by the region's key for codes.

``routes`` is what other regions call here, ``HttpRegions`` how this one calls them. Who the other is
the trust list says; the rules live in ``access.elsewhere``. Answers are signed too, refusals among
them, so that nobody on the way can say that a person is unknown or has refused.
"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, Protocol, TypeVar, cast
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openhealthcode.access import elsewhere
from openhealthcode.access.elsewhere import (
    AnswerElsewhere,
    Received,
    RegionRefused,
    RegionUnavailable,
    ShownElsewhere,
    Visitor,
)
from openhealthcode.consent import Ask, TriageTooLow
from openhealthcode.database import Pool
from openhealthcode.gateway.client import Answered, post
from openhealthcode.healthcode import (
    EarlyCode,
    ExpiredCode,
    LapsedCode,
    RevokedCode,
    SpentCode,
    UnknownDevice,
    UnknownHolder,
    UnreadableCode,
    UntrustedCode,
)
from openhealthcode.registry import Region
from openhealthcode.representation import ApprovalNeeded
from openhealthcode.sign_in import Outbox
from openhealthcode.sign_in.systems import check_answer, proven_region, region_signer
from openhealthcode.standards import (
    HealthCodeError,
    InvalidInput,
    NotFound,
    PurposeOfUse,
    RecordCategory,
    Scene,
    Sex,
    TooLarge,
)
from openhealthcode.trust import (
    Keys,
    StaleTrustList,
    UntrustedIssuer,
    UntrustedSignature,
    answer_components,
    request_components,
)

PREFIX: Final = "/regions/"
RECEIVE: Final = f"{PREFIX}receive"
ANSWER: Final = f"{PREFIX}answer"
SHOW: Final = f"{PREFIX}show"
OVERRIDE: Final = f"{PREFIX}override"

_LARGEST_QUESTION: Final = 65_536
_LARGEST_RECORD: Final = 32 << 20
_NEVER_KEPT: Final = {"Cache-Control": "no-store", "Content-Type": "application/json"}
_REFUSALS: Final[Mapping[str, type[HealthCodeError]]] = {
    error.code: error
    for error in (
        ApprovalNeeded,
        EarlyCode,
        ExpiredCode,
        InvalidInput,
        LapsedCode,
        NotFound,
        RevokedCode,
        SpentCode,
        TriageTooLow,
        UnknownDevice,
        UnknownHolder,
        UnreadableCode,
        UntrustedCode,
    )
}
"""What a home region may refuse with; a clinic tells it in its own words."""

_T = TypeVar("_T")


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What regions send each other has no unknown members."""


class _Who(_Message, frozen=True):
    institution_key: str
    institution: str
    institution_en: str
    practitioner_key: str
    name: str
    name_en: str
    staff_number: str
    department: str
    title: str
    terminal_id: UUID

    def visitor(self) -> Visitor:
        """Who asks.

        Raises:
            InvalidInput: without a name, or with one no page has room for.
        """
        said = (self.institution_key, self.institution, self.practitioner_key, self.name)
        more = (self.institution_en, self.name_en, self.staff_number, self.department, self.title)
        if not all(said) or any(len(one) > 200 or not one.isprintable() for one in (*said, *more)):
            raise InvalidInput("who asks has a name, an institution and keys, 200 letters at most")
        return _as(Visitor, self)


class _Receive(_Message, frozen=True):
    who: _Who
    code: str
    scene: Scene
    categories: frozenset[RecordCategory]
    seconds: int


class _Ask(_Message, frozen=True):
    who: _Who
    visit: str
    request: str


class _Show(_Message, frozen=True):
    who: _Who
    visit: str
    emergency: bool


class _Override(_Message, frozen=True):
    who: _Who
    visit: str
    triage_level: int
    reason: str


class _Received(_Message, frozen=True):
    visit: str
    request: str


class _Answer(_Message, frozen=True):
    name: str
    sex: Sex
    birth_date: date | None
    state: elsewhere.State
    scene: Scene
    count: int
    asked_at: datetime
    answer_by: datetime
    is_open: bool
    is_overridden: bool


class _Entry(_Message, frozen=True):
    resource: dict[str, Any]
    category: RecordCategory
    source: str
    source_en: str


class _Shown(_Message, frozen=True):
    entries: list[_Entry]
    number: int
    at: datetime
    until: datetime | None
    scene: Scene


class _Done(_Message, frozen=True):
    pass


class _Refused(_Message, frozen=True):
    refused: str


class Platform(Protocol):
    """What ``app.state.platform`` offers here."""

    @property
    def pool(self) -> Pool:
        """Connections to the database."""

    @property
    def keys(self) -> Keys:
        """The keys everything is sealed and signed with."""

    @property
    def outbox(self) -> Outbox:
        """Delivers messages to telephones."""


# --- what other regions call ---
def routes() -> list[BaseRoute]:
    """Expects ``app.state.platform``."""
    return [
        Route(path, _endpoint(path, kind, verb), methods=["POST"])
        for path, (kind, verb) in _QUESTIONS.items()
    ]


async def _receive(platform: Platform, region: Region, asked: _Receive) -> _Message:
    wanted = Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=asked.scene,
        categories=asked.categories,
        lifetime_seconds=asked.seconds,
    )
    got = await elsewhere.receive_visitor(
        platform.pool, platform.keys, region, asked.who.visitor(), asked.code, wanted
    )
    return _as(_Received, got)


async def _answer(platform: Platform, region: Region, asked: _Ask) -> _Message:
    got = await elsewhere.answer_visitor(
        platform.pool, platform.keys, region, asked.who.visitor(), asked.visit, asked.request
    )
    return _as(_Answer, got)


async def _show(platform: Platform, region: Region, asked: _Show) -> _Message:
    got = await elsewhere.show_visitor(
        platform.pool,
        platform.keys,
        region,
        asked.who.visitor(),
        asked.visit,
        is_emergency=asked.emergency,
    )
    return _as(_Shown, got)


async def _override(platform: Platform, region: Region, asked: _Override) -> _Message:
    await elsewhere.override_for_visitor(
        platform.pool,
        platform.keys,
        platform.outbox,
        region,
        asked.who.visitor(),
        asked.visit,
        triage_level=asked.triage_level,
        reason=asked.reason,
    )
    return _Done()


_QUESTIONS: Final[Mapping[str, tuple[type[_Message], Callable[..., Awaitable[_Message]]]]] = {
    RECEIVE: (_Receive, _receive),
    ANSWER: (_Ask, _answer),
    SHOW: (_Show, _show),
    OVERRIDE: (_Override, _override),
}


def _endpoint(
    path: str, kind: type[_Message], verb: Callable[..., Awaitable[_Message]]
) -> Callable[[Request], Awaitable[Response]]:
    decoder = msgspec.json.Decoder(kind)

    async def endpoint(request: Request) -> Response:
        platform = cast("Platform", request.app.state.platform)
        body = await _body(request)
        region = await proven_region(
            platform.pool, platform.keys, path=path, body=body, headers=dict(request.headers)
        )
        try:
            answer, status = await verb(platform, region, _decoded(decoder, body)), 200
        except HealthCodeError as error:
            answer, status = _Refused(error.code), 422
        written = msgspec.json.encode(answer)
        signer = await region_signer(platform.pool, platform.keys)
        signed = signer.headers(answer_components(status, written, body), written, int(time.time()))
        return Response(written, status, {**_NEVER_KEPT, **signed})

    return endpoint


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_QUESTION:
            raise TooLarge
    return body


def _decoded(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise InvalidInput("this is no question of a region") from None


# --- how other regions are called ---
class HttpRegions:
    """Other regions over HTTP."""

    def __init__(self, pool: Pool, keys: Keys) -> None:
        self._pool = pool
        self._keys = keys

    async def receive(self, region: Region, visitor: Visitor, code: str, wanted: Ask) -> Received:
        """See ``access.elsewhere.Regions``."""
        question = _Receive(
            _as(_Who, visitor), code, wanted.scene, wanted.categories, wanted.lifetime_seconds
        )
        return _as(Received, await self._ask(region, RECEIVE, question, _Received))

    async def answer(
        self, region: Region, visitor: Visitor, visit: str, request: str
    ) -> AnswerElsewhere:
        """See ``access.elsewhere.Regions``."""
        question = _Ask(_as(_Who, visitor), visit, request)
        return _as(AnswerElsewhere, await self._ask(region, ANSWER, question, _Answer))

    async def show(
        self, region: Region, visitor: Visitor, visit: str, *, is_emergency: bool
    ) -> ShownElsewhere:
        """See ``access.elsewhere.Regions``."""
        question = _Show(_as(_Who, visitor), visit, is_emergency)
        return _as(ShownElsewhere, await self._ask(region, SHOW, question, _Shown))

    async def override(
        self, region: Region, visitor: Visitor, visit: str, *, triage_level: int, reason: str
    ) -> None:
        """See ``access.elsewhere.Regions``."""
        question = _Override(_as(_Who, visitor), visit, triage_level, reason)
        await self._ask(region, OVERRIDE, question, _Done)

    async def _ask(self, region: Region, path: str, question: _Message, kind: type[_T]) -> _T:
        body = msgspec.json.encode(question)
        signer = await region_signer(self._pool, self._keys)
        signed = signer.headers(request_components("POST", path, body), body, int(time.time()))
        try:
            answer = await asyncio.to_thread(
                post, region.address + path, body, signed, largest=_LARGEST_RECORD
            )
            await check_answer(
                self._pool,
                self._keys,
                region,
                asked=body,
                status=answer.status,
                body=answer.body,
                headers=answer.headers,
            )
            if answer.status == 200:
                return msgspec.json.decode(answer.body, type=kind)
        except (
            OSError,
            http.client.HTTPException,
            msgspec.DecodeError,
            UntrustedSignature,
            UntrustedIssuer,
            StaleTrustList,
        ):
            raise RegionUnavailable from None
        raise _refusal(answer)


def _as(kind: type[_T], one: object) -> _T:
    """The same, member by member: of ours as it is sent, of theirs as it is understood."""
    return msgspec.convert(one, kind, from_attributes=True)


def _refusal(answer: Answered) -> HealthCodeError:
    """What the home region refused with, as an error of ours."""
    try:
        said = msgspec.json.decode(answer.body, type=_Refused).refused
    except msgspec.DecodeError:
        return RegionRefused()
    return _REFUSALS.get(said, RegionRefused)()
