"""This site as authenticators know it, by the address the browser used."""

from __future__ import annotations

from starlette.requests import Request

from openhealthcode.sign_in import RelyingParty


def site_of(request: Request) -> RelyingParty:
    """Domain and origin of the page; authenticators check both against the page's own."""
    url = request.url
    return RelyingParty(
        id=url.hostname or "", name="OpenHealthCode", origins=(f"{url.scheme}://{url.netloc}",)
    )
