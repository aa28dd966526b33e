"""Styles, scripts and pictures of the pages, served from memory under a hashed address.

Every file of ``portal/<audience>/assets`` is ``/static/<digest>/<audience>/<file>``.
One digest covers all files, so ES modules import each other by relative path
and a changed file changes every address; a stale address (a page kept open
over an update) still answers, but is not cached.
"""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

PORTAL = Path(__file__).parent.parent

_COMPRESSED = {".css", ".js", ".mjs", ".svg", ".wasm", ".webmanifest", ".json"}
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    media_type: str
    plain: bytes
    gzipped: bytes | None


def asset_url(name: str) -> str:
    """The address of an asset, named as ``layout/tokens.css``.

    Raises:
        FileNotFoundError: no page folder has such an asset; a misspelt name must not reach a page.
    """
    if name not in _names():
        raise FileNotFoundError(name)
    return f"/static/{digest()}/{name}"


@cache
def digest() -> str:
    """Twelve characters that change when any asset does."""
    total = sha256()
    for name, path in sorted(_names().items()):
        total.update(name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return total.hexdigest()[:12]


async def serve_asset(request: Request) -> Response:
    """Answer one asset, compressed where the browser allows it."""
    return _answer(request, request.path_params["name"], request.path_params["digest"])


async def serve_icon(request: Request) -> Response:
    """Answer browsers that ask for an icon before they have read which one the page names."""
    return _answer(request, "layout/icon.svg", "")


def _answer(request: Request, name: str, asked_digest: str) -> Response:
    asset = _asset(name)
    if asset is None:
        raise HTTPException(404)
    current = asked_digest == digest()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    body = asset.plain
    if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


@cache
def _names() -> dict[str, Path]:
    folders = (folder for folder in PORTAL.iterdir() if (folder / "assets").is_dir())
    return {
        f"{folder.name}/{path.relative_to(folder / 'assets').as_posix()}": path
        for folder in folders
        for path in (folder / "assets").rglob("*")
        if path.is_file()
    }


@cache
def _asset(name: str) -> _Asset | None:
    path = _names().get(name)
    if path is None:
        return None
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    plain = path.read_bytes()
    gzipped = gzip.compress(plain, 9, mtime=0) if path.suffix in _COMPRESSED else None
    return _Asset(guessed or "application/octet-stream", plain, gzipped)
