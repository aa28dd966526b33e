"""What residents keep closed ahead of any request: kinds of entries, recipients, single entries.

To close is one tap and needs no proof; to open again needs a code, as every opening does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access, consent, registry
from openhealthcode.access import Entry
from openhealthcode.consent import NothingToWithdraw, Refusal, Restriction, seal
from openhealthcode.consent.seal import RecordSeal
from openhealthcode.portal.layout import (
    Form,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.resident.entries import CATEGORIES, in_plain_words, sources
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.portal.resident.restriction_views import (
    ClosableView,
    RestrictionFormView,
    RestrictionView,
)
from openhealthcode.portal.resident.verify import verify_first
from openhealthcode.portal.resident.views import PersonView
from openhealthcode.registry import Institution, InstitutionKind
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, EntryId, InstitutionId, PractitionerId

_LONGEST_NAME = 64
_HOME = "/restrictions"
_DONE = frozenset({"closed", "opened", "entry-closed", "entry-opened"})
_KINDS = tuple(kind for kind in InstitutionKind if kind is not InstitutionKind.EXTERNAL)


async def show_restrictions(request: Request, session: ResidentSession) -> Response:
    """Everything this resident keeps closed, and how to close more."""
    platform = platform_of(request)
    standing = await consent.restrictions(platform.pool, platform.keys, session.resident_id)
    hidden = await access.hidden_entries(platform.pool, platform.keys, session.resident_id)
    sealed = await _seals(request, session)
    known = await acquaint(
        platform.pool,
        language_of(request),
        practitioner_ids=[one.refusal.practitioner_id for one in standing],
        institution_ids=[
            *(one.refusal.institution_id for one in standing),
            *(one.order.institution_id for one in sealed),
        ],
    )
    done = request.query_params.get("done", "")
    return render(
        request,
        "resident/restrictions.html",
        restrictions=[_view(one, known) for one in standing],
        seals=[(one, known.institution(one.order.institution_id)) for one in sealed],
        hidden=len(hidden),
        done=done if done in _DONE else "",
    )


async def _seals(request: Request, session: ResidentSession) -> list[RecordSeal]:
    """The orders by which the record is sealed now; no resident lifts them."""
    platform, now = platform_of(request), datetime.now(UTC)
    found = await seal.seals(platform.pool, platform.keys, session.resident_id)
    return [one for one in found if one.is_in_force(now)]


async def show_form(request: Request, _: ResidentSession) -> Response:
    """What can be closed: to everybody, to a kind of institution, or to the one named."""
    return await _form(request, await _institution(request))


async def choose_institution(request: Request, _: ResidentSession) -> Response:
    """Find the institution something is to be closed to, by a part of its name."""
    text = request.query_params.get("q", "").strip()[:_LONGEST_NAME]
    found = await registry.institutions_named(platform_of(request).pool, text)
    return render(request, "resident/restriction_where.html", text=text, institutions=found)


async def close(request: Request, session: ResidentSession) -> Response:
    """Close it at once; nothing is opened by it."""
    platform, form = platform_of(request), await read_form(request)
    institution = await _institution(request)
    refusal = _refusal(institution.institution_id if institution else None, form)
    if not refusal.categories and not refusal.sensitive:
        return await _form(request, institution, problem="nothing")
    await consent.restrict(platform.pool, platform.keys, session.resident_id, refusal)
    return see_other(f"{_HOME}?done=closed")


async def lift(request: Request, session: ResidentSession) -> Response:
    """Open again what was closed, with a fresh verification."""
    platform, form = platform_of(request), await read_form(request)
    wanted = ConsentId(request.path_params["id"])
    standing = await consent.restrictions(platform.pool, platform.keys, session.resident_id)
    if wanted not in {one.consent_id for one in standing}:
        raise NotFound
    asked = await verify_first(request, session, form, "restriction", back=_HOME)
    if asked is not None:
        return asked
    try:
        await consent.lift(platform.pool, platform.keys, session.resident_id, wanted)
    except NothingToWithdraw:
        return see_other(_HOME)
    return see_other(f"{_HOME}?done=opened")


async def choose_entry(request: Request, session: ResidentSession) -> Response:
    """Which single entry to close, or to open again: the closed ones first, then by category."""
    platform = platform_of(request)
    own = await access.own_record(platform.pool, platform.keys, session.resident_id)
    hidden = await access.hidden_entries(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(
        platform.pool, language_of(request), institution_ids=sources(own.entries)
    )
    entries = [entry for entry in own.entries if entry.type != "Patient"]
    return render(
        request,
        "resident/restriction_entries.html",
        hidden=_closable(known, [one for one in entries if one.entry_id in hidden]),
        lines=[
            (category, _closable(known, of_kind))
            for category in CATEGORIES
            if (
                of_kind := [
                    one
                    for one in entries
                    if one.category is category and one.entry_id not in hidden
                ]
            )
        ],
    )


async def hide(request: Request, session: ResidentSession) -> Response:
    """Close one entry, and with it what refers to it."""
    platform = platform_of(request)
    entry_id = EntryId(request.path_params["id"])
    await access.hide_entry(platform.pool, platform.keys, session.resident_id, entry_id)
    return see_other(f"{_HOME}?done=entry-closed")


async def reveal(request: Request, session: ResidentSession) -> Response:
    """Open one entry again, with a fresh verification."""
    platform, form = platform_of(request), await read_form(request)
    entry_id = EntryId(request.path_params["id"])
    hidden = await access.hidden_entries(platform.pool, platform.keys, session.resident_id)
    if entry_id not in hidden:
        raise NotFound
    asked = await verify_first(request, session, form, "restriction", back=_HOME)
    if asked is not None:
        return asked
    await access.reveal_entry(platform.pool, platform.keys, session.resident_id, entry_id)
    return see_other(f"{_HOME}?done=entry-opened")


def _closable(known: Acquaintances, entries: list[Entry]) -> tuple[ClosableView, ...]:
    return tuple(
        ClosableView(entry.entry_id, in_plain_words(entry, known.language, known))
        for entry in entries
    )


def _view(standing: Restriction, known: Acquaintances) -> RestrictionView:
    refusal = standing.refusal
    return RestrictionView(
        consent_id=standing.consent_id,
        person=_recipient(refusal, known),
        institution_kind=refusal.institution_kind,
        is_everything=refusal.categories == frozenset(RecordCategory),
        categories=tuple(c for c in CATEGORIES if c in refusal.categories),
        sensitive=tuple(sorted(refusal.sensitive)),
        in_emergencies=refusal.in_emergencies,
        since=standing.since,
    )


def _recipient(refusal: Refusal, known: Acquaintances) -> PersonView | None:
    """Whom a refusal names; nobody if it is for everybody or a kind of institution."""
    if refusal.practitioner_id is not None:
        return known.person(refusal.practitioner_id, refusal.institution_id)
    if refusal.institution_id is None:
        return None
    institution = known.institution(refusal.institution_id)
    if refusal.department is not None:
        return PersonView(name=refusal.department, institution=institution)
    return PersonView(name=institution, institution="")


async def _form(request: Request, institution: Institution | None, problem: str = "") -> Response:
    staff = (
        await registry.staff(platform_of(request).pool, institution.institution_id)
        if institution
        else []
    )
    view = RestrictionFormView(
        institution=institution,
        departments=tuple(sorted({one.department for one in staff if one.department})),
        staff=tuple(one for one in staff if one.may_have_account),
        institution_kinds=_KINDS,
        categories=CATEGORIES,
        kinds=tuple(SensitiveCategory),
        problem=problem,
    )
    return render(
        request, "resident/restriction_form.html", status=422 if problem else 200, form=view
    )


async def _institution(request: Request) -> Institution | None:
    """The institution the address names, if it names one.

    Raises:
        NotFound: there is none of that id.
    """
    if "id" not in request.path_params:
        return None
    wanted = InstitutionId(request.path_params["id"])
    return await registry.institution(platform_of(request).pool, wanted)


def _refusal(institution_id: InstitutionId | None, form: Form) -> Refusal:
    """Read the form.

    Raises:
        InvalidInput: not what our page would send.
    """
    department, practitioner_id, kind = _who(form.text("who"), is_named=institution_id is not None)
    chosen, sensitive = form.all("category"), form.all("sensitive")
    if not set(chosen) <= set(RecordCategory) or not set(sensitive) <= set(SensitiveCategory):
        raise InvalidInput("not what this page offers")
    is_everything = form.text("everything") == "yes"
    return Refusal(
        categories=frozenset(RecordCategory if is_everything else map(RecordCategory, chosen)),
        sensitive=frozenset(map(SensitiveCategory, sensitive)),
        institution_id=institution_id,
        practitioner_id=practitioner_id,
        department=department,
        institution_kind=kind,
        in_emergencies=form.text("emergencies") != "open",
    )


_Who = tuple[str | None, PractitionerId | None, InstitutionKind | None]


def _who(text: str, *, is_named: bool) -> _Who:
    """The recipient inside a named institution, or the kind of institution when none is named."""
    readers: dict[str, Callable[[str], _Who]] = {"all": lambda _: (None, None, None)}
    if is_named:
        readers["department"] = lambda name: (name[:_LONGEST_NAME], None, None)
        readers["practitioner"] = lambda name: (None, PractitionerId(UUID(name)), None)
    else:
        readers["kind"] = lambda name: (None, None, InstitutionKind(name))
    level, _, name = text.partition(":")
    try:
        return readers[level](name)
    except (KeyError, ValueError):
        raise InvalidInput("not what this page offers") from None
