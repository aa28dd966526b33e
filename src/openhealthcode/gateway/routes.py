"""``POST /resolve``: a certified terminal asks what a scanned code is good for at its counter.

One JSON object: ``code``, ``uses`` (``treat``, ``settle``, ``pay``, ``emergency``), ``assertion``,
and for health uses ``scene``, ``categories``, ``hours``, ``triageLevel``, ``reason``. The answer has
one member for each use that was given and ``notGiven`` with a reason for each that was not. Failures
are OperationOutcomes, as everywhere systems call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from openhealthcode.access import uses
from openhealthcode.access.uses import Partners, PartnerToken, Resolved, Wanted
from openhealthcode.database import Pool
from openhealthcode.gateway import regions
from openhealthcode.sign_in import Outbox
from openhealthcode.sign_in.systems import proven_terminal
from openhealthcode.standards import CodeUse, InvalidInput, RecordCategory, Scene, TooLarge
from openhealthcode.trust import Keys

RESOLVE: Final = "/resolve"
_LARGEST_QUESTION: Final = 65_536
_HOUR: Final = 3600
_NEVER_KEPT: Final = {"Cache-Control": "no-store"}


class Platform(Protocol):
    """What ``app.state.platform`` offers here."""

    @property
    def pool(self) -> Pool:
        """Connections to the database."""

    @property
    def keys(self) -> Keys:
        """The keys everything is sealed with."""

    @property
    def outbox(self) -> Outbox:
        """Delivers messages to telephones."""

    @property
    def partners(self) -> Partners:
        """How insurers and payment services are reached."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a terminal sends."""

    code: str
    uses: frozenset[CodeUse]
    assertion: str
    scene: Scene = Scene.CONSULTATION
    categories: frozenset[RecordCategory] = frozenset(RecordCategory)
    hours: int = 4
    triage_level: int = 0
    reason: str = ""


_QUESTIONS: Final = msgspec.json.Decoder(Question)


def routes() -> list[BaseRoute]:
    """What terminals and other regions call; expects ``app.state.platform``."""
    return [Route(RESOLVE, resolve, methods=["POST"]), *regions.routes()]


def is_answered_here(path: str) -> bool:
    """Whether an address is a terminal's or another region's."""
    return path == RESOLVE or path.startswith(regions.PREFIX)


async def resolve(request: Request) -> Response:
    """Parse, call, render."""
    platform = cast("Platform", request.app.state.platform)
    asked = await _question(request)
    asker = await proven_terminal(
        platform.pool,
        platform.keys,
        asked.assertion,
        code=asked.code,
        uses=asked.uses,
        endpoint=_public_url(request) + RESOLVE,
    )
    found = await uses.resolve(
        platform.pool,
        platform.keys,
        platform.outbox,
        platform.partners,
        asker,
        code=asked.code,
        uses=asked.uses,
        wanted=Wanted(
            asked.scene,
            asked.categories,
            asked.hours * _HOUR,
            asked.triage_level,
            asked.reason,
        ),
    )
    return JSONResponse(_told(found), headers=_NEVER_KEPT)


async def _question(request: Request) -> Question:
    """The JSON object of a request, bounded while it arrives.

    Raises:
        TooLarge: more than any question.
        InvalidInput: not what a terminal sends.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_QUESTION:
            raise TooLarge
    try:
        return _QUESTIONS.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise InvalidInput(
            "a question is a JSON object with code, uses and assertion, and nothing unknown"
        ) from None


def _told(found: Resolved) -> dict[str, Any]:
    answer: dict[str, Any] = {str(use): _token(one) for use, one in sorted(found.tokens.items())}
    if found.treat is not None:
        answer["treat"] = {
            "pseudonym": found.treat.pseudonym,
            "request": found.treat.request,
            "expiresAt": found.treat.expires_at.isoformat(),
        }
    if found.emergency is not None:
        answer["emergency"] = {
            "pseudonym": found.emergency.pseudonym,
            "consent": found.emergency.consent,
        }
    if found.not_given:
        answer["notGiven"] = {str(use): str(why) for use, why in sorted(found.not_given.items())}
    return answer


def _token(one: PartnerToken) -> Mapping[str, Any]:
    return {
        "partner": one.partner.name,
        "kind": one.kind,
        "forwarded": one.was_forwarded,
        **one.values,
    }


def _public_url(request: Request) -> str:
    """Where this service is reached: as set by the operator, else as the caller named it."""
    settings = getattr(request.app.state.platform, "settings", None)
    set_by_operator: str = getattr(settings, "public_url", "")
    return (set_by_operator or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")
