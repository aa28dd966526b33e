"""The public log: its files for everybody who watches it, and a page that says what it is.

Nothing here is about anybody: an entry is a commitment that says nothing without its salt. Any page
of any site may read it, and any cache may keep it.

Source: c2sp.org/tlog-tiles. Nothing is pruned: an entry has 32 bytes, and receipts outlive people.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.audit import Sequencer
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.public.views import LogView
from openhealthcode.standards import NotFound
from openhealthcode.transparency import NoteVerifier, open_checkpoint, read_policy

_TILE = re.compile(
    r"(?:(?:0|[1-9][0-9]?)|entries)/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/(?:[1-9][0-9]{0,2}))?"
)
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_FOR_A_SECOND: Final = "public, max-age=1"


async def show_log(request: Request) -> Response:
    """What the log is, how large it is now, whose word makes a head, and how to check it."""
    return render(
        request,
        "public/log.html",
        view=await asyncio.to_thread(_view, request),
        log_address=f"{str(request.base_url).rstrip('/')}/log",
    )


async def tell_checkpoint(request: Request) -> Response:
    """The newest head; if witnesses have to see it, the newest they saw.

    Raises:
        NotFound: there is none yet.
    """
    note = await asyncio.to_thread(_sequencer(request).published)
    if note is None:
        raise NotFound
    return _told(note.encode(), "text/plain; charset=utf-8", _FOR_A_SECOND)


async def tell_tile(request: Request) -> Response:
    """One tile of hashes, or of entries.

    Raises:
        NotFound: there is none of this name, or it has become a full one.
    """
    name = request.path_params["tile"]
    if not _TILE.fullmatch(name):
        raise NotFound
    path = _sequencer(request).files.folder / "tile" / name
    content = await asyncio.to_thread(_content, path)
    return _told(content, "application/octet-stream", _FOR_GOOD)


async def tell_maps(request: Request) -> Response:
    """The daily maps: what was committed to of each day, and where (docs/history-format.md).

    Raises:
        NotFound: there is none yet.
    """
    content = await asyncio.to_thread(_content, _sequencer(request).files.folder / "maps")
    return _told(content, "text/plain; charset=utf-8", "public, max-age=60")


async def tell_policy(request: Request) -> Response:
    """What makes a head of this log believable, as programs read it (c2sp.org/tlog-policy)."""
    policy = _sequencer(request).policy
    return _told(policy.encode(), "text/plain; charset=utf-8", "public, max-age=60")


def log_view(request: Request) -> LogView | None:
    """What a page needs to check a history; None where no log is kept."""
    platform = platform_of(request)
    if platform.sequencer is None:
        return None
    keys = access.published_keys(platform.keys, platform.sequencer)
    policy = platform.sequencer.policy
    return LogView(
        name=platform.sequencer.log,
        keys=keys,
        policy=policy,
        witnesses=tuple(one.verifier.name for one in read_policy(policy).witnesses),
    )


def _view(request: Request) -> tuple[LogView, int] | None:
    view = log_view(request)
    if view is None:
        return None
    note = _sequencer(request).published()
    return view, open_checkpoint(note, NoteVerifier(view.keys[0])).size if note else 0


def _sequencer(request: Request) -> Sequencer:
    sequencer = platform_of(request).sequencer
    if sequencer is None:
        raise NotFound
    return sequencer


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise NotFound from None


def _told(content: bytes, media_type: str, kept: str) -> Response:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": kept,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
