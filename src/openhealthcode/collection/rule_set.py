"""The rule set in force: read from its files once, and refused whole if anything in it is unclear."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from openhealthcode.collection.elements import BadSelector, Element, Input, Selector
from openhealthcode.collection.rules import (
    CollectionRule,
    CollectionScene,
    Demand,
    RuledElement,
    Text,
)
from openhealthcode.standards import HealthCodeError

_NAME: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_DE: Final = re.compile(r"DE\d\d\.\d\d\.\d\d\d\.\d\d")
_VERSION: Final = re.compile(r"\d{4}-\d\d(?:\.\d+)?")
_LONGEST_RETENTION_YEARS: Final = 100
_WHILE_REGISTERED: Final = "while-registered"
_LATIN_LETTERS: Final = re.compile(r"[A-Za-z]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")

Table = Mapping[str, Any]


class RuleSetMalformed(ValueError):
    """The collection rules contain a mistake; the message says where."""


class UnknownScene(HealthCodeError):
    """The delivery names a scene that no collection rule is for."""

    code = "collection-scene-unknown"


@dataclass(frozen=True, slots=True)
class ImportRule:
    """The rule for deliveries that name no scene."""

    version: str
    legal_basis: str
    description: str
    description_zh: str
    is_verified: bool

    @property
    def reference(self) -> str:
        """How an event of the log names the rule under which something was filed."""
        return f"import@{self.version}"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every rule of one version."""

    version: str
    in_force_from: date
    catalogue: Mapping[str, Element]
    rules: Mapping[CollectionScene, CollectionRule]
    import_rule: ImportRule

    def of(self, scene: str) -> CollectionRule:
        """The rule of a scene.

        Raises:
            UnknownScene: there is none.
        """
        if scene not in set(CollectionScene):
            raise UnknownScene
        return self.rules[CollectionScene(scene)]


def read(elements: str, shared: str, scenes: Mapping[str, str]) -> RuleSet:
    """Read a rule set from the texts of its files.

    Args:
        scenes: the text of each scene's file, by the scene's name.

    Raises:
        RuleSetMalformed: an unknown or missing key, a demand without reason, law or retention, a
            selector that is none, an element in the rule that the catalogue does not know.
    """
    catalogue = {id_: _element(id_, table) for id_, table in tomllib.loads(elements).items()}
    common = tomllib.loads(shared)
    _expect(common, "rules.toml", {"set", "import", "basis", "every-scene"})
    _expect(common["set"], "set", {"version", "in_force_from"})
    if set(scenes) != set(CollectionScene):
        raise RuleSetMalformed("every scene has one file")
    if not _VERSION.fullmatch(common["set"]["version"]):
        raise RuleSetMalformed("set.version is YYYY-MM")
    bases = {name: _basis(table, f"basis.{name}") for name, table in common["basis"].items()}
    reader = _Reader(
        common["set"]["version"], common["set"]["in_force_from"], catalogue, bases,
        common["every-scene"],
    )  # fmt: skip
    return RuleSet(
        reader.version,
        reader.in_force_from,
        MappingProxyType(catalogue),
        MappingProxyType({s: reader.rule(s, tomllib.loads(scenes[s])) for s in CollectionScene}),
        ImportRule(**common["import"]),
    )


