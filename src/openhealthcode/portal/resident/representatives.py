"""Who may act for the resident: appoint a helper, revoke, say what is kept from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Appointment, Named, OwnRepresentatives, Standing
from openhealthcode.portal.layout import (
    Form,
    Language,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.portal.resident.views import PersonView
from openhealthcode.representation import (
    ADULT_AT,
    CONSENTS_ALONE_AT,
    Power,
    Proof,
    RepresentationKind,
    RepresentationUnsuitable,
    Wishes,
)
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    InvalidInput,
    NationalId,
    NotFound,
    RecordCategory,
    SensitiveCategory,
)
from openhealthcode.standards.ids import RepresentationId

HELPERS_POWERS: Final = (Power.VISITS, Power.RECORD, Power.LOG, Power.CONSENTS)
DAYS: Final = (7, 30, 90, 365)
_EFFECT: Final = "representation"
_BACK: Final = "/representatives"
_DONE: Final = frozenset({"appointed", "revoked", "kept"})
CHOOSABLE: Final = tuple(
    kind
    for kind in SensitiveCategory
    if kind not in {SensitiveCategory.ABUSE, SensitiveCategory.CHOSEN}
)
"""What tells of violence is never shown to guardians."""


@dataclass(frozen=True, slots=True)
class RepresentativeView:
    """One who acts for the resident."""

    representation_id: RepresentationId
    kind: RepresentationKind
    name: str = field(repr=False)
    certificate: str = field(repr=False)
    powers: tuple[Power, ...]
    until: date | None
    proof: Proof


async def show_representatives(request: Request, session: ResidentSession) -> Response:
    """Who acts for the resident now, and the forms."""
    done = request.query_params.get("done", "")
    return await _page(request, session, notice=done if done in _DONE else "")


async def appoint(request: Request, session: ResidentSession) -> Response:
    """Appoint a helper, after a fresh verification."""
    platform, form = platform_of(request), await read_form(request)
    wanted, problem = read_helper(form)
    if wanted is None:
        return await _page(request, session, problem=problem, form=form)
    asked = await verify_first(request, session, form, _EFFECT, back=_BACK)
    if asked is not None:
        return asked
    try:
        await access.appoint_helper(platform.pool, platform.keys, session.resident_id, wanted)
    except RepresentationUnsuitable:
        return await _page(request, session, problem="unsuitable", form=form)
    return see_other("/representatives?done=appointed")


async def revoke(request: Request, session: ResidentSession) -> Response:
    """End an appointment; what has ended already is as good."""
    platform = platform_of(request)
    representation_id = RepresentationId(request.path_params["id"])
    try:
        await access.revoke(platform.pool, platform.keys, session.resident_id, representation_id)
    except NotFound:
        return see_other("/representatives")
    return see_other("/representatives?done=revoked")


async def keep(request: Request, session: ResidentSession) -> Response:
    """What guardians do not see from 14 on, or what becomes of the record after death."""
    platform, form = platform_of(request), await read_form(request)
    own = await access.own_representatives(platform.pool, platform.keys, session.resident_id)
    wanted = _wishes(form, own.wishes)
    if _opens_more(wanted, own.wishes):
        asked = await verify_first(request, session, form, _EFFECT, back=_BACK)
        if asked is not None:
            return asked
    await access.wish(platform.pool, platform.keys, session.resident_id, wanted)
    return see_other("/representatives?done=kept")


async def _page(
    request: Request,
    session: ResidentSession,
    *,
    notice: str = "",
    problem: str = "",
    form: Form | None = None,
) -> Response:
    platform = platform_of(request)
    own = await access.own_representatives(platform.pool, platform.keys, session.resident_id)
    return render(
        request,
        "resident/representatives.html",
        status=422 if problem else 200,
        standing=[_view(one) for one in own.standing if one.mandate is not None],
        is_adult=own.age is None or own.age >= ADULT_AT,
        is_youth=own.age is not None and CONSENTS_ALONE_AT <= own.age < ADULT_AT,
        wishes=own.wishes,
        kinds=CHOOSABLE,
        categories=CATEGORIES,
        powers=HELPERS_POWERS,
        days=DAYS,
        typed={name: form.text(name)[:64] for name in ("name", "number")} if form else {},
        chosen=form.all("power") if form else [Power.VISITS],
        notice=notice,
        problem=problem,
    )


def _view(one: Standing) -> RepresentativeView:
    said, mandate = one.representation, one.mandate
    powers = mandate.powers if mandate else frozenset()
    return RepresentativeView(
        said.representation_id,
        said.kind,
        said.name,
        said.masked_certificate,
        tuple(power for power in Power if power in powers),
        mandate.until if mandate else None,
        said.proof,
    )


def named(own: OwnRepresentatives, language: Language) -> dict[UUID, PersonView]:
    """Who each representation is, as the log names them."""
    words = catalogue(language)
    return {
        one.representation.representation_id: PersonView(
            name=one.representation.name,
            title=words.plain(f"representation.kind.{one.representation.kind}"),
            institution="",
        )
        for one in own.standing
    }


def read_helper(form: Form) -> tuple[Appointment | None, str]:
    """The appointment a form names, or which field is wrong."""
    powers = form.all("power")
    if not form.text("name"):
        return None, "name"
    try:
        number = NationalId.parse(form.text("number"))
    except HealthCodeError:
        return None, "number"
    if not powers or not set(powers) <= set(HELPERS_POWERS):
        return None, "power"
    if form.text("days") not in map(str, DAYS):
        return None, "days"
    certificate = Certificate(CertificateKind.NATIONAL_ID, number.number)
    return (
        Appointment(
            kind=RepresentationKind.HELPER,
            representative=Named(certificate, form.text("name")),
            powers=frozenset(map(Power, powers)),
            proof=Proof.OWN_PHONE,
            days=int(form.text("days")),
        ),
        "",
    )


def _wishes(form: Form, before: Wishes) -> Wishes:
    """What the one or the other form of the page says; the rest stays."""
    if form.text("about") == "death":
        relatives = form.text("relatives")
        if relatives not in {"yes", "no"}:
            raise InvalidInput("no such choice")
        return Wishes(before.categories, before.kinds, relatives == "yes")
    kinds, categories = set(form.all("kind")), set(form.all("category"))
    if not kinds <= set(SensitiveCategory) or not categories <= set(RecordCategory):
        raise InvalidInput("no such choice")
    always = {SensitiveCategory.ABUSE, SensitiveCategory.CHOSEN}
    return Wishes(
        frozenset(map(RecordCategory, categories)),
        frozenset({*map(SensitiveCategory, kinds), *always}),
        before.relatives_may,
    )


def _opens_more(wanted: Wishes, before: Wishes) -> bool:
    is_wider = wanted.relatives_may and not before.relatives_may
    return is_wider or not (wanted.categories >= before.categories and wanted.kinds >= before.kinds)
