"""Read a file of registrations row by row, whatever its size: CSV, Parquet, FHIR Bundle, NDJSON."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from openhealthcode.collection.bulk.columns import Columns, TableMalformed
from openhealthcode.collection.bulk.model import Row
from openhealthcode.collection.model import BundleMalformed, Resource
from openhealthcode.collection.patient import registration_of
from openhealthcode.identity import Registration, RegistrationMalformed
from openhealthcode.standards import CertificateTable, HealthCodeError, TooLarge

LARGEST_BUNDLE_BYTES: Final = 256 * 2**20
_LONGEST_LINE: Final = 2**20
_DELIMITERS: Final = (",", "\t", ";", "|")
_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read.

    Args:
        kinds: the table its certificate kinds are written in.
        encoding: of a CSV file.
        left_out: columns that are left out on purpose.
    """

    kinds: CertificateTable = field(default_factory=lambda: CertificateTable.named("ws-364-3"))
    encoding: str = "utf-8-sig"
    left_out: frozenset[str] = frozenset()


def rows_of(path: Path, reading: Reading, *, after: int = 0) -> Iterator[Row]:
    """Every row of a file in its order, after so many; a row that cannot be read says why.

    Raises:
        TableMalformed: not one of the formats, or columns nobody knows; also later, when the file
            turns out not to be in its encoding.
    """
    read = _FORMATS.get(path.suffix.lower())
    if read is None:
        raise TableMalformed("the file's name ends in none of .csv .tsv .parquet .json .ndjson")
    attempts = islice(read(path, reading), after, None)
    return (_row(number, attempt) for number, attempt in enumerate(attempts, start=after + 1))


Attempt = Callable[[], Registration]
"""Reads one row when called; what it breaks is told then."""


def _row(number: int, attempt: Attempt) -> Row:
    try:
        return Row(number, attempt())
    except HealthCodeError as error:
        return Row(number, None, error.code, str(error))


def _csv(path: Path, reading: Reading) -> Iterator[Attempt]:
    with path.open(encoding=reading.encoding, newline="") as lines:
        try:
            first = lines.readline(_LONGEST_LINE)
            delimiter = max(_DELIMITERS, key=first.count)
            (header,) = csv.reader([first], delimiter=delimiter)
            columns = Columns.of(header, reading.kinds, reading.left_out)
            for values in csv.reader(lines, delimiter=delimiter, strict=True):
                if values:
                    yield _values(columns, values)
        except UnicodeError:
            raise TableMalformed("the file is not in this encoding") from None
        except (csv.Error, ValueError):
            raise TableMalformed("the file is no table of separated values") from None


def _parquet(path: Path, reading: Reading) -> Iterator[Attempt]:
    try:
        from pyarrow import ArrowInvalid, parquet  # noqa: PLC0415 - an extra: only this needs it
    except ImportError:
        raise TableMalformed("Parquet needs the extra 'linkage'") from None
    try:
        table = parquet.ParquetFile(path)
    except ArrowInvalid:
        raise TableMalformed("the file is no Parquet") from None
    columns = Columns.of(table.schema_arrow.names, reading.kinds, reading.left_out)
    for batch in table.iter_batches(_AT_ONCE):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield _values(columns, values)


def _values(columns: Columns, values: Sequence[object]) -> Attempt:
    return lambda: columns.registration(values)


def _ndjson(path: Path, _: Reading) -> Iterator[Attempt]:
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield from _attempts(line)


def _bundle(path: Path, _: Reading) -> Iterator[Attempt]:
    if path.stat().st_size > LARGEST_BUNDLE_BYTES:
        raise TooLarge
    yield from _attempts(path.read_bytes())


def _attempts(text: bytes) -> Iterable[Attempt]:
    try:
        resource = orjson.loads(text)
    except ValueError:
        return [_broken]
    found = _patients(resource)
    return [_patient(patient, name) for patient, name in found] or [_broken]


def _broken() -> Registration:
    raise BundleMalformed("there is no Patient here")


def _patients(resource: Any) -> list[tuple[Resource, str]]:  # noqa: ANN401 - parsed JSON
    """The Patients of a resource, each with the sender's own name for it."""
    if not isinstance(resource, dict):
        return []
    if resource.get("resourceType") == "Patient":
        return [(resource, "")]
    entries = resource.get("entry")
    if resource.get("resourceType") != "Bundle" or not isinstance(entries, list):
        return []
    return [
        (entry["resource"], str(entry.get("fullUrl", "")))
        for entry in entries
        if isinstance(entry, dict)
        and isinstance(entry.get("resource"), dict)
        and entry["resource"].get("resourceType") == "Patient"
    ]


def _patient(patient: Resource, name: str) -> Attempt:
    def attempt() -> Registration:
        if not patient.get("identifier") and not name:
            raise RegistrationMalformed("a Patient without any identifier finds nobody again")
        return registration_of(patient, own_number=name)

    return attempt


_FORMATS: Final[dict[str, Callable[[Path, Reading], Iterator[Attempt]]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".parquet": _parquet,
    ".json": _bundle,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
}
