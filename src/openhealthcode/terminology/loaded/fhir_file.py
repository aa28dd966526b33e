"""A CodeSystem as FHIR writes it, from a file: its concepts, nested or with their parents named.

The file is read whole, hence bounded; larger systems come as tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded.model import Row, UnreadableCodes
from openhealthcode.terminology.loaded.read import Delivery

LARGEST_BYTES: Final = 64_000_000
_PARENTS: Final = frozenset({"parent", "subsumedBy"})


def from_fhir(path: Path) -> Delivery:
    """The system a file describes.

    Raises:
        UnreadableCodes: it is no CodeSystem with all its concepts, or too large.
    """
    system = _parsed(path)
    if system.get("resourceType") != "CodeSystem" or system.get("content") not in {
        "complete",
        "fragment",
    }:
        raise UnreadableCodes("this is no CodeSystem with its concepts")
    url, version, name = (_text(system.get(key)) for key in ("url", "version", "name"))
    if not url or not version or not name:
        raise UnreadableCodes("the CodeSystem needs a url, a version and a name")
    is_chinese = _text(system.get("language")).startswith("zh")
    title = _text(system.get("title")) or name
    about = About(
        url=url,
        version=version,
        name=name,
        chinese=title if is_chinese else "",
        english="" if is_chinese else title,
        source=_text(system.get("copyright")) or _text(system.get("publisher")) or title,
    )
    return Delivery(about, _rows(system.get("concept"), (), is_chinese=is_chinese))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableCodes("the file is too large to be read whole; load it as a table")
        parsed = orjson.loads(path.read_bytes())
    except OSError:
        raise UnreadableCodes(f"{path} cannot be read") from None
    except orjson.JSONDecodeError:
        raise UnreadableCodes("the file is not JSON") from None
    if not isinstance(parsed, dict):
        raise UnreadableCodes("the file is no CodeSystem")
    return parsed


def _rows(listed: Any, above: tuple[str, ...], *, is_chinese: bool) -> Iterator[Row]:  # noqa: ANN401 - parsed JSON
    """The concepts, those below after those above; no recursion that a file could make deep."""
    waiting = [(each, above) for each in reversed(_list(listed))]
    while waiting:
        concept, parents = waiting.pop()
        if not isinstance(concept, dict):
            raise UnreadableCodes("a concept is no object")
        code = _text(concept.get("code"))
        named, is_active = _properties(concept)
        display = _text(concept.get("display"))
        chinese, english = (display, "") if is_chinese else ("", display)
        chinese, english = _designated(concept, chinese, english)
        yield Row(
            code, chinese, english or ("" if chinese else code), (*parents, *named), is_active
        )
        waiting += [(each, (code,)) for each in reversed(_list(concept.get("concept")))]


def _properties(concept: dict[str, Any]) -> tuple[list[str], bool]:
    """The parents a concept names, and whether it is still to be used."""
    parents, is_active = [], True
    for each in _list(concept.get("property")):
        if isinstance(each, dict):
            if each.get("code") in _PARENTS:
                parents.append(_text(each.get("valueCode")))
            elif (each.get("code") == "inactive" and each.get("valueBoolean") is True) or (
                each.get("code") == "status" and each.get("valueCode") == "retired"
            ):
                is_active = False
    return [parent for parent in parents if parent], is_active


def _designated(concept: dict[str, Any], chinese: str, english: str) -> tuple[str, str]:
    for each in _list(concept.get("designation")):
        if isinstance(each, dict):
            language, value = _text(each.get("language")), _text(each.get("value"))
            if language.startswith("zh") and not chinese:
                chinese = value
            elif language.startswith("en") and not english:
                english = value
    return chinese, english


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - parsed JSON
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:  # noqa: ANN401 - parsed JSON
    return " ".join(value.split()) if isinstance(value, str) else ""
