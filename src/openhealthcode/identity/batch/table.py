"""The registrations that are linked, as one table of keyed columns in this process's memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from openhealthcode.database import load_queries
from openhealthcode.identity.batch.pseudonyms import BLOCKS, COLUMNS, Pseudonyms, is_text
from openhealthcode.identity.matching import HOT_KEY_CAP, Field, Variant
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import ResidentId

QUERIES: Final = load_queries("openhealthcode.identity.batch", "duckdb.sql")
_COUNTED: Final = ("family", "given", "birth")
"""Values of which a model may know how common they are."""
_AT_ONCE: Final = 50_000
_BLOCK_COLUMNS: Final = tuple(f"block_{block.value.lower()}" for block in BLOCKS)


def _schema(compared: Sequence[Field]) -> pa.Schema:
    return pa.schema(
        [
            ("id", pa.int64()),
            ("person", pa.int32()),
            ("is_newborn", pa.bool_()),
            *((c, pa.string() if is_text(c, compared) else pa.int64()) for c in COLUMNS),
            *((name, pa.int64()) for name in _BLOCK_COLUMNS),
        ]
    )


@dataclass(frozen=True, slots=True)
class Exported:
    """One registration on its way into the table.

    Args:
        blocks: its keyed blocking keys as the index has them, in the order of ``Block`` without the
            number; made anew when there are none.
    """

    resident_id: ResidentId
    variant: Variant
    blocks: tuple[int | None, ...] | None = None


def pairs_in(path: Path) -> Iterator[tuple[str, str, float]]:
    """The pairs of a Parquet file: two pseudonyms and their bits.

    Raises:
        InvalidInput: it is not that.
    """
    names = ("person_l", "person_r", "bits")
    try:
        found = pq.read_table(path, columns=list(names))
        columns = [found.column(name).to_pylist() for name in names]
    except (OSError, pa.ArrowException, KeyError):
        raise InvalidInput(f"{path} holds no pairs") from None
    return zip(*columns, strict=True)


class RegistrationTable:
    """Registrations in DuckDB, under stand-ins that live as long as this object.

    Nothing of it is ever written to disk, unless ``write`` is asked to.
    """

    def __init__(self, compared: Sequence[Field]) -> None:
        """Open an empty table for the fields a model compares."""
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET temp_directory = ''")
        self.connection.execute("SET enable_progress_bar = false")
        self.residents: list[ResidentId] = []
        self.values: dict[str, Counter[str]] = {column: Counter() for column in _COUNTED}
        self._places: dict[ResidentId, int] = {}
        self._pseudonyms = Pseudonyms(compared)
        self._rows: list[list[Any]] = []
        self._count = 0
        self._schema = _schema(compared)
        self.connection.register("arriving", self._schema.empty_table())
        self.connection.execute(QUERIES["create"].format(columns=self.columns_but()))

    def __len__(self) -> int:
        """How many registrations it holds."""
        return self._count

    def add(self, exported: Iterable[Exported]) -> None:
        """Take registrations in."""
        for one in exported:
            variant = one.variant
            blocks = self._pseudonyms.blocks(variant, one.blocks)
            person = self._places.get(one.resident_id)
            if person is None:
                person = self._places[one.resident_id] = len(self.residents)
                self.residents.append(one.resident_id)
            for column, counted in self.values.items():
                counted[getattr(variant, column)] += 1
            self._rows.append(
                [
                    self._count,
                    person,
                    variant.is_newborn,
                    *self._pseudonyms.row(variant),
                    *blocks,
                ]
            )
            self._count += 1
            if len(self._rows) >= _AT_ONCE:
                self._flush()

    def finish(self) -> None:
        """Everything is in: leave out the keys that say too little."""
        self._flush()
        self._places.clear()
        for block in _BLOCK_COLUMNS:
            statement = QUERIES["leave_out_hot_keys"].format(block=block)
            self.connection.execute(statement, [HOT_KEY_CAP])

    def columns_but(self, *left_out: str) -> str:
        """The table's columns for a statement, without some."""
        return ", ".join(f'"{name}"' for name in self._schema.names if name not in left_out)

    def stand_in(self, text: str) -> str:
        """What a name or a birth date is called here."""
        return self._pseudonyms.disguised(text)

    def write(self, file: BinaryIO, pseudonym: Callable[[ResidentId], str]) -> None:
        """Write the table as Parquet, for a larger engine elsewhere; the stand-ins stay keyed.

        Args:
            file: opened for writing.
            pseudonym: what stands for a resident, in place of the place in our list.
        """
        persons = pa.table(
            {
                "place_in_list": pa.array(range(len(self.residents)), pa.int32()),
                "pseudonym": pa.array(map(pseudonym, self.residents), pa.string()),
            }
        )
        self.connection.register("arriving", persons)
        found = self.connection.sql(
            QUERIES["with_pseudonyms"].format(others=self.columns_but("person"))
        ).to_arrow_table()
        self.connection.unregister("arriving")
        pq.write_table(found, file)

    def ask(self, name: str, **names: str) -> list[tuple[Any, ...]]:
        """The rows of a named question."""
        found: list[tuple[Any, ...]] = self.connection.execute(
            QUERIES[name].format(**names)
        ).fetchall()
        return found

    def one(self, name: str, **names: str) -> float:
        """The one figure a named question answers."""
        return float(self.ask(name, **names)[0][0])

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True)) or [()] * len(self._schema)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, self._schema, strict=True)]
        self.connection.register("arriving", pa.Table.from_arrays(arrays, schema=self._schema))
        self.connection.execute(QUERIES["take_in"].format(columns=self.columns_but()))
        self.connection.unregister("arriving")
        self._rows.clear()
