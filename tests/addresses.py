"""Every address of the program, who it is for, and what it names: the table the attacks run down.

An address that is missing here fails ``integration/test_every_address.py``. To add one, say whose
pages it belongs to and, if a part of it names something of a resident's, what that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

FALLBACKS = {"/fhir", "/fhir/{rest:path}"}
"""Answer what no other address does, by any method."""


class For(Enum):
    """Whose session an address wants."""

    ANYBODY = auto()
    """Says the same to everyone; names nobody's things."""
    RESIDENT = auto()
    CLINICIAN = auto()
    REGISTRAR = auto()
    OFFICER = auto()
    SUPERVISOR = auto()
    SYSTEM = auto()


class Thing(Enum):
    """What of a resident's a part of an address can name."""

    NOTHING = auto()
    VISIT = auto()
    REQUEST = auto()
    """As it stands in the clinic's addresses."""
    OWN_REQUEST = auto()
    """As it stands in the resident's."""
    CONSENT = auto()
    DEVICE = auto()
    CONTACT = auto()
    OVERRIDE = auto()
    REPRESENTATION = auto()
    LOG_NUMBER = auto()
    ENTRY = auto()
    OWN_ENTRY = auto()
    """As it stands in the resident's."""
    CORRECTION = auto()
    ERASURE = auto()
    PRESENCE = auto()
    CASE = auto()
    """Of the master index, for a registrar."""


@dataclass(frozen=True)
class Address:
    """One method of one path.

    Args:
        whose: whose session it wants.
        names: what of a resident's it names.
        form: what a form of that page sends.
        is_stream: stays open for those it is for.
    """

    whose: For
    names: Thing = Thing.NOTHING
    form: dict[str, str] = field(default_factory=dict)
    is_stream: bool = False


_PUBLIC = Address(For.ANYBODY)
_R, _C, _G, _S = For.RESIDENT, For.CLINICIAN, For.REGISTRAR, For.SYSTEM
_REASON = {"level": "1", "reason": "昏迷，路边发现，无人陪同"}
_O, _V = For.OFFICER, For.SUPERVISOR
_JUDGED = {"judgement": "confirmed", "reason": "病历与分诊记录相符"}
_NUMBER = {"number": "123456", "proof": "card-and-person"}

