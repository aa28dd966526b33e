"""Refuses forms that another site sent.

Sessions are ``SameSite=Strict`` already; this is the second, independent lock
against cross-site request forgery, and needs no token in the page: a browser
states where a form comes from, and a page of another site cannot lie about it.

Source: Fetch Metadata Request Headers (W3C); OWASP CSRF Prevention, "verifying origin".
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

_READING = {"GET", "HEAD", "OPTIONS"}


def is_our_own(method: str, headers: Headers) -> bool:
    """Whether a request only reads, or was made by a page of this very host.

    A request that changes something and says nothing about its origin is not ours.
    """
    if method in _READING:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).netloc == headers.get("host")
