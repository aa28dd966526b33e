"""The result of each row, kept in a file, and how far an interrupted load came."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import orjson

from openhealthcode.collection.bulk.model import RowResult
from openhealthcode.standards import InvalidInput

_HEADER: Final = ("row", "outcome", "patient", "code", "message")
_STATE: Final = ".state"
_BLOCK_BYTES: Final = 2**20


class ResultsOfAnother(InvalidInput):
    """The result file belongs to another file; name another one, or take it away."""


@dataclass(slots=True)
class LoadState:
    """How far a load came, as written after every durable batch."""

    source: str
    """SHA-256 of the loaded file."""
    rows: int = 0
    size_bytes: int = 0
    """Of the result file, when this was written."""
    counts: Counter[str] = field(default_factory=Counter)


class ResultFile:
    """Results in the order of the rows; what was written before an interruption stays."""

    def __init__(self, path: Path, source: Path) -> None:
        """Open the results of a file, new or to go on.

        Raises:
            ResultsOfAnother: there are results of another file, or such as nobody kept the state of.
        """
        self._path = path
        self._state_path = path.with_name(path.name + _STATE)
        self.state = LoadState(_digest(source))
        if path.exists():
            self.state = self._resumed()
        self._file = path.open("r+" if path.exists() else "w+", encoding="utf-8", newline="")
        self._file.truncate(self.state.size_bytes)
        self._file.seek(self.state.size_bytes)
        self._writer = csv.writer(self._file)
        if not self.state.size_bytes:
            self._writer.writerow(_HEADER)
            self._keep()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, results: Iterable[RowResult]) -> None:
        """Write what became of the next rows; call once the database holds them."""
        for result in results:
            self._writer.writerow(
                (result.number, result.outcome, result.patient, result.code, result.message)
            )
            self.state.rows = result.number
            self.state.counts[result.outcome.value] += 1
        self._keep()

    def _keep(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self.state.size_bytes = self._path.stat().st_size
        replacement = self._state_path.with_name(self._state_path.name + ".new")
        replacement.write_bytes(
            orjson.dumps(
                {
                    "source": self.state.source,
                    "rows": self.state.rows,
                    "size_bytes": self.state.size_bytes,
                    "counts": dict(self.state.counts),
                }
            )
        )
        replacement.replace(self._state_path)

    def _resumed(self) -> LoadState:
        try:
            kept = orjson.loads(self._state_path.read_bytes())
            state = LoadState(
                kept["source"], kept["rows"], kept["size_bytes"], Counter(kept["counts"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            raise ResultsOfAnother from None
        if state.source != self.state.source or self._path.stat().st_size < state.size_bytes:
            raise ResultsOfAnother
        return state


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
