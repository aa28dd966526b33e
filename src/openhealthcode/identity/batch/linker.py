"""Splink over the table of registrations: scores with a model, and estimates one.

Source: Splink 5; Fellegi and Sunter (1969).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
from splink import DuckDBAPI, Linker

from openhealthcode.identity.batch.model_file import ModelFile
from openhealthcode.identity.batch.table import QUERIES, RegistrationTable
from openhealthcode.identity.matching import Field, Level

SETTLED: Final = frozenset({Field.NUMBER, Field.MOTHER})
"""Fields that are never estimated: pairs chosen by a number say nothing of it, and few have a mother's."""
_SEED: Final = 1

Shares = Mapping[Field, Mapping[Level, float]]
"""The share of each level, by field; a level nobody was seen at is not in it."""


def linker_of(
    table: RegistrationTable,
    file: ModelFile,
    name: str = "registration",
    *,
    without: frozenset[Field] = frozenset(),
    joins_one_person: bool = False,
) -> Linker:
    """Splink's linker with this model over a table, which sees how common names are as we do.

    Args:
        table: the registrations.
        file: the model.
        name: of the table within it.
        without: fields left out.
        joins_one_person: pairs of one resident too, who is known to be one.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=table.connection)
    linker = Linker(
        api.register(name), file.for_splink(without=without, joins_one_person=joins_one_person), log_level=None,
        validate_settings=False,
    )  # fmt: skip
    for column, least in _adjusted(file).items():
        frequencies = file.model.frequencies.get(column, {})
        lookup = pa.table(
            {
                column: pa.array([table.stand_in(n) for n in frequencies], pa.string()),
                f"tf_{column}": pa.array(frequencies.values(), pa.float64()),
            }
        )
        known = f"tf_{column}_{name}"
        table.connection.register(f"{known}_arriving", lookup)
        keep = QUERIES["keep"].format(
            table=known, arriving=f"{known}_arriving", columns=f"{column}, tf_{column}"
        )
        table.connection.execute(keep)
        if least:
            rest = QUERIES["as_frequent_as_the_least"]
            table.connection.execute(rest.format(table=known, column=column, of=name), [least])
        linker.table_management.register_term_frequency_lookup(api.register(known), column)
    return linker


def _adjusted(file: ModelFile) -> dict[str, float]:
    """The columns whose frequencies count, with how frequent a value is at the least."""
    return {
        level["tf_adjustment_column"]: float(level.get("tf_minimum_u_value", 0.0))
        for comparison in file.settings["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("tf_adjustment_column")
    }


def predicted(linker: Linker, from_bits: float) -> str:
    """The name of the table of pairs that reach so many bits."""
    found = linker.inference.predict(threshold_match_weight=from_bits, warning_mode="never")
    return str(found.physical_name)


def shares_of_strangers(linker: Linker, random_pairs: int) -> Shares:
    """The levels of random pairs."""
    linker.training.estimate_u_using_random_sampling(
        max_pairs=random_pairs, seed=_SEED, min_count_per_level=None, num_chunks=1
    )
    return _shares(linker, "u_probability")


def shares_of_matches(linker: Linker, labels: str) -> Shares:
    """The levels of pairs that are known to be one person's."""
    # untyped in Splink 5.0
    linker.training.estimate_m_from_pairwise_labels(labels)  # type: ignore[no-untyped-call]
    return _shares(linker, "m_probability")


def _shares(linker: Linker, name: str) -> Shares:
    model: dict[str, Any] = linker.misc.save_model_to_json()
    return {
        Field(comparison["output_column_name"]): {
            Level(level["label_for_charts"]): level[name]
            for level in comparison["comparison_levels"]
            if isinstance(level.get(name), float)
        }
        for comparison in model["comparisons"]
    }
