"""The outbox of the demonstration: what would be text messages, shown on a page beside the phone.

Messages stay in the memory of the demonstration's one process and are gone with it; no table ever
holds a code in readable form.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from openhealthcode.sign_in import Message
from openhealthcode.standards import Phone

_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message and when it would have arrived."""

    message: Message
    at: datetime


class DemonstrationOutbox:
    """Keeps the latest messages instead of sending them."""

    def __init__(self) -> None:
        self._delivered: deque[Delivered] = deque(maxlen=_KEPT)

    async def send(self, message: Message) -> None:
        """Take a message; always succeeds."""
        self._delivered.appendleft(Delivered(message, datetime.now(UTC)))

    def messages(self, phone: Phone | None = None) -> list[Delivered]:
        """The messages to one phone, or to all, the latest first."""
        return [one for one in self._delivered if phone in {None, one.message.phone}]
