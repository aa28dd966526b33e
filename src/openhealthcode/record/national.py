"""What a record made in China is held to beyond FHIR R4: rules of our own, as data.

Start with ``national.toml``. A rule of severity ``error`` is refused at the door like one of FHIR's;
a warning is told by ``$validate``. A value of the wrong type breaks no rule here: FHIR's own say so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from openhealthcode.record.model import Resource
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    NationalId,
    Phone,
    Sex,
    division,
)
from openhealthcode.terminology import concept

_ID_NUMBER: Final = "urn:oid:2.16.156.10011.1.3"
_RECORD_DIGITS: Final = 17
_DIVISION_DIGITS: Final = 6
_GENDERS: Final = MappingProxyType({Sex.MALE: "male", Sex.FEMALE: "female"})


@dataclass(frozen=True, slots=True)
class NationalRule:
    """One rule.

    Args:
        key: its name, as messages and documents say it.
        of: the type it looks at.
        system: to what it applies; empty when to all of that type.
        test: what is asked, a name of ``TESTS``.
    """

    key: str
    of: str
    system: str
    test: str
    is_warning: bool
    said: str
    source: str

    def is_kept(self, value: Resource) -> bool:
        """Whether it holds, or does not apply."""
        try:
            return TESTS[self.test](value, self.system)
        except (AttributeError, KeyError, TypeError, ValueError):
            return True


def _id_number(identifier: Resource, system: str) -> bool:
    return identifier.get("system") != system or _number(identifier) is not None


def _id_division(identifier: Resource, system: str) -> bool:
    number = _number(identifier) if identifier.get("system") == system else None
    return number is None or division.examine(number.division_code, number.birth_date) is None


def _number(identifier: Resource) -> NationalId | None:
    try:
        return NationalId.parse(identifier["value"])
    except HealthCodeError:
        return None


def _record_number(identifier: Resource, system: str) -> bool:
    value = identifier["value"]
    return identifier.get("system") != system or (
        len(value) == _RECORD_DIGITS and value.isascii() and value.isdigit()
    )


def _certificate(identifier: Resource, system: str) -> bool:
    kinds = [each["code"] for each in identifier["type"]["coding"] if each.get("system") == system]
    try:
        for kind in kinds:
            Certificate.parse(CertificateKind(kind), identifier["value"], issuer="said elsewhere")
    except HealthCodeError:
        return False
    return True


def _number_agrees(patient: Resource, system: str) -> bool:
    for identifier in patient["identifier"]:
        number = _number(identifier) if identifier.get("system") == system else None
        if number is not None:
            born, gender = patient.get("birthDate"), patient.get("gender")
            if born is not None and not number.birth_date.isoformat().startswith(born):
                return False
            if gender in _GENDERS.values() and gender != _GENDERS.get(number.sex, gender):
                return False
    return True


def _code(coding: Resource, system: str) -> bool:
    return coding.get("system") != system or concept(system, coding["code"]) is not None


def _division(extension: Resource, url: str) -> bool:
    if extension.get("url") != url:
        return True
    code = extension.get("valueCode", extension.get("valueString"))
    return (
        isinstance(code, str)
        and len(code) == _DIVISION_DIGITS
        and division.examine(code, date.min) is None
        and code not in division.abolished()
    )


def _phone(contact: Resource, _system: str) -> bool:
    if contact.get("system") != "phone" or contact.get("use") != "mobile":
        return True
    try:
        return not Phone.parse(contact["value"]).is_placeholder
    except HealthCodeError:
        return False


TESTS: Final[Mapping[str, Callable[[Resource, str], bool]]] = MappingProxyType(
    {
        "id-number": _id_number,
        "id-division": _id_division,
        "record-number": _record_number,
        "certificate": _certificate,
        "number-agrees": _number_agrees,
        "code": _code,
        "division": _division,
        "phone": _phone,
    }
)
"""What a rule may ask."""


def _read() -> tuple[str, tuple[NationalRule, ...]]:
    text = files("openhealthcode.record").joinpath("national.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)
    return table["profile"], tuple(
        NationalRule(
            key,
            rule["of"],
            str(rule.get("system") or rule.get("url") or ""),
            rule["test"],
            {"warning": True, "error": False}[rule["severity"]],
            rule["said"],
            rule["source"],
        )
        for key, rule in table.items()
        if isinstance(rule, dict)
    )


PROFILE, RULES = _read()
"""The name of our profile, and its rules."""

SYSTEMS: Final = frozenset(rule.system for rule in RULES if not rule.is_warning)
"""The systems whose codes may be refused at the door."""

_BY_TYPE: Final = {
    type_: tuple(rule for rule in RULES if rule.of == type_) for type_ in {r.of for r in RULES}
}


def broken(type_: str, value: Resource) -> Iterator[NationalRule]:
    """Each rule of this type that a value of it breaks."""
    return (rule for rule in _BY_TYPE.get(type_, ()) if not rule.is_kept(value))
