"""Maps between code systems (代码映射): what a code of one is called in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from openhealthcode.terminology.concepts import About, canonical

_FILE: Final = files("openhealthcode.terminology.concept_maps").joinpath("maps.txt")
_REVERSED: Final = {"wider": "narrower", "narrower": "wider"}


class Mapped(NamedTuple):
    """One code and what it becomes; ``target`` is empty where the other system has nothing."""

    source: str
    equivalence: str
    target: str


@dataclass(frozen=True, slots=True)
class ConceptMap:
    """All of a map from one code system to another."""

    about: About
    source: str
    target: str
    rows: tuple[Mapped, ...]

    def of(self, code: str) -> list[Mapped]:
        """What a code becomes."""
        return [row for row in self.rows if row.source == code]


@cache
def held() -> dict[str, ConceptMap]:
    """Every map of the release by its URL, each followed by its reverse."""
    found = {}
    for block in ("\n" + _FILE.read_text("utf-8")).split("\n@ ")[1:]:
        one = _map(block)
        for each in (one, _reverse(one)):
            found[each.about.url] = each
    return found


def maps_between(source: str, target: str) -> Iterator[ConceptMap]:
    """The maps from one system to another; to any, if ``target`` is empty."""
    for one in held().values():
        if one.source == canonical(source) and target in {"", one.target}:
            yield one


def _map(block: str) -> ConceptMap:
    url, *lines = [line for line in block.splitlines() if line and line[0] != "#"]
    said = dict(line.partition(" ")[::2] for line in lines if "\t" not in line)
    chinese, _, english = said["title"].partition(" | ")
    about = About(
        url=url, version=said["version"], name=said["name"], chinese=chinese, english=english
    )
    rows = tuple(Mapped(*line.split("\t")) for line in lines if "\t" in line)
    return ConceptMap(about, said["from"], said["to"], rows)


def _reverse(one: ConceptMap) -> ConceptMap:
    """The same read backwards; a code that several become, becomes each of them."""
    about = replace(
        one.about,
        url=f"{one.about.url}-reversed",
        name=f"{one.about.name}Reversed",
        chinese=f"{one.about.chinese}（反向）",
        english=f"{one.about.english}, reversed",
    )
    rows = tuple(
        Mapped(row.target, _REVERSED.get(row.equivalence, row.equivalence), row.source)
        for row in one.rows
        if row.target
    )
    return ConceptMap(about, one.target, one.source, rows)
