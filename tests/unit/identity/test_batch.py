"""The parts of batch linkage that need no database."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files
from random import Random
from uuid import UUID

import pytest

from openhealthcode.identity.batch import charts, clusters, evaluation, report, run, training
from openhealthcode.identity.batch import linker as splink
from openhealthcode.identity.batch import table as table_module
from openhealthcode.identity.batch.clusters import Suggestion
from openhealthcode.identity.batch.model_file import LEAST_HOLDERS, ModelFile, written
from openhealthcode.identity.batch.pseudonyms import COLUMNS, Pseudonyms
from openhealthcode.identity.batch.table import Exported, RegistrationTable
from openhealthcode.identity.matching import (
    ONLINE,
    Field,
    Level,
    Variant,
    columns,
    compare,
    score,
    variant_of,
)
from openhealthcode.standards import Sex
from openhealthcode.standards.ids import ResidentId
from performance.identity.corpus.profiles import PROFILES
from performance.identity.corpus.records import corpus
from performance.identity.engine import registration_of

BASE = files("openhealthcode.identity.matching").joinpath("model.json").read_bytes()
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def resident(number: int) -> ResidentId:
    return ResidentId(UUID(int=number))


def table_of(exported: list[Exported]) -> RegistrationTable:
    table = RegistrationTable(ONLINE)
    table.add(exported)
    table.finish()
    return table


@pytest.fixture(scope="module")
def people() -> list[Exported]:
    """A small legacy corpus: who is who is known, and much is misspelt."""
    records = corpus(PROFILES["legacy"], records=4_000, seed=3)
    return [Exported(resident(r.person), variant_of(registration_of(r))) for r in records]


@pytest.fixture(scope="module")
def sample(people):
    return table_of(people)


def with_frequencies() -> ModelFile:
    settings = json.loads(BASE)
    settings["openhealthcode"]["term_frequencies"] = {
        "family": {"王": 0.07, "李": 0.06, "赵": 0.02},
        "given": {"秀英": 0.003, "伟": 0.004},
        "birth": {"1974-01-01": 0.0004},
    }
    return ModelFile.load(json.dumps(settings).encode())


@pytest.mark.parametrize("file", [ModelFile.load(BASE), with_frequencies()], ids=["as-is", "terms"])
def test_splink_over_stand_ins_scores_as_we_do(people, file):
    """To a millionth of a bit, for every pair that shares a key."""
    alone = [Exported(resident(place + 1), one.variant) for place, one in enumerate(people)]
    table = table_of(alone)
    found = splink.predicted(splink.linker_of(table, file), -1000.0)
    pairs = table.connection.execute(f"SELECT id_l, id_r, match_weight FROM {found}").fetchall()
    assert len(pairs) > 3_000
    for left, right, bits in pairs:
        one, other = people[left].variant, people[right].variant
        ours = score(file.model, compare(one, other, file.model.fields), one, other)
        assert ours.bits == pytest.approx(bits, abs=1e-6)


def test_stand_ins_show_nothing_of_what_they_stand_for(people):
    pseudonyms, same = Pseudonyms(ONLINE), set()
    for one in people[:500]:
        shown = dict(zip(COLUMNS, pseudonyms.row(one.variant), strict=True))
        plain = columns(one.variant)
        assert {name for name in COLUMNS if shown[name] is None} == {
            name for name in COLUMNS if plain[name] is None
        }
        for name in ("number", "phone", "place", "given_sound", "sex"):
            assert shown[name] is None or shown[name] != plain[name]
        given = (plain["given"] or "").replace("_", "")
        same |= {one for one in given if not one.isascii() and one in str(shown["given"])}
    assert len(same) <= 5  # by chance, of some hundred characters and twenty thousand stand-ins


def test_stand_ins_of_two_runs_have_nothing_in_common():
    one = Variant(family="欧阳", given="秀英", number="11010519491231002X", phone="+8613912345678")
    first, second = (Pseudonyms(ONLINE) for _ in range(2))
    assert first.row(one) == first.row(one)
    assert first.blocks(one) == first.blocks(one)
    known = {value for value in (*first.row(one), *first.blocks(one)) if value}
    assert not known & {value for value in (*second.row(one), *second.blocks(one)) if value}


def test_rare_characters_find_a_stand_in_too():
    one = Variant(given="".join(map(chr, range(0x4E00, 0x4E00 + 25_000))))
    shown = Pseudonyms(ONLINE).row(one)[COLUMNS.index("given")]
    assert len(set(str(shown))) == 25_000


def test_address_parts_keep_their_letters_only_if_the_model_compares_them():
    one = Variant(town="springfield", road="elm street", door="12")
    hashed, disguised = (
        dict(zip(COLUMNS, Pseudonyms(fields).row(one), strict=True))
        for fields in (ONLINE, (*ONLINE, Field.TOWN))
    )
    assert isinstance(hashed["town"], int)
    assert len(str(disguised["town"])) == len("springfield")
    assert isinstance(disguised["road"], int)


def test_a_key_that_too_many_share_is_left_out(monkeypatch):
    monkeypatch.setattr(table_module, "_AT_ONCE", 50)  # several flushes
    crowd = [
        Exported(resident(n), Variant(phone="+8613800138000", family="王", given=f"某{n}"))
        for n in range(1, 202)
    ]
    assert table_of(crowd).ask("count", table="registration WHERE block_p IS NOT NULL") == [(0,)]
    assert table_of(crowd[:-1]).ask("count", table="registration WHERE block_p IS NULL") == [(0,)]


def test_what_is_learnt_is_as_good_on_residents_nothing_was_learnt_from(sample):
    base = ModelFile.load(BASE)
    before = evaluation.best(run.judge(sample, base, 1.0))
    sample.connection.execute("DROP TABLE held_out")
    content = run.learnt(sample, base, random_pairs=100_000)
    learnt = ModelFile.load(content)
    after = evaluation.best(run.judge(sample, learnt, 1.0))
    assert after.f1 > 0.95
    assert after.f1 > before.f1 - 0.01
    provenance = learnt.model.provenance
    assert provenance["base"] == base.model.version
    assert provenance["pairs_of_one_person"] > 500
    assert learnt.model.version.startswith("trained-")
    for field in (Field.NUMBER, Field.MOTHER):
        assert learnt.parameters[field] == base.parameters[field]
    assert learnt.parameters[Field.GIVEN] != base.parameters[Field.GIVEN]


def test_of_too_few_nothing_is_learnt(people):
    with pytest.raises(training.TooLittleToLearn):
        run.learnt(table_of(people[:300]), ModelFile.load(BASE))


def test_a_name_few_bear_is_in_no_model_file():
    values = {
        "family": Counter({"王": LEAST_HOLDERS, "褟": LEAST_HOLDERS - 1, "": 7}),
        "given": Counter[str](),
        "birth": Counter({"1960-01-01": 60, "1960-01-02": 60, "1961-01-01": 3}),
    }
    base = ModelFile.load(BASE)
    assert base.adjusted == ("family", "given", "birth")
    content = written(base, base.parameters, values, provenance={"of": "a test"}, at=AT)
    own = json.loads(content)["openhealthcode"]
    assert own["term_frequencies"] == {
        "family": {"王": round(50 / 99, 6)},
        "given": {},
        "birth": {"1960-01-01": round(60 / 123, 6)},
    }
    assert own["version"] == "trained-20261122-1200"
    assert own["provenance"] == {"trained_at": "2026-11-22T12:00:00+00:00", "of": "a test"}
    again = ModelFile.load(content)
    assert again.parameters == base.parameters
    plain, same = (
        {key: value for key, value in one.settings.items() if key != "openhealthcode"}
        for one in (base, again)
    )
    assert plain == same, "all else stays as it was"


def test_thresholds_are_scaled_from_a_share_to_the_whole():
    judged = [(10.2, True), (3.9, True), (3.1, False), (-40.0, False), (99.0, True)]
    found = {one.bits: one for one in evaluation.thresholds(judged, possible=4, share=0.5)}
    assert (found[3].right, found[3].wrong, found[3].possible) == (6, 4, 8)
    assert (found[4].right, found[4].wrong) == (4, 0)
    assert found[-20].wrong == 8
    assert found[30].right == 2
    assert (found[3].precision, found[3].recall) == (0.6, 0.75)
    assert found[3].f1 == pytest.approx(2 * 0.6 * 0.75 / 1.35)


def test_nothing_found_is_no_mistake():
    (*_, last) = evaluation.thresholds([], possible=0, share=1.0)
    assert (last.precision, last.recall, last.f1) == (1.0, 1.0, 1.0)
    none = evaluation.AtThreshold(0, 0.0, 3.0, 5.0)
    assert (none.precision, none.recall, none.f1) == (0.0, 0.0, 0.0)


def test_of_equally_good_thresholds_the_higher_is_best():
    assert evaluation.best(evaluation.thresholds([(5.0, True)], 1, 1.0)).bits == 5


def test_groups_are_what_suggestions_join():
    joined = [(1, 2, 9.0), (2, 3, 2.0), (4, 5, 7.0), (3, 6, 8.0), (1, 3, 5.0)]
    found = clusters.clusters_of(
        Suggestion(resident(a), resident(b), bits, is_contradicted=b == 6) for a, b, bits in joined
    )
    four, two = found
    assert [one.int for one in four.residents] == [1, 2, 3, 6]
    assert (four.suggestions, four.weakest_bits, four.contradictions) == (4, 2.0, 1)
    assert four.density == pytest.approx(4 / 6)
    assert [one.int for one in two.residents] == [4, 5]
    assert clusters.sizes_of(found) == {2: 1, 4: 1}
    assert clusters.clusters_of([]) == []


def test_groups_do_not_depend_on_the_order_of_suggestions():
    rng = Random(5)
    joined = [
        Suggestion(resident(rng.randint(1, 60)), resident(rng.randint(61, 120)), 1.0)
        for _ in range(80)
    ]
    groups = [set(one.residents) for one in clusters.clusters_of(joined)]
    rng.shuffle(joined)
    again = [set(one.residents) for one in clusters.clusters_of(joined)]
    assert sorted(map(sorted, groups)) == sorted(map(sorted, again))
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_a_report_of_nothing_is_a_page_too():
    page = report.drawn(run.Linked(ModelFile.load(BASE), BASE))
    assert page.startswith("<!doctype html>")
    assert "同一人" in page
    assert "检验" not in page


def test_a_report_shows_what_was_judged_and_the_unsound_groups():
    pairs = [(1, 2, 9.5), (2, 3, 2.0)]
    suggestions = [Suggestion(resident(a), resident(b), bits) for a, b, bits in pairs]
    linked = run.Linked(
        ModelFile.load(BASE),
        BASE,
        thresholds=evaluation.thresholds([(5.0, True), (1.0, False)], 1, 1.0),
        suggestions=suggestions,
        clusters=clusters.clusters_of(suggestions),
    )
    page = report.drawn(linked)
    assert page.count("<svg") == 3
    assert "F1" in page
    assert "0.67" in page, "the density of three residents joined by two suggestions"
    assert str(resident(1)) not in page


def test_drawings_say_in_words_what_they_show_and_escape_what_they_are_told():
    drawn = charts.bars("<b>", [charts.Bar("x&y", 1.0, "+1"), charts.Bar("z", -2.0, "-2")])
    assert 'aria-label="&lt;b&gt;"' in drawn
    assert "x&amp;y" in drawn
    assert "<b>" not in drawn
    assert charts.bars("nothing", []).startswith("<svg")


def test_a_level_seen_too_rarely_keeps_what_was_known():
    base = ModelFile.load(BASE)
    seen = {Field.SEX: {Level.EQUAL: 0.9, Level.DIFFERENT: 0.001}}
    counted = {(Field.CONTACT, Level.SAME_PHONE): 0.0}
    found = training._combined(base.parameters, seen, seen, counted, 1000, 30_000)
    before = base.parameters[Field.SEX]
    assert found.parameters[Field.SEX] == {
        Level.EQUAL: (0.9, 0.9),
        Level.DIFFERENT: (before[Level.DIFFERENT][0], 0.001),
    }
    assert found.parameters[Field.CONTACT] == base.parameters[Field.CONTACT]


def born(person: int, birth: str, family: str = "王") -> Exported:
    return Exported(resident(person), Variant(family=family, given="伟", birth=birth))


def test_a_day_nobody_knew_is_no_day_strangers_were_born_on_together():
    """Two of four residents share a day; three more share 1 January, which is nobody's."""
    known = [born(1, "1970-05-05"), born(2, "1970-05-05"), born(3, "1971-05-05")]
    table = table_of([*known, born(1, "1970-05-05"), born(4, "1972-05-05")])
    table.connection.execute("CREATE TABLE without AS FROM registration")
    said = 1 + 1 + 1 + 1 + 1
    strangers = said * (said - 1) / 2 - 1
    expected = 2 / strangers  # each of the first one's registrations with the second's
    assert training._born_on_one_day(table, "without") == pytest.approx(expected)
    new_year = [born(number, "1970-01-01") for number in (5, 6, 7)]
    more = table_of([*known, born(1, "1970-05-05"), born(4, "1972-05-05"), *new_year])
    more.connection.execute("CREATE TABLE without AS FROM registration")
    assert training._born_on_one_day(more, "without") == pytest.approx(expected)