ADDRESSES: dict[str, Address] = {
    # ── what anybody may ask, and gets the same answer to ──
    "GET /healthz": _PUBLIC,
    "GET /readyz": _PUBLIC,
    "GET /metrics": _PUBLIC,
    "GET /static/{digest}/{name:path}": _PUBLIC,
    "GET /favicon.ico": _PUBLIC,
    "POST /language": _PUBLIC,
    "POST /text-size": _PUBLIC,
    "GET /fhir/metadata": _PUBLIC,
    "GET /fhir/.well-known/smart-configuration": _PUBLIC,
    "GET /.well-known/smart-configuration": _PUBLIC,
    "POST /oauth/token": _PUBLIC,
    "GET /openapi.json": _PUBLIC,
    "GET /docs": _PUBLIC,
    "GET /docs/style.css": _PUBLIC,
    "GET /emergency/figures": _PUBLIC,
    "GET /emergency/summary/check": _PUBLIC,
    "POST /emergency/summary/check": _PUBLIC,
    "GET /emergency/summary/key.txt": _PUBLIC,
    "GET /emergency/summary/offline": _PUBLIC,
    "GET /emergency/figures.json": _PUBLIC,
    "GET /receipts": _PUBLIC,
    "GET /receipts/keys.txt": _PUBLIC,
    "POST /receipts/file": _PUBLIC,
    "GET /rules": _PUBLIC,
    "GET /rules.json": _PUBLIC,
    "GET /rules/{scene}": _PUBLIC,
    "GET /rules/{scene}/{element}": _PUBLIC,
    "POST /rules/{scene}/{element}": _PUBLIC,
    "GET /without-consent": _PUBLIC,
    "GET /known-limits": _PUBLIC,
    "GET /counters": _PUBLIC,
    "GET /lenient-senders": _PUBLIC,
    "GET /questions": _PUBLIC,
    "GET /questions.json": _PUBLIC,
    "GET /questions/{id:uuid}": _PUBLIC,  # asked by nobody in particular
    "GET /sensitive": _PUBLIC,
    "GET /sensitive.toml": _PUBLIC,
    # ── signing in ──
    "GET /sign-in": _PUBLIC,
    "POST /sign-in": _PUBLIC,
    "GET /sign-in/code": _PUBLIC,
    "POST /sign-in/code": _PUBLIC,
    "GET /sign-in/counter": _PUBLIC,
    "GET /sign-in/counter/state": _PUBLIC,
    "GET /signed-out": _PUBLIC,
    "GET /clinic/sign-in": _PUBLIC,
    "POST /clinic/sign-in": _PUBLIC,
    "POST /clinic/sign-in/passkey/options": _PUBLIC,
    "POST /clinic/sign-in/passkey": _PUBLIC,
    "POST /clinic/sign-out": _PUBLIC,
    "GET /registrar/sign-in": _PUBLIC,
    "POST /registrar/sign-in": _PUBLIC,
    "POST /registrar/sign-out": _PUBLIC,
    "GET /review/sign-in": _PUBLIC,
    "POST /review/sign-in": _PUBLIC,
    "POST /review/sign-out": _PUBLIC,
    "GET /supervision/sign-in": _PUBLIC,
    "POST /supervision/sign-in": _PUBLIC,
    "POST /supervision/sign-out": _PUBLIC,
    # ── the resident's own pages ──
    "GET /": Address(_R),
    "GET /code": Address(_R),
    "GET /live": Address(_R, is_stream=True),
    "GET /waiting": Address(_R),
    "GET /requests/{id:uuid}": Address(_R, Thing.OWN_REQUEST),
    "POST /requests/{id:uuid}": Address(_R, Thing.OWN_REQUEST, {"answer": "refuse"}),
    "GET /requests/{id:uuid}/receipt": Address(_R, Thing.OWN_REQUEST),
    "GET /requests/{id:uuid}/receipt/file": Address(_R, Thing.OWN_REQUEST),
    "GET /record": Address(_R),
    "GET /looked": Address(_R),
    "GET /looked/{number:int}": Address(_R, Thing.LOG_NUMBER),
    "GET /looked/{number:int}/receipt": Address(_R, Thing.LOG_NUMBER),
    "GET /me": Address(_R),
    "GET /pin": Address(_R),
    "POST /pin": Address(_R, form={"step": "change", "current": "480271", "new": "739105"}),
    "GET /acting": Address(_R),
    "POST /acting": Address(_R, form={"representation": "0" * 32}),
    "POST /acting/end": Address(_R),
    "GET /representatives": Address(_R),
    "POST /representatives": Address(_R),
    "POST /representatives/kept": Address(_R, form={"about": "death", "relatives": "no"}),
    "POST /representatives/{id:uuid}/revoke": Address(_R, Thing.REPRESENTATION),
    "GET /emergency": Address(_R),
    "POST /emergency": Address(_R, form={"scope": "nothing"}),
    "GET /emergency/summary": Address(_R),
    "POST /emergency/summary": Address(_R, form={"form": "show"}),
    "POST /emergency/contacts": Address(_R, form={"relation": "child", "phone": "13712345671"}),
    "POST /emergency/contacts/{id:uuid}/remove": Address(_R, Thing.CONTACT),
    "GET /consents": Address(_R),
    "GET /erasures": Address(_R),
    "POST /consents/copy": Address(_R),
    "GET /consents/new": Address(_R),
    "GET /consents/new/{id:uuid}": Address(_R),  # an institution's, which is public
    "POST /consents/new/{id:uuid}": Address(_R),
    "GET /consents/{id:uuid}/sensitive": Address(_R, Thing.CONSENT),
    "POST /consents/{id:uuid}/sensitive": Address(_R, Thing.CONSENT),
    "GET /consents/{id:uuid}/notice": Address(_R, Thing.CONSENT),
    "POST /consents/{id:uuid}/withdraw": Address(_R, Thing.CONSENT),
    "GET /restrictions": Address(_R),
    "GET /restrictions/where": Address(_R),
    "GET /restrictions/new": Address(_R),
    "POST /restrictions/new": Address(_R, form={"who": "all:"}),
    "GET /restrictions/new/{id:uuid}": Address(_R),  # an institution's, which is public
    "POST /restrictions/new/{id:uuid}": Address(_R, form={"who": "all:"}),
    "POST /restrictions/{id:uuid}/lift": Address(_R, Thing.CONSENT),
    "GET /restrictions/entries": Address(_R),
    "POST /restrictions/entries/{id:uuid}/hide": Address(_R, Thing.OWN_ENTRY),
    "POST /restrictions/entries/{id:uuid}/reveal": Address(_R, Thing.OWN_ENTRY),
    "POST /devices/{id:uuid}/sign-out": Address(_R, Thing.DEVICE),
    "POST /sign-out": Address(_R),
    "GET /collection": Address(_R),
    "GET /collection/{scene}": Address(_R),
    "POST /collection/{scene}": Address(_R),
    "GET /rights": Address(_R),
    "POST /rights/copy": Address(_R, form={"form": "fhir"}),
    "GET /rights/correct": Address(_R),
    "GET /rights/correct/{id:uuid}": Address(_R, Thing.OWN_ENTRY),
    "POST /rights/correct/{id:uuid}": Address(_R, Thing.OWN_ENTRY, {"words": "写错了"}),
    "POST /rights/secondary-use": Address(_R, form={"objects": "no"}),
    "GET /rights/close": Address(_R),
    "POST /rights/close": Address(_R),
    # ── the clinician's ──
    "GET /clinic/account": Address(_C),
    "POST /clinic/account/passkey/options": Address(_C),
    "POST /clinic/account/passkey": Address(_C),
    "GET /clinic": Address(_C),
    "GET /clinic/scan": Address(_C),
    "POST /clinic/scan": Address(_C, form={"code": "1" * 85, "scene": "consultation"}),
    "POST /clinic/scan/picture": Address(_C),
    "GET /clinic/emergency": Address(_C),
    "POST /clinic/emergency": Address(_C, form=_REASON),
    "GET /clinic/visits/{visit}": Address(_C, Thing.VISIT),
    "POST /clinic/visits/{visit}": Address(
        _C,
        Thing.VISIT,
        {"scene": "consultation", "category": "laboratory", "hours": "4", "step": "ask"},
    ),
    "GET /clinic/visits/{visit}/emergency": Address(_C, Thing.VISIT),
    "POST /clinic/visits/{visit}/emergency": Address(_C, Thing.VISIT, _REASON),
    "GET /clinic/visits/{visit}/emergency/contacts": Address(_C, Thing.VISIT),
    "GET /clinic/visits/{visit}/receipt": Address(_C, Thing.VISIT),
    "GET /clinic/visits/{visit}/record": Address(_C, Thing.VISIT),
    "GET /clinic/visits/{visit}/record/state": Address(_C, Thing.VISIT),
    "GET /clinic/visits/{visit}/record/live": Address(_C, Thing.VISIT, is_stream=True),
    "GET /clinic/visits/{visit}/emergency/record": Address(_C, Thing.VISIT),
    "GET /clinic/visits/{visit}/emergency/record/state": Address(_C, Thing.VISIT),
    "GET /clinic/visits/{visit}/emergency/record/live": Address(_C, Thing.VISIT, is_stream=True),
    "GET /clinic/arrival": Address(_C),
    "POST /clinic/arrival": Address(_C, form={"number": "123", "name": "某人"}),
    "GET /clinic/requests/{request}/answer": Address(_C, Thing.REQUEST),
    "POST /clinic/requests/{request}/answer": Address(
        _C, Thing.REQUEST, {"answer": "allow", "pin": "480271", "category": "laboratory"}
    ),
    "GET /clinic/requests/{request}/assisted": Address(_C, Thing.REQUEST),
    "POST /clinic/requests/{request}/assisted": Address(
        _C, Thing.REQUEST, {"heard": "yes", "category": "laboratory"}
    ),
    "GET /clinic/requests/{request}": Address(_C, Thing.REQUEST),
    "GET /clinic/requests/{request}/state": Address(_C, Thing.REQUEST),
    "GET /clinic/requests/{request}/live": Address(_C, Thing.REQUEST, is_stream=True),
    # ── the registrar's ──
    "GET /registrar": Address(_G),
    "POST /registrar/binding": Address(_G, form=_NUMBER),
    "POST /registrar/binding/complete": Address(_G, form=_NUMBER),
    "GET /registrar/binding/done": Address(_G),
    "GET /registrar/collected": Address(_G),
    "GET /registrar/desk": Address(_G),
    "POST /registrar/desk": Address(_G),
    "POST /registrar/desk/withdraw": Address(_G),
    "GET /registrar/duplicates": Address(_G),
    "GET /registrar/duplicates/{case}": Address(_G, Thing.CASE),
    "POST /registrar/duplicates/{case}/merge": Address(
        _G, Thing.CASE, {"reason": "cards", "survivor": "0" * 32}
    ),
    "POST /registrar/duplicates/{case}/apart": Address(_G, Thing.CASE, {"reason": "cards"}),
    "POST /registrar/duplicates/{case}/dismiss": Address(_G, Thing.CASE, {"why": "mistyped"}),
    "POST /registrar/duplicates/{case}/undo": Address(_G, Thing.CASE, {"reason": "mistake"}),
    "GET /registrar/history": Address(_G),
    "POST /registrar/history": Address(_G, form={"number": "123", "name": "某人"}),
    "GET /registrar/quality": Address(_G),
    "GET /registrar/phones": Address(_G),
    "POST /registrar/phones": Address(_G, form={"number": "123", "name": "某人"}),
    "POST /registrar/phones/unbind": Address(_G, form={"phone": "A" * 64, "why": "lost"}),
    "POST /registrar/phones/change": Address(
        _G, form={"resident": "A" * 64, "phone": "13712345671"}
    ),
    "POST /registrar/phones/code": Address(_G, form={"attempt": "x", "code": "123456"}),
    "POST /registrar/phones/reissue": Address(_G, form={"resident": "A" * 64}),
    "GET /registrar/pin": Address(_G),
    "POST /registrar/pin": Address(_G, form={"number": "123", "name": "某人"}),
    "GET /registrar/pin/done": Address(_G),
    "GET /registrar/renumber": Address(_G),
    "POST /registrar/renumber": Address(_G, form={"number": "123", "name": "某人"}),
    "GET /registrar/registration": Address(_G),
    "POST /registrar/registration": Address(_G),
    "GET /registrar/registration/known": Address(_G),
    "GET /registrar/registration/done": Address(_G),
    "GET /registrar/representation": Address(_G),
    "POST /registrar/representation": Address(_G),
    "POST /registrar/representation/find": Address(_G),
    "POST /registrar/representation/revoke": Address(_G, form={"representation": "A" * 64}),
    "GET /registrar/death": Address(_G),
    "POST /registrar/death": Address(_G),
    "POST /registrar/death/back": Address(_G),
    "GET /registrar/corrections": Address(_G),
    "GET /registrar/corrections/{id}": Address(_G, Thing.CORRECTION),
    "POST /registrar/corrections/{id}": Address(
        _G, Thing.CORRECTION, {"answer": "refuse", "reason": "否"}
    ),
    # ── the privacy officer's and the supervisor's ──
    "GET /review": Address(_O),
    "GET /review/minors": Address(_O),
    "POST /review/minors": Address(_O),
    "POST /review/minors/required": Address(_O, form={"required": "yes"}),
    "POST /review/minors/{id:uuid}/end": Address(_O),  # an approval of staff, not a resident's
    "GET /review/cases/{case}": Address(_O, Thing.OVERRIDE),
    "POST /review/cases/{case}": Address(_O, Thing.OVERRIDE, _JUDGED),
    "GET /review/erasures": Address(_O),
    "GET /review/erasures/{id}": Address(_O, Thing.ERASURE),
    "POST /review/erasures/{id}": Address(_O, Thing.ERASURE, {"answer": "erased"}),
    "GET /supervision/erasures": Address(_V),
    "GET /supervision": Address(_V),
    "GET /supervision/alarm": Address(_V),
    "GET /supervision/live": Address(_V, is_stream=True),
    "GET /supervision/lookups": Address(_V),
    "POST /supervision/lookups": Address(_V),
    "GET /supervision/presence": Address(_V),
    "POST /supervision/presence/{case}": Address(_V, Thing.PRESENCE),
    "GET /supervision/decisions": Address(_V),
    "POST /supervision/decisions": Address(_V, form={"reference": "A" * 64}),
    "GET /supervision/questions": Address(_V),
    "GET /supervision/questions/{id:uuid}": Address(_V),  # asked by nobody in particular
    "POST /supervision/questions/{id:uuid}": Address(
        _V, form={"step": "aside", "reason": "不是问题"}
    ),
    "GET /supervision/collected": Address(_V),
    "POST /supervision/collected/{id:uuid}": Address(_V, form={"days": "30"}),  # an institution's
    "GET /supervision/cases/{case}": Address(_V, Thing.OVERRIDE),
    "POST /supervision/cases/{case}": Address(_V, Thing.OVERRIDE, _JUDGED),
    "GET /supervision/map": Address(_V),
    "POST /supervision/map": Address(_V),
    "GET /supervision/map/{number:int}": Address(_V),
    "GET /supervision/map/{number:int}/rows/{place:int}": Address(_V),
    "POST /supervision/map/{number:int}/rows/{place:int}": Address(_V),
    "POST /supervision/map/{number:int}/propose": Address(_V),
    "POST /supervision/map/{number:int}/give-up": Address(_V),
    "POST /supervision/map/{number:int}/decide": Address(_V),
    # ── an institution's systems ──
    "GET /fhir/$copies-to-erase": Address(_S, Thing.ERASURE),
    "POST /fhir/$attest-erasure": Address(_S, Thing.ERASURE),
    "POST /fhir/$process-message": Address(_S),
    "POST /fhir/Patient/$match": Address(_S),
    "GET /fhir/Patient/$ihe-pix": Address(_S),
    "GET /fhir/{type}/{id}": Address(_S, Thing.ENTRY),
    "GET /fhir/{type}/{id}/_history/{version}": Address(_S, Thing.ENTRY),
    "GET /fhir/{type}": Address(_S, Thing.ENTRY),
    "PUT /fhir/Consent/{id}": Address(_S, Thing.ENTRY),
    "POST /fhir/{type}/_search": Address(_S, Thing.ENTRY),
    "POST /fhir/{type}": Address(_S),
    "POST /fhir": Address(_S),
    "POST /fhir/": Address(_S),
}


def addresses_of(app: Starlette) -> set[str]:
    """What the application really answers, as ``METHOD path``; HEAD goes with GET."""
    return {
        f"{method} {route.path}"
        for route in _routes(app.routes)
        for method in route.methods or {"GET"}
        if method != "HEAD" and not (route.path in FALLBACKS and len(route.methods or ()) > 2)
    }


def _routes(routes: list[BaseRoute]) -> list[Route]:
    found = [route for route in routes if isinstance(route, Route)]
    assert len(found) == len(routes), "a mount or a web socket: say here how it is attacked"
    return found
