"""Examinations that can be ordered, and how long their results hold, as ``examinations.toml`` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Examination:
    """One that can be ordered by name; ``codes``, ``single`` and ``days`` as an order has them."""

    key: str
    name: tuple[str, str]
    """Chinese and English."""
    codes: tuple[str, ...]
    single: tuple[str, ...]
    days: int


def _read() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("examinations.toml").read_text("utf-8"))


def _examination(key: str, row: dict[str, Any]) -> Examination:
    name, codes = (row["name"][0], row["name"][1]), tuple(row["codes"])
    return Examination(key, name, codes, tuple(row.get("single", ())), row["days"])


_TABLE: Final = _read()

DEFAULT_DAYS: Final[int] = _TABLE["default_days"]
"""How long a result holds of something the table does not name."""

EXAMINATIONS: Final = MappingProxyType(
    {key: _examination(key, row) for key, row in _TABLE["test"].items()}
)
"""By key, in the order of the table."""

BY_CODE: Final = MappingProxyType(
    {code: one for one in reversed(tuple(EXAMINATIONS.values())) for code in one.codes}
)
"""Which examination a LOINC code orders."""
