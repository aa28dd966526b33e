"""Somebody without a document of here: received with a code for seven days, known later."""

from __future__ import annotations

from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, trust
from openhealthcode.collection import Arrived, Correction, NeedsReview
from openhealthcode.healthcode import (
    EarlyCode,
    ForeignCode,
    LapsedCode,
    RevokedCode,
    UnknownHolder,
    UnreadableCode,
    UntrustedCode,
)
from openhealthcode.identity import AccountClosed, NumberDisagrees, Registration
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.portal import paper
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import (
    Form,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.paper.card import print_card
from openhealthcode.portal.registrar.card import LONGEST_NAME, read_card
from openhealthcode.portal.registrar.representation import agent_of
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NationalId,
    Sex,
)
from openhealthcode.trust import (
    NoCodeIssuer,
    NoTrustList,
    StaleTrustList,
    UntrustedIssuer,
    UntrustedSignature,
)

SEXES: Final = (Sex.FEMALE, Sex.MALE, Sex.UNKNOWN)
REASONS: Final = (Correction.NAMED, Correction.IDENTIFIED)
_NO_CODE: Final = (
    ForeignCode,
    UnreadableCode,
    UnknownHolder,
    UntrustedCode,
    UntrustedIssuer,
    UntrustedSignature,
    EarlyCode,
    LapsedCode,
    RevokedCode,
)
_REFUSED: Final[dict[type[Exception], str]] = {
    NoCodeIssuer: "no-issuer",
    NoTrustList: "no-issuer",
    StaleTrustList: "no-issuer",
    NeedsReview: "review",
    RegistrationDoubtful: "doubtful",
    NumberDisagrees: "disagrees",
    AccountClosed: "closed",
    InvalidInput: "name",
    **dict.fromkeys(_NO_CODE, "code"),
}
_LONGEST_CODE: Final = 600


async def show_form(request: Request, _: StaffSession) -> Response:
    """Two forms: somebody arrives; it is known now who somebody is."""
    done = request.query_params.get("done", "")
    return _page(request, done=done if done in {"corrected", "to-merge"} else "")


async def receive(request: Request, clerk: StaffSession) -> Response:
    """Register somebody who has nothing to show, and print the code.

    Raises:
        PrintingNotInstalled: this installation prints nothing.
    """
    platform, form = platform_of(request), await read_form(request)
    if not paper.is_installed():
        raise paper.PrintingNotInstalled
    try:
        card = await access.receive_temporary(
            platform.pool, platform.keys, agent_of(clerk), _arrived(form)
        )
    except ValueError:
        return _page(request, form, "born")
    except tuple(_REFUSED) as refused:
        return _page(request, form, _problem(refused))
    return await print_card(card, language_of(request))


async def bind(request: Request, clerk: StaffSession) -> Response:
    """Say who somebody is, with the code they were given and their papers in hand."""
    platform, form = platform_of(request), await read_form(request)
    named, problem = read_card(form)
    if named is None:
        return _page(request, form, problem)
    why = form.text("why")
    number = NationalId(named.certificate.number) if named.certificate.is_citizen_number else None
    known = Registration(
        (named.certificate,),
        named.name,
        *((number.sex, number.birth_date) if number else ()),
    )
    try:
        bound = await access.bind_temporary(
            platform.pool,
            platform.keys,
            agent_of(clerk),
            form.text("code")[:_LONGEST_CODE],
            await trust.current(platform.pool, platform.keys),
            known,
            Correction(why) if why in set(REASONS) else Correction.IDENTIFIED,
        )
    except tuple(_REFUSED) as refused:
        return _page(request, form, _problem(refused))
    done = "corrected" if bound is access.Bound.CORRECTED else "to-merge"
    return see_other(f"/registrar/temporary?done={done}")


def _arrived(form: Form) -> Arrived:
    """What was typed.

    Raises:
        ValueError: a birth date that is none, or a document that cannot be one.
    """
    born, number = form.text("born"), form.text("document")
    sex = form.text("sex")
    return Arrived(
        name=form.text("called")[:LONGEST_NAME],
        sex=Sex(sex) if sex in set(SEXES) else Sex.UNKNOWN,
        birth_date=date.fromisoformat(born) if born else None,
        document=Certificate.parse(CertificateKind.PASSPORT, number) if number else None,
    )


def _problem(refused: Exception) -> str:
    return next(name for kind, name in _REFUSED.items() if isinstance(refused, kind))


def _page(
    request: Request, form: Form | None = None, problem: str = "", *, done: str = ""
) -> Response:
    return render(
        request,
        "registrar/temporary.html",
        status={"": 200, "no-issuer": 503}.get(problem, 422),
        kinds=KINDS,
        sexes=SEXES,
        reasons=REASONS,
        called=form.text("called")[:LONGEST_NAME] if form else "",
        name=form.text("name")[:LONGEST_NAME] if form else "",
        code=form.text("code")[:_LONGEST_CODE] if form else "",
        is_binding=form is not None and "code" in form,
        prints=paper.is_installed(),
        problem=problem,
        done=done,
    )