def test_a_rare_name_is_as_rare_as_those_that_are_not_listed():
    """Of 60 who bear a listed name nothing counts; of the others two of four share one."""
    listed = [born(100 + number, "1970-05-05", "李") for number in range(60)]
    rare = [born(number, "1970-05-05", family) for number, family in enumerate("褟褟亓妫")]
    twice = born(3, "1970-05-05", "妫")
    found = training._rest(table_of([*listed, *rare, twice]), ModelFile.load(BASE))
    assert found["family"] == pytest.approx(2 / 4 / 64)
    assert found["given"] == 0.0, "no given name is rare"
    values = {"family": Counter({"李": 60}), "given": Counter[str](), "birth": Counter[str]()}
    base = ModelFile.load(BASE)
    content = written(base, base.parameters, values, provenance={}, at=AT, rest=found)
    floors = {
        level["tf_adjustment_column"]: level.get("tf_minimum_u_value")
        for comparison in ModelFile.load(content).settings["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("tf_adjustment_column")
    }
    before = {
        level["tf_adjustment_column"]: level.get("tf_minimum_u_value")
        for comparison in base.settings["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("tf_adjustment_column")
    }
    assert floors == before | {"family": 0.0078125}


def test_random_pairs_of_one_person_are_taken_out_of_the_strangers():
    drawn = {Field.SEX: {Level.EQUAL: 0.5, Level.DIFFERENT: 0.5}}
    matches = {Field.SEX: {Level.EQUAL: 1.0}}
    found = training._without_matches(drawn, matches, 0.2)
    assert found[Field.SEX] == pytest.approx({Level.EQUAL: 0.375, Level.DIFFERENT: 0.625})


def test_unknown_sex_is_not_said():
    assert columns(Variant(sex=Sex.UNKNOWN))["sex"] is None
