"""The small tables of Chinese names: surnames, their readings, look-alikes, simplified forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


@cache
def surnames() -> frozenset[str]:
    """Every surname a name is parted by, of one character or more."""
    found: set[str] = set()
    for line in _lines("surnames.txt"):
        parts = line.split()
        found.update(parts if len(parts) > 1 else line)
    return frozenset(found)


@cache
def surname_sounds() -> Mapping[str, str]:
    """Surnames read otherwise than elsewhere."""
    return dict(line.split() for line in _lines("surname_sounds.txt"))


@cache
def look_alikes() -> Mapping[int, str]:
    """Each look-alike character with the one that stands for its group, for ``str.translate``."""
    return {ord(character): group[0] for group in _lines("look_alikes.txt") for character in group}


@cache
def simplified() -> Mapping[int, str]:
    """Traditional and variant characters with the simplified one, for ``str.translate``."""
    return {ord(pair[0]): pair[1] for line in _lines("simplified.txt") for pair in line.split()}


def _lines(name: str) -> Iterator[str]:
    text = files("openhealthcode.identity.matching").joinpath(name).read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
