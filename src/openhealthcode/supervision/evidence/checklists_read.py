"""Read the check-lists that come with the program."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

from openhealthcode.supervision.evidence.model import Answer, Checklist, Item

_NAMES: Final = ("asvs", "gbt22239", "gbt39786", "gbt39725")


def checklists() -> tuple[Checklist, ...]:
    """Every check-list; an item nobody answered is not answered, never missing."""
    return tuple(_read(name) for name in _NAMES)


def _read(name: str) -> Checklist:
    folder = files("openhealthcode.supervision.evidence").joinpath("checklists")
    read = tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8"))
    return Checklist(
        name=name,
        title=read["title"],
        source=read["source"],
        scope=read["scope"],
        items=tuple(
            Item(
                id=one["id"],
                answer=Answer(one.get("answer", Answer.NOT_ANSWERED)),
                words=one.get("words", ""),
                where=tuple(one.get("where", ())),
            )
            for one in read["item"]
        ),
    )
