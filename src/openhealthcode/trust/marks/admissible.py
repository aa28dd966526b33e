"""Where two ways of writing mean the same, read from ``variants.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class JsonVariants:
    """In JSON: the names of instants, and of what nothing is changed below."""

    instants: frozenset[str]
    untouched: frozenset[str]


@dataclass(frozen=True, slots=True)
class TableVariants:
    """In a table: columns by name, and how many canaries there are."""

    quoted: frozenset[str]
    instants: frozenset[str]
    ties: str
    rows_for_a_canary: int
    fewest_canaries: int
    most_canaries: int
    own_canaries: int
    surnames: str
    given: str

    def canaries(self, rows: int) -> int:
        """How many canaries stand among so many rows."""
        wanted = rows // self.rows_for_a_canary
        return min(max(wanted, self.fewest_canaries), self.most_canaries)


_TOLD: Final = tomllib.loads(files(__package__).joinpath("variants.toml").read_text("utf-8"))

JSON: Final = JsonVariants(
    frozenset(_TOLD["json"]["instants"]), frozenset(_TOLD["json"]["untouched"])
)
TABLE: Final = TableVariants(
    quoted=frozenset(_TOLD["table"]["quoted"]),
    instants=frozenset(_TOLD["table"]["instants"]),
    ties=_TOLD["table"]["ties"],
    rows_for_a_canary=_TOLD["table"]["rows_for_a_canary"],
    fewest_canaries=_TOLD["table"]["fewest_canaries"],
    most_canaries=_TOLD["table"]["most_canaries"],
    own_canaries=_TOLD["table"]["own_canaries"],
    surnames=_TOLD["table"]["surnames"],
    given=_TOLD["table"]["given"],
)
