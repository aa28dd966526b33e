"""Reads the tables of this folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files


def table(name: str) -> Iterator[dict[str, str]]:
    """The rows of a table by its path without ending, each a mapping by column."""
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return iter(csv.DictReader(text.splitlines()))
