"""``$validate``: everything a resource breaks, told at once; nothing is stored, and nothing logged.

It is told of the resource alone. Whether an entry of that id exists, and whose it is, is for the
interaction itself to say, which asks consent and writes a log.

Source: FHIR R4, Resource operation validate.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.fhir import bearer
from openhealthcode.fhir.answer import answer
from openhealthcode.fhir.bearer import ScopeMissing
from openhealthcode.fhir.negotiation import ParameterNotSupported, check_accept, query_of
from openhealthcode.fhir.outcome import CHINESE, ERROR_CODES, prefers_chinese
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.record import KINDS, InvalidResource, Resource, UnknownResourceType
from openhealthcode.record.check import NATIONAL_PROFILE, Fault, Issue, faults
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.errors import first_line

_MODES: Final = MappingProxyType({"create": "c", "update": "u", "delete": "d", "profile": ""})
"""Each mode and the permission that the interaction it stands for needs."""
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_EDITION: Final = "4.0.1"
_HOLDS: Final = ("No rule is broken that is checked here.", "此处检查的规则均已满足。")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be held against which rules."""

    resource: Any = None
    mode: str = ""
    profile: str = ""


async def validate(request: Request) -> Response:
    """An OperationOutcome with every fault and its place, and a warning for what is only doubtful.

    Raises:
        ScopeMissing: the caller may not do what it asks about.
        InvalidInput: the parameters contradict each other.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    system = await bearer.system_of(platform_of(request.scope), headers)
    type_, id_ = request.path_params["type"], request.path_params.get("id")
    if type_ not in KINDS:
        raise UnknownResourceType
    _require(system, type_, "")
    asked = await _asked(request)
    _require(system, type_, asked.mode)
    found = _faults(asked, type_, id_)
    is_chinese = prefers_chinese(request.headers.get("accept-language", ""))
    issues = _issues(found, is_chinese=is_chinese)
    return answer(
        request,
        orjson.dumps({"resourceType": "OperationOutcome", "issue": issues}),
        {"Cache-Control": "no-store", "Content-Language": "zh-CN" if is_chinese else "en"},
    )


def _require(system: SystemAccess, type_: str, mode: str) -> None:
    """Go on if the token permits what is asked about; without a mode, any writing of this type."""
    needed = _MODES.get(mode) or "cud"
    if not any(system.permits(type_, each) for each in needed):
        raise ScopeMissing


async def _asked(request: Request) -> _Asked:
    """What is asked: a resource alone with parameters in the address, or all as Parameters."""
    query = query_of(request.scope["query_string"])
    body = await resource_in(request)
    if body.get("resourceType") != "Parameters":
        named = dict(query)
        if len(named) != len(query) or named.keys() - {"mode", "profile"}:
            raise ParameterNotSupported
        return _checked(_Asked(body, named.get("mode", ""), named.get("profile", "")))
    if query:
        raise ParameterNotSupported
    given = body.get("parameter")
    found: dict[str, Any] = {}
    for place, one in enumerate(given if isinstance(given, list) else ()):
        name, value = _named(one, f"Parameters.parameter[{place}]")
        if name in found:
            raise InvalidInput("each parameter once")
        found[name] = value
    return _checked(_Asked(**found))


def _named(given: Any, at: str) -> tuple[str, Any]:  # noqa: ANN401 - JSON of strangers
    """One of the parameters; texts may be of any type that is written as text."""
    name = given.get("name") if isinstance(given, dict) else None
    if name == "resource" and isinstance(given.get("resource"), dict):
        return name, given["resource"]
    if name in {"mode", "profile"}:
        values = [value for each, value in given.items() if each.startswith("value")]
        if len(values) == 1 and isinstance(values[0], str):
            return name, values[0]
    raise InvalidResource(at, "expected resource, mode or profile with its value")


def _checked(asked: _Asked) -> _Asked:
    if asked.mode and asked.mode not in _MODES:
        raise InvalidInput(f"mode is one of {', '.join(_MODES)}")
    if asked.mode == "profile" and not asked.profile:
        raise InvalidInput("this mode needs a profile")
    if asked.resource is None and asked.mode != "delete":
        raise InvalidInput("there is no resource to validate")
    return asked


def _faults(asked: _Asked, type_: str, id_: str | None) -> list[Fault]:
    """Everything wrong with what would be sent to this address."""
    if asked.mode == "delete":
        said = "something that exists is deleted, by its id"
        return [] if id_ is not None else [Fault(type_, said, Issue.REQUIRED)]
    resource: Resource = asked.resource
    if resource.get("resourceType") != type_:
        said = "expected the type that the address names"
        return [Fault("resourceType", said, Issue.STRUCTURE)]
    found = list(faults(resource))
    if asked.mode == "update" and id_ is None:
        found.insert(0, Fault(type_, "something that exists is updated, by its id", Issue.REQUIRED))
    elif id_ is not None and resource.get("id") != id_:
        found.insert(0, Fault(f"{type_}.id", "expected the id that the address names", Issue.VALUE))
    profile, _, edition = asked.profile.partition("|")
    if profile == f"{_BASE}{type_}" and edition in {"", _EDITION}:
        return [each for each in found if each.issue is not Issue.BUSINESS_RULE]
    if profile and asked.profile != NATIONAL_PROFILE:
        said = "this profile is not known here; what is told is told of FHIR R4 and our own profile"
        found.insert(0, Fault(type_, said, Issue.UNSUPPORTED))
    return found


def _issues(found: list[Fault], *, is_chinese: bool) -> list[dict[str, Any]]:
    if not found:
        said = _HOLDS[is_chinese]
        return [{"severity": "information", "code": "informational", "diagnostics": said}]
    return [_issue(each, is_chinese=is_chinese) for each in found]


def doubts(resource: Resource, *, is_chinese: bool) -> list[dict[str, Any]]:
    """What is only doubtful in a resource that was filed, as ``$validate`` tells it."""
    return [_issue(each, is_chinese=is_chinese) for each in faults(resource) if each.is_warning]


def _issue(fault: Fault, *, is_chinese: bool) -> dict[str, Any]:
    code = InvalidResource.code
    text = CHINESE[code] if is_chinese else first_line(InvalidResource)
    details = {"coding": [{"system": ERROR_CODES, "code": code}], "text": text}
    return {
        "severity": "warning" if fault.is_warning else "error",
        "code": fault.issue.value,
        **({} if fault.is_warning else {"details": details}),
        "diagnostics": f"{fault.location}: {fault.rule}",
        "expression": [fault.location],
    }
