"""Ordering an examination or a medicine within a visit: compare, tell, take the reason, file.

Nothing is filed before the clinician has read what speaks against it; what is filed is filed once,
however often the form is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection, registry
from openhealthcode.access import orders
from openhealthcode.access.orders import Prescriber, RepeatUnexplained, Told
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.healthcode import Presentation
from openhealthcode.portal.clinic.medicines import medicine_named, medicines_in, medicines_like
from openhealthcode.portal.clinic.presentation import presentation_of
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.views import VISITS, OrderView, ToldView
from openhealthcode.portal.clinic.visits import visit_named
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    see_other,
)
from openhealthcode.record.orders import (
    EXAMINATIONS,
    EXPLANATION,
    REASONS,
    REPEAT_REASON,
    FindingKind,
    marks_of,
    reason_name,
)
from openhealthcode.record.plain import Language as Spoken
from openhealthcode.record.plain import describe_plainly
from openhealthcode.standards import OFFICIAL_TIME, InvalidInput, PurposeOfUse
from openhealthcode.standards.ids import EntryId
from openhealthcode.terminology import systems

_LONGEST_WORDS: Final = 500
_MOST_DAYS: Final = 365
_DONE: Final = ("examination", "medicine")


async def show_order(request: Request, desk: Desk) -> Response:
    """The forms, or that one was filed."""
    await presentation_of(request, desk)
    done = request.query_params.get("done", "")
    view = replace(_blank(request, desk), done=done if done in _DONE else "")
    return show(request, desk, "order.html", order=view)


async def order(request: Request, desk: Desk) -> Response:
    """Compare what is ordered; file it, unless there is something to read first."""
    presented = await presentation_of(request, desk)
    wanted = await _wanted(request)
    view = _filled(_blank(request, desk), wanted)
    resource = _resource(request, desk, presented, wanted) if not wanted.problem else None
    if resource is None:
        view = replace(view, problem=wanted.problem, alike=await _alike(request, wanted))
        return show(request, desk, "order.html", status=422, order=view)
    platform = platform_of(request)
    told = await orders.compare_orders(
        platform.pool,
        platform.keys,
        asker=_prescriber(request, desk, presented),
        resident_id=presented.resident_id,
        resources=[resource],
    )
    view = replace(view, told=await _views(request, told))
    if view.told and not wanted.is_confirmed:
        return show(request, desk, "order.html", order=view)
    try:
        orders.settle(told, [resource])
    except RepeatUnexplained:
        view = replace(view, problem="reason")
        return show(request, desk, "order.html", status=422, order=view)
    await _file(request, desk, wanted, resource)
    return see_other(f"{view.action}?done={wanted.kind}")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the form asks for.

    Args:
        kind: ``examination`` or ``medicine``.
        code: the examination's key, or the medicine's ATC code.
        name: what the medicine is called in Chinese, else in English.
        typed: what was typed for the medicine.
        key: of this order, so that it is filed once.
        is_confirmed: what speaks against it has been read.
    """

    kind: str
    code: str
    name: str
    typed: str
    dose: str
    days: int | None
    reason: str
    explanation: str
    key: UUID
    is_confirmed: bool
    problem: str = ""


async def _wanted(request: Request) -> _Wanted:
    form = await read_form(request)
    kind = form.text("kind")
    if kind not in _DONE:
        raise InvalidInput("no such order")
    typed, days = (form.text("alike") or form.text("medicine"))[:_LONGEST_WORDS], form.text("days")
    code, name = form.text("examination"), ""
    if kind == "medicine":
        medicine = await medicine_named(platform_of(request).pool, typed, spoken_in(request))
        code, name = (medicine.code, medicine.name_in("zh-CN")) if medicine else ("", "")
    problem = ""
    if kind == "examination" and code not in EXAMINATIONS:
        code, problem = "", "examination"
    elif kind == "medicine" and not code:
        problem = "medicine"
    elif days and not _is_span(days):
        problem = "days"
    return _Wanted(
        kind,
        code,
        name,
        typed,
        form.text("dose")[:_LONGEST_WORDS],
        int(days) if days and _is_span(days) else None,
        form.text("reason") if form.text("reason") in REASONS else "",
        " ".join(form.text("explanation").split())[:_LONGEST_WORDS],
        _key(form.text("key")),
        form.text("step") == "order",
        problem,
    )


async def _alike(request: Request, wanted: _Wanted) -> tuple[str, ...]:
    """The medicines that may be meant, where what was typed is none."""
    if wanted.problem != "medicine":
        return ()
    return await medicines_like(platform_of(request).pool, wanted.typed, spoken_in(request))


