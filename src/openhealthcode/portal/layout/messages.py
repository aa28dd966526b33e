"""Every sentence the pages say, by key, in each language.

The sentences live in ``portal/messages/<audience>.<language>.toml``; the key of
``title = "…"`` under ``[code]`` in ``resident.zh-CN.toml`` is
``resident.code.title``. In a sentence ``{name}`` is filled in and ``*these
words*`` are emphasised; a table with ``one`` and ``other`` is a plural chosen
by ``count``. Nothing else is markup: a catalogue can be handed to a translator.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from openhealthcode.portal.layout.language import Language
from openhealthcode.portal.layout.safe_text import inert

FOLDER = Path(__file__).parent.parent / "messages"

_PLURAL = {"one", "other"}
_EMPHASIS = re.compile(r"\*([^*]+)\*")
_HAN = "\u3400-\u9fff"
# A digit, Latin letter or filled-in value beside a Chinese character is set off by a thin space.
_WIDE_GAPS = re.compile(rf"(?<=[{_HAN}*]) (?=[*\w{{])|(?<=[\w}}*]) (?=[*{_HAN}])")
_THIN_SPACE = "\u2009"


class UnknownMessage(LookupError):
    """A page asked for a sentence that no catalogue has."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sentences of one language."""

    language: Language
    sentences: Mapping[str, Mapping[str, str]]

    def markup(self, key: str, **values: object) -> Markup:
        """The sentence as HTML: emphasis kept, every value made harmless and isolated."""
        spans = _EMPHASIS.split(self._form(key, values))  # every second one stood in asterisks
        sentence = Markup().join(
            Markup("<strong>{}</strong>").format(span) if odd % 2 else escape(span)
            for odd, span in enumerate(spans)
        )
        return sentence.format(**{name: _isolated(v) for name, v in values.items()})

    def plain(self, key: str, **values: object) -> str:
        """The sentence without markup, for titles, attributes and spoken labels."""
        sentence = _EMPHASIS.sub(r"\1", self._form(key, values))
        return sentence.format(**{name: _without_tags(v) for name, v in values.items()})

    def _form(self, key: str, values: Mapping[str, object]) -> str:
        forms = self.sentences.get(key)
        if forms is None:
            raise UnknownMessage(f"{key} in {self.language}")
        return forms["one"] if values.get("count") == 1 else forms["other"]


def _isolated(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup("<bdi>{}</bdi>").format(inert(value))
    return value


def _without_tags(value: object) -> object:
    if isinstance(value, Markup):
        return value.striptags()
    return inert(value) if isinstance(value, str) else value


@cache
def catalogue(language: Language) -> Catalogue:
    """Load every audience's sentences in this language, once per process."""
    typeset = _typeset_chinese if language is Language.CHINESE else str
    sentences: dict[str, Mapping[str, str]] = {}
    for file in sorted(FOLDER.glob(f"*.{language}.toml")):
        audience = file.name.removesuffix(f".{language}.toml")
        _flatten(tomllib.loads(file.read_text("utf-8")), audience, typeset, sentences)
    return Catalogue(language, sentences)


def _flatten(
    table: Mapping[str, Any],
    prefix: str,
    typeset: Callable[[str], str],
    into: dict[str, Mapping[str, str]],
) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, str):
            sentence = typeset(value)
            into[key] = {"one": sentence, "other": sentence}
        elif value.keys() == _PLURAL:
            into[key] = {form: typeset(text) for form, text in value.items()}
        else:
            _flatten(value, key, typeset, into)


def _typeset_chinese(sentence: str) -> str:
    return _WIDE_GAPS.sub(_THIN_SPACE, sentence)
