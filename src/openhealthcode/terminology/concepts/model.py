"""Concepts and code systems (代码系统) as values; a concept is a code with what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

Language = Literal["zh-CN", "en"]
"""The languages a concept is named in."""


class Concept(NamedTuple):
    """One code of one system, its names and what it is a kind of."""

    system: str
    code: str
    chinese: str = ""
    english: str = ""
    parents: tuple[str, ...] = ()
    is_active: bool = True

    def name_in(self, language: Language) -> str:
        """The name in this language, else in the other; empty where nobody gave it one."""
        if language == "zh-CN":
            return self.chinese or self.english
        return self.english or self.chinese


class Content(StrEnum):
    """How much of a code system is held, in FHIR's words (CodeSystem.content)."""

    COMPLETE = "complete"
    FRAGMENT = "fragment"
    NOT_PRESENT = "not-present"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a code system as a whole."""

    url: str
    version: str
    name: str
    """A name for programs: letters and digits."""
    chinese: str = ""
    english: str = ""
    source: str = ""
    """Where the codes were taken from: the standard and its edition."""
    content: Content = Content.COMPLETE
    aliases: tuple[str, ...] = ()
    """Other URIs under which the same codes arrive, object identifiers above all."""

    def title_in(self, language: Language) -> str:
        """What the system is called."""
        if language == "zh-CN":
            return self.chinese or self.english
        return self.english or self.chinese


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system that a release brings along, whole or in part."""

    about: About
    concepts: Mapping[str, Concept]
    """By code, parents before children."""
