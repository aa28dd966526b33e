"""Every address of the program, who it is for, and what it names: the table the attacks run down.

An address that is missing here fails ``integration/test_every_address.py``. To add one, say whose
pages it belongs to and, if a part of it names something of a resident's, what that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from openhealthcode.fhir.terminology import OPERATIONS, Definitions

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
    AUDITOR = auto()
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
    LINK = auto()
    """One that shares the record."""
    CARD = auto()
    """A health card that is carried."""
    CORRECTION = auto()
    ERASURE = auto()
    PRESENCE = auto()
    PASSKEY = auto()
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
_ORDER = {"kind": "examination", "examination": "lipids", "step": "check"}
_REASON = {"level": "1", "reason": "昏迷，路边发现，无人陪同"}
_O, _V, _A = For.OFFICER, For.SUPERVISOR, For.AUDITOR
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
    "GET /log": _PUBLIC,
    "GET /log/checkpoint": _PUBLIC,
    "GET /log/maps": _PUBLIC,
    "GET /log/policy": _PUBLIC,
    "GET /log/tile/{tile:path}": _PUBLIC,
    "GET /fhir/.well-known/smart-configuration": _PUBLIC,
    "GET /.well-known/smart-configuration": _PUBLIC,
    "POST /oauth/token": _PUBLIC,
    "POST /resolve": _PUBLIC,  # answers terminals by their signature, nobody by a session
    "POST /regions/receive": _PUBLIC,  # answer other regions by their signature alone
    "POST /regions/answer": _PUBLIC,
    "POST /regions/show": _PUBLIC,
    "POST /regions/override": _PUBLIC,
    "GET /openapi.json": _PUBLIC,
    "GET /docs": _PUBLIC,
    "GET /docs/style.css": _PUBLIC,
    "GET /emergency/figures": _PUBLIC,
    "GET /shl": _PUBLIC,
    "GET /shl/{secret}": _PUBLIC,  # answers whoever holds a link, by the link alone
    "POST /shl/{secret}": _PUBLIC,
    "OPTIONS /shl/{secret}": _PUBLIC,
    "GET /shl/file/{name}": _PUBLIC,
    "GET /verify": _PUBLIC,
    "POST /verify": _PUBLIC,
    "GET /.well-known/crl/{kid}.json": _PUBLIC,
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
    "GET /trust": _PUBLIC,
    "GET /trust/list": _PUBLIC,
    "GET /trust/roots": _PUBLIC,
    "GET /trust/bundle": _PUBLIC,
    "GET /trust/status/{region:int}/{key}": _PUBLIC,
    "GET /.well-known/jwks.json": _PUBLIC,
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
    "POST /sign-in/passkey/options": _PUBLIC,
    "POST /sign-in/passkey": _PUBLIC,
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
    "GET /audit/sign-in": _PUBLIC,
    "POST /audit/sign-in": _PUBLIC,
    "POST /audit/sign-out": _PUBLIC,
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
    "GET /record/entries/{id:uuid}": Address(_R, Thing.OWN_ENTRY),
    "GET /record/entries/{id:uuid}/pdf": Address(_R, Thing.OWN_ENTRY),
    "GET /record/entries/{id:uuid}/papers/{place:int}": Address(_R, Thing.OWN_ENTRY),
    "GET /record/results": Address(_R),
    "GET /record/results/{id:uuid}": Address(_R, Thing.OWN_ENTRY),
    "GET /record/medicines": Address(_R),
    "GET /record/vaccinations": Address(_R),
    "GET /record/growth": Address(_R),
    "GET /looked": Address(_R),
    "GET /looked/{number:int}": Address(_R, Thing.LOG_NUMBER),
    "GET /looked/{number:int}/receipt": Address(_R, Thing.LOG_NUMBER),
    "GET /looked/reports": Address(_R),
    "GET /notices": Address(_R),
    "POST /notices": Address(_R, form={"about": "every", "from": "22", "until": "7"}),
    "POST /looked/reports/{id:uuid}/contest": Address(_R, Thing.NOTHING, {"words": ""}),
    "POST /looked/{number:int}/unknown": Address(_R, Thing.LOG_NUMBER, {}),
    "GET /me": Address(_R),
    "GET /card": Address(_R),
    "POST /card": Address(_R, form={}),
    "POST /card/take-back": Address(_R, form={}),
    "GET /short-code": Address(_R),
    "POST /short-code": Address(_R, form={}),
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
    "GET /sharing": Address(_R),
    "GET /sharing/new": Address(_R),
    "POST /sharing/new": Address(_R, form={"content": "summary", "days": "7"}),
    "GET /sharing/links/{id:uuid}": Address(_R, Thing.LINK),
    "POST /sharing/links/{id:uuid}/revoke": Address(_R, Thing.LINK),
    "POST /sharing/cards": Address(_R, form={"content": "vaccinations", "form": "shc"}),
    "POST /sharing/cards/{id:uuid}/revoke": Address(_R, Thing.CARD),
    "GET /showing": Address(_R),
    "POST /showing": Address(_R, form={"showing": "ask"}),
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
    "GET /passkeys": Address(_R),
    "POST /passkeys": Address(_R),
    "POST /passkeys/options": Address(_R),
    "POST /passkeys/add": Address(_R),
    "POST /passkeys/{id:uuid}/remove": Address(_R, Thing.PASSKEY),
    "POST /passkeys/check/options": Address(_R),
    "GET /national-card": Address(_R),
    "POST /national-card": Address(_R, form={"step": "off"}),
    "GET /national-card/code": Address(_R),
    "GET /uses": Address(_R),
    "POST /uses/{id:uuid}/on": Address(_R),
    "POST /uses/{id:uuid}/off": Address(_R),
    "GET /offline": _PUBLIC,
    "GET /offline-worker.js": _PUBLIC,
    "GET /offline-codes": Address(_R),
    "POST /offline-codes/keys": Address(_R),
    "GET /offline-codes/counters": Address(_R),
    "POST /offline-codes/take-back": Address(_R),
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
    "GET /clinic/hearings": Address(_C),
    "GET /clinic/hearings/{id:uuid}": Address(_C),
    "POST /clinic/hearings/{id:uuid}": Address(_C, form={"step": "answer", "words": "说明"}),
    "GET /clinic": Address(_C),
    "GET /clinic/scan": Address(_C),
    "POST /clinic/scan": Address(_C, form={"code": "1" * 85, "scene": "consultation"}),
    "POST /clinic/scan/picture": Address(_C),
    "GET /clinic/offline/worker.js": _PUBLIC,
    "GET /clinic/offline": Address(_C),
    "POST /clinic/offline/evidence": Address(_C),
    "GET /clinic/counter": Address(_C),
    "POST /clinic/counter": Address(_C, form={"number": "3"}),
    "GET /clinic/counter/code": Address(_C),
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
    "GET /clinic/visits/{visit}/order": Address(_C, Thing.VISIT),
    "POST /clinic/visits/{visit}/order": Address(_C, Thing.VISIT, _ORDER),
    "GET /clinic/visits/{visit}/emergency/order": Address(_C, Thing.VISIT),
    "POST /clinic/visits/{visit}/emergency/order": Address(_C, Thing.VISIT, _ORDER),
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
    # names another region's visits, which that region guards
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}": Address(_C),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/state": Address(_C),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/live": Address(_C, is_stream=True),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/emergency": Address(_C),
    "POST /clinic/elsewhere/{division:int}/{visit}/{request}/emergency": Address(_C, form=_REASON),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/record": Address(_C),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/record/state": Address(_C),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/record/live": Address(
        _C, is_stream=True
    ),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/emergency/record": Address(_C),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/emergency/record/state": Address(_C),
    "GET /clinic/elsewhere/{division:int}/{visit}/{request}/emergency/record/live": Address(
        _C, is_stream=True
    ),
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
    "POST /registrar/duplicates/{case}/accept": Address(
        _G, Thing.CASE, {"paper": "户口登记项目变更证明", "compared": "yes"}
    ),
    "POST /registrar/duplicates/{case}/dismiss": Address(_G, Thing.CASE, {"why": "mistyped"}),
    "POST /registrar/duplicates/{case}/undo": Address(_G, Thing.CASE, {"reason": "mistake"}),
    "GET /registrar/history": Address(_G),
    "POST /registrar/history": Address(_G, form={"number": "123", "name": "某人"}),
    "GET /registrar/quality": Address(_G),
    "GET /registrar/deliveries": Address(_G),
    "GET /registrar/deliveries/{id:uuid}": Address(_G),
    "POST /registrar/deliveries/{id:uuid}/file": Address(_G, form={"number": "123"}),
    "POST /registrar/deliveries/{id:uuid}/dismiss": Address(_G),
    "GET /registrar/cards": Address(_G),
    "POST /registrar/cards": Address(_G, form={"number": "123", "name": "某人"}),
    "POST /registrar/cards/print": Address(_G, form={"resident": "A" * 64, "kind": "printed"}),
    "POST /registrar/cards/take-back": Address(_G, form={"resident": "A" * 64}),
    "GET /registrar/temporary": Address(_G),
    "POST /registrar/temporary": Address(_G, form={"called": ""}),
    "POST /registrar/temporary/bind": Address(_G, form={"number": "123", "code": "856"}),
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
    "GET /registrar/particulars": Address(_G),
    "POST /registrar/particulars": Address(_G, form={"number": "123", "name": "某人"}),
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
    "GET /review/alerts": Address(_O),
    "GET /review/alerts/{id:uuid}": Address(_O),
    "POST /review/alerts/{id:uuid}": Address(_O, form={"step": "case"}),
    "GET /review/conduct": Address(_O),
    "GET /review/conduct/{id:uuid}": Address(_O),
    "POST /review/conduct/{id:uuid}": Address(_O, form={"step": "take"}),
    "GET /review/rules": Address(_O),
    "GET /review/rules/{number:int}": Address(_O),
    "GET /audit": Address(_A),
    "POST /audit": Address(_A, form={"check": "rules"}),
    "GET /audit/dashboard": Address(_A),
    "GET /audit/dashboard.csv": Address(_A),
    "GET /audit/rules": Address(_A),
    "GET /audit/rules/{number:int}": Address(_A),
    "GET /audit/flows": Address(_A),
    "GET /audit/report": Address(_A),
    "GET /audit/report.json": Address(_A),
    "GET /supervision/dashboard": Address(_V),
    "GET /supervision/dashboard.csv": Address(_V),
    "GET /supervision/erasures": Address(_V),
    "GET /supervision": Address(_V),
    "GET /supervision/alarm": Address(_V),
    "GET /supervision/live": Address(_V, is_stream=True),
    "GET /supervision/doubled": Address(_V),
    "POST /supervision/doubled": Address(_V),
    "GET /supervision/lookups": Address(_V),
    "POST /supervision/lookups": Address(_V),
    "GET /supervision/seals": Address(_V),
    "GET /supervision/protected": Address(_V),
    "POST /supervision/protected": Address(_V, form={"number": "1", "days": "30", "step": "ask"}),
    "GET /supervision/alerts": Address(_V),
    "GET /supervision/alerts/{id:uuid}": Address(_V),
    "POST /supervision/alerts/{id:uuid}": Address(_V, form={"step": "case"}),
    "GET /supervision/conduct": Address(_V),
    "GET /supervision/conduct/{id:uuid}": Address(_V),
    "POST /supervision/conduct/{id:uuid}": Address(_V, form={"step": "take"}),
    "GET /supervision/rules": Address(_V),
    "GET /supervision/rules/{number:int}": Address(_V),
    "POST /supervision/rules": Address(_V, form={"document": "x", "reason": "核查"}),
    "POST /supervision/rules/{number:int}": Address(_V, form={"answer": "approve"}),
    "GET /supervision/budgets": Address(_V),
    "GET /supervision/traces": Address(_V),
    "POST /supervision/traces": Address(_V),
    "POST /supervision/traces/label": Address(_V),
    "GET /supervision/seals/new": Address(_V),
    "POST /supervision/seals/new": Address(_V, form={"numbers": "1", "words": "核查", "days": "7"}),
    "GET /supervision/seals/{id:uuid}": Address(_V),
    "POST /supervision/seals/{id:uuid}/again": Address(_V, form={"numbers": "1"}),
    "POST /supervision/seals/{id:uuid}/accesses": Address(_V),
    "POST /supervision/seals/{id:uuid}/lift": Address(_V, form={"step": "confirm"}),
    "GET /supervision/breaches": Address(_V),
    "GET /supervision/breaches/new": Address(_V),
    "POST /supervision/breaches/new": Address(_V, form={"suspect": "system"}),
    "GET /supervision/breaches/{id:uuid}": Address(_V),
    "POST /supervision/breaches/{id:uuid}/steps": Address(_V, form={"step": "see"}),
    "GET /supervision/breaches/{id:uuid}/report.txt": Address(_V),
    "GET /leaks": Address(For.RESIDENT),
    "GET /supervision/transfers": Address(_V),
    "GET /supervision/transfers/{party}": Address(_V),
    "POST /supervision/transfers/{party}": Address(_V, form={"title": "x"}),
    "POST /supervision/transfers/{party}/decide": Address(_V, form={"step": "sign"}),
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
    "GET /own/fhir/AuditEvent": Address(_R),
    "GET /looked/check": Address(_R),
    "GET /looked/history": Address(_R),
    "GET /own/fhir/AuditEvent/{id}": Address(_R),
    "GET /own/fhir/Consent": Address(_R),
    "GET /own/fhir/Consent/{id}": Address(_R, Thing.ENTRY),
    "GET /own/fhir/Provenance": Address(_R, Thing.ENTRY),
    "GET /own/fhir/Patient/$everything": Address(_R),
    "GET /own/fhir/Patient/$export": Address(_R),
    "GET /own/fhir/$export-status": Address(_R),
    "GET /own/fhir/$export-file": Address(_R),
    "POST /fhir/Patient/$export": Address(_S),
    "GET /fhir/$export-status": Address(_S),
    "GET /fhir/$group-export-status": Address(_S),
    "GET /fhir/Group/{id}/$export": Address(_S),
    "POST /fhir/Group/{id}/$export": Address(_S),
    "GET /fhir/$export-file": Address(_S),
    "GET /own/fhir/{type}/{id}": Address(_R, Thing.ENTRY),
    "GET /own/fhir/{type}/{id}/_history/{version}": Address(_R, Thing.ENTRY),
    "GET /fhir/$copies-to-erase": Address(_S, Thing.ERASURE),
    "POST /fhir/$attest-erasure": Address(_S, Thing.ERASURE),
    "POST /fhir/$process-message": Address(_S),
    "POST /fhir/Patient/$match": Address(_S),
    "POST /fhir/{type}/$validate": Address(_S),  # of what is sent, of nothing that is here
    "POST /fhir/{type}/{id}/$validate": Address(_S),
    "GET /fhir/Patient/$ihe-pix": Address(_S),
    "GET /fhir/{type}/{id}": Address(_S, Thing.ENTRY),
    "GET /fhir/{type}/{id}/_history/{version}": Address(_S, Thing.ENTRY),
    "GET /fhir/{type}/{id}/_history": Address(_S, Thing.ENTRY),
    "GET /fhir/{type}/_history": Address(_S, Thing.ENTRY),
    "GET /fhir/_history": Address(_S, Thing.ENTRY),
    "GET /fhir/Patient/{id}/{type}": Address(_S, Thing.ENTRY),
    "POST /fhir/Patient/{id}/{type}/_search": Address(_S, Thing.ENTRY),
    "GET /fhir/Patient/{id}/$everything": Address(_S, Thing.ENTRY),
    "POST /fhir/Patient/{id}/$everything": Address(_S, Thing.ENTRY),
    "GET /fhir/Observation/$lastn": Address(_S, Thing.ENTRY),
    "POST /fhir/Observation/$lastn": Address(_S, Thing.ENTRY),
    "GET /fhir/Patient/{id}/$summary": Address(_S, Thing.ENTRY),
    "POST /fhir/Patient/{id}/$summary": Address(_S, Thing.ENTRY),
    "GET /fhir/Composition/{id}/$document": Address(_S, Thing.ENTRY),
    "POST /fhir/Composition/{id}/$document": Address(_S, Thing.ENTRY),
    "GET /fhir/{type}": Address(_S, Thing.ENTRY),
    "PUT /fhir/{type}/{id}": Address(_S, Thing.ENTRY),
    "PATCH /fhir/{type}/{id}": Address(_S, Thing.ENTRY),
    "DELETE /fhir/{type}/{id}": Address(_S, Thing.ENTRY),
    "PUT /fhir/{type}": Address(_S),
    "PATCH /fhir/{type}": Address(_S),
    "DELETE /fhir/{type}": Address(_S),
    "POST /fhir/{type}/_search": Address(_S, Thing.ENTRY),
    "POST /fhir/{type}": Address(_S),
    "POST /fhir": Address(_S),
    "POST /fhir/": Address(_S),
    # ── what codes mean: nobody's, for whoever bears a token ──
    "GET /fhir/CodeSystem": Address(_S),
    "GET /fhir/CodeSystem/{id}": Address(_S),
    "GET /fhir/ConceptMap": Address(_S),
    "GET /fhir/ConceptMap/{id}": Address(_S),
    "GET /fhir/NamingSystem": Address(_S),
    "GET /fhir/NamingSystem/{id}": Address(_S),
    "GET /fhir/ValueSet": Address(_S),
    "GET /fhir/ValueSet/{id}": Address(_S),
    **{
        f"{method} /fhir/{operation}": Address(_S)
        for method in ("GET", "POST")
        for operation in OPERATIONS
    },
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
    each = [
        inner
        for route in routes
        for inner in (route.routes if isinstance(route, Definitions) else [route])
    ]
    found = [route for route in each if isinstance(route, Route)]
    assert len(found) == len(each), "a mount or a web socket: say here how it is attacked"
    return found
