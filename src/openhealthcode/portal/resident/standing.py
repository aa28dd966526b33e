"""Consents given ahead of any visit: the list, a new one, and sensitive matters apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent, registry
from openhealthcode.consent import Consent, ConsentKind, Manner, Terms
from openhealthcode.portal.layout import (
    Form,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.notice import notice_of
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.step_up import SteppedUp, step_up
from openhealthcode.portal.resident.verify import PROOFS, verify_first
from openhealthcode.portal.resident.views import (
    DURATIONS_DAYS,
    VISITS,
    StandingFormView,
    StandingView,
)
from openhealthcode.registry import Institution
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId

_LONGEST_NAME = 64


async def show_standing(request: Request, session: ResidentSession) -> Response:
    """Every consent given ahead of a visit, in force or over."""
    platform, now = platform_of(request), datetime.now(UTC)
    given = [one for one in await _given(request, session) if one.kind is not ConsentKind.VISIT]
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[one.practitioner_id for one in given],
        institution_ids=[one.institution_id for one in given],
    )
    return render(
        request,
        "resident/standing.html",
        consents=[
            StandingView(
                consent_id=one.consent_id,
                institution_id=one.institution_id,
                person=known.recipient(one),
                kind=one.kind,
                categories=tuple(c for c in CATEGORIES if c in one.categories),
                sensitive=tuple(sorted(one.sensitive)),
                may_keep=one.manner is Manner.KEEP,
                uses=one.uses,
                end_at=one.end_at,
                is_in_force=one.withdrawn_at is None and now < one.end_at,
            )
            for one in given
        ],
        notice="given" if request.query_params.get("done") == "given" else "",
    )


async def choose_institution(request: Request, _: ResidentSession) -> Response:
    """Find the institution a consent is for, by a part of its name."""
    text = request.query_params.get("q", "").strip()[:_LONGEST_NAME]
    found = await registry.institutions_named(platform_of(request).pool, text)
    return render(request, "resident/standing_where.html", text=text, institutions=found)


async def show_form(request: Request, session: ResidentSession) -> Response:
    """What a consent for this institution can say; or say instead of one that is in force."""
    institution = await _institution(request)
    instead = _id(request.query_params.get("instead", ""))
    if instead is None:
        return await _form(request, institution)
    before = await _in_force(request, session, instead)
    if before.institution_id != institution.institution_id or before.sensitive:
        raise NotFound
    return await _form(request, institution, before=before)


async def take_form(request: Request, session: ResidentSession) -> Response:
    """Show what is about to be allowed, in full; with a fresh verification, allow it."""
    institution, form = await _institution(request), await read_form(request)
    if not form.all("category"):
        return await _form(request, institution, form, problem="nothing")
    instead = _id(form.text("instead"))
    if instead is not None:
        await _in_force(request, session, instead)
    terms = replace(_terms(institution.institution_id, form), replaces=instead)
    if terms.days > consent.LONGEST_DAYS[terms.kind]:
        return await _form(request, institution, form, problem="too-long")
    return await _review_or_give(request, session, form, terms)


async def show_sensitive(request: Request, session: ResidentSession) -> Response:
    """Which sensitive matters those who are allowed already may see as well."""
    return await _sensitive_form(request, await _mine(request, session))


async def take_sensitive(request: Request, session: ResidentSession) -> Response:
    """A consent apart, with its own notice and its own withdrawal (PIPL 29)."""
    form, base = await read_form(request), await _mine(request, session)
    opened = frozenset(kind for kind in SensitiveCategory if kind.value in form.all("opened"))
    if not opened:
        return await _sensitive_form(request, base, problem="nothing")
    left = (base.end_at - datetime.now(UTC)).days
    terms = Terms(
        kind=base.kind,
        institution_id=base.institution_id,
        department=base.department,
        practitioner_id=base.practitioner_id,
        categories=base.categories,
        sensitive=opened,
        manner=base.manner,
        days=max(1, left),
        uses=base.uses.allowed if base.uses else None,
        added_to=base.consent_id,
    )
    return await _review_or_give(request, session, form, terms)


async def show_notice(request: Request, session: ResidentSession) -> Response:
    """What the resident was told before consenting, as it was told.

    Raises:
        NotFound: no such consent, or one that came without a notice.
    """
    mine = await _named(request, session)
    if mine.notice is None:
        raise NotFound
    return render(
        request, "resident/standing_notice.html", kept=mine.notice, granted_at=mine.granted_at
    )


async def take_along(request: Request, session: ResidentSession) -> Response:
    """Everything allowed and refused as one FHIR file, after a fresh verification."""
    platform, form = platform_of(request), await read_form(request)
    asked = await verify_first(request, session, form, "consents", back="/consents")
    if asked is not None:
        return asked
    bundle = await access.own_consents(platform.pool, platform.keys, session.resident_id)
    response = Response(orjson.dumps(bundle), media_type="application/fhir+json")
    response.headers["Content-Disposition"] = 'attachment; filename="consents.json"'
    return response


async def _review_or_give(
    request: Request, session: ResidentSession, form: Form, terms: Terms
) -> Response:
    platform, language = platform_of(request), language_of(request)
    known = await acquaint(
        platform.pool,
        language,
        practitioner_ids=[terms.practitioner_id],
        institution_ids=[terms.institution_id],
    )
    notice = notice_of(terms, known)
    if form.text("step") != "give" or form.text("notice") != notice.version:
        return render(
            request,
            "resident/standing_review.html",
            told=notice,
            kept=[pair for pair in form.fields if pair[0] not in PROOFS | {"step", "notice"}],
            is_sensitive=bool(terms.sensitive),
            replaces=terms.replaces is not None,
        )
    asked = await verify_first(request, session, form, "consent", back="/consents")
    if asked is not None:
        return asked
    stepped = await step_up(request, session, form, back="/consents")
    if not isinstance(stepped, SteppedUp):
        return stepped
    await consent.give(
        platform.pool,
        platform.keys,
        session.resident_id,
        terms,
        notice,
        stepped.presence,
    )
    return see_other("/consents?done=given")


async def _form(
    request: Request,
    institution: Institution,
    form: Form | None = None,
    problem: str = "",
    before: Consent | None = None,
) -> Response:
    staff = await registry.staff(platform_of(request).pool, institution.institution_id)
    chosen = form.all("category") if form else ()
    if before is not None:
        chosen = tuple(before.categories)
    view = StandingFormView(
        institution_id=institution.institution_id,
        institution=institution,
        departments=tuple(sorted({one.department for one in staff if one.department})),
        staff=tuple(one for one in staff if one.may_have_account),
        kinds=(ConsentKind.STANDING, ConsentKind.FAMILY_DOCTOR),
        categories=CATEGORIES,
        chosen=frozenset(chosen),
        durations_days=DURATIONS_DAYS,
        visits=VISITS,
        instead=before.consent_id if before else _id(form.text("instead")) if form else None,
        who=_who_of(before),
        kind=before.kind if before else ConsentKind.STANDING,
        may_keep=before is not None and before.manner is Manner.KEEP,
        problem=problem,
    )
    return render(request, "resident/standing_form.html", status=422 if problem else 200, form=view)


async def _sensitive_form(request: Request, base: Consent, problem: str = "") -> Response:
    known = await acquaint(
        platform_of(request).pool,
        language_of(request),
        practitioner_ids=[base.practitioner_id],
        institution_ids=[base.institution_id],
    )
    return render(
        request,
        "resident/standing_sensitive.html",
        status=422 if problem else 200,
        consent_id=base.consent_id,
        person=known.recipient(base),
        kinds=tuple(SensitiveCategory),
        problem=problem,
    )


async def _given(request: Request, session: ResidentSession) -> list[Consent]:
    platform = platform_of(request)
    return await consent.consents(platform.pool, platform.keys, session.resident_id)


async def _named(
    request: Request, session: ResidentSession, named: ConsentId | None = None
) -> Consent:
    wanted = named or ConsentId(request.path_params["id"])
    found = [one for one in await _given(request, session) if one.consent_id == wanted]
    if not found:
        raise NotFound
    return found[0]


async def _mine(request: Request, session: ResidentSession) -> Consent:
    """A consent ahead of visits that is still in force."""
    return await _in_force(request, session, ConsentId(request.path_params["id"]))


async def _in_force(request: Request, session: ResidentSession, consent_id: ConsentId) -> Consent:
    mine = await _named(request, session, consent_id)
    is_over = mine.withdrawn_at is not None or mine.end_at <= datetime.now(UTC)
    if is_over or mine.kind is ConsentKind.VISIT:
        raise NotFound
    return mine


async def _institution(request: Request) -> Institution:
    wanted = InstitutionId(request.path_params["id"])
    found = await registry.institution(platform_of(request).pool, wanted)
    if not found.is_active or found.kind is registry.InstitutionKind.EXTERNAL:
        raise NotFound
    return found


def _terms(institution_id: InstitutionId, form: Form) -> Terms:
    """Read the form.

    Raises:
        InvalidInput: not what our page would send.
    """
    department, practitioner_id = _who(form.text("who"))
    chosen, days, kind = form.all("category"), form.text("days"), form.text("kind")
    if (
        not set(chosen) <= set(RecordCategory)
        or days not in set(map(str, DURATIONS_DAYS))
        or form.text("visits") not in {"", *map(str, VISITS)}
        or kind not in {ConsentKind.STANDING.value, ConsentKind.FAMILY_DOCTOR.value}
    ):
        raise InvalidInput("not what this page offers")
    return Terms(
        kind=ConsentKind(kind),
        institution_id=institution_id,
        department=department,
        practitioner_id=practitioner_id,
        categories=frozenset(map(RecordCategory, chosen)),
        manner=Manner.KEEP if form.text("keep") == "yes" else Manner.VIEW,
        days=int(days),
        uses=int(form.text("visits")) if form.text("visits") else None,
    )


def _id(text: str) -> ConsentId | None:
    """The consent a form or an address names; None if it names none.

    Raises:
        NotFound: it names nothing that could be one.
    """
    if not text:
        return None
    try:
        return ConsentId(UUID(text))
    except ValueError:
        raise NotFound from None


def _who_of(before: Consent | None) -> str:
    """Whom a consent allows, as the form names it."""
    if before is not None and before.practitioner_id is not None:
        return f"practitioner:{before.practitioner_id}"
    if before is not None and before.department is not None:
        return f"department:{before.department}"
    return "all:"


def _who(text: str) -> tuple[str | None, PractitionerId | None]:
    kind, _, name = text.partition(":")
    if kind == "department" and name:
        return name[:_LONGEST_NAME], None
    if kind == "practitioner":
        try:
            return None, PractitionerId(UUID(name))
        except ValueError:
            raise InvalidInput("not what this page offers") from None
    if kind != "all":
        raise InvalidInput("not what this page offers")
    return None, None
