"""Write the manual from the specification tests, or fail if it is not what they say.

A module ``tests/spec/FOLDER/test_*.py`` with ``title``, ``title_zh`` and ``CASES`` (sentence, what
the resident said, the request, the record, what is seen) becomes a section of
``docs/manual/FOLDER.md``. A module whose cases are of another kind tells each itself (``as_told``).
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "tests" / "spec"
MANUAL = ROOT / "docs" / "manual"


def pages() -> dict[Path, str]:
    """Every page of the manual and what it has to say."""
    sys.path.insert(0, str(ROOT / "tests"))
    return {
        MANUAL / f"{folder.name}.md": _page(folder)
        for folder in sorted(SPEC.iterdir())
        if any(folder.glob("test_*.py"))
    }


def _page(folder: Path) -> str:
    sections = [_section(_load(path)) for path in sorted(folder.glob("test_*.py"))]
    head = f"# {folder.name.capitalize()}\n\nMade from `tests/spec/{folder.name}/`; each case is also a test.\n"
    return "\n".join([head, *sections])


def _section(module: ModuleType) -> str:
    tell = getattr(module, "as_told", _case)
    cases = [tell(place, *case) for place, case in enumerate(module.CASES, start=1)]
    return "\n".join([f"## {module.title} · {module.title_zh}\n", *cases])


def _case(place: int, sentence: str, said: str, asks: str, record: str, sees: str) -> str:
    told = dedent(said).strip() or "(nothing)"
    return (
        f"### {place}. {sentence}\n\n"
        f"The resident has said:\n\n```text\n{told}\n```\n\n"
        f"`{' '.join(asks.split())}` asks for this record:\n\n"
        f"```text\n{dedent(record).strip()}\n```\n\n"
        f"and sees: {', '.join(f'`{name}`' for name in sees.split()) or 'nothing'}.\n"
    )


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"manual_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Write the pages; with ``--check``, only say which differ and fail."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if is_check:
            print(f"{path.relative_to(ROOT)} is not what its tests say: run scripts/manual.py")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    sys.exit(bool(stale) and is_check)


if __name__ == "__main__":
    main()
