"""Scores are Splink's: the same level for each pair and field, and the same bits to a millionth.

Splink itself runs here, on DuckDB, over the columns that are exported for batch linkage, with the
model file that comes with the program and with one for addresses as they are written elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pytest
from splink import DuckDBAPI, Linker

from openhealthcode.identity.matching import (
    ONLINE,
    Field,
    Level,
    Model,
    Variant,
    columns,
    compare,
    score,
    settings,
)
from openhealthcode.identity.matching.conditions import ADJUSTED, CONDITIONS
from openhealthcode.standards import Sex

VARIANTS = 120
MOST_BITS_APART = 1e-6
CHINESE = ["王", "张", "章", "李", "欧阳", "单", "尹", "伊", "_", ""]
GIVEN = ["伟", "玮", "小明", "小鸣", "明小", "小_", "_", "末", "未", "王", "桂花", "桂英", ""]
SPELT = [
    "smith",
    "smyth",
    "smithe",
    "john",
    "jon",
    "mary",
    "ann",
    "anne",
    "li",
    "lee",
    "elizabeth",
    "elisabet",
]
BIRTHS = [
    "1980-01-02",
    "1980-02-01",
    "1980-01-20",
    "1980-01-13",
    "1981-01-02",
    "1980-11-30",
    "1955-06-07",
    "",
]
NUMBERS = ["11010519491231002X", "440524188001010014", ""]
PHONES = ["+8613912345678", "+8613912345679", ""]
WORDS = [
    "甲村",
    "乙社区",
    "main street",
    "main stret",
    "main stree tx",
    "12-3-4",
    "12",
    "2914",
    "2915",
    "",
]
FREQUENCIES = {
    "family": {each: 0.001 * place for place, each in enumerate(CHINESE[:-1] + SPELT, 1)},
    "given": {each: 0.0003 * place for place, each in enumerate(GIVEN[:-1] + SPELT, 1)},
}


def drawn(rng: random.Random) -> Variant:
    is_spelt = rng.random() < 0.3
    variant = Variant(
        family=rng.choice(SPELT if is_spelt else CHINESE),
        given=rng.choice(SPELT if is_spelt else GIVEN),
        birth=rng.choice(BIRTHS),
        sex=rng.choice(list(Sex)),
        number=rng.choice(NUMBERS),
        phone=rng.choice(PHONES),
        mother=rng.choice(NUMBERS),
        is_newborn=rng.random() < 0.05,
    )
    address = {name: rng.choice(WORDS) for name in ("area", "town", "place", "road", "door")}
    if rng.random() < 0.2:
        return replace(variant, phone="")
    return replace(variant, **address, postcode=rng.choice(WORDS))


@pytest.fixture(scope="module")
def variants() -> list[Variant]:
    rng = random.Random(4)
    return [drawn(rng) for _ in range(VARIANTS)]


def settings_of(fields: tuple[Field, ...], rng: random.Random) -> dict[str, Any]:
    """A model in which every level of these fields has its own m and u."""
    parameters = {
        field: {
            level: (rng.uniform(0.001, 0.9), rng.uniform(1e-9, 0.5))
            for level in (*(level for level, _ in CONDITIONS[field][1]), Level.DIFFERENT)
        }
        for field in fields
    }
    return settings(parameters, 1e-5)


def by_splink(
    written: dict[str, Any], variants: list[Variant]
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    rows = [{"unique_id": place, **columns(each)} for place, each in enumerate(variants)]
    schema = pa.schema(
        [
            ("unique_id", pa.int64()),
            *((name, pa.string()) for name in columns(variants[0])),
        ]
    )
    connection = duckdb.connect()
    api = DuckDBAPI(connection=connection)

    def kept(name: str, table: pa.Table) -> Any:
        connection.register(f"{name}_arriving", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arriving")
        return api.register(name)

    asked = {
        **written,
        "blocking_rules_to_generate_predictions": ["1=1"],
        "retain_intermediate_calculation_columns": True,
    }
    table = kept("variants", pa.Table.from_pylist(rows, schema=schema))
    linker = Linker(table, asked, log_level=None)
    named = {each["output_column_name"] for each in written["comparisons"]}
    for column in ADJUSTED & named:
        counted = [
            {str(column): value, f"tf_{column}": share}
            for value, share in FREQUENCIES[column].items()
        ]
        lookup = kept(f"frequency_of_{column}", pa.Table.from_pylist(counted))
        linker.table_management.register_term_frequency_lookup(lookup, str(column))
    for row in linker.inference.predict(warning_mode="never").as_record_list():
        yield row["unique_id_l"], row["unique_id_r"], row


@pytest.mark.parametrize(
    "fields", [ONLINE, tuple(set(Field) - {Field.CONTACT})], ids=["online", "every part"]
)
def test_levels_and_bits_are_splinks(variants, fields):
    written = settings_of(tuple(fields), random.Random(7))
    own = {"version": "test", "term_frequencies": FREQUENCIES}
    model = Model.load(msgspec.json.encode({**written, "openhealthcode": own}))
    levels = {
        each["output_column_name"]: [
            level["label_for_charts"] for level in each["comparison_levels"]
        ]
        for each in written["comparisons"]
    }
    seen = set()
    pairs = 0
    for left, right, row in by_splink(written, variants):
        one, other = variants[left], variants[right]
        comparison = compare(one, other, model.fields)
        for field, named in levels.items():
            gamma = row[f"gamma_{field}"]
            expected = named[0] if gamma == -1 else named[len(named) - 1 - gamma]
            assert comparison[Field(field)] == expected, (field, one.name, other.name)
            seen.add((field, expected))
        bits = score(model, comparison, one, other).bits
        assert bits == pytest.approx(row["match_weight"], abs=MOST_BITS_APART)
        pairs += 1
    assert pairs == VARIANTS * (VARIANTS - 1) // 2 == len(list(combinations(variants, 2)))
    said = {(field, level) for field, named in levels.items() for level in named}
    assert said - seen == set()
