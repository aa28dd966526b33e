"""Who acts for whom, at the counter: appointed, looked up and ended on the cards a clerk has seen."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Appointment, AtCounter, Named
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.portal.layout import Form, platform_of, read_form, render, see_other
from openhealthcode.representation import (
    LONGEST_DAYS,
    PROOFS,
    Power,
    Proof,
    RepresentationKind,
    RepresentationUnsuitable,
)
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    NationalId,
    NotFound,
)

POWERS: Final = (Power.VISITS, Power.RECORD, Power.LOG, Power.CONSENTS)
DAYS: Final = (7, 30, 90, 365)
_DONE: Final = frozenset({"appointed", "revoked"})
AT_COUNTERS: Final = tuple(proof for proof in Proof if proof is not Proof.OWN_PHONE)


async def show_desk(request: Request, _: StaffSession) -> Response:
    """Both forms, empty."""
    done = request.query_params.get("done", "")
    return _page(request, notice=done if done in _DONE else "")


async def find(request: Request, clerk: StaffSession) -> Response:
    """Who acts for the person whose card the clerk holds; logged."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_named(form, "number", "name")
    if named is None:
        return _page(request, problem=f"find-{problem}", form=form)
    try:
        found = await access.representatives_at_counter(
            platform.pool, platform.keys, agent_of(clerk), named
        )
    except NotFound:
        return _page(request, problem="find-unknown", form=form)
    return _page(request, found=found)


async def revoke(request: Request, clerk: StaffSession) -> Response:
    """End an appointment; what has ended already is as good.

    Raises:
        NotFound: the name is none that ``find`` gave.
    """
    platform, form = platform_of(request), await read_form(request)
    await access.revoke_at_counter(
        platform.pool, platform.keys, agent_of(clerk), form.text("representation")
    )
    return see_other("/registrar/representation?done=revoked")


async def appoint(request: Request, clerk: StaffSession) -> Response:
    """Appoint whom the form names, or say which field is wrong."""
    platform, form = platform_of(request), await read_form(request)
    represented, problem = read_named(form, "number", "name")
    if represented is None:
        return _page(request, problem=problem, form=form)
    wanted, problem = _appointment(form)
    if wanted is None:
        return _page(request, problem=problem, form=form)
    try:
        await access.appoint_at_counter(
            platform.pool, platform.keys, agent_of(clerk), represented, wanted
        )
    except NotFound:
        return _page(request, problem="unknown", form=form)
    except RepresentationUnsuitable:
        return _page(request, problem="unsuitable", form=form)
    return see_other("/registrar/representation?done=appointed")


def agent_of(clerk: StaffSession) -> Agent:
    """The clerk as the log names them."""
    return Agent(AgentKind.PRACTITIONER, clerk.practitioner_id, clerk.institution_id)


def read_named(form: Form, number: str, name: str) -> tuple[Named | None, str]:
    """Somebody as their ID card names them, or which field is wrong."""
    try:
        parsed = NationalId.parse(form.text(number))
    except HealthCodeError:
        return None, number
    if not form.text(name):
        return None, name
    return Named(Certificate(CertificateKind.NATIONAL_ID, parsed.number), form.text(name)), ""


def _appointment(form: Form) -> tuple[Appointment | None, str]:
    representative, problem = read_named(form, "other-number", "other-name")
    if representative is None:
        return None, problem
    if form.text("kind") not in set(RepresentationKind):
        return None, "kind"
    kind = RepresentationKind(form.text("kind"))
    if form.text("proof") not in set(PROOFS[kind]) or form.text("proof") == Proof.OWN_PHONE:
        return None, "proof"
    powers = frozenset(map(Power, set(form.all("power")) & set(POWERS)))
    is_helper = kind is RepresentationKind.HELPER
    if is_helper and not powers:
        return None, "power"
    if form.text("seen") != "yes":
        return None, "seen"
    days = int(form.text("days")) if form.text("days") in map(str, DAYS) else 0
    return (
        Appointment(
            kind=kind,
            representative=representative,
            powers=powers if is_helper else frozenset(),
            proof=Proof(form.text("proof")),
            days=min(days, LONGEST_DAYS.get(kind, 0)),
        ),
        "",
    )


def _page(
    request: Request,
    *,
    notice: str = "",
    problem: str = "",
    form: Form | None = None,
    found: AtCounter | None = None,
) -> Response:
    fields = ("number", "name", "other-number", "other-name")
    is_search = problem.startswith("find-")
    return render(
        request,
        "registrar/representation.html",
        status=422 if problem else 200,
        notice=notice,
        problem="" if is_search else problem,
        search_problem=problem.removeprefix("find-") if is_search else "",
        typed={name: form.text(name)[:64] for name in fields} if form else {},
        chosen={name: form.all(name) for name in ("kind", "power", "days", "proof")}
        if form
        else {},
        found=found,
        kinds=tuple(RepresentationKind),
        powers=POWERS,
        days=DAYS,
        proofs=AT_COUNTERS,
    )
