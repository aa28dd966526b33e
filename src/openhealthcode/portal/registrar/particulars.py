"""Particulars are put right: a newborn named, a stranger known, a name changed, a mistake mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Named, Particulars
from openhealthcode.collection import Correction
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import (
    Form,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.registrar.card import LONGEST_NAME
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    NotFound,
    Sex,
    TooManyAttempts,
)

DOCUMENTS: Final = (
    *KINDS,
    CertificateKind.BIRTH_CERTIFICATE,
    CertificateKind.INSTITUTION_NUMBER,
    CertificateKind.TEMPORARY_NUMBER,
)
_SHORTEST_PAPER: Final = 2
_LONGEST_PAPER: Final = 200
_LONGEST_ISSUER: Final = 128
_STATUS: Final = {"": 200, "nobody": 404, "too-many": 429, "certificate-taken": 409}
_REFUSALS: Final = frozenset(
    {"certificate-taken", "number-disagrees", "registration-malformed", "registered-meanwhile"}
)
_CHANGEABLE: Final = ("name", "birth-date", "sex", "certificates")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a clerk wants put right."""

    known: Named
    said: Particulars
    why: Correction
    paper: str


async def show_form(request: Request, _: StaffSession) -> Response:
    """The form; also after something was put right."""
    changed = request.query_params.get("done")
    done = None if changed is None else [one for one in _CHANGEABLE if one in changed.split(",")]
    return page(request, done=done)


async def change(request: Request, clerk: StaffSession) -> Response:
    """Put right what the papers say, or say what stands against it."""
    platform, form = platform_of(request), await read_form(request)
    asked = _asked(form)
    if isinstance(asked, str):
        return page(request, form, asked)
    try:
        changed = await access.correct_at_counter(
            platform.pool,
            platform.keys,
            agent_of(clerk),
            asked.known,
            asked.said,
            asked.why,
            asked.paper,
        )
    except HealthCodeError as refused:
        return page(request, form, _refusal(refused))
    return see_other(f"/registrar/particulars?done={','.join(changed)}")


def _asked(form: Form) -> _Asked | str:
    """What the form asks for, or which field is wrong."""
    document = _document(form, "")
    name = form.text("name")[:LONGEST_NAME]
    beside = _document(form, "beside-") if form.text("beside-kind") else None
    birth = form.text("birth-date")
    sex = form.text("sex")
    said = Particulars(
        name=form.text("new-name")[:LONGEST_NAME],
        sex=Sex(sex) if sex in set(Sex) else None,
        birth_date=_date(birth),
        certificate=beside,
    )
    why, paper = form.text("why"), form.text("paper")[:_LONGEST_PAPER]
    wrong = (
        ("number", document is None),
        ("name", not name),
        ("compared", form.text("compared") != "yes"),
        ("beside", beside is None and form.text("beside-kind") != ""),
        ("birth-date", said.birth_date is None and birth != ""),
        ("nothing", said == Particulars()),
        ("why", why not in set(Correction)),
        ("paper", len(paper) < _SHORTEST_PAPER),
    )
    problem = next((field for field, is_wrong in wrong if is_wrong), "")
    if problem or document is None:
        return problem
    return _Asked(Named(document, name), said, Correction(why), paper)


def _document(form: Form, prefix: str) -> Certificate | None:
    kind = form.text(f"{prefix}kind") or CertificateKind.NATIONAL_ID
    if kind not in set(DOCUMENTS):
        return None
    issuer = form.text(f"{prefix}issuer")[:_LONGEST_ISSUER]
    try:
        return Certificate.parse(CertificateKind(kind), form.text(f"{prefix}number"), issuer)
    except HealthCodeError:
        return None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _refusal(refused: HealthCodeError) -> str:
    if isinstance(refused, NotFound):
        return "nobody"
    if isinstance(refused, TooManyAttempts):
        return "too-many"
    if refused.code not in _REFUSALS:
        raise refused
    return refused.code


def page(
    request: Request,
    form: Form | None = None,
    problem: str = "",
    *,
    done: Sequence[str] | None = None,
) -> Response:
    """The page, with what was typed but for the numbers.

    Args:
        done: what was put right just now; empty when it was so already.
    """
    known = catalogue(language_of(request))
    what = known.plain("particulars.what.comma").join(
        known.plain(f"particulars.what.{one}") for one in done or ()
    )
    kept = ("name", "new-name", "sex", "birth-date", "why", "paper", "kind", "beside-kind")
    return render(
        request,
        "registrar/particulars.html",
        status=_STATUS.get(problem, 422),
        kinds=DOCUMENTS,
        reasons=tuple(Correction),
        sexes=(Sex.FEMALE, Sex.MALE),
        typed={name: form.text(name)[:_LONGEST_PAPER] if form else "" for name in kept},
        problem=problem,
        is_done=done is not None,
        what=what,
    )
