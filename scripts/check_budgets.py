"""Hold the code to its budgets: sizes, docstrings, package borders, no import cycles.

The figures are those of the projects we learnt from; raising one is an ADR.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "openhealthcode"

LARGEST_MODULE, MEDIAN_MODULE = 500, 120
LARGEST_FUNCTION, P95_FUNCTION, MEDIAN_FUNCTION = 60, 40, 9
LEAST_DOCUMENTED = 0.95
MOST_DEPENDENCIES = 20
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "core", "misc", "services", "managers"}
GUARDED = {"reading", "writing"}
"""Files imported by name on purpose, so that the import shows and can be forbidden."""
SEPARATE = {"database.embedded", "healthcode.picture"}
"""Files imported by name because not everybody who wants the package wants what they bring."""
OPEN = {"commands", "standards"}
"""Packages without an inside: each of their files is a command, or a value, of its own."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    name: str
    path: Path
    tree: ast.Module
    lines: int

    @property
    def is_package(self) -> bool:
        """Whether it is the ``__init__`` of a folder."""
        return self.path.name == "__init__.py"


def modules_in(source: Path) -> list[Module]:
    """Every module under ``source``, by its dotted name."""
    found = []
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, ast.parse(text), len(text.splitlines())))
    return found


def findings(modules: list[Module]) -> Iterator[str]:
    """Everything that breaks a budget, one sentence each."""
    yield from _sizes_of_modules(modules)
    yield from _sizes_of_functions(modules)
    yield from _docstrings(modules)
    yield from _names(modules)
    yield from _borders(modules)
    yield from _leaks(modules)
    yield from _cycles(modules)


def dependencies(pyproject: str) -> Iterator[str]:
    """More direct dependencies than the budget, or one without its reason beside it."""
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", pyproject, re.DOTALL | re.MULTILINE)
    lines = listed[1].splitlines() if listed else []
    if len(lines) > MOST_DEPENDENCIES:
        yield f"{len(lines)} direct dependencies, at most {MOST_DEPENDENCIES}"
    yield from (
        f"no reason beside {line.strip()}" for line in lines if not re.search(r"#.{9}", line)
    )


def _sizes_of_modules(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        if module.lines > LARGEST_MODULE:
            yield f"{module.name}: {module.lines} lines, at most {LARGEST_MODULE}"
    middle = median(module.lines for module in modules)
    if middle > MEDIAN_MODULE:
        yield f"the median module has {middle:.0f} lines, at most {MEDIAN_MODULE}"


def _sizes_of_functions(modules: list[Module]) -> Iterator[str]:
    sizes = []
    for module in modules:
        for function in _functions(module.tree):
            sizes.append(size := _lines_of(function))
            if size > LARGEST_FUNCTION:
                yield f"{module.name}.{function.name}: {size} lines, at most {LARGEST_FUNCTION}"
    sizes.sort()
    if sizes and (middle := median(sizes)) > MEDIAN_FUNCTION:
        yield f"the median function has {middle:.0f} lines, at most {MEDIAN_FUNCTION}"
    if sizes and (p95 := sizes[int(len(sizes) * 0.95)]) > P95_FUNCTION:
        yield f"one function in twenty has more than {p95} lines, at most {P95_FUNCTION}"


def _docstrings(modules: list[Module]) -> Iterator[str]:
    public, without = 0, []
    for module in modules:
        if not ast.get_docstring(module.tree):
            yield f"{module.name}: no docstring"
        for name, definition in _public(module.tree):
            public += 1
            if not ast.get_docstring(definition):
                without.append(f"{module.name}.{name}")
    if public and 1 - len(without) / public < LEAST_DOCUMENTED:
        shown = ", ".join(without[:20])
        yield f"{len(without)} of {public} public names have no docstring, among them {shown}"


def _names(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        for part in FORBIDDEN_NAMES.intersection(module.name.split(".")):
            yield f"{module.name}: `{part}` says nothing; name it in the words of the domain"


def _borders(modules: list[Module]) -> Iterator[str]:
    """Outside a domain its package is imported, not its files."""
    known = {module.name: module for module in modules}
    for module in modules:
        own = _domain(module.name)
        for target in _imports(module, known):
            domain = _domain(target)
            inner = target.removeprefix(f"{PACKAGE}.{domain}").lstrip(".")
            if domain in {"", own, *OPEN} or not inner or known[target].is_package:
                continue
            is_public = inner in _public_names(known.get(f"{PACKAGE}.{domain}"))
            if not is_public and inner not in GUARDED and f"{domain}.{inner}" not in SEPARATE:
                yield f"{module.name} imports {target}: import {PACKAGE}.{domain} instead"


def _public_names(package: Module | None) -> set[str]:
    """What a package lists in ``__all__``."""
    for node in package.tree.body if package else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _leaks(modules: list[Module]) -> Iterator[str]:
    """What a guarded file does is not handed on by a package; what its values are may be."""
    for module in modules:
        for node in module.tree.body if module.is_package else ():
            source = getattr(node, "module", None) or ""
            if isinstance(node, ast.ImportFrom):
                guarded = source.rpartition(".")[2] in GUARDED
                for name in (alias.name for alias in node.names):
                    if name in GUARDED or (guarded and not name[0].isupper()):
                        yield f"{module.name} hands on {name} of {source}"


def _cycles(modules: list[Module]) -> Iterator[str]:
    known = {module.name: module for module in modules}
    graph = {module.name: set(_imports(module, known)) - {module.name} for module in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield f"import cycle: {' ← '.join(error.args[1])}"


def _imports(module: Module, known: dict[str, Module]) -> Iterator[str]:
    for node in _executed(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in known)
            if not all(name in known for name in inner):
                yield node.module


def _executed(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of a module that run when it is imported, and those of its functions."""
    for statement in tree.body:
        is_for_types = isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test)
        if not is_for_types:
            yield from ast.walk(statement)


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _lines_of(function: Function) -> int:
    """From ``def`` to the last line, the docstring left out: explaining is not punished."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _public(tree: ast.Module) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def _domain(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def main() -> None:
    """Print what breaks a budget and fail if anything does."""
    broken = [
        *findings(modules_in(ROOT / "src")),
        *dependencies((ROOT / "pyproject.toml").read_text(encoding="utf-8")),
    ]
    print("\n".join(broken))
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
