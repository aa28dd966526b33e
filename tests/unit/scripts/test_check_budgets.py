"""Each budget can be broken, and then says so."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

import check_budgets

SOUND = '"""Says what it is."""\n'


def findings(tmp_path: Path, **files: str) -> list[str]:
    """Findings over a package whose files are given by dotted name, ``__`` for the dot."""
    for name, text in {"__init__": SOUND, **files}.items():
        path = tmp_path / "openhealthcode" / f"{name.replace('__in_', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.parents:
            if folder.is_relative_to(tmp_path / "openhealthcode"):
                (folder / "__init__.py").touch()
        path.write_text(textwrap.dedent(text))
    for empty in tmp_path.rglob("__init__.py"):
        empty.write_text(empty.read_text() or SOUND)
    return list(check_budgets.findings(check_budgets.modules_in(tmp_path)))


def function_of(lines: int) -> str:
    body = "\n".join("    pass" for _ in range(lines - 1))
    return f'{SOUND}\ndef long() -> None:\n    """Says what it does."""\n{body}\n'


def test_a_sound_package_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, model=SOUND) == []


def test_a_module_may_have_500_lines_and_no_more(tmp_path: Path) -> None:
    assert not any("at most 500" in f for f in findings(tmp_path, model=SOUND + "#\n" * 499))
    assert any("501 lines" in f for f in findings(tmp_path, model=SOUND + "#\n" * 500))


def test_the_median_module_is_short(tmp_path: Path) -> None:
    several = {f"part_{number}": SOUND + "#\n" * 200 for number in range(3)}
    assert any("median module" in finding for finding in findings(tmp_path, **several))


def test_a_function_may_have_60_lines_besides_its_docstring(tmp_path: Path) -> None:
    found = findings(tmp_path, model=function_of(60))
    assert not any("at most 60" in finding for finding in found)
    assert any("61 lines, at most 60" in f for f in findings(tmp_path, model=function_of(61)))


def test_the_median_function_is_short(tmp_path: Path) -> None:
    assert any("median function" in f for f in findings(tmp_path, model=function_of(10)))


def test_one_long_function_in_twenty_is_too_many(tmp_path: Path) -> None:
    short = "\n".join(f"def _f{number}() -> None:\n    pass\n" for number in range(15))
    found = findings(tmp_path, model=function_of(45) + short)
    assert any("one function in twenty" in finding for finding in found)


def test_a_module_without_docstring_is_found(tmp_path: Path) -> None:
    assert findings(tmp_path, model="X = 1\n") == ["openhealthcode.model: no docstring"]


def test_public_names_without_docstring_are_found(tmp_path: Path) -> None:
    found = findings(tmp_path, model=SOUND + "def open_it() -> None:\n    pass\n")
    assert any("openhealthcode.model.open_it" in finding for finding in found)


@pytest.mark.parametrize("name", ["utils", "helpers", "common"])
def test_a_folder_named_for_nothing_is_found(tmp_path: Path, name: str) -> None:
    found = findings(tmp_path, **{f"{name}__in_model": SOUND})
    assert any("says nothing" in finding for finding in found)


@pytest.mark.parametrize(
    "statement",
    ["from openhealthcode.consent import store", "from openhealthcode.consent.store import load"],
)
def test_a_domains_file_imported_from_outside_is_found(tmp_path: Path, statement: str) -> None:
    found = findings(
        tmp_path,
        consent__in_store=SOUND + "load = None\n",
        access__in_disclose=f"{SOUND}{statement}\n",
    )
    assert len(found) == 1
    assert found[0].startswith(
        "openhealthcode.access.disclose imports openhealthcode.consent.store"
    )


def test_a_domains_own_files_and_public_names_may_be_imported(tmp_path: Path) -> None:
    assert not findings(
        tmp_path,
        consent__in___init__=SOUND + '__all__ = ["store"]\n',
        consent__in_store=SOUND,
        consent__in_answer=SOUND + "from openhealthcode.consent import store\n",
        access__in_disclose=SOUND + "from openhealthcode.consent import store\n",
        access__in_read=SOUND + "from openhealthcode.record import reading\n",
        record__in_reading=SOUND,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "from openhealthcode.record.reading import select",
        "from openhealthcode.record import reading",
    ],
)
def test_a_package_that_hands_on_a_guarded_file_is_found(tmp_path: Path, statement: str) -> None:
    found = findings(
        tmp_path,
        record__in_reading=SOUND + "select = None\nEntry = None\n",
        access__in___init__=f"{SOUND}{statement}\n",
    )
    assert any("hands on" in finding for finding in found)


def test_a_package_may_hand_on_a_guarded_files_values(tmp_path: Path) -> None:
    assert not findings(
        tmp_path,
        record__in_reading=SOUND + "Entry = None\n",
        access__in___init__=SOUND + "from openhealthcode.record.reading import Entry\n",
    )


def test_an_import_cycle_is_found_even_inside_a_function(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        consent__in_one=SOUND + "from openhealthcode.consent import two\n",
        consent__in_two=SOUND
        + 'def later() -> None:\n    """Says."""\n    import openhealthcode.consent.one\n',
    )
    assert any("import cycle" in finding for finding in found)


def test_an_import_for_types_alone_makes_no_cycle(tmp_path: Path) -> None:
    assert not findings(
        tmp_path,
        consent__in_one=SOUND + "from openhealthcode.consent import two\n",
        consent__in_two=SOUND
        + "from typing import TYPE_CHECKING\n"
        + "if TYPE_CHECKING:\n    from openhealthcode.consent import one\n",
    )


def test_twenty_dependencies_with_reasons_are_enough() -> None:
    line = '    "starlette >= 1.0",  # HTTP with nothing hidden\n'
    assert not list(check_budgets.dependencies(f"dependencies = [\n{line * 20}]\n"))
    assert list(check_budgets.dependencies(f"dependencies = [\n{line * 21}]\n"))
    bare = '    "starlette >= 1.0",\n'
    assert list(check_budgets.dependencies(f"dependencies = [\n{bare}]\n"))
