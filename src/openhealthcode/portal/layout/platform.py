"""The parts of the running program that pages call upon."""

from __future__ import annotations

from typing import Protocol, cast

from starlette.requests import Request

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
    def sequencer(self) -> Sequencer | None:
        """Gives events their places in the public tree; None where no tree is kept."""


def platform_of(request: Request) -> Platform:
    """The platform this request runs on."""
    return cast("Platform", request.app.state.platform)
