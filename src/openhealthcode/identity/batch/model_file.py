"""A model file: what Splink wants of it, and a new one made of what was estimated.

The file is Splink's JSON with two additions (see ``matching.score``): version and provenance, and
how common names are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from openhealthcode.identity.batch.pseudonyms import BLOCKS
from openhealthcode.identity.matching import Field, Level, Model

Parameters = dict[Field, dict[Level, tuple[float, float]]]
"""m and u of each level of each field."""

LEAST_HOLDERS: Final = 50
"""A name fewer registrations say is nobody's business but theirs: it is in no model file."""
NEW_YEAR: Final = "-01-01"
_SIGNIFICANT: Final = ".6g"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model as a file: loaded for the rules, and as the settings Splink reads."""

    model: Model
    settings: Mapping[str, Any]

    @classmethod
    def load(cls, content: bytes) -> ModelFile:
        """Read a model file.

        Raises:
            ModelUnsuitable: it is none.
        """
        return cls(Model.load(content), json.loads(content))

    @property
    def parameters(self) -> Parameters:
        """M and u of each level."""
        return {
            Field(comparison["output_column_name"]): {
                Level(level["label_for_charts"]): (
                    float(level["m_probability"]),
                    float(level["u_probability"]),
                )
                for level in comparison["comparison_levels"]
                if not level.get("is_null_level")
            }
            for comparison in self.settings["comparisons"]
        }

    @property
    def adjusted(self) -> tuple[str, ...]:
        """The columns whose agreement counts by how rare the value is."""
        levels = (
            level for each in self.settings["comparisons"] for level in each["comparison_levels"]
        )
        found = (level.get("tf_adjustment_column") for level in levels)
        return tuple(dict.fromkeys(column for column in found if column))

    def for_splink(
        self, *, without: frozenset[Field] = frozenset(), joins_one_person: bool = False
    ) -> dict[str, Any]:
        """Settings for a linker over a table of registrations.

        Args:
            without: fields left out; pairs chosen by a field are not judged by it.
            joins_one_person: pairs of one resident too.
        """
        others = "" if joins_one_person else " AND l.person <> r.person"
        blocks = [f"block_{b.value.lower()}" for b in BLOCKS]
        return {
            **{k: v for k, v in self.settings.items() if k != "openhealthcode"},
            "comparisons": [
                comparison
                for comparison in self.settings["comparisons"]
                if Field(comparison["output_column_name"]) not in without
            ],
            "unique_id_column_name": "id",
            "blocking_rules_to_generate_predictions": [
                {"blocking_rule": f'l."{block}" = r."{block}"{others}'} for block in blocks
            ],
            "retain_matching_columns": False,
            "retain_intermediate_calculation_columns": False,
        }


def written(
    base: ModelFile,
    parameters: Parameters,
    values: Mapping[str, Counter[str]],
    *,
    provenance: Mapping[str, Any],
    at: datetime,
    rest: Mapping[str, float] = MappingProxyType({}),
) -> bytes:
    """A model file like the one before, with these parameters and how common the commoner values are.

    Args:
        base: the conditions, the prior and all else stay as they are there.
        parameters: m and u of each level.
        values: how many registrations say each value, by column; the empty one is not said.
        provenance: of what and how it was trained; names nobody.
        at: when; the version is this day and minute.
        rest: by column, how frequent a value is that is not listed; as before, where it is 0.
    """
    file = deepcopy(dict(base.settings))
    for comparison in file["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                field, label = comparison["output_column_name"], level["label_for_charts"]
                m, u = parameters[Field(field)][Level(label)]
                level["m_probability"], level["u_probability"] = _rounded(m), _rounded(u)
                if least := rest.get(level.get("tf_adjustment_column", ""), 0.0):
                    level["tf_minimum_u_value"] = _rounded(least)
    file["openhealthcode"] = {
        "version": f"trained-{at:%Y%m%d-%H%M}",
        "provenance": {"trained_at": at.isoformat(timespec="seconds"), **provenance},
        "term_frequencies": {
            column: _shares(column, values[column]) for column in base.adjusted if column in values
        },
    }
    return json.dumps(file, ensure_ascii=False, indent=1).encode() + b"\n"


def _shares(column: str, counted: Counter[str]) -> dict[str, float]:
    """Of birth dates only the first days of years count, which are typed where nobody knew the day."""
    total = counted.total() - counted[""]
    return {
        value: _rounded(count / total)
        for value, count in counted.most_common()
        if value and count >= LEAST_HOLDERS and (column != "birth" or value.endswith(NEW_YEAR))
    }


def _rounded(share: float) -> float:
    return float(f"{share:{_SIGNIFICANT}}")
