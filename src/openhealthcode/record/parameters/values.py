"""What one value of a search parameter has to be, by the type of the parameter and the modifier.

Each reader takes the text of one alternative and answers with a test of one value as it stands in
the JSON. What the values are is told by their shape: R4 gives a parameter of one type several.

Source: FHIR R4, 3.1.1.4 (search parameter types), 3.1.1.4.5 (modifiers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from openhealthcode.record.model import Path, Resource, Value
from openhealthcode.record.parameters.paths import literal
from openhealthcode.record.parameters.spans import (
    Span,
    compared,
    decimal_of,
    number_asked,
    number_test,
    numbers_in,
    time_asked,
    times_in,
)
from openhealthcode.record.parameters.words import folded, words_in
from openhealthcode.terminology import classes_above, code_system, ucum
from openhealthcode.terminology.concepts import canonical
from openhealthcode.terminology.systems import UCUM

Test = Callable[[Value, Path], bool]
"""Whether one value, found at one place, is what is asked for."""

Codes = frozenset[tuple[str, str]]
"""System and code of each concept of a value set."""

_BETWEEN_PARTS: Final = re.compile(r"(?<!\\)\|")
_ESCAPED: Final = re.compile(r"\\([\\,|$])")
_ENDS: Final = ("low", "high")
_BOOLEANS: Final = {True: "true", False: "false"}


def reader_of(type_: str, modifier: str) -> Callable[[str], Test] | None:
    """What reads an alternative of this type; None if the modifier does not go with it."""
    return _READERS.get((type_, modifier))


def unescaped(text: str) -> str:
    """A part of a value without the backslashes FHIR escapes with."""
    return _ESCAPED.sub(r"\1", text)


def split_token(text: str) -> list[str]:
    """The parts of a value between bars that are not escaped."""
    return [unescaped(part) for part in _BETWEEN_PARTS.split(text)]


def tokens_in(value: Value, path: Path) -> Iterator[tuple[str, str]]:
    """System and code of a code, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(value, bool):
        yield "", _BOOLEANS[value]
    elif isinstance(value, str):
        yield path.system, value
    elif isinstance(value, dict):
        for each in value.get("coding", (value,)):
            code = each.get("code", each.get("value"))
            yield each.get("system", ""), code if isinstance(code, str) else ""


def _token(text: str) -> Test:
    parts = split_token(text)
    if len(parts) > 2 or not any(parts):
        raise ValueError("not a code")
    if len(parts) == 1:
        return lambda value, path: any(code == parts[0] for _, code in tokens_in(value, path))
    system, code = parts
    if not code:
        return lambda value, path: any(one == system for one, _ in tokens_in(value, path))
    return lambda value, path: (system, code) in tokens_in(value, path)


def _token_below(text: str) -> Test:
    """A code or anything that is a kind of it: the drugs of a class."""
    system, code = _code_of_known_system(text)

    def is_below(value: Value, path: Path) -> bool:
        return any(
            canonical(one) == system and (own == code or code in classes_above(system, own))
            for one, own in tokens_in(value, path)
        )

    return is_below


def _token_above(text: str) -> Test:
    """A code or anything it is a kind of."""
    system, code = _code_of_known_system(text)
    above = {code, *classes_above(system, code)}

    def is_above(value: Value, path: Path) -> bool:
        return any(canonical(one) == system and own in above for one, own in tokens_in(value, path))

    return is_above


def _code_of_known_system(text: str) -> tuple[str, str]:
    parts = split_token(text)
    if len(parts) != 2 or not all(parts) or code_system(parts[0]) is None:
        raise ValueError("not a code of a system whose order is known here")
    return canonical(parts[0]), parts[1]


def in_value_set(codes: Codes) -> Test:
    """A code of a value set."""

    def is_in(value: Value, path: Path) -> bool:
        return any((canonical(one), code) in codes for one, code in tokens_in(value, path))

    return is_in


def _token_text(text: str) -> Test:
    """The words beside a code, from their beginning."""
    begins = folded(unescaped(text))

    def says(value: Value, _: Path) -> bool:
        return any(folded(each).startswith(begins) for each in _texts_in(value))

    return says


def _texts_in(value: Value) -> Iterator[str]:
    if isinstance(value, dict):
        kind = value.get("type") if isinstance(value.get("type"), dict) else {}
        codings = value.get("coding", ())
        texts = (value.get("text"), value.get("display"), kind and kind.get("text"))
        yield from filter(None, (*texts, *(each.get("display") for each in codings)))


