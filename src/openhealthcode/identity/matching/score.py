"""Fellegi and Sunter's score with a model in Splink's file format, adjusted for how rare a value is.

A model file is what Splink writes (``linker.misc.save_model_to_json``): comparisons with their
levels, each with the probability among matches (m) and among others (u). Two additions under
``openhealthcode``: the version and provenance, and how frequent names are, which Splink keeps in
tables beside the file.

Source: Fellegi and Sunter (1969); Splink 5, ``comparison_level.py``: the same bounds on m, u and
frequencies, so that the bits are the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from openhealthcode.identity.matching.compare import columns
from openhealthcode.identity.matching.model import (
    Comparison,
    Evidence,
    Field,
    Level,
    Score,
    Variant,
)
from openhealthcode.standards import HealthCodeError

_SMALLEST: Final = 1e-10
_MOST_BITS: Final = 100.0


class ModelUnsuitable(HealthCodeError):
    """This is not a model file that matching can work with."""

    code = "matching-model-unsuitable"


@dataclass(frozen=True, slots=True)
class Weight:
    """What one level of one field adds to a score.

    Args:
        bits: log2(m/u).
        column: whose frequency adjusts it; empty: none does.
        usual: the frequency that ``bits`` already counts on (u of the column's exact match).
        weight: how much of the adjustment is applied, 0 to 1.
        least: a value is never taken to be rarer than this.
    """

    bits: float
    column: str = ""
    usual: float = 1.0
    weight: float = 0.0
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """What a score is computed with."""

    version: str
    prior_bits: float
    weights: Mapping[Field, Mapping[Level, Weight]] = field(repr=False)
    frequencies: Mapping[str, Mapping[str, float]] = field(repr=False, default_factory=dict)
    provenance: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """What this model wants compared, in the file's order."""
        return tuple(self.weights)

    @classmethod
    def load(cls, content: bytes) -> Model:
        """Read a model file.

        Raises:
            ModelUnsuitable: not JSON, a comparison or level of another name than ours, or a level
                without m or u.
        """
        try:
            settings = msgspec.json.decode(content, type=dict[str, Any])
            own = settings.get("openhealthcode", {})
            return cls(
                version=str(own.get("version", "unversioned")),
                prior_bits=_prior_bits(settings["probability_two_random_records_match"]),
                weights=dict(_field_weights(each) for each in settings["comparisons"]),
                frequencies=own.get("term_frequencies", {}),
                provenance=own.get("provenance", {}),
            )
        except (msgspec.DecodeError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise ModelUnsuitable from error


@cache
def default_model() -> Model:
    """The model that comes with the program."""
    folder = files("openhealthcode.identity.matching")
    return Model.load(folder.joinpath("model.json").read_bytes())


def score(model: Model, comparison: Comparison, left: Variant, right: Variant) -> Score:
    """How much speaks for one person; the variants tell how rare the values are."""
    bits = model.prior_bits
    evidence = []
    for compared, weights in model.weights.items():
        level = comparison.get(compared, Level.NOT_SAID)
        if level is Level.NOT_SAID:
            continue
        weight = weights.get(level)
        if weight is None:
            # A level the model was not trained with is counted as disagreement, never in favour.
            weight = weights[Level.DIFFERENT]
        rarity = _rarity_bits(model, weight, left, right) if weight.column else 0.0
        bits += weight.bits + rarity
        evidence.append(Evidence(compared, level, weight.bits + rarity, rarity))
    return Score(bits, tuple(evidence))


def _rarity_bits(model: Model, weight: Weight, left: Variant, right: Variant) -> float:
    """The larger of the two frequencies counts.

    A value nobody counted is as frequent as the model's least; without a least it adjusts nothing.
    """
    table = model.frequencies.get(weight.column, {})
    frequency = max(table.get(_value(v, weight.column), weight.least) for v in (left, right))
    if not frequency:
        return 0.0
    return weight.weight * math.log2(weight.usual / max(frequency, weight.least, _SMALLEST))


def _value(variant: Variant, column: str) -> str:
    plain = getattr(variant, column, None)
    return plain if isinstance(plain, str) else columns(variant).get(column) or ""


def _prior_bits(probability: float) -> float:
    return math.log2(probability / (1 - probability))


def _field_weights(comparison: Mapping[str, Any]) -> tuple[Field, dict[Level, Weight]]:
    field_ = Field(comparison["output_column_name"])
    levels = [each for each in comparison["comparison_levels"] if not each.get("is_null_level")]
    weights = {Level(each["label_for_charts"]): _weight(each, levels) for each in levels}
    if Level.DIFFERENT not in weights:
        raise ValueError("a comparison needs a level for everything else")
    return field_, weights


def _weight(level: Mapping[str, Any], levels: list[Mapping[str, Any]]) -> Weight:
    m, u = (max(float(level[name]), _SMALLEST) for name in ("m_probability", "u_probability"))
    bits = max(min(math.log2(m / u), _MOST_BITS), -_MOST_BITS)
    column = level.get("tf_adjustment_column")
    weight = float(level.get("tf_adjustment_weight", 1.0))
    if not column or not weight:
        return Weight(bits)
    usual = u if level.get("disable_tf_exact_match_detection") else _usual(column, levels)
    return Weight(bits, column, usual, weight, float(level.get("tf_minimum_u_value", 0.0)))


def _usual(column: str, levels: list[Mapping[str, Any]]) -> float:
    """U of the level that is an exact match on the column alone."""
    wanted = f"{column}_l={column}_r"
    for level in levels:
        condition = str(level["sql_condition"]).replace('"', "").replace(" ", "").lower()
        if condition == wanted:
            return max(float(level["u_probability"]), _SMALLEST)
    raise ValueError("a frequency needs the level of an exact match")
