"""How the tables of codes are written, and how they are read.

A file holds blocks. ``@`` and a URI begin one; lines ``word value`` say what the system is; after a
line ``-`` every line is a concept: code, Chinese name, English name, separated by tabs, one leading
space for each level below the top, ``!`` before a code that is no longer to be used::

    @ urn:oid:2.16.156.10011.2.3.3.4
    version 2003
    name AdministrativeSex
    title 生理性别代码 | Sex
    source GB/T 2261.1-2003
    -
    1→男性→Male

Only the heads are read at first; the concepts of a system when somebody asks for one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from openhealthcode.terminology.concepts.model import About, Concept, Content

_TABLES: Final = files("openhealthcode.terminology.concepts").joinpath("tables")

Pair = tuple[str, str]
"""A name in Chinese and in English."""


class Block(NamedTuple):
    """A code system whose concepts have not been read yet."""

    about: About
    body: str
    names: str
    """The file of common names that belongs to it, if there is one."""


@cache
def blocks() -> dict[str, Block]:
    """Every code system of the release by its URI."""
    found = {}
    for file in sorted(_TABLES.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".txt"):
            for block in _blocks(file.read_text("utf-8")):
                found[block.about.url] = block
    return found


@cache
def common_names(file: str) -> dict[str, Pair]:
    """Names as people say them, by code: our own wording."""
    table = tomllib.loads(_TABLES.joinpath("names", f"{file}.toml").read_text("utf-8"))
    return {code: (pair[0], pair[1]) for code, pair in table.items()}


@cache
def _translations() -> dict[str, dict[str, str]]:
    text = _TABLES.joinpath("hl7.zh-CN.toml").read_text("utf-8")
    return tomllib.loads(text)


def concepts_in(block: Block) -> dict[str, Concept]:
    """The concepts of a block by code, parents before children."""
    url = block.about.url
    chinese = _translations().get(url, {})
    found: dict[str, Concept] = {}
    above: list[str] = []
    for line in block.body.splitlines():
        text, *names = line.split("\t")
        level = len(text) - len(text.lstrip(" "))
        code = text[level:]
        is_active = not code.startswith("!")
        code = code.removeprefix("!")
        in_chinese, in_english = [*names, "", ""][:2]
        del above[level:]
        found[code] = Concept(
            url,
            code,
            in_chinese or chinese.get(code, ""),
            in_english,
            tuple(above[-1:]),
            is_active,
        )
        above.append(code)
    if block.names:
        _add_names(url, common_names(block.names), found)
    return found


def _add_names(url: str, names: Mapping[str, Pair], found: dict[str, Concept]) -> None:
    """Codes known by a common name only; each lies under the longest code it begins with."""
    for code, (chinese, english) in sorted(names.items()):
        known = found.get(code)
        parents = known.parents if known else tuple(_beginning(code, found))
        found[code] = Concept(url, code, chinese, english, parents)


def _beginning(code: str, found: Mapping[str, Concept]) -> Iterator[str]:
    for end in range(len(code) - 1, 0, -1):
        if (shorter := code[:end].rstrip(".")) in found:
            yield shorter
            return


def _blocks(text: str) -> Iterator[Block]:
    for part in ("\n" + text).split("\n@ ")[1:]:
        head, _, body = part.partition("\n-\n")
        url, *lines = head.splitlines()
        said = dict(line.partition(" ")[::2] for line in lines if line and line[0] != "#")
        chinese, bar, english = said.get("title", "").partition(" | ")
        about = About(
            url=url,
            version=said["version"],
            name=said["name"],
            chinese=chinese if bar else "",
            english=english if bar else chinese,
            source=said.get("source", ""),
            content=Content(said.get("content", "complete")),
            aliases=tuple(said.get("aliases", "").split()),
        )
        yield Block(about, _without_comments(body), said.get("names", ""))


def _without_comments(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if line and line[0] != "#")
