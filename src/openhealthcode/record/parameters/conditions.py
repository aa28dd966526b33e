"""The conditions a search is made of, and whether an entry meets them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from openhealthcode.record.model import Condition, Parameter, Resource, Surroundings, Value
from openhealthcode.record.parameters.paths import held_at, literal, values_at
from openhealthcode.record.parameters.values import Test

_NO_TYPES: frozenset[str] = frozenset()


class _Alone:
    """No other entries."""

    def entry(self, _reference: str) -> Resource | None:
        """See ``Surroundings``."""
        return None

    def of_type(self, _type: str) -> Iterable[Resource]:
        """See ``Surroundings``."""
        return ()


ALONE: Surroundings = _Alone()


def matches(
    conditions: Iterable[Condition], resource: Resource, among: Surroundings = ALONE
) -> bool:
    """Whether a resource, as parsed JSON, meets every condition.

    Args:
        among: the entries that chains and ``_has`` may reach; none by itself.
    """
    return all(condition.holds(resource, among) for condition in conditions)


@dataclass(frozen=True, slots=True)
class Valued:
    """At least one value passes one of the tests; with ``is_not``, none does."""

    parameter: Parameter
    tests: tuple[Test, ...] = field(repr=False)
    is_not: bool = False

    @property
    def types(self) -> frozenset[str]:
        """See ``Condition``."""
        return _NO_TYPES

    def holds(self, resource: Resource, _among: Surroundings) -> bool:
        """See ``Condition``."""
        found = any(
            test(value, path)
            for value, path in values_at(resource, self.parameter)
            for test in self.tests
        )
        return found is not self.is_not


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no value, or there is one."""

    parameter: Parameter
    is_missing: bool

    @property
    def types(self) -> frozenset[str]:
        """See ``Condition``."""
        return _NO_TYPES

    def holds(self, resource: Resource, _among: Surroundings) -> bool:
        """See ``Condition``."""
        if self.parameter.type == "composite":
            found = any(
                all(_is_there(part, holder) for part in self.parameter.parts)
                for path in self.parameter.paths
                for holder in held_at(resource, path)
            )
        else:
            found = _is_there(self.parameter, resource)
        return found is not self.is_missing


def _is_there(parameter: Parameter, resource: Resource) -> bool:
    return any(True for _ in values_at(resource, parameter))


@dataclass(frozen=True, slots=True)
class Composite:
    """In one and the same place every part has its value, in one of the combinations."""

    parameter: Parameter
    combinations: tuple[tuple[Test, ...], ...] = field(repr=False)

    @property
    def types(self) -> frozenset[str]:
        """See ``Condition``."""
        return _NO_TYPES

    def holds(self, resource: Resource, _among: Surroundings) -> bool:
        """See ``Condition``."""
        return any(
            all(
                any(test(value, found_at) for value, found_at in values_at(holder, part))
                for part, test in zip(self.parameter.parts, tests, strict=True)
            )
            for path in self.parameter.paths
            for holder in held_at(resource, path)
            for tests in self.combinations
        )


@dataclass(frozen=True, slots=True)
class Chained:
    """Something a reference leads to meets a condition of its own type.

    Args:
        parameter: the reference.
        inner: what each type it may lead to has to meet.
    """

    parameter: Parameter
    inner: Mapping[str, Condition]

    @property
    def types(self) -> frozenset[str]:
        """See ``Condition``."""
        return _together(self.inner)

    def holds(self, resource: Resource, among: Surroundings) -> bool:
        """See ``Condition``."""
        for value, _ in values_at(resource, self.parameter):
            target = _led_to(value, resource, among)
            condition = None if target is None else self.inner.get(str(target["resourceType"]))
            if target is not None and condition is not None and condition.holds(target, among):
                return True
        return False


def _led_to(value: Value, resource: Resource, among: Surroundings) -> Resource | None:
    """What a reference leads to: among the entries, or inside the resource itself."""
    reference = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str):
        return None
    if reference.startswith("#"):
        contained = resource.get("contained", ())
        return next((each for each in contained if each.get("id") == reference[1:]), None)
    return among.entry(reference)


@dataclass(frozen=True, slots=True)
class ReferredTo:
    """Some entry of another type refers to this one and meets a condition (``_has``)."""

    type: str
    parameter: Parameter
    inner: Condition

    @property
    def types(self) -> frozenset[str]:
        """See ``Condition``."""
        return _together({self.type: self.inner})

    def holds(self, resource: Resource, among: Surroundings) -> bool:
        """See ``Condition``."""
        name = (str(resource["resourceType"]), str(resource.get("id")))
        return any(
            self.inner.holds(other, among)
            for other in among.of_type(self.type)
            if any(name == literal(reference) for reference in references_in(other, self.parameter))
        )


def references_in(resource: Resource, parameter: Parameter) -> Iterable[str]:
    """The literal references a parameter names in a resource."""
    for value, _ in values_at(resource, parameter):
        reference = value.get("reference") if isinstance(value, dict) else None
        if isinstance(reference, str):
            yield reference


def _together(inner: Mapping[str, Condition]) -> frozenset[str]:
    return frozenset(inner).union(*(condition.types for condition in inner.values()))
