"""What leaves for whom: agreements, volumes, last use; proposing, signing, stopping."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import (
    Form,
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.names import names_of
from openhealthcode.registry.agreements import Agreement, Channel
from openhealthcode.standards import InvalidInput, NotFound, PurposeOfUse, RecordCategory
from openhealthcode.supervision import agreements as keeping
from openhealthcode.supervision.agreements import NotToSign, PartyStanding

_HOME: Final = "/supervision/transfers"
_PURPOSES: Final = (PurposeOfUse.TREATMENT, PurposeOfUse.PAYMENT, PurposeOfUse.PUBLIC_HEALTH)
_DONE: Final = frozenset({"proposed", "signed", "suspended"})
_NAMES: Final = (
    "title", "legal_basis", "impact_assessment", "sub_processors", "starts_on", "ends_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """A party as the pages show it."""

    standing: PartyStanding
    name: str
    is_covered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """An edition as the pages show it; ``state`` is a word of ``transfers.states``."""

    edition: Agreement
    state: str
    proposed_by: str
    signed_by: str
    suspended_by: str
    may_sign: bool


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed and has to be typed again differently."""

    fields: dict[str, str] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        """One field."""
        return self.fields.get(name, "")


async def show_transfers(request: Request, seat: Seat) -> Response:
    """Everybody something may leave for; those without an agreement first."""
    found = [_party(request, one) for one in await keeping.transfers(platform_of(request).pool)]
    found.sort(key=lambda one: (one.is_covered, one.name))
    return render(request, "supervisor/transfers.html", office=seat.office, parties=found)


async def show_party(request: Request, seat: Seat) -> Response:
    """One party, its editions, and the form for a new one."""
    return await _show(request, seat, _Typed())


async def propose(request: Request, seat: Seat) -> Response:
    """Write an edition down for another to sign."""
    platform, form = platform_of(request), await read_form(request)
    party = await _found(request)
    chosen = frozenset((*form.all("purpose"), *form.all("category"), *form.all("channel")))
    typed = _Typed({name: form.text(name)[:1_100] for name in _NAMES}, chosen)
    try:
        agreement = _agreement(party.party, form)
        await keeping.propose(platform.pool, platform.keys, seat.session, agreement)
    except (InvalidInput, ValueError):
        return await _show(request, seat, typed, problem="words", status=422)
    return see_other(f"{_HOME}/{party.party}?done=proposed")


async def decide(request: Request, seat: Seat) -> Response:
    """Sign an edition, or stop it."""
    platform, form = platform_of(request), await read_form(request)
    party, step = await _found(request), form.text("step")
    agreement_id = next(
        (one.agreement_id for one in party.editions if str(one.agreement_id) == form.text("id")),
        None,
    )
    if agreement_id is None or step not in {"sign", "suspend"}:
        raise NotFound
    act = keeping.sign if step == "sign" else keeping.suspend
    try:
        await act(platform.pool, platform.keys, seat.session, agreement_id)
    except NotToSign:
        return await _show(request, seat, _Typed(), problem="not-to-sign", status=409)
    done = "signed" if step == "sign" else "suspended"
    return see_other(f"{_HOME}/{party.party}?done={done}")


async def _show(
    request: Request, seat: Seat, typed: _Typed, *, problem: str = "", status: int = 200
) -> Response:
    party = await _found(request)
    names = await names_of(
        request,
        people=[
            person
            for one in party.editions
            for person in (one.proposed_by, one.signed_by, one.suspended_by)
        ],
    )
    today, me = datetime.now(UTC).date(), seat.session.practitioner_id
    done = request.query_params.get("done", "")
    return render(
        request,
        "supervisor/transfer.html",
        status=status,
        office=seat.office,
        party=_party(request, party),
        editions=[
            EditionView(
                edition=one,
                state=_state(one, today),
                proposed_by=names.person(one.proposed_by),
                signed_by=names.person(one.signed_by),
                suspended_by=names.person(one.suspended_by),
                may_sign=one.signed_at is None and one.proposed_by != UUID(int=me.int),
            )
            for one in party.editions
        ],
        typed=typed,
        purposes=_PURPOSES,
        categories=tuple(RecordCategory),
        channels=tuple(Channel),
        problem=problem,
        done=done if done in _DONE else "",
    )


async def _found(request: Request) -> PartyStanding:
    """The party the address names.

    Raises:
        NotFound: nobody the register or an agreement knows.
    """
    wanted = request.path_params["party"]
    for one in await keeping.transfers(platform_of(request).pool):
        if one.party == wanted:
            return one
    raise NotFound


def _party(request: Request, one: PartyStanding) -> PartyView:
    in_english = language_of(request) is Language.ENGLISH
    return PartyView(
        standing=one,
        name=(one.name_en if in_english else "") or one.name,
        is_covered=one.is_covered(datetime.now(UTC).date()),
    )


def _state(one: Agreement, today: date) -> str:
    if one.suspended_at is not None:
        return "suspended"
    if one.signed_at is None:
        return "proposed"
    if one.is_in_force(today):
        return "in-force"
    return "not-yet" if today < one.starts_on else "over"


def _agreement(party: str, form: Form) -> Agreement:
    """What the form says.

    Raises:
        ValueError: not what our page sends.
    """
    subs = form.text("sub_processors").replace("；", "\n").splitlines()
    return Agreement(
        agreement_id=UUID(int=0),
        party=party,
        title=form.text("title"),
        purposes=frozenset(map(PurposeOfUse, form.all("purpose"))),
        categories=frozenset(map(RecordCategory, form.all("category"))),
        channels=frozenset(map(Channel, form.all("channel"))),
        legal_basis=form.text("legal_basis"),
        impact_assessment=form.text("impact_assessment"),
        sub_processors=tuple(filter(None, (one.strip()[:200] for one in subs[:50]))),
        starts_on=date.fromisoformat(form.text("starts_on")),
        ends_on=date.fromisoformat(form.text("ends_on")),
        proposed_by=UUID(int=0),
        proposed_at=datetime.now(UTC),
    )
