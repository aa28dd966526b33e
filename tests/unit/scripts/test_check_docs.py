"""Each promise of the documentation can be broken, and then is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.routing import Mount, Route

import check_docs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Project\n\n`consent/` decides.\n")
    (tmp_path / "Makefile").write_text("demo: setup ## Start\n\t@true\ntest-system:\n\t@true\n")
    return tmp_path


def write(root: Path, name: str, text: str) -> check_docs.Documentation:
    (root / name).write_text(text)
    return check_docs.Documentation(root)


def test_a_readme_has_fewer_than_120_lines(root: Path) -> None:
    assert list(check_docs.readme(write(root, "README.md", "line\n" * 119))) == []
    assert "120 lines" in next(check_docs.readme(write(root, "README.md", "line\n" * 120)))


def test_a_missing_readme_is_found(root: Path) -> None:
    (root / "README.md").unlink()
    assert list(check_docs.readme(check_docs.Documentation(root))) == ["there is no README.md"]


@pytest.mark.parametrize(
    "text",
    [
        "```sh\nmake demo\n```\n",
        "```sh\n$ make demo ARGS=--reset\n```\n",
        "`make test-system` and `ohc load PATH…` and `make`",
        "```sh\nOHC_PORT=8001 .venv/bin/ohc load ../data\n```\n",
    ],
)
def test_commands_that_exist_pass(root: Path, text: str) -> None:
    documentation = write(root, "docs/page.md", text)
    targets = check_docs.make_targets(root)
    assert list(check_docs.commands(documentation, targets, {"load"})) == []


@pytest.mark.parametrize(
    "text",
    [
        "```sh\nmake dmeo\n```\n",
        "Run `ohc lood ../data`.",
        "```console\n$ .venv/bin/ohc lood\n```\n",
    ],
)
def test_a_command_that_does_not_exist_is_found(root: Path, text: str) -> None:
    documentation = write(root, "docs/page.md", text)
    assert len(list(check_docs.commands(documentation, {"demo"}, {"load"}))) == 1


def test_links_lead_somewhere(root: Path) -> None:
    write(root, "docs/page.md", "# One heading\n")
    text = "[a](docs/page.md#one-heading) [b](https://example.org/x) ![c](Makefile)"
    assert list(check_docs.links(write(root, "README.md", text))) == []


@pytest.mark.parametrize("target", ["docs/nowhere.md", "docs/page.md#other", "#other"])
def test_a_link_that_leads_nowhere_is_found(root: Path, target: str) -> None:
    write(root, "docs/page.md", "# One heading\n")
    documentation = write(root, "README.md", f"[a]({target})")
    assert len(list(check_docs.links(documentation))) == 1


def test_figures_say_their_command(root: Path) -> None:
    page = "docs/performance.md"
    sound = "| figure | value | command |\n|---|---|---|\n| reads | 1 | `make bench` |\n"
    assert list(check_docs.figures(write(root, page, sound))) == []
    without = sound.replace("`make bench`", "")
    assert list(check_docs.figures(write(root, page, without))) == [
        "performance.md: reads has no command"
    ]
    assert len(list(check_docs.figures(write(root, page, sound.replace("command", "by"))))) == 1


def test_only_the_whole_name_set_as_code_documents_it(root: Path) -> None:
    documentation = write(root, "docs/page.md", "`OHC_PORT` `not-found-here` OHC_HOST `GET /demo`")
    assert documentation.mentions("OHC_PORT")
    assert documentation.mentions("/demo")
    assert not documentation.mentions("not-found")
    assert not documentation.mentions("OHC_HOST")


def test_a_folder_is_on_the_map_or_missed(root: Path) -> None:
    documentation = check_docs.Documentation(root)
    assert documentation.has_folder("consent")
    assert not documentation.has_folder("sent")
    assert not documentation.has_folder("record")


def test_routes_are_listed_through_mounts_without_converters() -> None:
    async def answer(_: object) -> None: ...

    routes = [Route("/a/{id:uuid}", answer), Mount("/b", routes=[Route("/c", answer)])]
    assert check_docs.route_paths(routes) == ["/a/{id}", "/b/c"]


def test_the_programs_own_names_are_found() -> None:
    assert "OHC_DATABASE_URL" in check_docs.setting_names()
    assert {"error", "not-found", "database-not-started"} <= set(check_docs.error_codes())


def decided(root: Path, *pages: tuple[str, str]) -> list[str]:
    (root / "docs" / "adr").mkdir()
    for name, heading in pages:
        documentation = write(root, f"docs/adr/{name}.md", f"{heading}\n\nWords.\n")
    return list(check_docs.decisions(documentation))


def test_each_decision_has_a_number_of_its_own(root: Path) -> None:
    pages = (("0001-two-doors", "# 1. Two doors"), ("0010-locks", "# 10. Locks"))
    assert decided(root, *pages, ("README", "# Decisions")) == []


def test_two_decisions_of_one_number_are_found(root: Path) -> None:
    found = decided(root, ("0007-a-door", "# 7. A door"), ("0007-a-wall", "# 7. A wall"))
    assert found == ["0007-a-wall.md: 0007-a-door.md has this number too"]


def test_a_decision_headed_by_another_number_is_found(root: Path) -> None:
    found = decided(root, ("0007-a-door", "# 70. A door"))
    assert found == ["0007-a-door.md: its heading does not begin with its number"]
