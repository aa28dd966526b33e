"""What a link is: what it shares, with how many wrong passcodes, until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import EntryId

MOST_LINKS: Final = 20
"""Links of one resident that can be opened at a time."""
LONGEST_DAYS: Final = 366
MOST_WRONG: Final = 10
"""Wrong passcodes in the whole life of a link."""
LEAST_PASSCODE: Final = 6
LONGEST_PASSCODE: Final = 64
LONGEST_RECIPIENT: Final = 80
MOST_ENTRIES: Final = 200


class LinkContent(StrEnum):
    """What a link shares."""

    SUMMARY = "summary"
    """The International Patient Summary."""
    VACCINATIONS = "vaccinations"
    """The vaccinations as a signed SMART Health Card."""
    ENTRIES = "entries"
    """Entries the resident picked, one by one."""


class LinkOver(HealthCodeError):
    """This link does not exist, or no longer: it ended, was revoked, or was tried too often."""

    code = "link-over"


class WrongPasscode(HealthCodeError):
    """This passcode is wrong."""

    code = "link-passcode-wrong"

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTerms:
    """What a resident wants of a link.

    Args:
        entries: the picked ones; empty for other contents.
        with_closed: closed kinds are shared too.
        is_long_term: what is filed later is shared too (flag ``L``).
        is_direct: one file without a manifest (flag ``U``), hence without a passcode.
        passcode: asked of whoever opens it (flag ``P``); empty for none.
        label: what it is, in the resident's words; whoever holds the link reads it.
    """

    content: LinkContent
    entries: tuple[EntryId, ...] = ()
    with_closed: bool = False
    is_long_term: bool = False
    is_direct: bool = False
    passcode: str = field(default="", repr=False)
    label: str = field(default="", repr=False)
    days: int = 7


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link as it is handed to the resident; ``text`` opens it, for anybody."""

    link_id: UUID
    text: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLink:
    """A link on its resident's list.

    Args:
        text: to show it again.
        attempts_left: wrong passcodes it still takes; None where it has no passcode.
        opened: when, and by whom by their own words; newest first.
    """

    link_id: UUID
    content: LinkContent
    label: str = field(repr=False)
    text: str = field(repr=False)
    made_at: datetime
    until: datetime
    revoked_at: datetime | None
    attempts_left: int | None
    is_long_term: bool
    is_direct: bool
    with_closed: bool
    opened: tuple[tuple[datetime, str, bool], ...] = field(default=(), repr=False)

    def is_open(self, now: datetime) -> bool:
        """Whether somebody who holds it can still open it."""
        return self.revoked_at is None and now < self.until and self.attempts_left != 0


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What an opening answers, encrypted; nobody here can read it again.

    Args:
        content_type: of what is inside.
        file: a compact JWE.
        is_long_term: whether it may say something else the next time.
    """

    content_type: str
    file: str = field(repr=False)
    is_long_term: bool
