"""Hold the SQL to its rules: every column classified, every statement named and explained.

Read from the files alone; what needs a database (each statement can be prepared, migrations and
schemas agree) is tested in ``tests/integration/database``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLASSES = ("identity", "health", "operational", "public")

_TABLE = re.compile(
    r"^CREATE TABLE (?:IF NOT EXISTS )?([\w.]+) \(\n(.*?)^\)", re.DOTALL | re.MULTILINE
)
_COLUMN = re.compile(r"^    ([a-z_]+)\s+\S")
_CLASSIFIED = re.compile(rf"--\s*(?:{'|'.join(CLASSES)})\b")
_QUERY = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_STAR = re.compile(r"\bSELECT\s+(?:\w+\.)?\*|\bRETURNING\s+\*", re.IGNORECASE)
_STATEMENT = re.compile(
    r"^\s*(SELECT\b|INSERT INTO\b|DELETE FROM\b|MERGE INTO\b|TRUNCATE\b|WITH \w+ AS\b"
    r"|(?:UPDATE|GRANT|REVOKE|COPY|CREATE|ALTER|DROP) (?:\w|$))"
)


def findings(source: Path) -> Iterator[str]:
    """Everything in the SQL under ``source`` that breaks a rule, one sentence each."""
    for path in sorted(source.rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        shown = path.relative_to(source)
        if not text.startswith("-- "):
            yield f"{shown}: does not say what it holds"
        if path.name == "schema.sql" and "Distribution" not in text.split("CREATE", 1)[0]:
            yield f"{shown}: does not name its distribution column"
        yield from (f"{shown}: {finding}" for finding in unclassified(text))
        if _QUERY.search(text):
            yield from (f"{shown}: {finding}" for finding in ill_named(text))
    for path in sorted(source.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line in sql_in(tree):
            yield f"{path.relative_to(source)}:{line}: SQL belongs into queries.sql"


def unclassified(schema: str) -> Iterator[str]:
    """Columns whose lines do not end by saying whose data they are."""
    for table, body in _TABLE.findall(schema):
        column, is_classified = "", True
        for line in [*body.splitlines(), "    end -"]:
            begins = _COLUMN.match(line)
            if begins or re.match(r"^    [A-Z]", line):
                if not is_classified:
                    yield f"{table}.{column} is not classified as one of {', '.join(CLASSES)}"
                column, is_classified = (begins[1], False) if begins else ("", True)
            is_classified = is_classified or bool(_CLASSIFIED.search(line))


def ill_named(queries: str) -> Iterator[str]:
    """Statements without an explanation, with two owners of one name, or with a star."""
    parts = _QUERY.split(queries)[1:]
    seen: set[str] = set()
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in seen:
            yield f"{name} occurs twice"
        seen.add(name)
        if not body.lstrip("\n").startswith("--"):
            yield f"{name} does not say why it is fast"
        if _STAR.search(re.sub(r"--.*", "", body)):
            yield f"{name} does not list its columns"


def sql_in(tree: ast.Module) -> Iterator[int]:
    """The lines of strings that are statements; docstrings may speak of SQL."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
            and _STATEMENT.match(node.value)
        ):
            yield node.lineno


def main() -> None:
    """Print what breaks a rule and fail if anything does."""
    broken = list(findings(ROOT / "src" / "openhealthcode"))
    print("\n".join(broken))
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
