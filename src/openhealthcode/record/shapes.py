"""Whether a resource is right, at a glance: what has no fault is recognised without looking for one.

Objects of one structure come in few shapes, the names of their elements in order. What names alone
decide is decided once for each shape and kept; what remains is one small test for each value. The
answer errs to one side: a resource that holds has no fault; one that does not may have none either
and is then looked at by ``check``, which has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import call
from types import MappingProxyType
from typing import Any, Final

from openhealthcode.record import invariants, national, presence
from openhealthcode.record.model import Resource
from openhealthcode.record.primitives import CLOCK, ID, LONGEST_STRING, PRIMITIVES, ZONE
from openhealthcode.record.structure import STRUCTURES, Rule, Structure

Json = Any
"""Parsed JSON of any kind."""

Test = Callable[[Json], object]
"""True of a value, or anything that counts as true; may raise TypeError of one of another type."""

_SHAPES_KEPT: Final = 128
"""For each structure. Real senders use few; shapes made to fill memory are forgotten together."""
_WORDS_KEPT: Final = 4096
_LONGEST_KEPT: Final = 200
"""Codes and addresses of code systems come again and again; longer ones are not kept."""
_UNCLEAR: Final = (AttributeError, KeyError, TypeError, ValueError)
"""What a test says of a value of another type."""
_REFERENCE: Final = STRUCTURES["Reference"]
_ELEMENT: Final = STRUCTURES["Element"]


def holds(resource: Resource) -> bool:
    """Whether nothing is wrong with a resource of a known type; False may mean either."""
    try:
        return bool(_object(STRUCTURES[resource["resourceType"]])(resource))
    except _UNCLEAR:
        return False


def is_right(rule: Rule, value: object) -> bool:
    """The same of one element of a resource."""
    try:
        return bool(_test_of(rule)(value))
    except _UNCLEAR:
        return False


class _Shapes(dict[tuple[str, ...], Test]):
    """The shapes of a structure met so far, by the names of their elements."""

    def __init__(self, structure: Structure, targets: frozenset[str]) -> None:
        super().__init__()
        self._structure, self._targets = structure, targets

    def __missing__(self, names: tuple[str, ...]) -> Test:
        if not _is_right(self._structure, names):
            raise ValueError
        if len(self) >= _SHAPES_KEPT:
            self.clear()
        shape = self[names] = _shape(self._structure, names, self._targets)
        return shape


@cache
def _object(structure: Structure, targets: frozenset[str] = frozenset()) -> Test:
    shapes = _Shapes(structure, targets)
    last: tuple[tuple[str, ...], Test] = ((), _never)

    def is_one(value: Json) -> object:
        nonlocal last
        names = tuple(value)
        before, shape = last  # read and written as one: others may check at the same time
        if names != before:
            shape = shapes[names]
            last = names, shape
        return shape(value)

    return is_one


def _is_right(structure: Structure, names: tuple[str, ...]) -> bool:
    """Whether these names break no rule; extensions beside a list count as unclear."""
    for name in names:
        rule = structure.rules.get(name.removeprefix("_"))
        if rule is None or (name[0] == "_" and (rule.is_list or rule.test is None)):
            return False
    is_complete = bool(names) and next(presence.missing(structure, names), None) is None
    return is_complete and all(each.is_warning for each in presence.broken(structure, names))


def _shape(structure: Structure, names: tuple[str, ...], targets: frozenset[str]) -> Test:
    test = _together(
        tuple(map(_towards(targets), names))
        if structure is _REFERENCE
        else _tests(structure, names)
    )
    laws = _laws(structure, names)
    return (lambda value: test(value) and all(law(value) for law in laws)) if laws else test


def _together(tests: tuple[Test, ...]) -> Test:
    """One test of an object's values, in their order. Most objects have few: no loop for those."""
    if len(tests) > len(_FEW):
        return lambda value: all(map(call, tests, value.values()))
    return _FEW[len(tests) - 1](*tests)


def _one(first: Test) -> Test:
    def holds(value: Json) -> object:
        (a,) = value.values()
        return first(a)

    return holds


def _two(first: Test, second: Test) -> Test:
    def holds(value: Json) -> object:
        a, b = value.values()
        return first(a) and second(b)

    return holds


def _three(first: Test, second: Test, third: Test) -> Test:
    def holds(value: Json) -> object:
        a, b, c = value.values()
        return first(a) and second(b) and third(c)

    return holds


