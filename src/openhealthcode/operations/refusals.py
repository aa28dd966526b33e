"""Whoever is refused a hundred times within a second waits for the next one.

A storm of replays, guessed ids or broken bodies costs each time as much as an answer; beyond this it
costs almost nothing, and the others go on. Shown tokens are made up as easily as anything else, so
refusals count for the address too: there, only who was answered of late goes on.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

from starlette.types import Scope

MOST_A_SECOND: Final = 100
MOST_REMEMBERED: Final = 100_000
"""Senders of a minute, and of a second; more are strangers. Some megabytes, whatever is sent."""
_WELCOME_SECONDS: Final = 60
_TOO_MANY: Final = 429
_REFUSED: Final = range(400, 500)


class Refusals:
    """How often each sender and each address was refused in this second, in this process."""

    __slots__ = ("_counts", "_minute", "_most", "_second", "_welcome")

    def __init__(self, most: int = MOST_A_SECOND) -> None:
        self._most = most
        self._second = self._minute = 0
        self._counts: Counter[int] = Counter()
        self._welcome: set[int] = set()
        """Who was answered, in this minute or the end of the one before."""

    def are_too_many(self, scope: Scope) -> bool:
        """Whether this sender has to wait; nobody has to while nobody was refused."""
        if not self._counts:
            return False
        if int(time.monotonic()) != self._second:
            self._counts.clear()
            return False
        sender = _sender(scope)
        if self._counts[sender] >= self._most:
            return True
        return self._counts[_address(scope)] >= self._most and sender not in self._welcome

    def note(self, scope: Scope, status: int) -> None:
        """Count an answer, if it is a refusal; else remember whom it was given to."""
        if status == _TOO_MANY:
            return
        second = int(time.monotonic())
        if status not in _REFUSED:
            if second // _WELCOME_SECONDS != self._minute:
                self._minute = second // _WELCOME_SECONDS
                self._welcome.clear()
            if len(self._welcome) < MOST_REMEMBERED:
                self._welcome.add(_sender(scope))
            return
        if second != self._second:
            self._counts.clear()
            self._second = second
        self._counts.update({_sender(scope), _address(scope)})


def _sender(scope: Scope) -> int:
    """What tells senders apart: the token or session they show, or else their address.

    Of what they show its hash alone is kept, which is keyed by process: headers may be long.
    """
    cookie = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return hash(bytes(value))
        if name == b"cookie":
            cookie = value
    return hash(cookie) if cookie else _address(scope)


def _address(scope: Scope) -> int:
    client = scope.get("client")
    return hash(str(client[0]).encode()) if client else 0
