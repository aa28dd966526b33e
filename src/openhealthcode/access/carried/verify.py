"""Read a carried summary: whose signature, from when, until when. Needs a public key and no network.

Layout of the signed text: a line with the format, a line ``made YYYY-MM-DD``, a line
``until YYYY-MM-DD`` (the first day it is too old), then what it says.

Source: c2sp.org/signed-note; own layout, ``docs/emergency-summary-format.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.transparency import NoteVerifier, UntrustedNote

FORMAT: Final = "openhealthcode-emergency-summary-1"
_HEAD_LINES: Final = 3


class SummaryUntrusted(HealthCodeError):
    """This is not an emergency summary of this region, or it was altered."""

    code = "summary-untrusted"


@dataclass(frozen=True, slots=True)
class VerifiedSummary:
    """A summary that nobody altered.

    Args:
        made: the day it was made.
        until: the first day it is too old to rely on.
        lines: what it says.
    """

    made: date
    until: date
    lines: tuple[str, ...] = field(repr=False)

    def is_old(self, today: date) -> bool:
        """Whether its time is over, or it is not yet made: good to know, not to rely on."""
        return not self.made <= today < self.until


def head_of(made: date, until: date) -> list[str]:
    """The lines before what it says."""
    return [FORMAT, f"made {made.isoformat()}", f"until {until.isoformat()}"]


def read_summary(note: str, verifier: NoteVerifier) -> VerifiedSummary:
    """Check a summary and take it apart.

    Args:
        note: as scanned; line ends of other systems and space around it are forgiven.
        verifier: of the published key.

    Raises:
        SummaryUntrusted: altered, signed by nobody we know, or no summary.
    """
    given = note.replace("\r\n", "\n").strip() + "\n"
    try:
        lines = verifier.open(given).rstrip("\n").split("\n")
    except UntrustedNote:
        raise SummaryUntrusted from None
    if len(lines) <= _HEAD_LINES or lines[0] != FORMAT:
        raise SummaryUntrusted
    try:
        made = date.fromisoformat(lines[1].removeprefix("made "))
        until = date.fromisoformat(lines[2].removeprefix("until "))
    except ValueError:
        raise SummaryUntrusted from None
    return VerifiedSummary(made, until, tuple(lines[_HEAD_LINES:]))