def _four(first: Test, second: Test, third: Test, fourth: Test) -> Test:
    def holds(value: Json) -> object:
        a, b, c, d = value.values()
        return first(a) and second(b) and third(c) and fourth(d)

    return holds


_FEW: Final[tuple[Callable[..., Test], ...]] = (_one, _two, _three, _four)


def _tests(structure: Structure, names: tuple[str, ...]) -> tuple[Test, ...]:
    return tuple(
        _object(_ELEMENT) if name[0] == "_" else _test_of(structure.rules[name]) for name in names
    )


def _laws(structure: Structure, names: tuple[str, ...]) -> tuple[Test, ...]:
    bases = presence.bases_of(structure, names)
    return tuple(each.holds for each in invariants.of(structure.name, bases) if not each.is_warning)


@cache
def _test_of(rule: Rule) -> Test:
    one = _single(rule)
    if not rule.is_list:
        return one

    def is_list(values: Json) -> object:
        if values.__class__ is not list:
            return False
        if len(values) == 1:
            return one(values[0])
        return values and all(map(one, values))

    return is_list


def _single(rule: Rule) -> Test:
    if rule.codes is not None:
        return _member_of(rule.codes)
    if rule.structure is None:
        return _never if rule.test is None else _QUICK.get(rule.type, rule.test)
    if rule.type == "Reference":
        return _object(rule.structure, rule.targets)
    test, concepts = _object(rule.structure), rule.concepts
    if concepts is None:
        return test
    return lambda value: (
        test(value)
        and any((c.get("system"), c.get("code")) in concepts for c in value.get("coding", ()))
    )


def _member_of(codes: frozenset[str]) -> Test:
    return codes.__contains__


def _never(_value: Json) -> bool:
    """Of a contained resource: what refers to it stands elsewhere."""
    return False


@cache
def _towards(targets: frozenset[str]) -> Callable[[str], Test]:
    """The tests of a reference's elements, where it may lead to these types."""
    types = "|".join(sorted(targets)) if targets else r"[A-Z][A-Za-z]{1,63}"
    literal = re.compile(rf"(?:{types})/{ID}|urn:uuid:{ID}", re.ASCII).fullmatch

    def test_of(name: str) -> Test:
        if name == "reference":
            return literal
        return _never if name == "type" else _tests(_REFERENCE, (name,))[0]

    return test_of


class _Words(dict[str, bool]):
    """What was tested of codes or addresses; asking a dictionary costs half of calling anything."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, value: str) -> bool:
        if value.__class__ is not str or len(value) > _LONGEST_KEPT:
            raise ValueError
        if len(self) >= _WORDS_KEPT:
            self.clear()
        found = self[value] = self._test(value)
        return found


def _is_plain_uri(value: str) -> bool:
    """One that leads to a contained resource, or whose codes have rules, is not for a glance."""
    return PRIMITIVES["uri"](value) and value[0] != "#" and value not in national.SYSTEMS


_is_code: Final = _Words(PRIMITIVES["code"]).__getitem__
_is_uri: Final = _Words(_is_plain_uri).__getitem__


def _is_text(value: Json) -> object:
    return len(value) <= LONGEST_STRING and value.strip()


def _is_number(value: Json) -> bool:
    return (value.__class__ is float or value.__class__ is int) and -1e18 < value < 1e18


_MONTH_DAY: Final = (
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
"""Of any year; the twenty-ninth of February is not for a glance."""
_DAY: Final = rf"(?!0000)\d{{4}}-{_MONTH_DAY}"
_MOMENT: Final = rf"{_DAY}T{CLOCK}{ZONE}"


def _matching(pattern: str) -> Test:
    return re.compile(pattern, re.ASCII).fullmatch


_QUICK: Final[Mapping[str, Test]] = MappingProxyType(
    {
        "string": _is_text,
        "markdown": _is_text,
        "code": _is_code,
        "uri": _is_uri,
        "url": _is_uri,
        "canonical": _is_uri,
        "decimal": _is_number,
        "id": _matching(ID),
        "date": _matching(_DAY),
        "dateTime": _matching(rf"{_DAY}(?:T{CLOCK}{ZONE})?"),
        "instant": _matching(_MOMENT),
    }
)
"""Tests that are quicker than the primitive's own and agree with it where they say yes."""
