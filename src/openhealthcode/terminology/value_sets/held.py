"""The value sets of a release, and those that follow from a code system: all of it, or one branch."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from openhealthcode.terminology.concepts import About, canonical
from openhealthcode.terminology.concepts import systems as held_systems
from openhealthcode.terminology.systems import LOINC
from openhealthcode.terminology.value_sets.model import Filter, Part, ValueSet

_FOLDER: Final = files("openhealthcode.terminology.value_sets")
_WHOLE: Final = "?fhir_vs"
_BRANCH: Final = "?fhir_vs=isa/"


def value_set(url: str) -> ValueSet | None:
    """A value set by its URL, which may end in ``|`` and a version; None if it is not known.

    ``…?fhir_vs`` is all of a code system, ``…?fhir_vs=isa/X`` what is a kind of X.
    """
    url, _, version = url.partition("|")
    found = held().get(url) or _implied(url)
    return found if found and version in {"", found.about.version} else None


@cache
def held() -> dict[str, ValueSet]:
    """Every value set of the release by its URL."""
    found = {}
    for name in ("chinese.txt", "hl7.txt"):
        for block in ("\n" + _FOLDER.joinpath(name).read_text("utf-8")).split("\n@ ")[1:]:
            one = _value_set(block)
            found[one.about.url] = one
    return found


def _implied(url: str) -> ValueSet | None:
    system, mark, code = url.partition(_BRANCH)
    if not mark:
        system, mark, _ = url.partition(_WHOLE)
    if url == f"{LOINC}/vs":
        system, mark = LOINC, _WHOLE
    if not mark or not system or (mark == _WHOLE and not url.endswith((_WHOLE, "/vs"))):
        return None
    if mark == _BRANCH and not code:
        return None
    known = next((one for one in held_systems() if one.url == canonical(system)), None)
    about = About(
        url=url,
        version=known.version if known else "1",
        name=known.name if known else "All",
        chinese=known.chinese if known else "",
        english=known.english if known else system,
    )
    filters = (Filter("concept", "is-a", code),) if code else ()
    return ValueSet(about, (Part(system, (), filters),))


def _value_set(block: str) -> ValueSet:
    url, *lines = [line for line in block.splitlines() if line and line[0] != "#"]
    said = dict(line.partition(" ")[::2] for line in lines if line[0] not in "+-")
    chinese, bar, english = said["title"].partition(" | ")
    about = About(
        url=url,
        version=said["version"],
        name=said["name"],
        chinese=chinese if bar else "",
        english=english if bar else chinese,
        source=said.get("source", "HL7 FHIR R4 4.0.1"),
    )
    include = tuple(_part(line[2:]) for line in lines if line[0] == "+")
    return ValueSet(about, include, tuple(_part(line[2:]) for line in lines if line[0] == "-"))


def _part(text: str) -> Part:
    if text.startswith("& "):
        return Part(value_sets=(text[2:],))
    system, *rest = text.split("\t")
    rules = [each[2:].split(" ", 2) for each in rest if each.startswith("? ")]
    return Part(
        system,
        tuple(each for each in rest if not each.startswith("? ")),
        tuple(Filter(*rule) for rule in rules),
    )
