"""With whom the platform is lenient, and until when: everybody may know."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection, registry
from openhealthcode.portal.layout import Language, language_of, platform_of, render


async def show_senders(request: Request) -> Response:
    """The institutions whose deliveries are filed without what is beyond the rules, for a while."""
    pool = platform_of(request).pool
    lenient = await collection.lenient_senders(pool)
    known = await registry.institutions(pool, [one.institution_id for one in lenient])
    in_english = language_of(request) is Language.ENGLISH
    senders = [
        ((known[one.institution_id].name_en if in_english else "") or
         known[one.institution_id].name, one)
        for one in lenient
        if one.institution_id in known
    ]  # fmt: skip
    return render(request, "public/senders.html", senders=senders)
