"""Value sets (值集): which codes of which systems may stand somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from openhealthcode.terminology.concepts import About


class Filter(NamedTuple):
    """A rule for codes, such as ``concept is-a 404684003``."""

    property: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """Codes of one system: those named, those a rule holds for, or all; or other value sets."""

    system: str = ""
    codes: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    value_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueSet:
    """What is in and what is taken out again."""

    about: About
    include: tuple[Part, ...]
    exclude: tuple[Part, ...] = ()
