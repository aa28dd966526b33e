"""What the code is used for: who takes part, and each time it was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import uses
from openhealthcode.access.uses import (
    PartnerRefused,
    PartnerUnavailable,
    Switch,
    UseLine,
)
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.registry import Joining
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import CodeUse, InvalidInput
from openhealthcode.standards.ids import PartnerId

_DONE = frozenset({"on", "off", "off-untold"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """A partner on the page.

    Args:
        address: where its own code is, if that is how it takes part; else empty.
    """

    partner_id: PartnerId
    name: str
    use: CodeUse
    joining: Joining
    since: datetime | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseView:
    """One time the code was used."""

    at: datetime
    institution: str
    uses: tuple[CodeUse, ...]
    not_given: tuple[CodeUse, ...]
    is_refused: bool


async def show_uses(request: Request, session: ResidentSession) -> Response:
    """Partners with their switches, then the latest uses."""
    return await _page(request, session)


async def switch_on(request: Request, session: ResidentSession) -> Response:
    """Let a partner take part, after a fresh verification."""
    platform, form = platform_of(request), await read_form(request)
    asked = await verify_first(request, session, form, "use", back="/uses")
    if asked is not None:
        return asked
    partner_id = PartnerId(request.path_params["id"])
    try:
        await uses.switch_on(
            platform.pool,
            platform.keys,
            platform.partners,
            session.resident_id,
            partner_id,
            number="".join(form.text("number").split()),
        )
    except InvalidInput:
        return await _page(request, session, partner_id, "number")
    except PartnerRefused:
        return await _page(request, session, partner_id, "refused")
    except PartnerUnavailable:
        return await _page(request, session, partner_id, "unavailable")
    return see_other("/uses?done=on")


async def switch_off(request: Request, session: ResidentSession) -> Response:
    """End it at once; nothing has to be proven for that."""
    platform = platform_of(request)
    is_told = await uses.switch_off(
        platform.pool,
        platform.keys,
        platform.partners,
        session.resident_id,
        PartnerId(request.path_params["id"]),
    )
    return see_other("/uses?done=off" if is_told else "/uses?done=off-untold")


async def _page(
    request: Request,
    session: ResidentSession,
    wrong: PartnerId | None = None,
    problem: str = "",
) -> Response:
    platform, language = platform_of(request), language_of(request)
    joined = await uses.switches(platform.pool, platform.keys, session.resident_id)
    used = await uses.own_uses(platform.pool, platform.keys, session.resident_id)
    done = request.query_params.get("done", "")
    return render(
        request,
        "resident/uses.html",
        status=422 if problem else 200,
        partners=[_partner(one, language) for one in joined],
        used=[_use(one, language) for one in used],
        done=done if done in _DONE else "",
        wrong=wrong,
        problem=problem,
    )


def _partner(one: Switch, language: Language) -> PartnerView:
    partner = one.partner
    in_english = language is Language.ENGLISH
    shows_own = partner.joining is Joining.SWITCHING
    return PartnerView(
        partner_id=partner.partner_id,
        name=(partner.name_en if in_english else "") or partner.name,
        use=partner.use,
        joining=partner.joining,
        since=one.since,
        address=partner.address if shows_own else "",
    )


def _use(one: UseLine, language: Language) -> UseView:
    in_english = language is Language.ENGLISH
    return UseView(
        at=one.at,
        institution=(one.institution_en if in_english else "") or one.institution,
        uses=tuple(use for use in CodeUse if use in one.uses),
        not_given=tuple(use for use in CodeUse if use in one.not_given),
        is_refused=one.is_refused,
    )
