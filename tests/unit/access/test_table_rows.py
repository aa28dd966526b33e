"""An entry as a row of a table: values as they are written, and what has no place left out."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from openhealthcode.access.handing_over.rows import COLUMNS, rows_of
from openhealthcode.record import read_exactly
from openhealthcode.record.reading import Entry
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import EntryId, InstitutionId


def row(body: bytes, day: date | None = date(2026, 5, 1)) -> dict[str, str]:
    told: dict[str, Any] = read_exactly(body)
    entry = Entry(
        EntryId(UUID(int=1)), 1, told["resourceType"], day, RecordCategory.LABORATORY,
        InstitutionId(UUID(int=2)), body,
    )  # fmt: skip
    return rows_of([(entry, told)])[0]


@pytest.mark.parametrize(
    ("value", "written", "unit"),
    [
        (b'"valueQuantity":{"value":120.50,"unit":"g/L"}', "120.50", "g/L"),
        (b'"valueQuantity":{"value":7,"code":"mmol/L"}', "7", "mmol/L"),
        (b'"valueQuantity":{"comparator":"<"}', "", ""),
        (b'"valueCodeableConcept":{"text":"A"}', "A", ""),
        (b'"valueCodeableConcept":{"coding":[{"display":"B"}]}', "B", ""),
        (b'"valueCodeableConcept":{"coding":[{"code":"C"}]}', "C", ""),
        (b'"valueCodeableConcept":{}', "", ""),
        (b'"valueString":"D"', "D", ""),
        (b'"valueInteger":3', "3", ""),
        (b'"note":[]', "", ""),
    ],
)
def test_a_value_is_written_as_it_is_written(value, written, unit):
    told = row(b'{"resourceType":"Observation","id":"a",' + value + b"}")
    assert (told["value"], told["unit"]) == (written, unit)


@pytest.mark.parametrize(
    ("coded", "code", "display"),
    [
        (b'"code":{"coding":[{"code":"1","display":"one"}],"text":"eins"}', "1", "one"),
        (b'"code":{"coding":[{"code":"1"}],"text":"eins"}', "1", "eins"),
        (b'"code":{"text":"eins"}', "", "eins"),
        (b'"vaccineCode":{"coding":[{"code":"2"}]}', "2", ""),
        (b'"type":[{"coding":[{"code":"3"}]}]', "3", ""),
        (b'"type":[]', "", ""),
        (b'"type":"word"', "", ""),
    ],
)
def test_what_it_is_about_is_its_first_code(coded, code, display):
    told = row(b'{"resourceType":"Encounter","id":"a",' + coded + b"}")
    assert (told["code"], told["display"]) == (code, display)


def test_whose_it_is_and_what_is_missing():
    told = row(b'{"resourceType":"Patient","id":"p"}', day=None)
    assert set(told) == set(COLUMNS)
    assert (told["id"], told["patient"], told["day"]) == ("Patient/p", "Patient/p", "")
    assert (told["name"], told["id_number"]) == ("", "")
    assert row(b'{"resourceType":"Condition","id":"a"}')["patient"] == ""
    named = row(
        b'{"resourceType":"Patient","id":"p","name":[{"text":"N"}],"identifier":[{"value":"x"},'
        b'{"system":"urn:oid:2.16.156.10011.1.3","value":"88"}],"meta":{"lastUpdated":"T"}}'
    )
    assert (named["name"], named["id_number"], named["filed"]) == ("N", "88", "T")
    of = row(b'{"resourceType":"Condition","id":"a","subject":{"reference":"Patient/p"}}')
    assert of["patient"] == "Patient/p"
