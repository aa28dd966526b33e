"""Levels, bits and words: what the model file says is what is computed and what is told."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from importlib.resources import files

import msgspec
import pytest

from openhealthcode.identity.matching import (
    Evidence,
    Field,
    Level,
    Model,
    ModelUnsuitable,
    Rule,
    Score,
    Variant,
    compare,
    default_model,
    explain,
    level_in_words,
    rule_in_words,
    score,
    settings,
)
from openhealthcode.identity.matching.conditions import CONDITIONS
from openhealthcode.identity.matching.distance import is_one_error, similarity
from openhealthcode.standards import Sex

TWO = {
    Field.FAMILY: {Level.EQUAL: (0.9, 0.1), Level.DIFFERENT: (0.1, 0.9)},
    Field.GIVEN: {Level.EQUAL: (0.8, 0.01), Level.DIFFERENT: (0.2, 0.99)},
}


def model(change=None, **own) -> Model:
    written = settings(TWO, 0.5)
    if change:
        change(written)
    return Model.load(msgspec.json.encode({**written, "openhealthcode": own}))


def test_bits_add_up_from_the_prior():
    left = right = Variant("张", "伟")
    found = score(model(), compare(left, right), left, right)
    assert found.bits == pytest.approx(math.log2(9) + math.log2(80))
    assert [e.bits for e in found.evidence] == pytest.approx([math.log2(9), math.log2(80)])
    assert found.level_of(Field.GIVEN) is Level.EQUAL
    assert found.level_of(Field.SEX) is Level.NOT_SAID


def test_the_prior_counts_once():
    def rare(written):
        written["probability_two_random_records_match"] = 0.2

    nothing = Variant()
    assert score(model(rare), compare(nothing, nothing), nothing, nothing) == Score(-2.0, ())


@pytest.mark.parametrize(
    ("field", "left", "right", "level"),
    [
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1980-02-01"), Level.EXCHANGED),
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1980-01-03"), Level.TYPING_ERROR),
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1980-01-20"), Level.TYPING_ERROR),
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1980-01-13"), Level.TWO_PARTS),
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1995-01-02"), Level.TWO_PARTS),
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1980-11-30"), Level.SAME_YEAR),
        (Field.BIRTH, Variant(birth="1980-01-02"), Variant(birth="1995-11-02"), Level.DIFFERENT),
        (Field.GIVEN, Variant("李", "国强"), Variant("李", "国富"), Level.SHARED_CHARACTER),
        (Field.GIVEN, Variant("李", "国强"), Variant("李", "强国"), Level.DIFFERENT),
        (Field.GIVEN, Variant("李", "伟"), Variant("伟", "李"), Level.EXCHANGED),
        (Field.FAMILY, Variant("smith"), Variant("smyth"), Level.TYPING_ERROR),
        (Field.FAMILY, Variant("li"), Variant("le"), Level.DIFFERENT),
        (Field.FAMILY, Variant("elizabeth"), Variant("elisabet"), Level.SIMILAR),
        (Field.CONTACT, Variant(phone="1"), Variant(phone="1"), Level.SAME_PHONE),
        (Field.CONTACT, Variant(phone="1"), Variant(phone="2"), Level.DIFFERENT),
        (Field.CONTACT, Variant(phone="1"), Variant(town="甲"), Level.NOT_SAID),
        (Field.CONTACT, Variant(town="甲"), Variant(town="甲"), Level.SAME_TOWN),
        (Field.CONTACT, Variant(road="甲路"), Variant(road="甲路"), Level.SAME_COMMUNITY),
        (Field.CONTACT, Variant(road="甲路", door="1"), Variant(road="甲路", door="1"), Level.SAME_ADDRESS),
        (Field.CONTACT, Variant(phone="1", road="甲路", door="1"),
         Variant(phone="1", road="甲路", door="1"), Level.PHONE_AND_ADDRESS),
        (Field.CONTACT, Variant(place="甲村"), Variant(road="甲路"), Level.DIFFERENT),
        (Field.ROAD, Variant(road="甲路"), Variant(road="甲道"), Level.DIFFERENT),
    ],
)  # fmt: skip
def test_levels(field, left, right, level):
    assert compare(left, right, [field]) == {field: level}


def test_what_was_not_said_says_nothing():
    left, right = Variant("张"), Variant("张", "伟")
    found = score(model(), compare(left, right), left, right)
    assert [e.field for e in found.evidence] == [Field.FAMILY]


def test_a_level_the_model_does_not_tell_counts_as_disagreement():
    left, right = Variant("张", "伟"), Variant("章", "伟")
    found = score(model(), compare(left, right), left, right)
    assert found.evidence[0].level is Level.SAME_SOUND
    assert found.evidence[0].bits == pytest.approx(math.log2(1 / 9))


def test_a_rare_name_says_more_and_a_frequent_one_less():
    frequent = {"family": {"张": 0.4, "亓": 0.001}}
    for name, rarity in (("张", math.log2(0.1 / 0.4)), ("亓", math.log2(0.1 / 0.001))):
        both = Variant(name)
        found = score(model(term_frequencies=frequent), compare(both, both), both, both)
        assert found.evidence[0].rarity_bits == pytest.approx(rarity)
        assert found.evidence[0].bits == pytest.approx(math.log2(9) + rarity)


def test_a_name_nobody_counted_is_as_frequent_as_the_models_least():
    both = Variant("亓")
    counted = {"family": {"张": 0.4}}

    def with_least(written):
        written["comparisons"][0]["comparison_levels"][1]["tf_minimum_u_value"] = 0.01

    found = score(model(with_least, term_frequencies=counted), compare(both, both), both, both)
    assert found.evidence[0].rarity_bits == pytest.approx(math.log2(0.1 / 0.01))
    found = score(model(term_frequencies=counted), compare(both, both), both, both)
    assert found.evidence[0].rarity_bits == 0


def test_half_a_weight_adjusts_half_and_none_not_at_all():
    both = Variant("亓")
    counted = {"family": {"亓": 0.001}}

    def weigh(weight):
        def change(written):
            written["comparisons"][0]["comparison_levels"][1]["tf_adjustment_weight"] = weight

        return model(change, term_frequencies=counted)

    for weight in (0.5, 0.0):
        found = score(weigh(weight), compare(both, both), both, both)
        assert found.evidence[0].rarity_bits == pytest.approx(weight * math.log2(100))


def test_a_frequency_may_adjust_a_level_of_another_column():
    def by_sound(written):
        levels = written["comparisons"][0]["comparison_levels"]
        levels.insert(2, {
            "sql_condition": '"family_sound_l" = "family_sound_r"',
            "label_for_charts": "same sound", "m_probability": 0.2, "u_probability": 0.02,
            "tf_adjustment_column": "family_sound",
        })  # fmt: skip

    left, right = Variant("张"), Variant("章")
    counted = {"family_sound": {"zhang": 0.08}}
    found = score(model(by_sound, term_frequencies=counted), compare(left, right), left, right)
    assert found.evidence[0].bits == pytest.approx(math.log2(10) + math.log2(0.02 / 0.08))


def test_probabilities_beyond_splinks_bounds_are_bounded():
    def extreme(written):
        for level in written["comparisons"][0]["comparison_levels"][1:]:
            level |= {"m_probability": 0.0, "u_probability": 1.0}

    both = Variant("张")
    found = score(model(extreme), compare(both, both), both, both)
    assert found.bits == pytest.approx(math.log2(1e-10))


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        b"[]",
        b"{}",
        b'{"probability_two_random_records_match": 0, "comparisons": []}',
        b'{"probability_two_random_records_match": "x", "comparisons": []}',
        b'{"probability_two_random_records_match": 0.5, "comparisons": [{}]}',
        b'{"probability_two_random_records_match": 0.5, "comparisons": 5}',
        b'{"probability_two_random_records_match": 0.5, "comparisons": [], "openhealthcode": []}',
    ],
)
def test_a_file_that_is_no_model_is_refused(content):
    with pytest.raises(ModelUnsuitable):
        Model.load(content)


def without_else(written):
    written["comparisons"][0]["comparison_levels"].pop()


def of_another_name(written):
    written["comparisons"][0]["output_column_name"] = "first_name"


def without_m(written):
    del written["comparisons"][0]["comparison_levels"][1]["m_probability"]


def without_exact_match(written):
    written["comparisons"][0]["comparison_levels"][1]["tf_adjustment_column"] = "family_sound"


@pytest.mark.parametrize("change", [without_else, of_another_name, without_m, without_exact_match])
def test_a_model_of_something_else_is_refused(change):
    with pytest.raises(ModelUnsuitable):
        model(change)


def test_a_frequency_without_exact_match_may_count_on_its_own_level():
    def own(written):
        level = written["comparisons"][0]["comparison_levels"][1]
        level |= {"tf_adjustment_column": "family_sound", "disable_tf_exact_match_detection": True}

    both = Variant("张")
    counted = {"family_sound": {"zhang": 0.2}}
    found = score(model(own, term_frequencies=counted), compare(both, both), both, both)
    assert found.evidence[0].rarity_bits == pytest.approx(-1)


def test_the_model_that_comes_along_has_the_conditions_of_the_program():
    folder = files("openhealthcode.identity.matching")
    written = msgspec.json.decode(folder.joinpath("model.json").read_bytes())
    for comparison in written["comparisons"]:
        null, conditions = CONDITIONS[Field(comparison["output_column_name"])]
        known = {Level.NOT_SAID: null, Level.DIFFERENT: "ELSE", **dict(conditions)}
        for level in comparison["comparison_levels"]:
            assert level["sql_condition"] == known[level["label_for_charts"]]
    assert default_model().version != "unversioned"
    assert default_model().provenance
    assert set(default_model().fields) >= {Field.FAMILY, Field.GIVEN, Field.BIRTH, Field.NUMBER}


def test_two_numbers_speak_against_and_one_settles_birth_date_and_sex():
    li = Variant("李", "明", "1949-12-31", Sex.FEMALE, number="11010519491231002X")
    same = compare(li, replace(li, birth="1950-01-01", sex=Sex.MALE))
    assert same[Field.BIRTH] is same[Field.SEX] is Level.NOT_SAID
    other = compare(li, replace(li, number="440524188001010014"))
    assert other[Field.BIRTH] is Level.EQUAL
    model = default_model()
    assert model.weights[Field.NUMBER][Level.DIFFERENT].bits < -5
    assert model.weights[Field.NUMBER][Level.EQUAL].bits > 20


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [
        ("smith", "smith", True), ("smith", "smyth", True), ("smith", "smiht", True),
        ("smith", "smit", True), ("smit", "smith", True), ("smith", "mith", True),
        ("smith", "smithes", False), ("smith", "smythe", False), ("smith", "htims", False),
        ("ab", "ba", True), ("abc", "cba", False), ("abcd", "badc", False), ("a", "b", True),
        ("", "a", True), ("", "ab", False),
    ],
)  # fmt: skip
def test_one_error(left, right, is_one):
    assert is_one_error(left, right) is is_one
    assert is_one_error(right, left) is is_one


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [  # Winkler (1990), table of examples
        ("martha", "marhta", 0.9611), ("dwayne", "duane", 0.84), ("dixon", "dicksonx", 0.8133),
        ("abc", "xyz", 0.0), ("same", "same", 1.0), ("a", "", 0.0), ("crate", "trace", 0.7333),
        ("abxx", "yyab", 0.0),
        ("aaaaaaaa", "baaaaaaa", 0.9167), ("abcvwxyz", "cabvwxyz", 0.9583),
    ],
)  # fmt: skip
def test_similarity_is_jaros_and_winklers(left, right, expected):
    assert similarity(left, right) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_level_and_rule_has_words(language):
    for field, (_, conditions) in CONDITIONS.items():
        for level in (*(level for level, _ in conditions), Level.DIFFERENT, Level.NOT_SAID):
            assert level_in_words(field, level, language)
            assert explain(Evidence(field, level, 1.0), language).field
    for rule in Rule:
        assert rule_in_words(rule, language)


def test_the_words_are_in_both_languages():
    folder = files("openhealthcode.identity.matching")
    for table in tomllib.loads(folder.joinpath("explain.toml").read_text("utf-8")).values():
        for words in table.values():
            assert words.keys() == {"zh", "en"}
            assert all(words.values())


def test_evidence_in_words():
    equal = explain(Evidence(Field.FAMILY, Level.EQUAL, 9.26, 4.1), "en")
    assert (equal.field, equal.level, equal.bits) == ("surname", "equal", 9.3)
    assert equal.says == "speaks for one person"
    assert equal.rarity == "the value is rare"
    common = explain(Evidence(Field.FAMILY, Level.EQUAL, 0.4, -2), "en")
    assert common.says == "says nothing"
    assert common.rarity == "the value is common"
    against = explain(Evidence(Field.BIRTH, Level.EXCHANGED, -3, 0), "zh-CN")
    assert against.level == "月和日互换"
    assert against.says == "支持不同人"
    assert against.rarity == ""
    assert Evidence(Field.BIRTH, Level.EQUAL, 14.73).line == "birth|equal|+14.7"


@pytest.mark.parametrize(
    ("bits", "probability"), [(0, 0.5), (1, 2 / 3), (-1, 1 / 3), (-5000, 0), (5000, 1)]
)
def test_bits_as_a_probability(bits, probability):
    assert Score(bits, ()).probability == pytest.approx(probability)
