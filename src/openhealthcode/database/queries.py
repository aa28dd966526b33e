"""SQL lives in ``queries.sql`` beside the code that calls it, each statement under its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def load_queries(package: str, file: str = "queries.sql") -> Mapping[str, str]:
    """Read a package's named statements: blocks headed ``-- name: some_name``, ``$1`` parameters.

    The comment lines under the name say why the statement is fast; they are not sent along.

    Raises:
        ValueError: two blocks have the same name.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}: a query name occurs twice")
    return MappingProxyType(
        {name: _without_comments(body) for name, body in zip(names, bodies, strict=True)}
    )


def repeated(statement: str, count: int) -> str:
    """``SELECT function($1, …)`` with the call so many times, each with parameters of its own.

    Arrays of columns would cost both sides a third more.
    """
    select, call = statement.split(maxsplit=1)
    width = call.count("$")
    calls = [call]
    for _ in range(count - 1):
        calls.append(re.sub(r"\d+", lambda place: str(int(place[0]) + width), calls[-1]))
    return f"{select} {', '.join(calls)}"


def split_statements(text: str) -> list[str]:
    """A file's statements, each to be sent by itself; dollar-quoted bodies stay whole.

    A statement ends with a semicolon at the end of a line, as Citus wants one a call.
    """
    statements: list[str] = []
    lines: list[str] = []
    for line in _without_comments(text).splitlines():
        lines.append(line)
        so_far = "\n".join(lines)
        if line.rstrip().endswith(";") and so_far.count("$$") % 2 == 0:
            statements.append(so_far.strip())
            lines = []
    if "".join(lines).strip():
        raise ValueError("the last statement does not end with a semicolon")
    return statements


def _without_comments(body: str) -> str:
    kept = (re.sub(r"\s+--(?: .*)?$", "", line) for line in body.splitlines())
    return "\n".join(line for line in kept if line.strip() and not line.startswith("--")).strip()
