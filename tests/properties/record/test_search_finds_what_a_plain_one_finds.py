"""Any search finds what a plain search finds that was written apart from it (``plain_search.py``)."""

from __future__ import annotations

import contextlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plain_search
import sentinels
from openhealthcode.record import SearchNotUnderstood, matches, read_conditions, read_search
from openhealthcode.record.parameters import ALONE, PARAMETERS


class Record:
    """The findings as resources, and what they refer to."""

    def __init__(self, findings):
        visits = {each.visit.number: each.visit for each in findings if each.visit}
        self.entries = {
            f"Encounter/e{n}": plain_search.rendered_visit(one) for n, one in visits.items()
        }
        self.findings = [
            plain_search.rendered(one, f"Encounter/e{one.visit.number}" if one.visit else "")
            for one in findings
        ]

    def entry(self, reference):
        return self.entries.get(reference)

    def of_type(self, type_):
        return [each for each in self.entries.values() if each["resourceType"] == type_]


@given(st.integers(0, 2**32), st.integers(1, 3))
def test_any_search_finds_what_a_plain_one_finds(seed, many):
    random = Random(seed)
    findings = plain_search.facts(random, 12)
    asked = [plain_search.asked(random) for _ in range(many)]
    conditions = read_conditions("Observation", [(one.name, one.value) for one in asked])
    record = Record(findings)
    found = [
        one.number
        for one, resource in zip(findings, record.findings, strict=True)
        if matches(conditions, resource, record)
    ]
    expected = [one.number for one in findings if all(each.holds(one) for each in asked)]
    assert found == expected, [(one.name, one.value) for one in asked]


@given(st.integers(0, 2**32))
def test_a_visit_is_found_by_what_refers_to_it(seed):
    random = Random(seed)
    findings = plain_search.facts(random, 12)
    asked = plain_search.asked(random)
    (condition,) = read_conditions(
        "Encounter", [(f"_has:Observation:encounter:{asked.name}", asked.value)]
    )
    record = Record(findings)
    record.of_type = lambda type_: record.findings if type_ == "Observation" else []
    expected = {one.visit.number for one in findings if one.visit and asked.holds(one)}
    found = {
        int(each["id"][1:]) for each in record.entries.values() if condition.holds(each, record)
    }
    assert found == expected, (asked.name, asked.value)


SAMPLES = {
    "token": ("final", "http://loinc.org|", "|x", "true"),
    "date": ("2026", "ge2026-02-01", "lt2026-02-01T08:00:00Z"),
    "string": ("示", "x"),
    "reference": ("x", "Patient/x", "http://a.example/Patient/x"),
    "quantity": ("5", "gt5||mg"),
    "uri": ("urn:a",),
}


@pytest.mark.parametrize("type_", sentinels.TYPES)
def test_every_parameter_answers_of_every_entry(type_):
    """Missing or not, found or not: one of the two, whatever the entry holds."""
    entries = [one for _, one in sentinels.planted() if one["resourceType"] == type_]
    for parameter in PARAMETERS[type_].values():
        name, parts = parameter.name, parameter.parts or (parameter,)
        (missing,) = read_conditions(type_, [(f"{name}:missing", "true")])
        (there,) = read_conditions(type_, [(f"{name}:missing", "false")])
        values = zip(*(SAMPLES[part.type] for part in parts), strict=False)
        found = read_conditions(type_, [(name, "$".join(each)) for each in values])
        for entry in entries:
            assert missing.holds(entry, ALONE) is not there.holds(entry, ALONE)
            for one in found:
                assert not (one.holds(entry, ALONE) and missing.holds(entry, ALONE))


words = st.text(st.sampled_from("abx:._|$,\\-25 ") | st.characters(codec="utf-8"), max_size=20)
names = st.sampled_from(
    ("code", "date", "value-quantity", "_has", "encounter", "_sort", "_include", "_count", "_id")
)


@given(st.lists(st.tuples(st.builds("{}{}".format, names, words) | words, words), max_size=4))
def test_whatever_is_asked_is_understood_or_refused(asked):
    for is_strict in (True, False):
        with contextlib.suppress(SearchNotUnderstood):
            search = read_search("Observation", [("patient", "x"), *asked], is_strict=is_strict)
            matches(search.conditions, sentinels.minimal("Observation"))


@given(st.integers(0, 2**32))
def test_what_is_read_alone_is_read_in_a_search(seed):
    asked = plain_search.asked(Random(seed))
    search = read_search("Observation", [("patient", "x"), (asked.name, asked.value)])
    assert len(search.conditions) + len(search.tokens) == 1