def _is_span(days: str) -> bool:
    return days.isascii() and days.isdigit() and len(days) < 4 and 1 <= int(days) <= _MOST_DAYS


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _resource(
    request: Request, desk: Desk, presented: Presentation, wanted: _Wanted
) -> dict[str, Any]:
    """The order as it will be filed."""
    resident_id, keys = presented.resident_id, platform_of(request).keys
    shared: dict[str, Any] = {
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": wanted.key.urn}],
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{keys.seal_id(resident_id, EntryId(resident_id))}"},
        "authoredOn": datetime.now(OFFICIAL_TIME).date().isoformat(),
        "requester": {"display": f"{desk.view.name} · {desk.view.institution}"},
    }
    if wanted.kind == "examination":
        return {"resourceType": "ServiceRequest", **shared, **_examination(wanted)}
    return {"resourceType": "MedicationRequest", **shared, **_medicine(wanted)}


def _examination(wanted: _Wanted) -> dict[str, Any]:
    examination = EXAMINATIONS[wanted.code]
    name = examination.name[0]
    coding = {"system": systems.LOINC, "code": examination.codes[0], "display": name}
    ordered: dict[str, Any] = {"code": {"coding": [coding], "text": name}}
    if wanted.reason:
        reason = {"system": REPEAT_REASON, "code": wanted.reason}
        text = reason_name(wanted.reason, "zh-CN")
        ordered["reasonCode"] = [{"coding": [reason], "text": text}]
    if wanted.explanation:
        ordered["extension"] = [{"url": EXPLANATION, "valueString": wanted.explanation}]
    return ordered


def _medicine(wanted: _Wanted) -> dict[str, Any]:
    name = wanted.name
    coding = {"system": systems.ATC, "code": wanted.code, "display": name}
    ordered: dict[str, Any] = {
        "medicationCodeableConcept": {"coding": [coding], "text": name},
    }
    if wanted.dose:
        ordered["dosageInstruction"] = [{"text": wanted.dose}]
    if wanted.days:
        span = {"value": wanted.days, "unit": "天", "system": systems.UCUM, "code": "d"}
        ordered["dispenseRequest"] = {"expectedSupplyDuration": span}
    return ordered


def _prescriber(request: Request, desk: Desk, presented: Presentation) -> Prescriber:
    purpose = PurposeOfUse.EMERGENCY if _is_emergency(request) else PurposeOfUse.TREATMENT
    return Prescriber(desk.practitioner_id, desk.institution_id, purpose, presented.scene)


async def _file(request: Request, desk: Desk, wanted: _Wanted, resource: dict[str, Any]) -> None:
    """File it under its own key: sent again, it is the same."""
    platform = platform_of(request)
    agent = Agent(AgentKind.PRACTITIONER, desk.practitioner_id, desk.institution_id)
    asked = {"method": "POST", "url": resource["resourceType"]}
    entry = {"fullUrl": wanted.key.urn, "resource": resource, "request": asked}
    await collection.file_bundle(
        platform.pool,
        platform.keys,
        bundle={"resourceType": "Bundle", "type": "transaction", "entry": [entry]},
        source=collection.Source(agent, desk.institution_id),
    )


def _is_emergency(request: Request) -> bool:
    return request.url.path.endswith("/emergency/order")


def _blank(request: Request, desk: Desk) -> OrderView:
    reference, language = request.path_params["visit"], spoken_in(request)
    visit = visit_named(request, desk, reference)
    base = f"{VISITS}/{reference}" + ("/emergency" if _is_emergency(request) else "")
    at = 0 if language == "zh-CN" else 1
    return OrderView(
        action=f"{base}/order",
        back=f"{base}/record",
        resident=visit.resident if visit else None,
        examinations=tuple((key, one.name[at]) for key, one in EXAMINATIONS.items()),
        medicines=medicines_in(language),
        reasons=tuple((code, reason_name(code, language)) for code in REASONS),
        key=str(uuid4()),
    )


def _filled(view: OrderView, wanted: _Wanted) -> OrderView:
    return replace(
        view,
        kind=wanted.kind,
        examination=wanted.code if wanted.kind == "examination" else "",
        medicine=wanted.typed,
        dose=wanted.dose,
        days=str(wanted.days or ""),
        reason=wanted.reason,
        explanation=wanted.explanation,
        key=str(wanted.key),
    )


async def _views(request: Request, told: tuple[Told, ...]) -> tuple[ToldView, ...]:
    language = spoken_in(request)
    ids = {one.institution_id for one in told if one.institution_id is not None}
    known = await registry.institutions(platform_of(request).pool, ids)
    names = {
        one: (found.name_en if language == "en" else "") or found.name
        for one, found in known.items()
    }
    views = []
    for one in told:
        said = describe_plainly(one.resource, language)
        views.append(
            ToldView(
                kind=one.finding.kind,
                severity=one.finding.severity,
                title=said.title if one.resource else "",
                detail=said.detail if one.finding.kind in _RESULTS else "",
                when=said.when,
                source=names.get(one.institution_id, "") if one.institution_id else "",
                says=one.finding.says[0 if language == "zh-CN" else 1],
                is_marked=bool(marks_of(one.resource)),
            )
        )
    return tuple(views)


_RESULTS: Final = frozenset({FindingKind.RESULT_ELSEWHERE, FindingKind.RESULT_UNMARKED})


def spoken_in(request: Request) -> Spoken:
    """The language records are described in."""
    return "en" if language_of(request) is Language.ENGLISH else "zh-CN"
