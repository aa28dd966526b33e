"""Who calls: a system of an institution, by its access token (RFC 6750)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from openhealthcode.fhir.platform import Platform
from openhealthcode.sign_in import SystemAccess, systems
from openhealthcode.standards import Forbidden, HealthCodeError

_LONGEST_TOKEN: Final = 512


class TokenNeeded(HealthCodeError):
    """This needs a valid access token; tokens end after a few minutes."""

    code = "token-needed"


class ScopeMissing(Forbidden):
    """The access token's scopes do not include this interaction on this resource type."""

    code = "scope-missing"


async def system_of(platform: Platform, headers: Mapping[bytes, bytes]) -> SystemAccess:
    """The system that bears this request's token.

    Raises:
        TokenNeeded: no token, or one that is unknown, expired, or whose system is suspended.
    """
    kind, _, token = headers.get(b"authorization", b"").partition(b" ")
    if kind.lower() != b"bearer" or not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii():
        raise TokenNeeded
    system = await systems.access(platform.pool, platform.keys, token.decode())
    if system is None:
        raise TokenNeeded
    return system


def require(system: SystemAccess, type_: str, permissions: Collection[str]) -> None:
    """Go on only if the token's scopes permit this.

    Raises:
        ScopeMissing: they do not.
    """
    if not system.permits(type_, permissions):
        raise ScopeMissing
