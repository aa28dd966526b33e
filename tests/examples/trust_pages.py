"""The page of issuers with an invented list: keys of every state, one without its revoked codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal import public
from openhealthcode.portal.layout import page_route, render
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.public.trust_view import PublishedView, TrustView, old_lists, view_of
from openhealthcode.trust import P256Signer, StatusList, key_id
from signing import NOW, REGION, SECRET, Issuing

PAGES = ("/trust/example", "/trust/none")


def example() -> TrustView:
    made = Issuing.made()
    listed = made.trusted(revoked=[1 << 20, (1 << 20) + 5])
    issuers = dict(listed.issuers)
    changes = (
        {"believed_from": NOW + timedelta(days=10)},
        {"signs_until": NOW - timedelta(days=1)},
        {"region": REGION + 99, "believed_until": NOW},
    )
    for place, change in enumerate(changes):
        public_key = P256Signer.derived(SECRET, b"other %d" % place).public_key
        named = {"public_key": public_key, "key_id": key_id(public_key)}
        one = made.on_the_list(**named, **change)
        issuers[one.region, one.key_id] = one
    retired = made.on_the_list()
    told = replace(
        listed,
        issuers=issuers,
        revoked={**listed.revoked, key_id(public_key): StatusList.of((), size=8)},
        as_of={retired.key_id: NOW - timedelta(days=8)},
    )
    lists = tuple(
        PublishedView(authority, number, NOW - timedelta(days=8 - number), "5f" * 32)
        for authority, number in (("national", 2), ("neighbour", 7), ("national", 1))
    )
    return view_of(told, made.known_roots, REGION, lists, NOW)


async def show_example(request: Request) -> Response:
    return render(request, "public/trust.html", view=example(), old=old_lists())


async def show_none(request: Request) -> Response:
    nothing = TrustView(None, None, None, "none", 0, (), (), ())
    return render(request, "public/trust.html", view=nothing, old=old_lists())


def app() -> Starlette:
    """Every page under its path."""
    ours = [page_route("/trust/example", show_example), page_route("/trust/none", show_none)]
    return Starlette(routes=[*ours, *routes(), *public.routes()])