@dataclass(frozen=True, slots=True)
class _Basis:
    """A law, whether it was read in a source, and whether it is the resident's consent."""

    text: Text
    is_verified: bool
    is_consent: bool


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the rules of all scenes share while they are read."""

    version: str
    in_force_from: date
    catalogue: Mapping[str, Element]
    bases: Mapping[str, _Basis]
    every_scene: Table

    def rule(self, scene: CollectionScene, table: Table) -> CollectionRule:
        _expect(table, scene, {"zh", "en", "who", "why", "elements"}, {"refused_without"})
        if doubled := self.every_scene.keys() & table["elements"].keys():
            raise RuleSetMalformed(f"{scene}: {min(doubled)} is ruled for every scene")
        elements = {**self.every_scene, **table["elements"]}
        rule = CollectionRule(
            scene=scene,
            version=self.version,
            in_force_from=self.in_force_from,
            title=_text({"zh": table["zh"], "en": table["en"]}, scene),
            who=_text(table["who"], f"{scene}.who"),
            why=_text(table["why"], f"{scene}.why"),
            elements=MappingProxyType(
                {id_: self._ruled(id_, e, f"{scene}.{id_}") for id_, e in elements.items()}
            ),
            catalogue=self.catalogue,
            refused_without=frozenset(table.get("refused_without", ())),
        )
        if not rule.refused_without <= {r.element.id for r in rule.of_demand(Demand.REQUIRED)}:
            raise RuleSetMalformed(f"{scene}: refuses the lack of what it does not need")
        return rule

    def _ruled(self, id_: str, table: Table, at: str) -> RuledElement:
        _expect(table, at, {"demand", "basis", "years", "zh", "en"})
        if id_ not in self.catalogue:
            raise RuleSetMalformed(f"{at}: the catalogue has no such element")
        if table["demand"] not in set(Demand):
            raise RuleSetMalformed(f"{at}: unknown demand")
        if table["basis"] not in self.bases:
            raise RuleSetMalformed(f"{at}: unknown basis")
        demand = Demand(table["demand"])
        years = _years(table["years"], demand, at)
        if demand is Demand.REQUIRED and self.catalogue[id_].is_over_collection:
            raise RuleSetMalformed(f"{at}: may be asked, but never be required")
        reason = _text({"zh": table["zh"], "en": table["en"]}, at)
        basis = self.bases[table["basis"]]
        return RuledElement(
            self.catalogue[id_],
            demand,
            reason,
            basis.text,
            years,
            basis.is_verified,
            basis.is_consent,
        )


def _years(years: object, demand: Demand, at: str) -> int | None:
    if years == _WHILE_REGISTERED and demand is Demand.REQUIRED:
        return None
    most = 0 if demand is Demand.FORBIDDEN else _LONGEST_RETENTION_YEARS
    if type(years) is not int or not min(1, most) <= years <= most:
        raise RuleSetMalformed(f"{at}: years is 0 for what is forbidden, else 1 to {most}")
    return years


def _basis(table: Table, at: str) -> _Basis:
    _expect(table, at, {"zh", "en", "is_verified"}, {"is_consent"})
    is_verified, is_consent = table["is_verified"], table.get("is_consent", False)
    if type(is_verified) is not bool or type(is_consent) is not bool:
        raise RuleSetMalformed(f"{at}: is_verified and is_consent are true or false")
    return _Basis(_text({"zh": table["zh"], "en": table["en"]}, at), is_verified, is_consent)


def _element(id_: str, table: Table) -> Element:
    optional = {"de", "words", "is_over_collection", "input", "unverified"}
    _expect(table, id_, {"zh", "en", "fhir"}, optional)
    if not _NAME.fullmatch(id_):
        raise RuleSetMalformed(f"{id_}: an element's id is lower-case words")
    names = _text({"zh": table["zh"], "en": table["en"]}, id_)
    numbers = table.get("de", {})
    if not all(_DE.fullmatch(number) for number in numbers):
        raise RuleSetMalformed(f"{id_}: not a data element of WS 363")
    if not table["fhir"] and not table.get("words"):
        raise RuleSetMalformed(f"{id_}: nothing tells this element")
    try:
        selectors = tuple(Selector.parse(text) for text in table["fhir"])
    except BadSelector:
        raise RuleSetMalformed(f"{id_}: not a place in FHIR") from None
    unverified = frozenset(table.get("unverified", ()))
    if not unverified <= set(table["fhir"]):
        raise RuleSetMalformed(f"{id_}: a place that is not its own is unverified")
    asked = table.get("input")
    if asked is not None and asked not in set(Input):
        raise RuleSetMalformed(f"{id_}: no form asks like that")
    return Element(
        id_,
        names.zh,
        names.en,
        selectors,
        MappingProxyType(dict(numbers)),
        tuple(table.get("words", ())),
        table.get("is_over_collection", False) is True,
        Input(asked) if asked else None,
        unverified,
    )


def _text(table: Table, at: str) -> Text:
    _expect(table, at, {"zh", "en"})
    zh, en = table["zh"], table["en"]
    if not (isinstance(zh, str) and _HAN.search(zh)):
        raise RuleSetMalformed(f"{at}: the Chinese sentence is missing")
    if not (isinstance(en, str) and _LATIN_LETTERS.search(en) and not _HAN.search(en)):
        raise RuleSetMalformed(f"{at}: the English sentence is missing")
    return Text(zh, en)


def _expect(table: object, at: str, required: Iterable[str], optional: Iterable[str] = ()) -> None:
    if not isinstance(table, dict):
        raise RuleSetMalformed(f"{at}: expected a table")
    if missing := set(required) - table.keys():
        raise RuleSetMalformed(f"{at}: {min(missing)} is missing")
    if unknown := table.keys() - set(required) - set(optional):
        raise RuleSetMalformed(f"{at}: {min(unknown)} is unknown")


def _published() -> RuleSet:
    folder = files("openhealthcode.collection")
    scenes: dict[str, str] = {
        scene: folder.joinpath("scenes", f"{scene}.toml").read_text("utf-8")
        for scene in CollectionScene
    }
    return read(
        folder.joinpath("elements.toml").read_text("utf-8"),
        folder.joinpath("rules.toml").read_text("utf-8"),
        scenes,
    )


RULES: Final = _published()
"""The rule set in force."""
