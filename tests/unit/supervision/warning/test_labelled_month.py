"""The labelled month knows no rule, says the same for the same seed, and everything in it is translated."""

from __future__ import annotations

import ast
import sys
from itertools import islice, pairwise
from pathlib import Path

import pytest

PERFORMANCE = Path(__file__).resolve().parents[3] / "performance"
GENERATOR = sorted((PERFORMANCE / "insiders").glob("*.py"))


@pytest.fixture
def made(monkeypatch):
    monkeypatch.syspath_prepend(str(PERFORMANCE))
    before = set(sys.modules)
    from insiders import month, unseen  # noqa: PLC0415 - found by the path above
    from supervision import as_accesses  # noqa: PLC0415

    yield month, unseen, as_accesses
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {"insiders", "supervision"}:
            del sys.modules[name]


@pytest.mark.parametrize("path", GENERATOR, ids=lambda path: path.name)
def test_the_generator_imports_nothing_of_ours(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            names = [node.module or ""]
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "eval", "exec", "import_module"}
        allowed = {*sys.stdlib_module_names, "insiders"} - {"importlib"}
        assert {name.partition(".")[0] for name in names} <= allowed


def test_there_is_a_generator_to_look_at():
    assert {path.stem for path in GENERATOR} == {"world", "duty", "misdeeds", "unseen", "month"}


def test_kinds_for_tuning_and_unseen_kinds_are_not_mixed(made):
    month, unseen, _ = made
    tuned = month.month(7, 0.06, with_unseen=False)
    whole = month.month(7, 0.06, with_unseen=True)
    kinds = {story.kind for story in tuned.stories}
    added = {story.kind for story in whole.stories} - kinds
    assert len(kinds) >= 13
    assert len(tuned.stories) >= 285
    assert added == {*unseen.KINDS, *unseen.BELIEVED}
    assert len(unseen.KINDS) >= 3
    assert not any(story.is_unseen for story in tuned.stories)
    assert {story.kind for story in whole.stories if story.is_unseen} == added


def test_the_region_is_as_large_as_it_is_said(made):
    month, _, _ = made
    world = month.month(7, 0.06, with_unseen=False).world
    sizes = (len(world.institutions), len(world.staff), len(world.residents))
    assert sizes == (60, 2_400, 60_000)


def test_one_seed_makes_one_month_and_everything_in_it_is_translated(made):
    month, _, as_accesses = made

    def told(seed):
        made_month = month.month(seed, 0.12, with_unseen=True)
        return [access for access, _ in islice(as_accesses.accesses(made_month), 30_000)]

    first = told(7)
    assert first == told(7)
    assert first != told(8)
    assert all(later.at >= sooner.at for sooner, later in pairwise(first))
    assert [access.leaf for access in first] == list(range(30_000))


def test_every_word_of_every_misdeed_is_translated(made):
    month, _, as_accesses = made
    whole = month.month(7, 0.06, with_unseen=True)
    for story in whole.stories:
        assert story.glances
        for glance in story.glances:
            assert glance.story == story.number
            assert glance.doing in as_accesses.ACTIONS
            assert glance.step in as_accesses.SCENES
            assert glance.why in as_accesses.PURPOSES
            assert glance.denied in as_accesses.DENIALS
            assert glance.account in as_accesses.ACCOUNTS
            assert set(glance.proofs) <= as_accesses.PROOFS.keys()
            connected = whole.world.connections(glance.who, glance.whom, glance.when)
            assert connected <= as_accesses.CONNECTIONS.keys()


def test_only_forged_stories_have_proofs_of_their_own(made):
    month, _, _ = made
    for story in month.month(7, 0.06, with_unseen=True).stories:
        proven = [set(glance.proofs) - {"broad consent"} for glance in story.glances]
        assert all(proven) if story.kind == "forged" else not any(proven)
