"""Read the conditions of a search: plain ones, chains, and ``_has``.

Source: FHIR R4, 3.1.1.4 (parameters), 3.1.1.4.12 (composite), 3.1.1.5.3 (chained), 3.1.1.5.4 (_has).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import Condition, Parameter, Path
from openhealthcode.record.parameters.conditions import (
    Chained,
    Composite,
    Missing,
    ReferredTo,
    Valued,
)
from openhealthcode.record.parameters.table import PARAMETERS
from openhealthcode.record.parameters.values import Codes, Test, in_value_set, reader_of
from openhealthcode.standards import HealthCodeError

MOST_ALTERNATIVES: Final = 64
LONGEST_VALUE: Final = 2000
_DEEPEST_CHAIN: Final = 4
_BETWEEN_ALTERNATIVES: Final = re.compile(r"(?<!\\),")
_BETWEEN_PARTS: Final = re.compile(r"(?<!\\)\$")
_HAS: Final = "_has:"
_OF_A_VALUE_SET: Final = frozenset({"in", "not-in"})
_NEGATED: Final = frozenset({"not", "not-in"})
_OF_AN_ENTRY: Final = Parameter("_id", "token", (Path(("id",)),))


class SearchNotUnderstood(HealthCodeError):
    """The search cannot be carried out as asked, and nothing is shown instead."""

    code = "search-not-understood"


class UnknownParameter(SearchNotUnderstood):
    """A parameter that entries of this type are not searched by."""


def parameter_of(type_: str, name: str) -> Parameter:
    """A search parameter of a type by its name.

    Raises:
        UnknownParameter: R4 or this release has none of that name.
    """
    found = _parameters_of(type_).get(name)
    if found is None:
        raise UnknownParameter(f"{type_} has no such search parameter")
    return found


class Reading(NamedTuple):
    """What is at hand where a condition is read.

    Args:
        value_sets: the codes of the value sets that ``:in`` and ``:not-in`` may name.
        depth: how many links of a chain led here.
    """

    value_sets: Mapping[str, Codes] = MappingProxyType({})
    depth: int = 0

    def deeper(self) -> Reading:
        """One link further.

        Raises:
            SearchNotUnderstood: too far.
        """
        if self.depth == _DEEPEST_CHAIN:
            raise SearchNotUnderstood("the parameters are chained too deep")
        return self._replace(depth=self.depth + 1)


_ALONE: Final = Reading()


def read_conditions(type_: str, parameters: Iterable[tuple[str, str]]) -> tuple[Condition, ...]:
    """The conditions named by parameters and their values, all of which have to hold.

    Raises:
        UnknownParameter: one is not known.
        SearchNotUnderstood: a modifier or value that the parameter does not have.
    """
    return tuple(read_condition(type_, name, value) for name, value in parameters)


def read_condition(type_: str, name: str, value: str, reading: Reading = _ALONE) -> Condition:
    """One condition, with whatever it chains to.

    Raises:
        UnknownParameter: a parameter in it is not known.
        SearchNotUnderstood: see ``read_conditions``.
    """
    if not value or len(value) > LONGEST_VALUE:
        raise SearchNotUnderstood("the value of a parameter is empty or too long")
    if name.startswith(_HAS):
        return _referred_to(name, value, reading.deeper())
    head, is_chained, rest = name.partition(".")
    base, _, modifier = head.partition(":")
    parameter = parameter_of(type_, base)
    if is_chained:
        return _chained(parameter, (modifier, rest), value, reading.deeper())
    if modifier == "missing":
        return _missing(parameter, value)
    if parameter.type == "composite":
        return _composite(parameter, modifier, value)
    if modifier in _OF_A_VALUE_SET and parameter.type == "token":
        tests: tuple[Test, ...] = (_in_named(value, reading.value_sets),)
    else:
        tests = _tests(parameter, modifier, value)
    return Valued(parameter, tests, is_not=modifier in _NEGATED)


def _in_named(url: str, value_sets: Mapping[str, Codes]) -> Test:
    if url not in value_sets:
        raise SearchNotUnderstood("the value set is not one whose codes are known here")
    return in_value_set(value_sets[url])


def alternatives(value: str) -> list[str]:
    """The alternatives of a value, any of which will do.

    Raises:
        SearchNotUnderstood: too many.
    """
    parts = _BETWEEN_ALTERNATIVES.split(value)
    if len(parts) > MOST_ALTERNATIVES:
        raise SearchNotUnderstood("a parameter has too many alternatives")
    return parts


def _tests(parameter: Parameter, modifier: str, value: str) -> tuple[Test, ...]:
    if parameter.type == "reference" and modifier in KINDS:
        texts = [_of_type(each, modifier) for each in alternatives(value)]
        return tuple(_test(parameter, "", text) for text in texts)
    return tuple(_test(parameter, modifier, text) for text in alternatives(value))


def _test(parameter: Parameter, modifier: str, text: str) -> Test:
    read = reader_of(parameter.type, modifier)
    if read is None:
        raise SearchNotUnderstood(f"{parameter.name} has no such modifier here")
    try:
        return read(text)
    except (ValueError, OverflowError):
        raise SearchNotUnderstood(
            f"the value of {parameter.name} is not a {parameter.type} as FHIR writes it"
        ) from None


def _of_type(text: str, type_: str) -> str:
    """``subject:Patient=x`` is ``subject=Patient/x``."""
    return text if "/" in text else f"{type_}/{text}"


def _missing(parameter: Parameter, value: str) -> Condition:
    if value not in {"true", "false"}:
        raise SearchNotUnderstood("the value of :missing is true or false")
    return Missing(parameter, value == "true")


def _composite(parameter: Parameter, modifier: str, value: str) -> Condition:
    if modifier:
        raise SearchNotUnderstood(f"{parameter.name} has no such modifier here")
    combinations = []
    for each in alternatives(value):
        texts = _BETWEEN_PARTS.split(each)
        if len(texts) != len(parameter.parts):
            raise SearchNotUnderstood(f"{parameter.name} takes its parts joined by $")
        combinations.append(
            tuple(_test(part, "", text) for part, text in zip(parameter.parts, texts, strict=True))
        )
    return Composite(parameter, tuple(combinations))


def _chained(
    parameter: Parameter, named: tuple[str, str], value: str, reading: Reading
) -> Condition:
    to_type, name = named
    if parameter.type != "reference" or (to_type and to_type not in KINDS):
        raise SearchNotUnderstood(f"{parameter.name} cannot be followed to such entries")
    targets = [to_type] if to_type else sorted(KINDS.keys() & parameter.targets)
    inner: dict[str, Condition] = {}
    for target in targets:
        try:
            inner[target] = read_condition(target, name, value, reading)
        except UnknownParameter:
            continue
    if not inner:
        raise UnknownParameter("none of the types referred to has such a search parameter")
    return Chained(parameter, inner)


def _referred_to(name: str, value: str, reading: Reading) -> Condition:
    parts = name.removeprefix(_HAS).split(":", 2)
    if len(parts) != 3 or parts[0] not in KINDS:
        raise SearchNotUnderstood("_has names a type, its reference, and its parameter")
    type_, reference, inner = parts
    parameter = parameter_of(type_, reference)
    if parameter.type != "reference":
        raise SearchNotUnderstood("_has goes by a reference")
    return ReferredTo(type_, parameter, read_condition(type_, inner, value, reading))


def _parameters_of(type_: str) -> Mapping[str, Parameter]:
    return _ALL[type_]


_ALIASES: Final = {("Immunization", "code"): "vaccine-code"}
"""Names this server had before it had R4's."""

_ALL: Final[Mapping[str, Mapping[str, Parameter]]] = {
    type_: {
        **PARAMETERS[type_],
        "_id": _OF_AN_ENTRY,
        **{
            alias: PARAMETERS[type_][name]
            for (of_type, alias), name in _ALIASES.items()
            if of_type == type_
        },
    }
    for type_ in KINDS
}
