"""The parts of the running program that pages call upon."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from starlette.requests import Request

from openhealthcode.access.elsewhere import Regions
from openhealthcode.access.uses import Partners
from openhealthcode.audit import Sequencer
from openhealthcode.database import Announcements, Pool
from openhealthcode.sign_in import Outbox
from openhealthcode.trust import Keys


class Platform(Protocol):
    """What ``app.state.platform`` offers to pages; ``app`` builds it, tests build a smaller one."""

    @property
    def pool(self) -> Pool:
        """Connections to the database."""

    @property
    def keys(self) -> Keys:
        """The keys everything is sealed with."""

    @property
    def announcements(self) -> Announcements:
        """Wakes pages that wait."""

    @property
    def outbox(self) -> Outbox:
        """Sends text messages."""

    @property
    def partners(self) -> Partners:
        """Reaches insurers and payment services."""

    @property
    def regions(self) -> Regions:
        """Reaches other regions."""

    @property
    def sequencer(self) -> Sequencer | None:
        """Gives events their places in the public tree; None where no tree is kept."""


def site_of(request: Request) -> str:
    """Where this service is reached, without a slash: as the operator set it, else as it was named."""
    settings = getattr(request.app.state.platform, "settings", None)
    set_by_operator: str = getattr(settings, "public_url", "")
    return (set_by_operator or str(request.base_url)).rstrip("/")


def keys_at(request: Request) -> Path | None:
    """The key directory, where lists of others lie; None in a smaller platform."""
    settings = getattr(request.app.state.platform, "settings", None)
    return getattr(settings, "keys_at", None)


def platform_of(request: Request) -> Platform:
    """The platform this request runs on."""
    return cast("Platform", request.app.state.platform)
