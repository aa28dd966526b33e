"""Anybody checks a carried emergency summary: here, or with a page that is kept and needs no network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import SummaryUntrusted
from openhealthcode.portal.layout import platform_of, read_form, render
from openhealthcode.standards import NotFound, day_of
from openhealthcode.transparency import NoteVerifier

_MOST_BYTES: Final = 32 * 1024


async def show_check(request: Request) -> Response:
    """The field to paste what was scanned, the key, and the page to keep."""
    return render(request, "public/summaries.html", key=_key(request), checked=None, problem="")


async def check(request: Request) -> Response:
    """Say whether what was pasted is signed here; nothing of it is stored or logged."""
    key = _key(request)
    form = await read_form(request, most_bytes=_MOST_BYTES)
    try:
        checked = access.read_summary(form.text("summary"), NoteVerifier(key))
    except SummaryUntrusted:
        return render(
            request,
            "public/summaries.html",
            status=422,
            key=key,
            checked=None,
            problem="untrusted",
        )
    today = day_of(datetime.now(UTC))
    return render(
        request,
        "public/summaries.html",
        key=key,
        checked=checked,
        is_old=checked.is_old(today),
        problem="",
    )


async def tell_key(request: Request) -> Response:
    """The public key as verifiers read it."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(f"{_key(request)}\n", media_type="text/plain; charset=utf-8", headers=headers)


async def hand_out_page(request: Request) -> Response:
    """The page to keep: it holds the key, asks nobody, and works from a disk."""
    response = render(request, "public/summary_offline.html", key=_key(request))
    response.headers["Content-Disposition"] = 'attachment; filename="check-summary.html"'
    return response


def _key(request: Request) -> str:
    platform = platform_of(request)
    if platform.sequencer is None:
        raise NotFound
    return access.summary_verifier_key(platform.keys, platform.sequencer.log)
