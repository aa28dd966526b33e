"""What a search brings along: ``_include``, ``_revinclude``, and both again from what they brought.

Source: FHIR R4, 3.1.1.5.5 (including other resources in result).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from openhealthcode.record.kinds import KINDS
from openhealthcode.record.model import Include, Parameter, Resource, Surroundings
from openhealthcode.record.parameters.conditions import references_in
from openhealthcode.record.parameters.paths import literal
from openhealthcode.record.parameters.read import (
    SearchNotUnderstood,
    UnknownParameter,
    parameter_of,
)
from openhealthcode.record.parameters.table import PARAMETERS

INCLUDES: Final = ("_include", "_revinclude")
_ITERATES: Final = frozenset({"iterate", "recurse"})


def read_include(type_: str, name: str, value: str) -> Include:
    """One ``_include`` or ``_revinclude`` of a search of a type.

    Args:
        type_: the type searched for, whose references ``*`` stands for.
        name: with its modifier, as sent.
        value: ``source:parameter`` or ``source:parameter:target``; ``*`` for every reference.

    Raises:
        UnknownParameter: a type that is not filed here, or a reference it does not have.
        SearchNotUnderstood: another modifier than ``iterate``, or a parameter that is no reference.
    """
    base, _, modifier = name.partition(":")
    if modifier and modifier not in _ITERATES:
        raise SearchNotUnderstood(f"{base} has no such modifier")
    parts = f"{type_}:*".split(":") if value == "*" and base == "_include" else value.split(":")
    if len(parts) not in {2, 3}:
        raise SearchNotUnderstood(f"{base} names a type and one of its references")
    source, reference, target = (*parts, "")[:3]
    if source not in KINDS or (target and target not in KINDS):
        raise UnknownParameter("there are no entries of that type to bring along")
    parameters = _references(source, reference)
    return Include(source, parameters, target, base == "_revinclude", bool(modifier))


def _references(source: str, name: str) -> tuple[Parameter, ...]:
    if name == "*":
        return tuple(each for each in PARAMETERS[source].values() if each.type == "reference")
    parameter = parameter_of(source, name)
    if parameter.type != "reference":
        raise SearchNotUnderstood("only what a reference leads to can be brought along")
    return (parameter,)


def referred_to(resource: Resource, include: Include) -> Iterator[str]:
    """The references an ``_include`` follows from a resource."""
    if resource["resourceType"] == include.source:
        for parameter in include.parameters:
            yield from references_in(resource, parameter)


def brought_along(
    found: Sequence[Resource], includes: Iterable[Include], among: Surroundings, at_most: int
) -> list[Resource]:
    """What the includes bring along, each entry once and none that was found.

    Args:
        found: the matches of one page.
        among: the entries that may be brought.
        at_most: how many are looked for; one more tells that there would be too many.
    """
    includes = tuple(includes)
    known = set(map(name_of, found))
    brought: list[Resource] = []
    frontier, is_first = list(found), True
    while frontier and len(brought) <= at_most:
        reached: list[Resource] = []
        for include in includes:
            if is_first or include.is_iterate:
                for each in _reached(frontier, include, among):
                    if name_of(each) not in known:
                        known.add(name_of(each))
                        reached.append(each)
        brought += reached
        frontier, is_first = reached, False
    return brought[: at_most + 1]


def name_of(resource: Resource) -> tuple[str, str]:
    """Type and id."""
    return str(resource["resourceType"]), str(resource.get("id"))


def _reached(
    frontier: Iterable[Resource], include: Include, among: Surroundings
) -> Iterator[Resource]:
    if include.is_reverse:
        yield from _referring(frontier, include, among)
        return
    for resource in frontier:
        for reference in referred_to(resource, include):
            target = among.entry(reference)
            if target is not None and _is_wanted(target, include):
                yield target


def _referring(
    frontier: Iterable[Resource], include: Include, among: Surroundings
) -> Iterator[Resource]:
    names = {name_of(each) for each in frontier if _is_wanted(each, include)}
    for other in among.of_type(include.source):
        for parameter in include.parameters:
            if any(literal(each) in names for each in references_in(other, parameter)):
                yield other
                break


def _is_wanted(resource: Resource, include: Include) -> bool:
    return include.target in ("", resource["resourceType"])