def _token_of_type(text: str) -> Test:
    """``system|code|value``: an identifier of that kind with that value."""
    parts = split_token(text)
    if len(parts) != 3 or not all(parts):
        raise ValueError("not a kind of identifier and a value")
    system, code, number = parts

    def is_it(value: Value, path: Path) -> bool:
        if not isinstance(value, dict) or value.get("value") != number:
            return False
        return (system, code) in tokens_in(value.get("type", {}), path)

    return is_it


def _string(text: str) -> Test:
    begins = folded(unescaped(text))
    return lambda value, _: any(folded(each).startswith(begins) for each in words_in(value))


def _string_contains(text: str) -> Test:
    inside = folded(unescaped(text))
    return lambda value, _: any(inside in folded(each) for each in words_in(value))


def _string_exact(text: str) -> Test:
    exact = unescaped(text)
    return lambda value, _: any(each == exact for each in words_in(value))


def _date(text: str) -> Test:
    test = compared(*time_asked(text))
    return lambda value, _: any(map(test, times_in(value)))


def _quantity(text: str) -> Test:
    """``[prefix]number``, ``number|system|code`` or ``number||unit``."""
    parts = split_token(text)
    if len(parts) not in {1, 3}:
        raise ValueError("not a quantity")
    test = number_test(*number_asked(parts[0]))
    system, unit = parts[1:] if len(parts) == 3 else ("", "")

    def is_it(value: Value, _: Path) -> bool:
        said = _in_unit(value, system, unit)
        return any(map(test, numbers_in(said)))

    return is_it


def _in_unit(value: Value, system: str, unit: str) -> Value:
    """A quantity or range in the unit asked for; None if it is in none like it."""
    if not isinstance(value, dict):
        return None
    if "low" in value or "high" in value:
        ends = {name: _in_unit(value[name], system, unit) for name in _ENDS if name in value}
        return ends if all(ends.values()) else None
    if system and value.get("system") != system:
        return None
    if not unit or unit == value.get("code") or (not system and unit == value.get("unit")):
        return value
    return _converted(value, unit) if system == UCUM else None


def _converted(quantity: Resource, unit: str) -> Value:
    number, code = decimal_of(quantity), quantity.get("code")
    if number is None or not isinstance(code, str):
        return None
    try:
        converted = ucum.convert(number, code, unit)
    except ucum.InvalidUnit:
        return None
    return None if converted is None else {**quantity, "value": converted}


def _uri(text: str) -> Test:
    exact = unescaped(text)
    return lambda value, _: bool(value == exact)


def _uri_below(text: str) -> Test:
    exact = unescaped(text)
    folder = exact.rstrip("/") + "/"
    return lambda value, _: (
        isinstance(value, str)
        and (value == exact or (value.startswith(folder) and not exact.startswith("urn:")))
    )


def _uri_above(text: str) -> Test:
    exact = unescaped(text)
    return lambda value, _: (
        isinstance(value, str)
        and (
            value == exact
            or (exact.startswith(value.rstrip("/") + "/") and not exact.startswith("urn:"))
        )
    )


def _reference(text: str) -> Test:
    """An id, ``Type/id``, or an address; of a canonical, with or without its version."""
    asked = unescaped(text)
    named = literal(asked)

    def leads_there(value: Value, _: Path) -> bool:
        if isinstance(value, str):  # a canonical
            return asked in (value, value.partition("|")[0])
        said = value.get("reference") if isinstance(value, dict) else None
        found = literal(said)
        if found is None:
            return bool(said == asked)
        return found == named or found[1] == asked

    return leads_there


def _reference_identifier(text: str) -> Test:
    is_it = _token(text)

    def is_identified(value: Value, path: Path) -> bool:
        return isinstance(value, dict) and is_it(value.get("identifier", {}), path)

    return is_identified


_READERS: Final[dict[tuple[str, str], Callable[[str], Test]]] = {
    ("token", ""): _token,
    ("token", "not"): _token,
    ("token", "text"): _token_text,
    ("token", "of-type"): _token_of_type,
    ("token", "below"): _token_below,
    ("token", "above"): _token_above,
    ("string", ""): _string,
    ("string", "contains"): _string_contains,
    ("string", "exact"): _string_exact,
    ("date", ""): _date,
    ("quantity", ""): _quantity,
    ("uri", ""): _uri,
    ("uri", "below"): _uri_below,
    ("uri", "above"): _uri_above,
    ("reference", ""): _reference,
    ("reference", "identifier"): _reference_identifier,
}

__all__ = ["Span", "Test", "reader_of", "split_token", "tokens_in", "unescaped"]
