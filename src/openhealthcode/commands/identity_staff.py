"""`ohc identity staff`: the personnel list, so that the early warning knows whose relatives are looked at."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console

from openhealthcode import app, registry
from openhealthcode.access import overseen
from openhealthcode.app import Platform
from openhealthcode.settings import Settings
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    InvalidInput,
    NotFound,
)
from openhealthcode.standards.ids import InstitutionId, PractitionerId

_COLUMNS: Final = ("institution", "staff_number", "id_number")
_LONGEST_LINE: Final = 1_000
_TIED, _KNOWN, _NOBODY, _NO_STAFF, _UNREADABLE = (
    "tied",
    "known before",
    "no resident of this number",
    "no such staff",
    "unreadable",
)


async def staff(settings: Settings, console: Console, path: Path, encoding: str) -> int:
    """Tie each of the staff of a list to the resident of their ID number; 1 if any line failed.

    Lines that failed are told by their number, never by what stands in them.

    Raises:
        InvalidInput: not a CSV file of the three columns.
    """
    counted: Counter[str] = Counter()
    failed: list[int] = []
    async with app.opened(settings) as platform:
        known: dict[str, dict[str, PractitionerId]] = {}
        for line, row in _rows(path, encoding):
            outcome = await _tie(platform, known, row)
            counted[outcome] += 1
            if outcome not in {_TIED, _KNOWN}:
                failed.append(line)
        await platform.sequencer.sequence()
    for outcome, count in sorted(counted.items()):
        console.print(f"{count} {outcome}")
    if failed:
        console.print(f"lines {', '.join(map(str, failed[:100]))}")
    return 1 if failed else 0


def _rows(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if reader.fieldnames is None or not set(_COLUMNS) <= set(reader.fieldnames):
                raise InvalidInput(f"the columns are {', '.join(_COLUMNS)}")
            for row in reader:
                values = {name: (row[name] or "").strip() for name in _COLUMNS}
                yield reader.line_num, {n: v[:_LONGEST_LINE] for n, v in values.items()}
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInput("not a CSV file in this encoding") from None


async def _tie(
    platform: Platform, known: dict[str, dict[str, PractitionerId]], row: dict[str, str]
) -> str:
    institution = row["institution"]
    if institution not in known:
        known[institution] = await _staff_of(platform, institution)
    who = known[institution].get(row["staff_number"])
    if who is None:
        return _NO_STAFF
    try:
        certificate = Certificate.parse(CertificateKind.NATIONAL_ID, row["id_number"])
    except (HealthCodeError, ValueError):
        return _UNREADABLE
    try:
        is_new = await overseen.tie_staff(platform.pool, platform.keys, who, certificate)
    except NotFound:
        return _NOBODY
    return _TIED if is_new else _KNOWN


async def _staff_of(platform: Platform, key: str) -> dict[str, PractitionerId]:
    """The staff of an institution by number; none where there is no such institution."""
    institution_id = await registry.institution_by_key(platform.pool, key)
    if institution_id is None:
        return {}
    found = await registry.staff(platform.pool, InstitutionId(institution_id))
    return {one.staff_number: one.practitioner_id for one in found if one.staff_number}
