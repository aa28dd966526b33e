"""Receipts: how anybody checks one, with which keys; and a receipt handed back as a file."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, audit
from openhealthcode.audit import ReceiptRefused
from openhealthcode.portal.layout import platform_of, read_form, render
from openhealthcode.standards import NotFound
from openhealthcode.transparency import NoteVerifier

FIELD: Final = "receipt"
_MOST_BYTES: Final = 512 * 1024


async def show_receipts(request: Request) -> Response:
    """What a receipt proves, and the steps to check one."""
    platform = platform_of(request)
    keys = access.published_keys(platform.keys, platform.sequencer) if platform.sequencer else ()
    return render(request, "public/receipts.html", keys=keys)


async def tell_keys(request: Request) -> Response:
    """The two public keys, a line each, as the verifiers read them."""
    log, receipts = _keys(request)
    return _file(f"{log}\n{receipts}\n".encode(), "text/plain; charset=utf-8", "keys.txt")


async def hand_back(request: Request) -> Response:
    """A receipt of ours, out of the page that shows it, as a file to keep.

    Nothing is stored and nobody needs to be signed in: who closed an account cannot be. Only
    what was signed here is handed back.

    Raises:
        ReceiptRefused: it was not, or was altered.
    """
    log, receipts = map(NoteVerifier, _keys(request))
    form = await read_form(request, most_bytes=_MOST_BYTES)
    try:
        data = urlsafe_b64decode(form.text(FIELD))
    except ValueError:
        raise ReceiptRefused from None
    audit.check_receipt(data, receipts, log)
    return _file(data, "text/html; charset=utf-8", "receipt.html")


def _keys(request: Request) -> tuple[str, str]:
    platform = platform_of(request)
    if platform.sequencer is None:
        raise NotFound
    return access.published_keys(platform.keys, platform.sequencer)


def _file(data: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=media_type, headers=headers)
