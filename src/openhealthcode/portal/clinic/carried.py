"""An emergency summary met at the scanner: checked with our own key, shown, asking nobody.

Nothing is looked up and no resident is named to the platform, hence nothing is logged: the paper
was carried in, and what it says was logged when it was made.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import SummaryUntrusted
from openhealthcode.access.carried import FORMAT
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.layout import platform_of
from openhealthcode.standards import day_of
from openhealthcode.transparency import NoteVerifier


def is_summary(scanned: str) -> bool:
    """Whether somebody scanned a summary, however much of it arrived."""
    return scanned.lstrip().startswith(FORMAT)


def show_summary(request: Request, desk: Desk, scanned: str) -> Response:
    """What it says, if it was signed here and nobody altered it; else how to read it whole.

    A scanner that types sends the first line and then a line end; a camera or a picture sends all.
    """
    platform = platform_of(request)
    log = platform.sequencer.log if platform.sequencer else ""
    try:
        verifier = NoteVerifier(access.summary_verifier_key(platform.keys, log))
        read = access.read_summary(scanned, verifier)
    except SummaryUntrusted:
        return show(request, desk, "carried.html", status=422, read=None, is_old=False)
    today = day_of(datetime.now(UTC))
    return show(request, desk, "carried.html", read=read, is_old=read.is_old(today))
