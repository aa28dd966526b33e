"""The parts of the running program this interface calls upon."""

from __future__ import annotations

import re
from typing import Final, Protocol, cast

from starlette.types import Scope

from openhealthcode.database import Pool
from openhealthcode.sign_in import Outbox
from openhealthcode.trust import Keys

_HOST: Final = re.compile(rb"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")


class Platform(Protocol):
    """What ``app.state.platform`` offers; ``app`` builds it, tests build a smaller one."""

    @property
    def pool(self) -> Pool:
        """Connections to the database."""

    @property
    def keys(self) -> Keys:
        """The keys everything is sealed with."""

    @property
    def outbox(self) -> Outbox:
        """Delivers messages to telephones."""


def platform_of(scope: Scope) -> Platform:
    """The platform a request runs on."""
    return cast("Platform", scope["app"].state.platform)


def public_url(scope: Scope) -> str:
    """Where this service is reached: as set by the operator, else as the caller named it."""
    settings = getattr(platform_of(scope), "settings", None)
    set_by_operator: str = getattr(settings, "public_url", "")
    if set_by_operator:
        return set_by_operator.rstrip("/")
    named = next((value for name, value in scope["headers"] if name == b"host"), b"")
    host = named.decode() if _HOST.fullmatch(named) else "localhost"
    return f"{scope['scheme']}://{host}"
