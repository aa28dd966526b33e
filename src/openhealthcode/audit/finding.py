"""What a check of the whole log looked at, and the rules other domains add to it."""

from __future__ import annotations

from dataclasses import dataclass

from openhealthcode.transparency import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what was found; nothing found means the log is whole."""

    residents: int
    events: int
    leaves: int
    closed: int
    """Events whose detail nobody can read any more, because the log key was destroyed."""
    findings: tuple[Finding, ...]
    lost: int = 0
    """Leaves without an event of which the region's own log says that they are lost."""


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A rule of another domain: a statement that answers rows which should not exist.

    It runs under the task ``verification`` and answers ``resident_id`` and ``number``, the number
    of the event that ought to be there (or null).
    """

    statement: str
    sentence: str
    """What such a row means."""
