"""What Splink and recordlinkage make of the same data, set up as their documentation does.

They get every advantage that costs nothing: the pairs to look at are ours (``febrl.BLOCKS``, the
index's own keys), and Splink's models are trained on the data set itself.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from uuid import UUID

import pandas as pd
import recordlinkage
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from openhealthcode.identity.batch import linker as batch
from openhealthcode.identity.batch.export import Exported
from openhealthcode.identity.batch.model_file import ModelFile
from openhealthcode.identity.batch.table import RegistrationTable
from openhealthcode.identity.matching import ONLINE, Variant
from openhealthcode.standards.ids import ResidentId
from performance.identity.agreement import Agreement, closure, of_clusters
from performance.identity.febrl import BLOCKS, DataSet, Pair

HAND_TUNED_BITS = 10.0
"""A thousand to one: what is chosen where a wrong link costs most."""


def by_splink(data: DataSet) -> list[Pair]:
    """FEBRL by Splink 5: its own comparisons, trained by expectation maximisation."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI()
    frames = [api.register(frame) for frame in _frames(data)]
    is_two = len(frames) == 2
    linker = Linker(frames if is_two else frames[0], _settings(is_two=is_two), log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [
            block_on("given_name", "surname", "date_of_birth"),
            block_on("surname", "date_of_birth", "postcode"),
            block_on("address_1", "street_number", "date_of_birth"),
        ],
        recall=0.8,
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    training.estimate_parameters_using_expectation_maximisation(block_on("given_name", "surname"))
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    return list(zip(found["place_l"], found["place_r"], strict=True))


def by_recordlinkage(data: DataSet) -> list[Pair]:
    """FEBRL by recordlinkage: thresholds on string distances, an unsupervised classifier."""
    index = recordlinkage.Index()
    for block in BLOCKS:
        index.block(list(block))
    frames = [frame.set_index("place") for frame in _frames(data)]
    compare = recordlinkage.Compare()
    for column in ("given_name", "surname", "address_1", "address_2", "suburb"):
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in ("date_of_birth", "postcode", "street_number"):
        compare.string(column, column, method="damerau_levenshtein", threshold=0.7, label=column)
    compare.exact("state", "state", label="state")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compared = compare.compute(index.index(*frames), *frames)
        return list(recordlinkage.ECMClassifier().fit_predict(compared))


def chinese_by_splink(
    variants: Sequence[Variant], persons: Sequence[int]
) -> dict[float, Agreement]:
    """Splink alone on the Chinese corpus: our levels, keys and model, and clusters from its scores.

    No rule, no registrar; at even odds and at a thousand to one.
    """
    table = RegistrationTable(ONLINE)
    table.add(Exported(ResidentId(UUID(int=n + 1)), one) for n, one in enumerate(variants))
    table.finish()
    model = files("openhealthcode.identity.matching").joinpath("model.json").read_bytes()
    found = batch.predicted(batch.linker_of(table, ModelFile.load(model)), 0.0)
    pairs = table.connection.execute(f"SELECT id_l, id_r, match_weight FROM {found}").fetchall()
    return {
        least: of_clusters(
            closure([(one, other) for one, other, bits in pairs if bits >= least], len(variants)),
            persons,
        )
        for least in (0.0, HAND_TUNED_BITS)
    }


def _frames(data: DataSet) -> list[Any]:
    """One table for each file; what is not said is null."""
    table = pd.DataFrame(data.rows).replace("", None)
    table["place"], file = range(len(table)), pd.Series(data.files)
    return [table[file == number] for number in sorted(set(data.files))]


def _settings(*, is_two: bool) -> SettingsCreator:
    exchanged = "l.given_name = r.surname and l.surname = r.given_name"
    return SettingsCreator(
        link_type="link_only" if is_two else "dedupe_only",
        unique_id_column_name="place",
        comparisons=[
            comparisons.ForenameSurnameComparison("given_name", "surname"),
            comparisons.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            comparisons.DamerauLevenshteinAtThresholds("postcode", [1]),
            comparisons.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            comparisons.JaroWinklerAtThresholds("address_2", [0.9, 0.7]),
            comparisons.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
            comparisons.ExactMatch("street_number"),
            comparisons.ExactMatch("state"),
        ],
        blocking_rules_to_generate_predictions=[*(block_on(*each) for each in BLOCKS), exchanged],
    )
