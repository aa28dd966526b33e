"""Where the demonstration's text messages arrive: on a page beside the phone, marked as such."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode.sign_in import Message
from openhealthcode.standards import Phone

_KEPT: Final = 50
_CODES_PER_HOUR: Final = 20_000
_CODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as the telephone would show it."""

    to: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime


class DemonstrationOutbox:
    """Keeps the last messages in memory and sends none."""

    def __init__(self) -> None:
        self._delivered: deque[Delivered] = deque(maxlen=_KEPT)

    @property
    def codes_per_hour(self) -> int:
        """As many as a region's gateway would be allowed."""
        return _CODES_PER_HOUR

    async def send(self, message: Message) -> None:
        """Put a message on the page."""
        delivered = Delivered(message.phone.number, message.text, datetime.now(UTC))
        self._delivered.appendleft(delivered)

    def messages(self) -> tuple[Delivered, ...]:
        """The latest first."""
        return tuple(self._delivered)

    def code_for(self, phone: str) -> str:
        """The six digits in the latest message to a telephone; empty without one.

        Raises:
            NotAPhone: that is none.
        """
        number = Phone.parse(phone).number
        texts = (one.text for one in self._delivered if one.to == number)
        found = _CODE.search(next(texts, ""))
        return found.group() if found else ""
