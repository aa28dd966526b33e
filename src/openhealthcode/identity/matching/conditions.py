"""The levels of comparison as SQL conditions, for batch linkage with Splink on DuckDB.

Each is what ``compare`` does, over ``columns``. A model file carries them, so that a model
trained over an export scores the same levels here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from openhealthcode.identity.matching.compare import SIMILAR_FROM
from openhealthcode.identity.matching.model import Field, Level

_SAME_NUMBER = ' OR "number_l" = "number_r"'


def settings(
    parameters: Mapping[Field, Mapping[Level, tuple[float, float]]], prior: float
) -> dict[str, Any]:
    """A model file: the conditions of these fields with these probabilities (m, u) of each level.

    Args:
        parameters: the fields wanted; a level that is left out is one the model does not tell
            from disagreement.
        prior: the probability that two random registrations are one person's.
    """
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "probability_two_random_records_match": prior,
        "comparisons": [comparison(field, levels) for field, levels in parameters.items()],
    }


def comparison(field: Field, levels: Mapping[Level, tuple[float, float]]) -> dict[str, Any]:
    """One field's part of a model file."""
    null, conditions = CONDITIONS[field]
    described = [
        {"sql_condition": null, "label_for_charts": Level.NOT_SAID.value, "is_null_level": True}
    ]
    for level, condition in (*conditions, (Level.DIFFERENT, "ELSE")):
        if level in levels:
            m, u = levels[level]
            described.append(_level(field, level, condition, m, u))
    return {"output_column_name": field.value, "comparison_levels": described}


def _level(field: Field, level: Level, condition: str, m: float, u: float) -> dict[str, Any]:
    described: dict[str, Any] = {
        "sql_condition": condition,
        "label_for_charts": level.value,
        "m_probability": m,
        "u_probability": u,
    }
    if level is Level.EQUAL and field in ADJUSTED:
        described["tf_adjustment_column"] = field.value
        described["tf_adjustment_weight"] = 1.0
    return described


ADJUSTED: Final = frozenset({Field.FAMILY, Field.GIVEN})
"""Fields whose agreement counts by how rare the value is, if the model knows frequencies."""


def _equal(column: str) -> str:
    return f'"{column}_l" = "{column}_r"'


def _missing(*columns: str) -> str:
    return " OR ".join(f'"{column}_{side}" IS NULL' for column in columns for side in "lr")


def _near_letters(column: str) -> list[tuple[Level, str]]:
    left, right = f'"{column}_l"', f'"{column}_r"'
    return [
        (
            Level.TYPING_ERROR,
            (
                f"least(length({left}), length({right})) >= 3"
                f" AND damerau_levenshtein({left}, {right}) <= 1"
            ),
        ),
        (Level.SIMILAR, f"jaro_winkler_similarity({left}, {right}) >= {SIMILAR_FROM}"),
    ]


def _name(column: str) -> tuple[str, list[tuple[Level, str]]]:
    left, right = f'"{column}_l"', f'"{column}_r"'
    return _missing(column), [
        (
            Level.PLACEHOLDER,
            (
                f"(contains({left}, '_') OR contains({right}, '_'))"
                f" AND ({left} LIKE {right} OR {right} LIKE {left})"
            ),
        ),
        (Level.EQUAL, _equal(column)),
        (Level.EXCHANGED, '"family_l" = "given_r" AND "given_l" = "family_r"'),
        (Level.SAME_SOUND, _equal(f"{column}_sound")),
        (Level.LOOK_ALIKE, _equal(f"{column}_shape")),
        *_near_letters(f"{column}_letters"),
    ]


def _given() -> tuple[str, list[tuple[Level, str]]]:
    null, levels = _name("given")
    shared = (
        'length("given_l") = 2 AND length("given_r") = 2'
        ' AND "given_letters_l" IS NULL AND "given_letters_r" IS NULL'
        ' AND (substr("given_l", 1, 1) = substr("given_r", 1, 1)'
        ' OR substr("given_l", 2, 1) = substr("given_r", 2, 1))'
    )
    return null, [*levels, (Level.SHARED_CHARACTER, shared)]


def _birth() -> tuple[str, list[tuple[Level, str]]]:
    def part(side: str, start: int, length: int) -> str:
        return f'substr("birth_{side}", {start}, {length})'

    year = f"{part('l', 1, 4)} = {part('r', 1, 4)}"
    month = f"{part('l', 6, 2)} = {part('r', 6, 2)}"
    day = f"{part('l', 9, 2)} = {part('r', 9, 2)}"
    exchanged = (
        f"{year} AND {part('l', 6, 2)} = {part('r', 9, 2)}"
        f" AND {part('l', 9, 2)} = {part('r', 6, 2)}"
    )
    return _missing("birth") + _SAME_NUMBER, [
        (Level.EQUAL, _equal("birth")),
        (Level.EXCHANGED, exchanged),
        (Level.TYPING_ERROR, 'damerau_levenshtein("birth_l", "birth_r") <= 1'),
        (
            Level.TWO_PARTS,
            f"CAST({year} AS INTEGER) + CAST({month} AS INTEGER) + CAST({day} AS INTEGER) >= 2",
        ),
        (Level.SAME_YEAR, year),
    ]


def _contact() -> tuple[str, list[tuple[Level, str]]]:
    def both(left: str, right: str) -> str:
        return f"({left} IS NOT NULL AND {right} IS NOT NULL)"

    said = (
        both('"phone_l"', '"phone_r"'),
        both('coalesce("place_l", "road_l")', 'coalesce("place_r", "road_r")'),
        both('"town_l"', '"town_r"'),
    )
    place = f"({_equal('place')} OR {_equal('road')})"
    address = f"{place} AND {_equal('door')}"
    return f"NOT ({' OR '.join(said)})", [
        (Level.PHONE_AND_ADDRESS, f"{_equal('phone')} AND {address}"),
        (Level.SAME_PHONE, _equal("phone")),
        (Level.SAME_ADDRESS, address),
        (Level.SAME_COMMUNITY, place),
        (Level.SAME_TOWN, _equal("town")),
    ]


def _word(column: str) -> tuple[str, list[tuple[Level, str]]]:
    is_ascii = " AND ".join(
        f"regexp_full_match(\"{column}_{side}\", '[ -~]*')" for side in ("l", "r")
    )
    near = [(level, f"{is_ascii} AND {condition}") for level, condition in _near_letters(column)]
    return _missing(column), [(Level.EQUAL, _equal(column)), *near]


def _plain(column: str, settled: str = "") -> tuple[str, list[tuple[Level, str]]]:
    return _missing(column) + settled, [(Level.EQUAL, _equal(column))]


CONDITIONS: Final[Mapping[Field, tuple[str, Iterable[tuple[Level, str]]]]] = {
    Field.FAMILY: _name("family"),
    Field.GIVEN: _given(),
    Field.BIRTH: _birth(),
    Field.SEX: _plain("sex", _SAME_NUMBER),
    Field.NUMBER: _plain("number"),
    Field.CONTACT: _contact(),
    Field.MOTHER: _plain("mother"),
    **{
        field: _word(field.value)
        for field in (
            Field.AREA,
            Field.TOWN,
            Field.PLACE,
            Field.ROAD,
            Field.DOOR,
            Field.POSTCODE,
        )
    },
}
"""The condition under which a field is not said, and its levels, the first that holds counts."""
