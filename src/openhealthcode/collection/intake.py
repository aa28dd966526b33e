"""Whether anything is taken in at the moment.

Not while the disk is nearly full: reading, consenting and their log go on, and for that the last of
it is kept. Who delivers keeps what they have and delivers it again.
"""

from __future__ import annotations

from openhealthcode.standards import HealthCodeError

_state = {"is_open": True}


class IntakeClosed(HealthCodeError):
    """Nothing can be taken in for the moment, the storage is nearly full; deliver it again later."""

    code = "intake-closed"


def open_intake(*, is_open: bool) -> None:
    """Take things in, or nothing more, in this process."""
    _state["is_open"] = is_open


def check_intake() -> None:
    """Go on if anything is taken in.

    Raises:
        IntakeClosed: it is not.
    """
    if not _state["is_open"]:
        raise IntakeClosed
