"""A model file: what Splink wants of it, and a new one made of what was estimated.

The file is Splink's JSON with two additions (see ``matching.score``): version and provenance, and
how common names are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from openhealthcode.identity.batch.pseudonyms import BLOCKS
from openhealthcode.identity.matching import Field, Level, Model, settings

Parameters = dict[Field, dict[Level, tuple[float, float]]]
"""m and u of each level of each field."""

LEAST_HOLDERS: Final = 50
"""A name fewer residents bear is nobody's business but theirs: it is in no model file."""
_MOST_NAMES: Final = 2_000
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
    parameters: Parameters,
    prior: float,
    names: Mapping[str, Counter[str]],
    *,
    provenance: Mapping[str, Any],
    at: datetime,
) -> bytes:
    """A model file with these parameters, and how common the commoner names are.

    Args:
        names: how many registrations bear each name, by column; the empty name is not said.
        provenance: of what and how it was trained; names nobody.
        at: when; the version is this day and minute.
    """
    rounded = {
        field: {level: (_rounded(m), _rounded(u)) for level, (m, u) in levels.items()}
        for field, levels in parameters.items()
    }
    file = settings(rounded, prior)
    file["openhealthcode"] = {
        "version": f"trained-{at:%Y%m%d-%H%M}",
        "provenance": {"trained_at": at.isoformat(timespec="seconds"), **provenance},
        "term_frequencies": {column: _shares(counted) for column, counted in names.items()},
    }
    return json.dumps(file, ensure_ascii=False, indent=1).encode() + b"\n"


def _shares(counted: Counter[str]) -> dict[str, float]:
    total = counted.total() - counted[""]
    return {
        name: _rounded(count / total)
        for name, count in counted.most_common(_MOST_NAMES)
        if name and count >= LEAST_HOLDERS
    }


def _rounded(share: float) -> float:
    return float(f"{share:{_SIGNIFICANT}}")
