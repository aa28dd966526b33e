"""Hold the documentation to the program: nothing undocumented, no command or link that leads nowhere."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cached_property
from pathlib import Path

import typer
from starlette.routing import BaseRoute

import openhealthcode
from openhealthcode import app, cli, settings
from openhealthcode.standards import HealthCodeError

ROOT = Path(__file__).resolve().parent.parent
LONGEST_README = 120

_FENCED = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_INLINE = re.compile(r"`((?:make|ohc)(?: [^`]*)?)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
_DECISION = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


class Documentation:
    """README, changelog and ``docs/`` of one working tree."""

    def __init__(self, root: Path) -> None:
        """Read every page under ``root`` once."""
        self.root = root
        places = [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]
        self.pages = {place: place.read_text(encoding="utf-8") for place in places}

    @cached_property
    def code(self) -> str:
        """Whatever the pages set as code, one piece a line."""
        text = "\n".join(self.pages.values())
        blocks = _BLOCK.findall(text)
        return "\n".join([*blocks, *_SPAN.findall(_BLOCK.sub("", text))])

    def mentions(self, name: str) -> bool:
        """Whether some page names this, set as code."""
        return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self.code) is not None

    def has_folder(self, name: str) -> bool:
        """Whether README or the architecture maps this folder."""
        maps = (self.root / "README.md", self.root / "docs" / "architecture.md")
        return any(
            re.search(rf"(?<![\w-]){re.escape(name)}/", self.pages.get(page, "")) for page in maps
        )


def findings(documentation: Documentation) -> Iterator[str]:
    """Everything undocumented or leading nowhere, one sentence each."""
    yield from readme(documentation)
    yield from commands(documentation, make_targets(documentation.root), ohc_commands())
    yield from links(documentation)
    yield from figures(documentation)
    yield from decisions(documentation)
    for kind, names in (
        ("setting", setting_names()),
        ("error code", error_codes()),
        ("route", route_paths(app.create(settings.Settings(Path("unused"))).routes)),
    ):
        yield from (f"{kind} {n} is undocumented" for n in names if not documentation.mentions(n))
    for folder in folders(documentation.root):
        if not documentation.has_folder(folder):
            yield f"folder {folder}/ is neither in README nor in docs/architecture.md"


def readme(documentation: Documentation) -> Iterator[str]:
    """README is there and short."""
    text = documentation.pages.get(documentation.root / "README.md")
    if text is None:
        yield "there is no README.md"
    elif len(text.splitlines()) >= LONGEST_README:
        yield f"README.md has {len(text.splitlines())} lines, fewer than {LONGEST_README} are wanted"


def commands(documentation: Documentation, targets: set[str], ohc: set[str]) -> Iterator[str]:
    """Every ``make`` and ``ohc`` command on a page exists."""
    for page, text in documentation.pages.items():
        lines = [
            line.lstrip("$ ") for block in _FENCED.findall(text) for line in block.splitlines()
        ]
        for line in [*lines, *_INLINE.findall(text)]:
            words = re.sub(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?", "", line).split()
            named = next((w for w in words[1:] if re.fullmatch(r"[a-z][a-z-]*", w)), None)
            known = {"make": targets, "ohc": ohc}.get(words[0]) if words else None
            if known is not None and named is not None and named not in known:
                yield f"{page.name}: there is no `{words[0]} {named}`"


def links(documentation: Documentation) -> Iterator[str]:
    """Every relative link leads to a file, every anchor to a heading."""
    for page, text in documentation.pages.items():
        for target in _LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                yield f"{page.name}: {target} does not exist"
            elif anchor and anchor not in _anchors(documentation.pages.get(file, "")):
                yield f"{page.name}: {target} has no such heading"


def figures(documentation: Documentation) -> Iterator[str]:
    """Every row of figures in ``docs/performance.md`` says which command takes it."""
    page = documentation.root / "docs" / "performance.md"
    for table in _TABLE.findall(documentation.pages.get(page, "")):
        header, _, *rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in table.splitlines()
        ]
        if "command" not in header:
            yield f"performance.md: the table of {header[0]} has no column `command`"
            continue
        place = header.index("command")
        yield from (
            f"performance.md: {row[0]} has no command" for row in rows if "`" not in row[place]
        )


def decisions(documentation: Documentation) -> Iterator[str]:
    """Every decision has a number of its own, and its page begins with it."""
    folder = documentation.root / "docs" / "adr"
    named: dict[int, str] = {}
    for page, text in documentation.pages.items():
        found = _DECISION.match(page.name) if page.parent == folder else None
        if found is None:
            continue
        number = int(found[1])
        if number in named:
            yield f"{page.name}: {named[number]} has this number too"
        named[number] = page.name
        if not re.match(rf"# (?:ADR )?0*{number}\b", text):
            yield f"{page.name}: its heading does not begin with its number"


def make_targets(root: Path) -> set[str]:
    """The targets of the Makefile."""
    return set(_TARGET.findall((root / "Makefile").read_text(encoding="utf-8")))


def ohc_commands() -> set[str]:
    """The commands of ``ohc``, and their own."""
    typers = [value for value in vars(cli).values() if isinstance(value, typer.Typer)]
    found: set[str] = set()
    for group in typers:
        command = typer.main.get_command(group)
        found |= set(getattr(command, "commands", {}))
    return found


def setting_names() -> list[str]:
    """Every environment variable an operator can set."""
    return [settings.variable(field.name) for field in fields(settings.Settings)]


def error_codes() -> list[str]:
    """The code of every expected failure in the program."""
    return sorted({kind.code for kind in kinds_of_error()})


def kinds_of_error() -> list[type[HealthCodeError]]:
    """Every expected failure in the program, the general before the particular."""
    for module in pkgutil.walk_packages(openhealthcode.__path__, "openhealthcode."):
        importlib.import_module(module.name)
    return list(_kinds_of(HealthCodeError))


def route_paths(routes: list[BaseRoute], prefix: str = "") -> list[str]:
    """Every path the program answers, with its placeholders."""
    found = []
    for route in routes:
        path = prefix + getattr(route, "path", "")
        inner = getattr(route, "routes", None)
        found += route_paths(inner, path) if inner else [re.sub(r":\w+}", "}", path)]
    return sorted(set(found))


def folders(root: Path) -> list[str]:
    """The folders a reader meets first."""
    places = (root / "src" / "openhealthcode", root / "docs", root / "tests")
    return sorted(
        path.name
        for place in places
        for path in place.iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    )


def _kinds_of(error: type[HealthCodeError]) -> Iterator[type[HealthCodeError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _kinds_of(kind)


def _anchors(text: str) -> set[str]:
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in plain}


def main() -> None:
    """Print what is missing and fail if anything is."""
    broken = list(findings(Documentation(ROOT)))
    print("\n".join(broken))
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
